"""What a render and a plan of prod cost beside kubectl kustomize of the same folders: figures, never an assertion.

The commands run in turn, each a fresh process with a warm page cache; ratios are taken pair by pair, because a machine's
speed drifts. kubectl only builds; a render also renders, checks and writes, and is timed with each kustomize there is.
"""

import functools
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
CLI = ROOT / ".venv/bin/codemie-manifests"
ENVIRONMENT = "prod"
PAIRS = 15
EDITS = """\
database: {tier: db-custom-8-32768, storageGb: 80, availability: ZONAL, version: POSTGRES_16}
gke: {nodePools: {main: {machineType: e2-standard-16, minNodes: 4, maxNodes: 9, diskGb: 200}}}
components:
  api: {replicas: 3, resources: {requests: {memory: 5Gi}, limits: {memory: 9Gi}}, images: {codemie: {tag: 2.58.0}}}
  ui: {replicas: 2, resources: {limits: {memory: 256Mi}}}
  elasticsearch: {replicas: 3, storage: {size: 400Gi}}
  keycloak: {resources: {limits: {memory: 5Gi}}}
  kibana: {replicas: 2}
  mermaid-server: {replicas: 2}
  mcp-connect: {replicas: 3}
"""
"""Twenty values, as many as a busy week changes."""
_ENVIRON = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def folders() -> list[Path]:
    """Return the folders Argo CD builds: one per Application, and the one of the Applications themselves."""
    output = ROOT / "output" / ENVIRONMENT
    return [output / "argocd/apps", *sorted(output.glob("components/*/overlay")), *sorted(output.glob("infra/*"))]


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    """Run a command whose output nobody reads, with Python's bytecode cache on, as it is by default."""
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**_ENVIRON, **(env or {})}
    )


def one_after_the_other() -> None:
    """Build each folder alone, as Argo CD does."""
    for folder in folders():
        run("kubectl", "kustomize", folder)


def jobs(scratch: Path) -> dict[str, Callable[[], None]]:
    """Return what is timed, by name; the first is what the others are compared with."""
    joint = scratch / "joint"
    joint.mkdir()
    lines = "".join(f"- {os.path.relpath(folder, joint)}\n" for folder in folders())
    (joint / "kustomization.yaml").write_text(f"resources:\n{lines}")
    result: dict[str, Callable[[], None]] = {
        f"kubectl kustomize, {len(folders())} folders one after the other": one_after_the_other
    }
    changed = edited(scratch / "changed")
    for tool in ("kubectl", "kustomize"):
        found = shutil.which(tool)
        if found:
            env = alone(scratch / tool, found)
            result[f"render prod, cold, with {tool}"] = functools.partial(render, scratch / tool, env, cold=True)
            result[f"render prod, a second time, with {tool}"] = functools.partial(
                render, scratch / tool, env, cold=False
            )
            result[f"plan of 20 changed values, cold, with {tool}"] = functools.partial(plan, changed, env)
    result["kubectl kustomize, all folders in one build"] = lambda: run("kubectl", "kustomize", joint)
    result["codemie-manifests --help"] = lambda: run(CLI, "--help")
    return result


def alone(folder: Path, tool: str) -> dict[str, str]:
    """Return an environment in which `tool` is the only one on PATH, with a cache of its own."""
    folder.mkdir()
    (folder / Path(tool).name).symlink_to(tool)
    return {"PATH": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}


def render(folder: Path, env: dict[str, str], *, cold: bool) -> None:
    """Render, build, check and write; `cold` has no cache and no earlier output."""
    if cold:
        shutil.rmtree(folder / "out", ignore_errors=True)
        shutil.rmtree(folder / "cache", ignore_errors=True)
    run(CLI, "--root", ROOT, "render", ENVIRONMENT, "--out", folder / "out", env=env)


def edited(folder: Path) -> Path:
    """Return a project like ours, with 20 other values in prod."""
    for name in ("environments", "schemas", "templates"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
    (folder / "environments/profiles/more.yaml").write_text(EDITS)
    written = folder / f"environments/{ENVIRONMENT}.yaml"
    written.write_text(re.sub(r"(?m)^extends: \[(.*)\]", r"extends: [\1, more]", written.read_text()))
    return folder


def plan(project: Path, env: dict[str, str]) -> None:
    """Say what a merge does: render the new side, build both, compare. No earlier result is there."""
    shutil.rmtree(env["XDG_CACHE_HOME"], ignore_errors=True)
    run(CLI, "--root", project, "diff", ENVIRONMENT, "--against", ROOT / "output", "--format", "json", env=env)


def main() -> None:
    """Time everything in turn and print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        timed = jobs(Path(scratch))
        seconds: dict[str, list[float]] = {name: [] for name in timed}
        for turn in range(PAIRS + 1):
            for name, job in timed.items():
                start = time.perf_counter()
                job()
                if turn:  # the first turn warms the page cache
                    seconds[name].append(time.perf_counter() - start)
    reference = next(iter(seconds.values()))
    print(f"{'':58}{'min s':>8}{'median s':>10}{'ratio':>8}   ({PAIRS} turns; ratio to the first row, median of pairs)")
    for name, values in seconds.items():
        ratio = statistics.median(value / base for value, base in zip(values, reference, strict=True))
        print(f"{name:58}{min(values):8.3f}{statistics.median(values):10.3f}{ratio:8.2f}")


if __name__ == "__main__":
    main()
