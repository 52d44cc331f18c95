"""Names that lead to another object: what is named is rendered in the same namespace, or known to be made there."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from generator.check.built import Built, Check, fault
from generator.check.kubernetes.secret_source import secrets
from generator.field import at, listed, mapping, numbered, pointer, text
from generator.finding import Finding
from generator.manifest import Object

_NAMED = {
    # a key of an object, the kind it leads to, and where it says the name
    "configMap": ("ConfigMap", "name"),
    "configMapKeyRef": ("ConfigMap", "name"),
    "configMapRef": ("ConfigMap", "name"),
    "storeRef": ("SecretStore", "name"),
    "secretStoreRef": ("SecretStore", "name"),
    "persistentVolumeClaim": ("PersistentVolumeClaim", "claimName"),
    "secret": ("Secret", "name"),
    "secretKeyRef": ("Secret", "name"),
    "secretRef": ("Secret", "name"),
    "serviceAccountRef": ("ServiceAccount", "name"),
}
_WITHOUT = frozenset({"Application", "AppProject", "ConfigMap", "CustomResourceDefinition", "NetworkPolicy", "Service"})
"""Kinds that refer to nothing of the kinds above, or, like a chart's values, to another cluster."""
_GOOGLE = ".cnrm.cloud.google.com"
_GROUPS = {"ConfigMap": "", "PersistentVolumeClaim": "", "SecretStore": "external-secrets.io", "ServiceAccount": ""}


class Reference(NamedTuple):
    """Where an object names another one: its kind and name, and the keys that are read of it."""

    source: Object
    path: str
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
        if reference.kind in _GROUPS and not _found(built, reference):
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
            hint = "for a variable, use secretEnv of the environment; else declare the Secret in `secrets` of component.yaml"
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
    """Yield every reference of every object; one marked optional may lead nowhere."""
    for source in built.objects:
        if source.id.kind not in _WITHOUT:
            for path, node in _maps(source.manifest, ""):
                yield from _of(source, path, node)


def _of(source: Object, path: str, node: dict[str, Any]) -> Iterator[Reference]:
    """Yield the references that stand in this map itself."""
    for key in _NAMED.keys() & node.keys():
        kind, name_key = _NAMED[key]
        if kind == "ServiceAccount" and source.id.group.endswith(_GOOGLE):
            continue  # an account of Google Cloud
        item = node[key]
        if text(item, "kind") not in ("", kind):
            continue  # such as a ClusterSecretStore
        if isinstance(at(item, name_key), str) and item.get("optional") is not True:
            yield Reference(source, path + pointer(key, name_key), kind, item[name_key], _keys(item))
    for key in ("imagePullSecrets", "certificateRefs"):
        for index, secret in numbered(node, key):
            if text(secret, "kind") in ("", "Secret"):
                yield Reference(source, path + pointer(key, index, "name"), "Secret", text(secret, "name"))
    secret_name = text(node, "secretName")
    if secret_name and node.get("optional") is not True and source.id.kind != "Certificate":
        yield Reference(source, f"{path}/secretName", "Secret", secret_name, _keys(node))


def _maps(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every map below `node`, itself first, with its JSON pointer."""
    if isinstance(node, dict):
        yield path, node
        for key, item in node.items():
            if isinstance(item, dict | list):
                yield from _maps(item, path + pointer(key))
    else:
        for index, item in enumerate(node):
            if isinstance(item, dict | list):
                yield from _maps(item, f"{path}/{index}")


def _keys(node: dict[str, Any]) -> tuple[str, ...]:
    """Return the keys that a reference reads: `key`, or those of `items`; none of them means all."""
    key = text(node, "key")
    return (key,) if key else tuple(text(item, "key") for _, item in numbered(listed(node, "items")))


def _found(built: Built, reference: Reference) -> Object | None:
    group = _GROUPS[reference.kind]
    return built.find(reference.source, group, reference.kind, reference.source.id.namespace, reference.name)


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
