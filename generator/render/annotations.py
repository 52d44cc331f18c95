"""What linters may miss on an object, as the annotations by which they know: from `exceptions` of component.yaml.

They stand on the object and not on its pod template, so that another reason rolls no pods. A declaration has no
conditions, so base stays the same in every environment.
"""

from generator.catalog import Plan, Planned, linter
from generator.manifest import Manifest, identify


def annotated(plan: Plan, planned: Planned, manifest: Manifest) -> Manifest:
    """Return an object of a unit with the exceptions for it; a derived unit holds objects of all units."""
    called = str(identify(manifest, planned.cluster))
    reasons = {
        check: item.reason
        for unit in ((planned,) if planned.unit.folder else plan.units)
        for item in unit.unit.declaration.exceptions
        if item.object == called
        for check in item.checks
    }
    skipped = sorted(check for check in reasons if linter(check) == "checkov")
    ignored = sorted(check for check in reasons if linter(check) == "kube-score")
    added = {f"checkov.io/skip{n}": f"{check}={_one_line(reasons[check])}" for n, check in enumerate(skipped, 1)}
    if ignored:
        added["kube-score/ignore"] = ",".join(ignored)
    if not added:
        return manifest
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "annotations": {**metadata.get("annotations", {}), **added}}}


def _one_line(reason: str) -> str:
    """Return a reason that checkov can read: it splits at every `=` and fails on a second one."""
    return " ".join(reason.split()).replace("=", ":")
