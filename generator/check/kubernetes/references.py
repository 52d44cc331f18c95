"""Names that lead to another object: what is named is rendered in the same namespace, or known to be made there."""

from collections.abc import Iterator
from typing import NamedTuple

from generator.check.built import Built, Check, fault
from generator.check.kubernetes.secret_source import secrets
from generator.field import mapping, numbered, pointer, text
from generator.finding import Finding
from generator.kinds import mentions
from generator.manifest import Object


class Reference(NamedTuple):
    """Where an object names another one: its group, kind and name, and the keys that are read of it."""

    source: Object
    path: str
    group: str
    kind: str
    name: str
    keys: tuple[str, ...] = ()


def references_resolve(built: Built) -> Iterator[Finding]:
    """Whatever an object names is there; all objects are walked once for the three rules below."""
    references = tuple(_references(built))
    yield from named_objects_are_there(built, references)
    yield from keys_of_config_maps_are_there(built, references)
    yield from secrets_are_made_by_somebody(built, references)


def named_objects_are_there(built: Built, references: tuple[Reference, ...]) -> Iterator[Finding]:
    """What a pod or a custom resource reads (ConfigMap, claim, ServiceAccount) is rendered in its namespace."""
    for reference in references:
        if reference.kind != "Secret" and not _found(built, reference):
            yield fault(
                reference.source,
                reference.path,
                f"{reference.kind} {reference.name} is not rendered in this namespace",
                rule="reference-missing",
                hint=_hashed(built, reference) or f"render it, or name one that is there: {_there(built, reference)}",
            )


def keys_of_config_maps_are_there(built: Built, references: tuple[Reference, ...]) -> Iterator[Finding]:
    """A key that is read of a ConfigMap is in it."""
    for reference in references:
        found = _found(built, reference) if reference.kind == "ConfigMap" else None
        keys = {*mapping(found.manifest, "data"), *mapping(found.manifest, "binaryData")} if found else set()
        for key in reference.keys:
            if found and key not in keys:
                message = f"ConfigMap {reference.name} has no key {key}"
                hint = f"it has: {', '.join(sorted(keys)) or 'none'}"
                yield fault(reference.source, reference.path, message, rule="reference-key", hint=hint)


def secrets_are_made_by_somebody(built: Built, references: tuple[Reference, ...]) -> Iterator[Finding]:
    """A Secret, with the keys that are read, comes from an ExternalSecret, an operator or a certificate."""
    made_secrets = secrets(built)
    for reference in references:
        if reference.kind != "Secret":
            continue
        place = (reference.source.id.cluster, reference.source.id.namespace, reference.name)
        if place not in made_secrets:
            message = f"nothing makes Secret {reference.name} in this namespace"
            hint = (
                "for a variable, use secretEnv of the environment; "
                "else declare the Secret in `secrets` of component.yaml"
            )
            yield fault(reference.source, reference.path, message, rule="secret-missing", hint=hint)
            continue
        keys = made_secrets[place]
        for key in reference.keys:
            if keys is not None and key not in keys:
                message = f"Secret {reference.name} has no key {key}"
                hint = f"it has: {', '.join(sorted(keys))}"
                yield fault(reference.source, reference.path, message, rule="secret-key", hint=hint)


def pods_run_as_a_rendered_account(built: Built) -> Iterator[Finding]:
    """The ServiceAccount of a pod is rendered beside it."""
    for pods in built.pods:
        name, owner = text(pods.spec, "serviceAccountName"), pods.owner
        if name and not built.find(owner, "", "ServiceAccount", owner.id.namespace, name):
            message = f"ServiceAccount {name} is not rendered in this namespace"
            hint = "one is derived for each workload, named like it"
            path = f"{pods.pointer}/serviceAccountName"
            yield fault(owner, path, message, rule="reference-missing", hint=hint)


def priorities_are_there(built: Built) -> Iterator[Finding]:
    """The PriorityClass of a pod is rendered, or one of Kubernetes' own; else the pod is not made."""
    for pods in built.pods:
        name = text(pods.spec, "priorityClassName")
        is_built_in = name.startswith("system-")
        if name and not is_built_in and not built.find(pods.owner, "scheduling.k8s.io", "PriorityClass", "", name):
            message = f"PriorityClass {name} is not rendered"
            hint = "`scheduling.priority` of the unit names one that is"
            path = f"{pods.pointer}/priorityClassName"
            yield fault(pods.owner, path, message, rule="reference-missing", hint=hint)


def mounts_have_a_volume(built: Built) -> Iterator[Finding]:
    """A container mounts only volumes of its pod (an operator adds its own)."""
    for pods in built.pods:
        if pods.declared is not None:
            continue
        claims = numbered(pods.owner.manifest, "spec", "volumeClaimTemplates")
        names = {text(volume, "name") for _, volume in numbered(pods.spec, "volumes")}
        names |= {text(claim, "metadata", "name") for _, claim in claims}
        for path, container in pods.containers():
            for index, mount in numbered(container, "volumeMounts"):
                if text(mount, "name") not in names:
                    message = f"the pod has no volume {text(mount, 'name')}"
                    hint = f"it has: {', '.join(sorted(names)) or 'none'}"
                    where = f"{path}/volumeMounts/{index}/name"
                    yield fault(pods.owner, where, message, rule="reference-volume", hint=hint)


def _references(built: Built) -> Iterator[Reference]:
    """Yield every reference of every object that must lead somewhere; one marked optional may lead nowhere."""
    for source in built.objects:
        for found in mentions(source, built.kinds):
            leads = found.leads
            chosen = found.kind != leads.kind  # such as a ClusterSecretStore
            if leads.rendered and not chosen and not found.optional:
                yield Reference(source, pointer(*found.steps), leads.group, leads.kind, found.name, found.keys)


def _found(built: Built, reference: Reference) -> Object | None:
    namespace = reference.source.id.namespace
    return built.find(reference.source, reference.group, reference.kind, namespace, reference.name)


def _hashed(built: Built, reference: Reference) -> str:
    """Return a hint where a generated ConfigMap of that name is there, and kustomize did not write its hash here."""
    hashed_names = [name for name in _names(built, reference) if name.startswith(reference.name + "-")]
    if reference.kind != "ConfigMap" or not hashed_names:
        return ""
    return f"{hashed_names[0]} is generated by another unit, or kustomize does not know this field"


def _there(built: Built, reference: Reference) -> str:
    return ", ".join(_names(built, reference)) or "none"


def _names(built: Built, reference: Reference) -> list[str]:
    """Return the names of all objects of the wanted kind in the namespace."""
    place = (reference.source.id.cluster, reference.source.id.namespace)
    ids = [item.id for item in built.of_kind(reference.kind) if (item.id.cluster, item.id.namespace) == place]
    return sorted(identity.name for identity in ids)


RULES: tuple[Check, ...] = (
    references_resolve,
    pods_run_as_a_rendered_account,
    priorities_are_there,
    mounts_have_a_volume,
)
