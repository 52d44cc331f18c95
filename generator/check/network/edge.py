"""The edge: what the internet or the VPC reaches goes through a Gateway, with policies, and nothing goes around it."""

from collections.abc import Iterator
from typing import Any

from generator.annotation import LOAD_BALANCER_TYPE
from generator.check.built import Built, Check, fault
from generator.cluster import selects
from generator.field import at, listed, mapping, numbered, text
from generator.finding import Finding
from generator.manifest import Object, ObjectId

_GATEWAY = "gateway.networking.k8s.io"
_OPEN = ("0.0.0.0/0", "::/0")


def listeners_take_their_routes(built: Built) -> Iterator[Finding]:
    """A listener takes its routes' hosts and namespaces; the Gateway ignores any other route without a message."""
    for route, path, listener in _attached(built):
        listener_host, route_hosts = text(listener, "hostname"), listed(route.manifest, "spec", "hostnames")
        for host in [host for host in route_hosts if listener_host and not _covers(listener_host, host)]:
            message = f"the listener takes {listener_host}, not {host}"
            yield fault(route, "/spec/hostnames", message, rule="route-host")
        if not _takes(built, route, path, listener):
            hint = "allowedRoutes of the listener says which namespaces may hang routes on it"
            yield fault(
                route, path, "the listener takes no routes of this namespace", rule="route-namespace", hint=hint
            )


def plain_http_only_redirects(built: Built) -> Iterator[Finding]:
    """A route on a listener without TLS answers with a redirect and nothing else."""
    for route, path, listener in _attached(built):
        if text(listener, "protocol") != "HTTP":
            continue
        for index, rule in numbered(route.manifest, "spec", "rules"):
            kinds = {text(item, "type") for _, item in numbered(rule, "filters")}
            if listed(rule, "backendRefs") or kinds != {"RequestRedirect"}:
                message = "serves without TLS: a listener of protocol HTTP only redirects"
                hint = f"hang the route on the https listener ({path})"
                yield fault(route, f"/spec/rules/{index}", message, rule="route-plain", hint=hint)


def exposed_services_have_their_policies(built: Built) -> Iterator[Finding]:
    """A routed Service has exactly one health check and one backend policy; in public that names who may call."""
    public = built.plan.environment.access.mode == "public"
    for service, route in _exposed(built):
        for kind in ("HealthCheckPolicy", "GCPBackendPolicy"):
            found = [item for item in built.of_kind(kind) if policy_targets(item, service)]
            if len(found) != 1:
                message = f"has {len(found)} {kind}, not one, and {route} exposes it"
                hint = "both follow from `exposes`: {health: {port, path}}"
                yield fault(service, "/metadata/name", message, rule="backend-policy", hint=hint)
            for policy in found:
                if (
                    kind == "GCPBackendPolicy"
                    and public
                    and not text(policy.manifest, "spec", "default", "securityPolicy")
                ):
                    path, message = (
                        "/spec/default/securityPolicy",
                        "is missing: in public the Service is open to the world",
                    )
                    yield fault(policy, path, message, rule="backend-open")


def nothing_goes_around_the_gateway(built: Built) -> Iterator[Finding]:
    """A Service of type LoadBalancer is internal or says who may call; there are no NodePorts and no Ingresses."""
    for item in built.of_kind("Ingress"):
        hint = "declare it in `exposes`: a route on the Gateway follows"
        yield fault(item, "/kind", "goes around the Gateway and its policies", rule="edge-bypass", hint=hint)
    for service in built.of_kind("Service"):
        kind = text(service.manifest, "spec", "type")
        if kind == "NodePort":
            yield fault(service, "/spec/type", "opens a port on every node", rule="edge-bypass")
        if (
            kind != "LoadBalancer"
            or text(service.manifest, "metadata", "annotations", LOAD_BALANCER_TYPE) == "Internal"
        ):
            continue
        ranges = listed(service.manifest, "spec", "loadBalancerSourceRanges")
        if not ranges or (set(ranges) & set(_OPEN) and not built.plan.environment.access.allow_whole_internet):
            hint = f"set loadBalancerSourceRanges, or the annotation {LOAD_BALANCER_TYPE}: Internal"
            yield fault(service, "/spec/type", "is open to the whole internet", rule="edge-bypass", hint=hint)


def _attached(built: Built) -> Iterator[tuple[Object, str, dict[str, Any]]]:
    """Yield each route with the pointer of a parent and the listener it hangs on."""
    for route in built.of_kind("HTTPRoute"):
        for index, parent in numbered(route.manifest, "spec", "parentRefs"):
            namespace = text(parent, "namespace") or route.id.namespace
            gateway = built.find(route, _GATEWAY, "Gateway", namespace, text(parent, "name"))
            section = text(parent, "sectionName")
            for _, listener in numbered(gateway.manifest, "spec", "listeners") if gateway else ():
                if section in ("", text(listener, "name")):
                    yield route, f"/spec/parentRefs/{index}", listener


def _exposed(built: Built) -> Iterator[tuple[Object, str]]:
    """Yield each Service that a route leads to, once, with the route's name."""
    found: dict[ObjectId, tuple[Object, str]] = {}
    for route, service, _ in backends(built):
        found.setdefault(service.id, (service, str(route.id)))
    yield from found.values()


def backends(built: Built) -> Iterator[tuple[Object, Object, Any]]:
    """Yield each route with a Service that it leads to, and the port of that."""
    for route in built.of_kind("HTTPRoute"):
        for _, rule in numbered(route.manifest, "spec", "rules"):
            for _, backend in numbered(rule, "backendRefs"):
                namespace = text(backend, "namespace") or route.id.namespace
                service = built.find(route, "", "Service", namespace, text(backend, "name"))
                if service:
                    yield route, service, at(backend, "port")


def policy_targets(policy: Object, service: Object) -> bool:
    """Whether a policy is about a Service."""
    target = mapping(policy.manifest, "spec", "targetRef")
    in_namespace = (policy.id.cluster, policy.id.namespace) == (service.id.cluster, service.id.namespace)
    return in_namespace and (text(target, "kind"), text(target, "name")) == ("Service", service.id.name)


def _covers(allowed: str, host: Any) -> bool:
    """Whether a listener's hostname takes a route's: equal, or below a wildcard (any number of labels)."""
    if not isinstance(host, str):
        return False
    return host == allowed or (allowed.startswith("*.") and host.endswith(allowed[1:]) and host != allowed[2:])


def _takes(built: Built, route: Object, path: str, listener: dict[str, Any]) -> bool:
    """Whether a listener takes routes of the route's namespace; where nothing is said, of its own namespace only."""
    index = int(path.rsplit("/", 1)[1])
    parent = listed(route.manifest, "spec", "parentRefs")[index]
    allowed = mapping(listener, "allowedRoutes", "namespaces")
    if text(allowed, "from") == "All":
        return True
    if text(allowed, "from") != "Selector":
        return (text(parent, "namespace") or route.id.namespace) == route.id.namespace
    namespace = built.find(route, "", "Namespace", "", route.id.namespace)
    labels = mapping(namespace.manifest, "metadata", "labels") if namespace else {}
    namespace_labels = {**labels, "kubernetes.io/metadata.name": route.id.namespace}
    return selects(mapping(allowed, "selector"), namespace_labels)


RULES: tuple[Check, ...] = (
    listeners_take_their_routes,
    plain_http_only_redirects,
    exposed_services_have_their_policies,
    nothing_goes_around_the_gateway,
)
