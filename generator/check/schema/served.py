"""Versions of an API that nobody serves: the object cannot be applied, whatever it holds."""

from collections.abc import Iterator

from generator.check.built import Built, fault
from generator.check.schema import kubernetes_schema
from generator.finding import Finding
from generator.manifest import Object

_CLUSTER = "if your cluster serves it, `codemie-manifests schemas import` takes its CRD"


def every_version_is_served(built: Built) -> Iterator[Finding]:
    """Every object is in a version that Kubernetes, or the operator of its kind, serves."""
    if built.plan.environment.kubernetes.version in kubernetes_schema.versions():
        yield from (found for item in built.objects if (found := unserved(item, built)))


def unserved(item: Object, built: Built) -> Finding | None:
    """Return why the version of an object is not served; None if it is, or if its kind is not known."""
    group, kind = item.id.group, item.id.kind
    if built.contracts.of(item.manifest):
        return None
    if kubernetes_schema.is_built_in(group):
        kubernetes = built.plan.environment.kubernetes.version
        if kubernetes_schema.covered(item, kubernetes):
            return None
        return _refused(item, f"Kubernetes {kubernetes}", kubernetes_schema.served(kind, kubernetes), "")
    versions = built.kinds.served(group, kind)
    if not versions or item.manifest["apiVersion"].rpartition("/")[2] in versions:
        return None
    return _refused(item, "the operator of this kind", tuple(f"{group}/{name}" for name in versions), _CLUSTER)


def _refused(item: Object, who: str, served: tuple[str, ...], otherwise: str) -> Finding:
    in_group = [name for name in served if name.rpartition("/")[0] == item.id.group]
    names = " or ".join(in_group or served)
    hint = "; ".join(filter(None, (f"write {names}" if names else "there is no such kind", otherwise)))
    message = f"{who} does not serve {item.id.kind} in {item.manifest['apiVersion']}"
    return fault(item, "/apiVersion", message, rule="version-unserved", hint=hint)
