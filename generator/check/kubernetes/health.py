"""Pods that the cluster can place, watch and restart: resources and probes."""

from collections.abc import Iterator

from generator.check.built import Built, BuiltPods, Check, fault
from generator.cluster import selects
from generator.field import at, mapping, numbered, port, text
from generator.finding import Finding

_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def containers_say_what_they_use(built: Built) -> Iterator[Finding]:
    """Every container, native sidecars and init containers too, has requests and limits of CPU and memory."""
    for pods in built.pods:
        for path, container in pods.containers():
            for side in ("requests", "limits"):
                missing = [name for name in ("cpu", "memory") if not at(container, "resources", side, name)]
                if missing:
                    message = f"{text(container, 'name')} must say {' and '.join(missing)}"
                    hint = "`resources` of the unit means the main container, `containers.<name>.resources` another one"
                    yield fault(pods.owner, f"{path}/resources/{side}", message, rule="resources", hint=hint)


def selected_containers_say_when_they_are_ready(built: Built) -> Iterator[Finding]:
    """A container that a Service leads to has a readiness probe: without one it gets calls before it listens."""
    for pods in built.pods:
        served_ports = _served(built, pods)
        for path, container in pods.containers() if pods.lasting and pods.declared is None else ():
            ports = {port(item, key) for _, item in numbered(container, "ports") for key in ("name", "containerPort")}
            if (ports - {None}) & served_ports and not mapping(container, "readinessProbe"):
                message = f"{text(container, 'name')} must have one: a Service leads to it"
                yield fault(pods.owner, f"{path}/readinessProbe", message, rule="readiness-probe")


def liveness_is_slower_than_readiness(built: Built) -> Iterator[Finding]:
    """A liveness probe that equals the readiness probe restarts a pod where it should only get no calls."""
    for pods in built.pods:
        for path, container in pods.containers():
            liveness = mapping(container, "livenessProbe")
            if liveness and liveness == container.get("readinessProbe"):
                message = "must not equal the readiness probe: a slow answer would restart the container"
                hint = "let it fail later: a longer period or a higher failureThreshold"
                yield fault(pods.owner, f"{path}/livenessProbe", message, rule="liveness-probe", hint=hint)


def probes_ask_a_port_of_their_container(built: Built) -> Iterator[Finding]:
    """A probe that names a port finds it among the ports of its container."""
    for pods in built.pods:
        for path, container in pods.containers():
            names = {text(item, "name") for _, item in numbered(container, "ports")}
            for probe in _PROBES:
                for kind in ("httpGet", "tcpSocket"):
                    name = text(container, probe, kind, "port")
                    if name and name not in names:
                        message = f"{text(container, 'name')} has no port named {name}"
                        yield fault(pods.owner, f"{path}/{probe}/{kind}/port", message, rule="probe-port")


def _served(built: Built, pods: BuiltPods) -> set[str | int | None]:
    """Return the target ports, names and numbers, of the Services that select these pods."""
    place = (pods.owner.id.cluster, pods.owner.id.namespace)
    return {
        port(item, "targetPort") or port(item, "port")
        for service in built.of_kind("Service")
        if (service.id.cluster, service.id.namespace) == place
        and (selector := mapping(service.manifest, "spec", "selector"))
        and selects({"matchLabels": selector}, pods.labels)
        for _, item in numbered(service.manifest, "spec", "ports")
    }


RULES: tuple[Check, ...] = (
    containers_say_what_they_use,
    selected_containers_say_when_they_are_ready,
    liveness_is_slower_than_readiness,
    probes_ask_a_port_of_their_container,
)
