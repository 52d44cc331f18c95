"""kubeconform over every built object of every environment and variant, both clusters: lint/conform.py KUBECONFORM SHARED.

Schemas are made of the CRDs and by the tools in SHARED and kept in the cache; no kind may be without one. Ends with 4 if
an object does not conform, with 2 if SHARED or a schema of Kubernetes is not there, or kubeconform does not run.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from generator import workspace
from generator.errors import GeneratorError
from generator.views import findings
from lint.objects import Example, examples, write
from lint.variants import variants

WITHOUT_SCHEMA = "cert-manager.io/v1/Issuer,redis.cnrm.cloud.google.com/v1beta1/RedisInstance"
"""Kinds that SHARED has no CRD of: their objects are left out, and that is said."""
CORE, CUSTOM = "core_to_jsonschema.py", "crd_to_jsonschema.py"


class CannotTell(Exception):
    """Nothing can be said about the objects."""


def main(kubeconform: str, shared: Path) -> int:
    """Validate everything and print what does not conform. Returns the exit code."""
    began = time.monotonic()
    try:
        built = [*examples(), *variants()]
        refused = [line for example in built for line in _refused(kubeconform, example, _schemas(shared, example))]
    except GeneratorError as error:
        sys.stderr.write(findings.text(error.findings))
        return error.exit_code
    except CannotTell as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for line in refused:
        print(line)
    objects = sum(len(example.objects) for example in built)
    print(
        f"kubeconform: {objects} objects of {len(built)} environments and variants, {len(refused)} refused, "
        f"{WITHOUT_SCHEMA} left out (no CRD in {shared}), {time.monotonic() - began:.1f} s"
    )
    return 4 if refused else 0


def _schemas(shared: Path, example: Example) -> Path:
    """Return the folder of schemas for an environment's Kubernetes, made once for these CRDs and tools."""
    kubernetes = example.plan.environment.kubernetes.version
    sources = sorted(path for folder in ("crds", "tools") for path in (shared / folder).rglob("*") if path.is_file())
    if not (shared / "crds").is_dir() or not all((shared / "tools" / tool).is_file() for tool in (CORE, CUSTOM)):
        message = f"no crds/ and tools/ in {shared}: nothing is validated (SHARED=... names another folder)"
        raise CannotTell(message)
    digest = hashlib.sha256(f"{kubernetes} {version('kubernetes-validate')}".encode())
    for path in sources:
        digest.update(f"{path.relative_to(shared)} {path.stat().st_size}\n".encode() + path.read_bytes())
    target = workspace.cache_folder() / "schemas" / digest.hexdigest()[:16]
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as scratch:
            fresh = Path(scratch, "schemas")
            _run(sys.executable, str(shared / "tools" / CORE), str(fresh / "core"), kubernetes)
            _run(sys.executable, str(shared / "tools" / CUSTOM), str(fresh / "custom"), str(shared / "crds"))
            fresh.rename(target)
    return target


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{' '.join(command)}: {done.stderr.strip()}"
        raise CannotTell(message)


def _refused(kubeconform: str, example: Example, schemas: Path) -> list[str]:
    """Return a line per object that does not conform, or that has no schema."""
    locations = (
        f"{schemas}/core/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json",
        f"{schemas}/custom/{{{{.Group}}}}/{{{{.ResourceKind}}}}_{{{{.ResourceAPIVersion}}}}.json",
    )
    options = [word for location in locations for word in ("-schema-location", location)]
    with tempfile.TemporaryDirectory(prefix="codemie-conform-") as scratch:
        path = Path(scratch, "objects.yaml")
        write(path, [item.manifest for item in example.objects])
        skip = ["-skip", WITHOUT_SCHEMA]
        command = [kubeconform, "-strict", "-summary", "-output", "json", *skip, *options, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    report = _report(done)
    summary = report["summary"]
    if not summary["valid"]:
        message = f"{example.name}: kubeconform validated nothing"
        raise CannotTell(message)
    refused = [
        f"{example.name}: {item['kind']} {item['name']}: {item['status']}: {item['msg']}"
        for item in report["resources"]
    ]
    if summary["valid"] + summary["skipped"] + len(refused) != len(example.objects):
        message = f"{example.name}: {len(example.objects)} objects, but kubeconform speaks of {summary}"
        raise CannotTell(message)
    return refused


def _report(done: "subprocess.CompletedProcess[str]") -> Any:
    try:
        return json.loads(done.stdout)
    except ValueError:
        message = f"kubeconform ended with {done.returncode}: {done.stderr.strip() or done.stdout[:200]}"
        raise CannotTell(message) from None


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
