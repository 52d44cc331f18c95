"""Ways to a Service: routes, targets of policies and URLs lead to a Service and a port that are there."""

from collections.abc import Iterator
from typing import Any

from generator.check.built import Built, Check, fault
from generator.cluster import urls
from generator.field import at, every, mapping, numbered, strings, text
from generator.finding import Finding
from generator.manifest import Object

_GATEWAY_API = "gateway.networking.k8s.io"


def routes_hang_on_a_gateway(built: Built) -> Iterator[Finding]:
    """A route names a Gateway, and a listener of it, that are rendered."""
    for route in _routes(built):
        for index, parent in numbered(route.manifest, "spec", "parentRefs"):
            if text(parent, "kind") not in ("", "Gateway"):
                continue
            namespace = text(parent, "namespace") or route.id.namespace
            path, name = f"/spec/parentRefs/{index}", text(parent, "name")
            gateway = built.find(route, _GATEWAY_API, "Gateway", namespace, name)
            section = text(parent, "sectionName")
            if gateway is None:
                message = f"Gateway {namespace}/{name} is not rendered"
                yield fault(route, f"{path}/name", message, rule="route-parent", hint="the edge unit renders it")
            elif section and section not in {
                text(item, "name") for _, item in numbered(gateway.manifest, "spec", "listeners")
            }:
                message = f"Gateway {namespace}/{name} has no listener {section}"
                yield fault(route, f"{path}/sectionName", message, rule="route-parent")


def routes_lead_to_a_service_port(built: Built) -> Iterator[Finding]:
    """A backend of a route is a rendered Service and one of its ports."""
    for route in _routes(built):
        for path, backend in every(route.manifest, ("spec", "rules", "[each]", "backendRefs", "[each]")):
            if isinstance(backend, dict) and text(backend, "kind") in ("", "Service"):
                namespace = text(backend, "namespace") or route.id.namespace
                reason = _reason(built, route, namespace, text(backend, "name"), at(backend, "port"))
                if reason:
                    yield fault(route, path, reason, rule="route-backend")


def _routes(built: Built) -> Iterator[Object]:
    """Yield the routes of the Gateway API: of HTTP, gRPC, TLS and so on."""
    return (item for item in built.objects if item.id.group == _GATEWAY_API and item.id.kind.endswith("Route"))


def targets_of_policies_are_there(built: Built) -> Iterator[Finding]:
    """A policy, autoscaler or StatefulSet has a rendered target (`targetRef`, `scaleTargetRef`, `serviceName`)."""
    for source in built.objects:
        spec = mapping(source.manifest, "spec")
        for key in ("targetRef", "scaleTargetRef"):
            target = mapping(spec, key)
            if target and not _same(built, source, text(target, "kind"), text(target, "name")):
                message = f"{text(target, 'kind')} {text(target, 'name')} is not rendered in this namespace"
                yield fault(source, f"/spec/{key}/name", message, rule="target-missing")
        name = text(spec, "serviceName")
        if source.id.kind == "StatefulSet" and name and not _same(built, source, "Service", name):
            message = f"Service {name} is not rendered in this namespace"
            hint = "a StatefulSet needs its headless Service for the names of its pods"
            yield fault(source, "/spec/serviceName", message, rule="target-missing", hint=hint)


def urls_of_the_cluster_lead_to_a_service(built: Built) -> Iterator[Finding]:
    """A URL in a variable, an argument or a ConfigMap that names a Service finds it, and the port.

    Charts bring Services we do not see: their namespaces, and those that are not ours, are left out.
    """
    for source, path, value in _texts(built):
        for namespace, name, number in urls(value, source.id.namespace):
            is_rendered = namespace in _rendered_namespaces(built)
            if is_rendered and (reason := _reason(built, source, namespace, name, number)):
                yield fault(source, path, f"a URL leads nowhere: {reason}", rule="service-url")


def _texts(built: Built) -> Iterator[tuple[Object, str, str]]:
    """Yield the texts that programs read: variables and arguments of containers, and ConfigMaps."""
    for pods in built.pods:
        for path, container in pods.containers():
            for key in ("env", "args", "command"):
                for place, _, value in strings(container.get(key), f"{path}/{key}"):
                    yield pods.owner, place, value
    for source in built.of_kind("ConfigMap"):
        for place, _, value in strings(mapping(source.manifest, "data"), "/data"):
            yield source, place, value


def _rendered_namespaces(built: Built) -> frozenset[str]:
    """Return the namespaces whose Services are all ours."""
    charts = {planned.namespace for planned in built.plan.units if planned.unit.kind == "addon"}
    return frozenset(built.plan.namespaces()) - charts


def _reason(built: Built, source: Object, namespace: str, name: str, port: Any) -> str:
    """Return why a port of a Service is not there; '' if it is."""
    if made := built.made_services.get((namespace, name)):
        return "" if port in (None, made) else f"Service {namespace}/{name} has port {made} only"
    service = built.find(source, "", "Service", namespace, name)
    if service is None:
        return f"Service {namespace}/{name} is not rendered"
    service_ports = [item.get("port") for _, item in numbered(service.manifest, "spec", "ports")]
    if port is None or port in service_ports:
        return ""
    return f"Service {namespace}/{name} has no port {port} (it has {', '.join(map(str, service_ports)) or 'none'})"


def _same(built: Built, source: Object, kind: str, name: str) -> bool:
    place = (source.id.cluster, source.id.namespace, name)
    return any((item.id.cluster, item.id.namespace, item.id.name) == place for item in built.of_kind(kind))


RULES: tuple[Check, ...] = (
    routes_hang_on_a_gateway,
    routes_lead_to_a_service_port,
    targets_of_policies_are_there,
    urls_of_the_cluster_lead_to_a_service,
)
