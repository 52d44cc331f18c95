"""What the API server refuses of a pod that no schema can say: one part of it against another.

The functions named beside `# Source` are those of Kubernetes' pkg/apis/core/validation/validation.go.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from generator.check.built import Built, BuiltPods, Check, fault
from generator.field import at, listed, mapping, numbered, text
from generator.finding import Finding
from generator.notation.quantity import amount

_GRACE_SECONDS = 30
"""How long a pod has to stop where it does not say."""
_SOURCES_WITH_FILES = ("secret", "configMap", "downwardAPI")


class Problem(NamedTuple):
    """What is wrong in a pod, and where: a JSON pointer of the object."""

    path: str
    message: str
    hint: str = ""


def pods_are_valid(built: Built) -> Iterator[Finding]:
    """The parts of a pod fit each other, as the API server and the kubelet ask; an operator may add to its own."""
    for pods in built.pods:
        if pods.declared is None:
            for path, message, hint in chain.from_iterable(rule(pods) for rule in _RULES_OF_PODS):
                yield fault(pods.owner, path, message, rule="validation", hint=hint)


def names_of_containers_differ(pods: BuiltPods) -> Iterator[Problem]:
    """No init container has the name of a container. Source: validateInitContainers."""
    names = {text(container, "name") for _, container in numbered(pods.spec, "containers")}
    for index, container in numbered(pods.spec, "initContainers"):
        if text(container, "name") in names:
            yield Problem(f"{pods.pointer}/initContainers/{index}/name", "is the name of a container, too")


def ports_of_the_node_are_used_once(pods: BuiltPods) -> Iterator[Problem]:
    """No two containers take one port of the node. Source: checkHostPortConflicts, validatePodHostNetworkDeps."""
    on_node = pods.spec.get("hostNetwork") is True
    taken = set()
    for index, container in numbered(pods.spec, "containers"):
        for at_port, port in numbered(container, "ports"):
            path = f"{pods.pointer}/containers/{index}/ports/{at_port}/hostPort"
            host_port = port.get("hostPort") or None
            key = (port.get("protocol") or "TCP", port.get("hostIP") or "", host_port)
            if host_port and key in taken:
                yield Problem(path, "is taken by another port of the pod")
            if on_node and host_port not in (None, port.get("containerPort")):
                yield Problem(path, "must be the containerPort, or left out, where hostNetwork is true")
            taken.add(key)


def devices_are_claims(pods: BuiltPods) -> Iterator[Problem]:
    """A device is a claim of the pod, and no mount beside. Source: ValidateVolumeDevices."""
    volumes = {text(volume, "name"): volume for _, volume in numbered(pods.spec, "volumes")}
    templates = {text(claim, "metadata", "name") for _, claim in _claims(pods)}
    for path, container in pods.containers():
        mounts = [mount for _, mount in numbered(container, "volumeMounts")]
        for index, device in numbered(container, "volumeDevices"):
            name, where = text(device, "name"), f"{path}/volumeDevices/{index}"
            volume = volumes.get(name, {})
            if name not in volumes and name not in templates:
                yield Problem(f"{where}/name", f"the pod has no volume {name}")
            elif name not in templates and not (volume.get("persistentVolumeClaim") or volume.get("ephemeral")):
                yield Problem(f"{where}/name", "must be a volume of a claim: only such a one can be a device")
            if any(text(mount, "name") == name for mount in mounts):
                yield Problem(f"{where}/name", "is mounted, too")
            if any(text(mount, "mountPath") == text(device, "devicePath") for mount in mounts):
                yield Problem(f"{where}/devicePath", "is the mountPath of a mount, too")


def claims_of_devices_are_the_pods_own(pods: BuiltPods) -> Iterator[Problem]:
    """A container uses only resource claims of its pod. Source: validateResourceClaimNames."""
    known = {text(claim, "name") for _, claim in numbered(pods.spec, "resourceClaims")}
    for path, container in pods.containers():
        for index, claim in numbered(container, "resources", "claims"):
            if text(claim, "name") not in known:
                message = f"the pod has no resource claim {text(claim, 'name')}"
                yield Problem(f"{path}/resources/claims/{index}/name", message)


def files_of_variables_are_in_an_empty_dir(pods: BuiltPods) -> Iterator[Problem]:
    """A file with variables is in an emptyDir of the pod. Source: validateFileKeyRefVolumes."""
    known = {text(one, "name") for _, one in numbered(pods.spec, "volumes") if isinstance(one.get("emptyDir"), dict)}
    for path, container in pods.containers():
        for index, variable in numbered(container, "env"):
            name = text(variable, "valueFrom", "fileKeyRef", "volumeName")
            if name and name not in known:
                where = f"{path}/env/{index}/valueFrom/fileKeyRef/volumeName"
                yield Problem(where, f"the pod has no emptyDir {name}")


def sleep_ends_before_the_pod_is_killed(pods: BuiltPods) -> Iterator[Problem]:
    """A container does not sleep for longer than its pod has to stop. Source: validateSleepAction."""
    grace = pods.spec.get("terminationGracePeriodSeconds")
    grace = grace if isinstance(grace, int) else _GRACE_SECONDS
    for path, container in pods.containers():
        for hook in ("postStart", "preStop"):
            seconds = at(container, "lifecycle", hook, "sleep", "seconds")
            if isinstance(seconds, int) and seconds > grace:
                message = f"must not be above terminationGracePeriodSeconds of the pod, which is {grace}"
                yield Problem(f"{path}/lifecycle/{hook}/sleep/seconds", message)


def devices_are_requested_whole(pods: BuiltPods) -> Iterator[Problem]:
    """Of what cannot be shared, requests and limits are the same whole number. Source: validateResourceRequirements."""
    for path, container in pods.containers():
        requests, limits = (mapping(container, "resources", key) for key in ("requests", "limits"))
        for name in sorted({*requests, *limits}):
            if not (("/" in name and "kubernetes.io/" not in name) or name.startswith("hugepages-")):
                continue
            request, limit = (amount(side.get(name)) for side in (requests, limits))
            if name in requests and (limit is None or request != limit):
                yield Problem(f"{path}/resources/requests", f"{name} must be requested as much as its limit")
            if "/" in name and any(number is not None and number % 1 for number in (request, limit)):
                yield Problem(f"{path}/resources", f"{name} must be a whole number")
        names = {*requests, *limits}
        if any(name.startswith("hugepages-") for name in names) and not names & {"cpu", "memory"}:
            yield Problem(f"{path}/resources", "must say cpu or memory beside hugepages")


def containers_fit_into_their_pod(pods: BuiltPods) -> Iterator[Problem]:
    """What is set for a whole pod holds its containers. Source: validatePodResourceConsistency."""
    requests, limits = (mapping(pods.spec, "resources", key) for key in ("requests", "limits"))
    containers = [container for _, container in numbered(pods.spec, "containers")]
    for name in sorted(requests):
        whole = amount(requests[name])
        parts = [amount(at(one, "resources", "requests", name)) for one in containers]
        if whole is not None and sum(part for part in parts if part is not None) > whole:
            yield Problem(f"{pods.pointer}/resources/requests", f"{name} is below what the containers request together")
    for index, container in enumerate(containers):
        for name in sorted(limits):
            part, whole = amount(at(container, "resources", "limits", name)), amount(limits[name])
            if part is not None and whole is not None and part > whole:
                path = f"{pods.pointer}/containers/{index}/resources/limits"
                yield Problem(path, f"{name} is above the limit of the whole pod")


def nobody_runs_as_root_who_must_not(pods: BuiltPods) -> Iterator[Problem]:
    """A container that must not run as root has no user 0. Source: kuberuntime verifyRunAsNonRoot of the kubelet."""
    of_pod = mapping(pods.spec, "securityContext")
    for path, container in pods.containers():
        own = {key: value for key, value in mapping(container, "securityContext").items() if value is not None}
        context = {**of_pod, **own}
        if context.get("runAsNonRoot") is True and context.get("runAsUser") == 0:
            where = f"{path}/securityContext" if "runAsUser" in own else f"{pods.pointer}/securityContext/runAsUser"
            hint = "the API server takes it, but the kubelet does not start the container"
            yield Problem(where, "runAsUser is 0 though runAsNonRoot is true", hint)


def proc_is_unmasked_only_for_users_of_the_pod(pods: BuiltPods) -> Iterator[Problem]:
    """A container sees /proc unmasked only in a user namespace. Source: ValidateSecurityContext."""
    for path, container in pods.containers():
        if text(container, "securityContext", "procMount") == "Unmasked" and pods.spec.get("hostUsers") is not False:
            yield Problem(
                f"{path}/securityContext/procMount", "may be Unmasked only where hostUsers of the pod is false"
            )


def projected_files_differ(pods: BuiltPods) -> Iterator[Problem]:
    """No two sources of a projected volume name one file. Source: validateProjectionSources."""
    for index, volume in numbered(pods.spec, "volumes"):
        seen = set()
        for place, source in numbered(volume, "projected", "sources"):
            for kind in _SOURCES_WITH_FILES:
                for item_place, item in numbered(source, kind, "items"):
                    path = f"{pods.pointer}/volumes/{index}/projected/sources/{place}/{kind}/items/{item_place}/path"
                    if text(item, "path") in seen:
                        yield Problem(path, "is the path of another file of the volume")
                    seen.add(text(item, "path"))


def jobs_name_their_own_containers(pods: BuiltPods) -> Iterator[Problem]:
    """A rule about exit codes is of a container of the pod. Source: validatePodFailurePolicyRuleOnExitCodes."""
    names = {text(container, "name") for _, container in pods.containers()}
    base = pods.pointer.removesuffix("/template/spec")
    spec: Any = pods.owner.manifest
    for step in base.split("/")[1:]:
        spec = mapping(spec, step)
    for index, rule in numbered(spec, "podFailurePolicy", "rules"):
        codes = mapping(rule, "onExitCodes")
        path = f"{base}/podFailurePolicy/rules/{index}/onExitCodes"
        if "containerName" in codes and codes["containerName"] not in {*names, None}:
            yield Problem(f"{path}/containerName", "is the name of no container of the pod")
        values = [value for value in listed(codes, "values") if isinstance(value, int)]
        if values != sorted(values):
            yield Problem(f"{path}/values", "must be in ascending order")


def _claims(pods: BuiltPods) -> Iterator[tuple[int, dict[str, Any]]]:
    return numbered(pods.owner.manifest, "spec", "volumeClaimTemplates")


_RULES_OF_PODS: tuple[Callable[[BuiltPods], Iterator[Problem]], ...] = (
    names_of_containers_differ,
    ports_of_the_node_are_used_once,
    devices_are_claims,
    claims_of_devices_are_the_pods_own,
    files_of_variables_are_in_an_empty_dir,
    sleep_ends_before_the_pod_is_killed,
    devices_are_requested_whole,
    containers_fit_into_their_pod,
    nobody_runs_as_root_who_must_not,
    proc_is_unmasked_only_for_users_of_the_pod,
    projected_files_differ,
    jobs_name_their_own_containers,
)
RULES: tuple[Check, ...] = (pods_are_valid,)
