"""What traffic asks for: ports of pods, listeners and their certificates. Pure."""

from collections.abc import Iterator
from typing import Any

from generator.annotation import CERTIFICATE_MAP
from generator.field import at, listed, mapping, numbered, port, text
from generator.kinds import Impact, Steps, every
from generator.manifest import Object, ObjectId
from generator.review.pods_by_label import Space
from generator.review.references.edge import Certificate, Listener
from generator.review.references.index import Index
from generator.review.references.need import Follows, Need, Place
from generator.review.references.question import ContainerPort, PodPort

_SERVICES = "https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports"
_PROBES = "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/"
_POLICIES = "https://kubernetes.io/docs/concepts/services-networking/network-policies/"
_ROUTES = "https://gateway-api.sigs.k8s.io/reference/spec/#parentreference"
_HEALTH = "https://cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources#configure_health_check"
_METRICS = "https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed"
_TLS = "https://cloud.google.com/kubernetes-engine/docs/how-to/secure-gateway"
_CHECKS = ("startupProbe", "readinessProbe", "livenessProbe")
_HOOKS = ("postStart", "preStop")
_ENCRYPTED = ("HTTPS", "TLS")


def traffic(source: Object, index: Index) -> Iterator[Need]:
    """Yield the needs of an object for ports, listeners and certificates."""
    if source.id.kind == "Service":
        yield from _service(source, index)
    elif source.id.kind == "NetworkPolicy":
        yield from _policy(source, index)
    elif source.id.kind == "Gateway":
        yield from _gateway(source)
    yield from _probes(source, index)
    yield from _watchers(source, index)
    yield from _routes(source)


def _service(service: Object, index: Index) -> Iterator[Need]:
    selector = mapping(service.manifest, "spec", "selector")
    for position, item in numbered(service.manifest, "spec", "ports") if selector else ():
        target, steps = port(item, "targetPort") or port(item, "port"), ("spec", "ports", position)
        if target is not None:
            question = PodPort(target, (_space(service),), {"matchLabels": selector}, "its pods")
            yield _port(service, steps, question, index, "whose requests find nobody", _SERVICES)


def _policy(policy: Object, index: Index) -> Iterator[Need]:
    own = mapping(policy.manifest, "spec", "podSelector")
    for direction in ("ingress", "egress"):
        for number, rule in numbered(policy.manifest, "spec", direction):
            for position, item in numbered(rule, "ports"):
                wanted, steps = port(item, "port"), ("spec", direction, number, "ports", position)
                if wanted is None or item.get("endPort"):
                    continue
                own_pods = [((_space(policy),), own)]
                whose = own_pods if direction == "ingress" else list(_peers(policy, rule, index))
                if len(whose) == 1:  # of several, nobody can say which port is whose
                    question = PodPort(wanted, *whose[0], "the pods that it is about")
                    yield _port(policy, steps, question, index, "which lets nobody through to them", _POLICIES)


def _peers(policy: Object, rule: dict[str, Any], index: Index) -> Iterator[tuple[tuple[Space, ...], dict[str, Any]]]:
    for _, peer in numbered(rule, "to"):
        if "podSelector" in peer:
            spaces = at(peer, "namespaceSelector")
            there = index.spaces(policy.id.cluster, spaces) if isinstance(spaces, dict) else [_space(policy)]
            yield tuple(there), mapping(peer, "podSelector")


def _gateway(gateway: Object) -> Iterator[Need]:
    for position, listener in numbered(gateway.manifest, "spec", "listeners"):
        if text(listener, "protocol") in _ENCRYPTED and text(listener, "tls", "mode") in ("", "Terminate"):
            question = Certificate(gateway.id, text(listener, "name"), CERTIFICATE_MAP)
            follows = Follows(Impact.OUTAGE, "which serves no host of it", _TLS)
            yield Need(gateway, ("spec", "listeners", position), question, follows)


def _probes(source: Object, index: Index) -> Iterator[Need]:
    for pods in index.pods_of.get(source.id, ()):
        for steps, container in pods.containers():
            checks = [((check,), at(container, check)) for check in _CHECKS]
            hooks = [(("lifecycle", hook), at(container, "lifecycle", hook)) for hook in _HOOKS]
            for below, handler in checks + hooks:
                for action in ("httpGet", "tcpSocket"):
                    name = text(handler, action, "port")
                    if name:
                        question = ContainerPort(source.id, text(container, "name"), name)
                        follows = Follows(Impact.OUTAGE, "whose pods are never ready", _PROBES)
                        yield Need(source, (*steps, *below, action, "port"), question, follows)


def _watchers(source: Object, index: Index) -> Iterator[Need]:
    """Yield the ports that a health check of a load balancer, or a scrape of metrics, asks."""
    target = mapping(source.manifest, "spec", "targetRef")
    if text(target, "kind") == "Service":
        space, name = _space(source), text(target, "name")
        for steps, wanted in every(source.manifest, "spec.default.config.*.port"):
            for service in index.named((space[0], "Service", space[1], name)) if isinstance(wanted, int) else ():
                selector = mapping(service.manifest, "spec", "selector")
                question = PodPort(wanted, (space,), {"matchLabels": selector}, f"the pods of Service {name}")
                words = "whose load balancer takes the pods for dead"
                if selector:
                    yield _port(source, steps, question, index, words, _HEALTH)
    for position, endpoint in numbered(source.manifest, "spec", "endpoints"):
        scraped, selector = port(endpoint, "port"), mapping(source.manifest, "spec", "selector")
        if scraped is not None and source.id.kind == "PodMonitoring":
            question = PodPort(scraped, (_space(source),), selector, "the pods that it watches")
            follows = Follows(Impact.UNKNOWN, "which finds no metrics", _METRICS)
            yield Need(source, ("spec", "endpoints", position, "port"), question, follows)


def _routes(source: Object) -> Iterator[Need]:
    hosts = tuple(host for host in listed(source.manifest, "spec", "hostnames") if isinstance(host, str))
    for position, parent in numbered(source.manifest, "spec", "parentRefs"):
        if text(parent, "kind") in ("", "Gateway"):
            cluster, namespace = source.id.cluster, text(parent, "namespace") or source.id.namespace
            wanted = parent.get("port")
            question = Listener(
                (cluster, "Gateway", namespace, text(parent, "name")),
                text(parent, "sectionName"),
                wanted if isinstance(wanted, int) else None,
                hosts,
                source.id.kind,
                _space(source),
            )
            follows = Follows(Impact.OUTAGE, "whose hosts are not served any more", _ROUTES)
            space = Place(ObjectId(cluster, "", "Namespace", "", source.id.namespace), ("metadata", "labels"))
            yield Need(source, ("spec", "parentRefs", position), question, follows, beside=space)


def _port(asker: Object, steps: Steps, question: PodPort, index: Index, words: str, source: str) -> Need:
    """Return the need for a port. A number that is declared nowhere may still be listened on."""
    is_certain = isinstance(question.port, str) or any(port for pods in question.pods(index) for port in pods.ports())
    return Need(asker, steps, question, Follows(Impact.OUTAGE if is_certain else Impact.UNKNOWN, words, source))


def _space(object_: Object) -> Space:
    return (object_.id.cluster, object_.id.namespace)
