"""What we refuse offline by Kubernetes' own validation, beside what a real API server does: in both directions."""

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import programs
import pytest
import yaml
from acceptance import namespaces
from api_server import ApiServer, Manifest, Refused
from api_server_rules import VERSION, samples, told
from control_plane import ControlPlane
from spoiled import Spoiled, spoiled

from generator.check.schema import kubernetes_schema
from lint.objects import examples

pytestmark = pytest.mark.e2e
pytest_plugins = ("e2e_session",)

DIFFERENCES: dict[str, list[dict[str, str]]] = yaml.safe_load(
    (Path(__file__).parent.parent / "data/api-server-differences.yaml").read_text(encoding="utf-8")
)
_COUNT, _SEED = 4000, 21
_OF_VALIDATION = (400, 422, 500)
"""How an API server refuses what it cannot read, what is not valid, and what server-side apply cannot merge."""
_UNTESTED_BY_DRY_RUN = {"Service: node port outside of its range"}
"""What is refused when a port is taken, which a dry run does not do."""


class Compared(NamedTuple):
    """What a server and our checks say of an object; nothing where they take it."""

    name: str
    there: str
    here: str


@pytest.fixture(scope="module")
def server(control_plane: ControlPlane) -> Iterator[ApiServer]:
    (found,) = control_plane.start_servers("rules")
    yield found
    control_plane.stop_server("rules")


def compared(server: ApiServer, named: Iterable[tuple[str, Manifest]]) -> list[Compared]:
    """Ask a server and our checks of each object. Nothing is kept."""
    items = list(named)
    namespaces(server, [manifest for _, manifest in items])
    for name in {manifest["metadata"].get("namespace", "") for _, manifest in items} - {""}:
        server.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}})
    with ThreadPoolExecutor(4) as pool:
        there = pool.map(lambda item: refusal(server, item[1]), items)
        return [Compared(name, said, "; ".join(told(item))) for (name, item), said in zip(items, there, strict=True)]


def refusal(server: ApiServer, manifest: Manifest) -> str:
    """Return why a server refuses an object, '' if it takes it. Fails where it is not for what is in the object."""
    try:
        server.apply(manifest, dryRun="All", force="true")
    except Refused as refused:
        if refused.status not in _OF_VALIDATION:
            raise
        return refused.message
    return ""


def figures(found: list[Compared]) -> str:
    """Return how many objects are refused by whom, as docs/real-servers.md has it."""
    count = Counter((bool(item.there), bool(item.here)) for item in found)
    both, neither, there, here = (count[key] for key in ((True, True), (False, False), (True, False), (False, True)))
    return f"{len(found)}: {both} refused by both, {neither} by neither, {there} there only, {here} here only"


def differing(found: list[Compared]) -> tuple[list[str], set[str]]:
    """Return where the verdicts differ without a known reason, and which reasons were needed."""
    unknown, needed = [], set()
    for item in found:
        if bool(item.there) is bool(item.here):
            continue
        key, said = ("untold", item.there) if item.there else ("stricter", item.here)
        reason = next((known["says"] for known in DIFFERENCES[key] if re.search(known["says"], said)), None)
        if reason is None:
            unknown.append(f"{item.name} is refused {'there' if item.there else 'here'} only: {said}")
        else:
            needed.add(reason)
    return unknown, needed


def changed_objects() -> list[Spoiled]:
    """Return as many changes of what is rendered as are asked for, the same in every run: each once, in pods of any kind."""
    found: dict[str, Spoiled] = {}
    for example in examples():
        for item in example.objects:
            if kubernetes_schema.covered(item, VERSION):
                for one in spoiled(item.manifest, kubernetes_schema.schema(item, VERSION)):
                    _, in_pod, place = one.place.partition("/template/spec/")
                    found.setdefault(f"{place} {one.change}" if in_pod else str(one), one)
    return random.Random(_SEED).sample([found[name] for name in sorted(found)], _COUNT)  # noqa: S311 - no secret


def test_our_data_are_of_the_version_that_runs() -> None:
    assert programs.version("k8s.io/kubernetes").rpartition(".")[0] == VERSION


def test_a_server_says_of_every_sample_what_its_file_says(server: ApiServer, record_property: Any) -> None:
    all_samples = samples()
    found = compared(server, ((str(sample), sample.manifest) for sample in all_samples))
    record_property("figures", figures(found))
    assert [
        f"{item.name}: {item.there or 'is taken'}"
        for item, sample in zip(found, all_samples, strict=True)
        if bool(item.there) is not sample.refused_there and item.name not in _UNTESTED_BY_DRY_RUN
    ] == []


def test_what_is_refused_of_changed_objects_is_refused_here_and_what_is_taken_passes(
    server: ApiServer, record_property: Any
) -> None:
    found = compared(server, ((str(change), change.manifest) for change in changed_objects()))
    record_property("figures", figures(found))
    unknown, needed = differing(found)
    assert unknown == []
    assert [
        known["says"] for known in (*DIFFERENCES["untold"], *DIFFERENCES["stricter"]) if known["says"] not in needed
    ] == []
