"""What a review costs in CPU seconds: where every object changes, beside the same command where none does; and by size.

The ratio is of whole commands in one run, taken pair by pair. Sizes are doubled: a cost that grows with their number
doubles, one that grows with their square takes four times as long.
"""

import re
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generator.kinds import Kinds
from generator.manifest import Object, identify
from generator.review import review

ROOT = Path(__file__).parent.parent
CLI = ROOT / ".venv/bin/codemie-manifests"
PAIRS = 5
SIZES = (500, 1_000, 2_000)


def diff(project: Path) -> float:
    """Return the CPU seconds of a diff of all environments against our own output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = f"{CLI} --root {project} diff --all --against {ROOT / 'output'} --format markdown"
    subprocess.run(command.split(), check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def labelled(folder: Path) -> Path:
    """Return a project like ours, with another label on every object."""
    for name in ("environments", "templates"):
        shutil.copytree(ROOT / name, folder / name)
    for path in (folder / "environments").glob("*.yaml"):
        path.write_text(re.sub(r"(?m)^labels: \{", 'labels: {cost-center: "4711", ', path.read_text()))
    return folder


def grants(count: int, name: str) -> list[Object]:
    """Return grants of one unit, each of another member."""
    return [
        _object(
            "iam.cnrm.cloud.google.com/v1beta1",
            "IAMPolicyMember",
            f"{name}-{at}",
            {"member": f"group:{at}@example.com", "role": "roles/viewer", "resourceRef": {"kind": "Project"}},
        )
        for at in range(count)
    ]


def rules(count: int, first: int) -> list[Object]:
    """Return a policy of Cloud Armor with so many rules."""
    rule = [
        {"action": "allow", "priority": first + at, "match": {"config": {"srcIpRanges": [f"10.1.{at}.0/24"]}}}
        for at in range(count)
    ]
    return [_object("compute.cnrm.cloud.google.com/v1beta1", "ComputeSecurityPolicy", "edge", {"rule": rule})]


def _object(version: str, kind: str, name: str, spec: dict[str, Any]) -> Object:
    metadata = {"name": name, "namespace": "codemie-dev"}
    manifest = {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
    return Object(identify(manifest, "hub"), manifest, place="infra/x/x.yaml")


def by_size(title: str, before: Callable[[int], list[Object]], after: Callable[[int], list[Object]]) -> None:
    """Print the CPU seconds of a review of each size."""
    for count in SIZES:
        old, new = before(count), after(count)
        start = time.process_time()
        review("dev", old, new, Kinds({}))
        print(f"{title:40}{count:8,}{time.process_time() - start:8.2f} s")


def main() -> None:
    """Measure and print."""
    by_size("grants of another name", lambda count: grants(count, "old"), lambda count: grants(count, "new"))
    by_size("rules of other numbers", lambda count: rules(count, 1_000), lambda count: rules(count, 1_010))
    print(f"{'memory at most':48}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:8,} MiB")
    with tempfile.TemporaryDirectory() as scratch:
        changed = labelled(Path(scratch))
        diff(changed)  # fills the cache of what is built
        pairs = [(diff(ROOT), diff(changed)) for _ in range(PAIRS)]
    print(f"{'diff --all, nothing changes':48}{min(none for none, _ in pairs):8.2f} s")
    print(f"{'diff --all, every object changes':48}{min(every for _, every in pairs):8.2f} s")
    print(f"{'ratio, median of pairs':48}{statistics.median(every / none for none, every in pairs):8.2f}")


if __name__ == "__main__":
    main()
