"""What others must know of an object, as annotations: what linters may miss, and what holds keys of stored data.

They follow from component.yaml, and stand on the object and not on its pod template, so that another reason rolls no
pods. A declaration has no conditions, so base stays the same in every environment.
"""

from collections.abc import Iterator, Mapping

from generator.annotation import ENCRYPTS_STORED_DATA, annotation, words
from generator.catalog import Plan, Planned, linter
from generator.field import listed, mapping, text
from generator.manifest import Manifest, identify
from generator.render.workload import pod_template, pods_of


def annotated(plan: Plan, planned: Planned, manifest: Manifest) -> Manifest:
    """Return an object of a unit with what its declaration says of it; a derived unit holds objects of all units."""
    units = (planned,) if planned.unit.folder else plan.units
    added = {**_exceptions(units, str(identify(manifest, planned.cluster))), **_encrypting(units, manifest)}
    if not added:
        return manifest
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "annotations": {**metadata.get("annotations", {}), **added}}}


def _exceptions(units: tuple[Planned, ...], called: str) -> Mapping[str, str]:
    """Return what linters may miss on an object."""
    reasons = {
        check: item.reason
        for unit in units
        for item in unit.unit.declaration.exceptions
        if item.object == called
        for check in item.checks
    }
    skipped = sorted(check for check in reasons if linter(check) == "checkov")
    ignored = sorted(check for check in reasons if linter(check) == "kube-score")
    added = {f"checkov.io/skip{n}": f"{check}={_one_line(reasons[check])}" for n, check in enumerate(skipped, 1)}
    return added | ({"kube-score/ignore": ",".join(ignored)} if ignored else {})


def _one_line(reason: str) -> str:
    """Return a reason that checkov can read: it splits at every `=` and fails on a second one."""
    return " ".join(reason.split()).replace("=", ":")


def _encrypting(units: tuple[Planned, ...], manifest: Manifest) -> Mapping[str, str]:
    """Return which variables, volumes or keys of an object hold keys of stored data, with those that it says itself."""
    keys = {
        (name, key)
        for unit in units
        if unit.namespace == text(manifest, "metadata", "namespace")
        for name, secret in unit.unit.declaration.secrets.items()
        for key, made in secret.keys.items()
        if made.encrypts
    }
    found = set(_holders(keys, manifest)) | words(annotation(manifest, ENCRYPTS_STORED_DATA)) if keys else ()
    return {ENCRYPTS_STORED_DATA: ",".join(sorted(found))} if found else {}


def _holders(keys: set[tuple[str, str]], manifest: Manifest) -> Iterator[str]:
    """Yield the names in an object of what reads one of these keys of Secrets, or makes it."""
    secrets = {name for name, _ in keys}
    if manifest["kind"] == "ExternalSecret":
        yield from (key for name, key in keys if name == text(manifest, "spec", "target", "name"))
    if manifest["kind"] == "SecretStore":
        yield from (key for _, key in keys)
    pod = mapping(pod_template(manifest), "spec") if pods_of(manifest["kind"]) else {}
    for container in (*listed(pod, "initContainers"), *listed(pod, "containers")):
        for variable in listed(container, "env"):
            source = mapping(variable, "valueFrom", "secretKeyRef")
            if (source.get("name"), source.get("key")) in keys:
                yield text(variable, "name")
    for volume in listed(pod, "volumes"):
        parts = (volume, *listed(volume, "projected", "sources"))
        if {text(part, "secret", key) for part in parts for key in ("secretName", "name")} & secrets:
            yield text(volume, "name")
