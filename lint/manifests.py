"""kube-score and checkov over the workload cluster of every environment: lint/manifests.py KUBE_SCORE CHECKOV.

Each runs twice: on the objects as they are, and without the annotations that stand for exceptions. So it is seen which
exceptions work and which are needed. Ends with 4 if a finding is left, with 2 if a linter does not run.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from generator.catalog import KUBE_SCORE, linter, variables_secret
from generator.errors import GeneratorError
from generator.manifest import WORKLOAD, Manifest
from generator.views import findings
from lint.objects import Example, examples, write
from lint.verdict import Found, Verdict, accepted, judge

OFF = Path(__file__).with_name("off.yaml")
_CHECKOV = ("--framework", "kubernetes", "--skip-download", "--quiet", "--compact", "--output", "json")
OK = 7
"""The lowest grade of kube-score that is no finding."""


class LinterFailed(Exception):
    """A linter ended without a report, or looked at nothing."""


class Report(NamedTuple):
    """What linters found, and how many objects each looked at."""

    found: set[Found]
    seen: dict[str, int]


def main(kube_score: str, checkov: str) -> int:
    """Run both linters and print what is left. Returns the exit code."""
    began = time.monotonic()
    try:
        built = examples()
        _knows_the_checks(kube_score)
        bare, annotated = reports(built, kube_score, checkov)
    except GeneratorError as error:
        sys.stderr.write(findings.text(error.findings))
        return error.exit_code
    except LinterFailed as error:
        sys.stderr.write(f"{error}\n")
        return 2
    off = {check for checks in yaml.safe_load(OFF.read_text()).values() for check in checks}
    exceptions = accepted([example.plan for example in built])
    verdict = judge(bare.found, annotated.found, exceptions, off)
    _print(verdict)
    for name, seen in annotated.seen.items():
        before, after = (sum(linter(found.check) == name for found in some) for some in (bare.found, verdict.left))
        print(f"{name}: {seen} objects, {before} findings, {after} left")
    print(
        f"{len(built)} environments, {len(exceptions)} exceptions, {len(off)} checks off, {time.monotonic() - began:.1f} s"
    )
    return 4 if verdict.left else 0


def reports(built: list[Example], kube_score: str, checkov: str) -> tuple[Report, Report]:
    """Return what the linters find without the annotations of exceptions, and with them."""
    with tempfile.TemporaryDirectory(prefix="codemie-lint-") as scratch:
        folders = [Path(scratch, "bare"), Path(scratch, "annotated")]
        for example in built:
            asked = {variables_secret(unit.name, unit.common.secret_env) for unit in example.plan.units}
            manifests = [as_declared(item.manifest, asked) for item in example.objects if item.id.cluster == WORKLOAD]
            write(folders[0] / f"{example.name}.yaml", [_without_annotations(manifest) for manifest in manifests])
            write(folders[1] / f"{example.name}.yaml", manifests)
        running = [_start(checkov, *_CHECKOV, "--directory", str(folder)) for folder in folders]
        scored = [_kube_score(kube_score, folder, built) for folder in folders]
        checked = [_checkov(process) for process in running]
    bare, annotated = (
        Report(one.found | other.found, one.seen | other.seen) for one, other in zip(scored, checked, strict=True)
    )
    return bare, annotated


def as_declared(node: Any, asked: set[str]) -> Any:
    """Return an object without the variables of Secrets that an environment asked for: a file is no answer to that."""
    if isinstance(node, dict):
        return {key: as_declared(item, asked) for key, item in node.items()}
    if isinstance(node, list):
        return [as_declared(item, asked) for item in node if not _reads(item, asked)]
    return node


def _reads(item: Any, secrets: set[str]) -> bool:
    source = item.get("valueFrom") if isinstance(item, dict) else None
    return isinstance(source, dict) and source.get("secretKeyRef", {}).get("name") in secrets


def _without_annotations(manifest: Manifest) -> Manifest:
    metadata = manifest["metadata"]
    kept = {
        key: value
        for key, value in metadata.get("annotations", {}).items()
        if not key.startswith(("checkov.io/", "kube-score/"))
    }
    return {**manifest, "metadata": {**metadata, "annotations": kept}}


def _knows_the_checks(kube_score: str) -> None:
    """Raise LinterFailed if this kube-score has other checks than `exceptions` may name."""
    lines = _output("kube-score", _start(kube_score, "list")).splitlines()
    other = {line.split(",")[0] for line in lines} ^ KUBE_SCORE
    if other:
        message = f"kube-score and generator/catalog/linter.py do not know the same checks: {', '.join(sorted(other))}"
        raise LinterFailed(message)


def _kube_score(tool: str, folder: Path, built: list[Example]) -> Report:
    found, seen = set(), 0
    for example in built:
        version = f"v{example.plan.environment.kubernetes.version}"
        path = folder / f"{example.name}.yaml"
        report = _report(
            "kube-score", _start(tool, "score", "--kubernetes-version", version, "--output-format", "json", str(path))
        )
        seen += len(report)
        for item in report:
            called = _called(
                item["type_meta"]["kind"], item["object_meta"].get("namespace"), item["object_meta"]["name"]
            )
            for check in item["checks"] or []:
                if not check["skipped"] and check["grade"] < OK:
                    said = dict.fromkeys(_comment(comment) for comment in check["comments"] or [])
                    found.add(Found(check["check"]["id"], called, example.name, "; ".join(said)))
    return _not_empty(Report(found, {"kube-score": seen}))


def _comment(comment: dict[str, str]) -> str:
    return ": ".join(text for text in (comment["path"], comment["summary"]) if text)


def _checkov(process: "subprocess.Popen[str]") -> Report:
    report = _report("checkov", process)
    failed = report.get("results", {}).get("failed_checks", [])
    found = set()
    for item in failed:
        kind, namespace, name = item["resource"].split(".", 2)
        found.add(
            Found(item["check_id"], _called(kind, namespace, name), Path(item["file_path"]).stem, item["check_name"])
        )
    if report.get("summary", {}).get("parsing_errors"):
        message = "checkov could not read what was built"
        raise LinterFailed(message)
    return _not_empty(Report(found, {"checkov": report.get("summary", {}).get("resource_count", 0)}))


def _called(kind: str, namespace: str | None, name: str) -> str:
    """Return `Kind namespace/name`. checkov puts an object without a namespace into `default`."""
    return f"{kind} {namespace}/{name}" if namespace and namespace != "default" else f"{kind} {name}"


def _not_empty(report: Report) -> Report:
    for name, seen in report.seen.items():
        if not seen:
            message = f"{name} looked at nothing"
            raise LinterFailed(message)
    return report


def _start(*command: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")


def _output(tool: str, process: "subprocess.Popen[str]") -> str:
    """Wait for a linter and return what it prints. Both end with 1 where they find something."""
    output, errors = process.communicate()
    if process.returncode not in (0, 1) or not output.strip():
        message = f"{tool} ended with {process.returncode}: {errors.strip() or 'no output'}"
        raise LinterFailed(message)
    return output


def _report(tool: str, process: "subprocess.Popen[str]") -> Any:
    output = _output(tool, process)
    try:
        return json.loads(output)
    except ValueError:
        message = f"{tool} prints no JSON: {output[:200]}"
        raise LinterFailed(message) from None


def _print(verdict: Verdict) -> None:
    for line in verdict.unused:
        print(f"warning: {line}")
    for (check, called, message), names in _by_environment(verdict.left).items():
        print(f"{', '.join(names)}: {called}: {message} [{check}]")


def _by_environment(left: Iterable[Found]) -> dict[tuple[str, str, str], list[str]]:
    result: dict[tuple[str, str, str], list[str]] = {}
    for found in left:
        result.setdefault((found.check, found.object, found.message), []).append(found.environment)
    return result


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
