"""Every field of every Config Connector contract is judged: a row or a mark says what its change, its coming and its going do.

A new field in a contract fails here until somebody has said what it does, or has put it into ON_PURPOSE.
"""

import copy
import functools
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from command import ROOT

from generator.kinds import ABSENT, Impact, Kinds, Row, definitions, named, names, shipped
from generator.kinds.rows.vocabulary import narrowed, widened
from generator.manifest import HUB, Manifest, Object, encoded, identify
from generator.review import review
from generator.review.judge import UNKNOWN

DEFINITIONS = definitions()
KINDS = Kinds({})
GOOGLE = [name for name in names() if name.partition("/")[0].endswith("cnrm.cloud.google.com")]
CONTRACTED = [name for name in GOOGLE if shipped(name).contract]
TEXTS: tuple[str, ...] = (
    "10.0.0.0/16",
    "10.0.0.0/20",
    "10s",
    "20s",
    "02:00",
    "03:00",
    "2",
    "3",
    "POSTGRES_16",
    "POSTGRES_17",
    "allow",
)
TEXTS += ("deny(403)", "roles/one", "roles/two", "one", "two", "a.example.com.", "b.example.com.", "1.2.3", "1.3.0")
TEXTS += (
    "projects/a/b",
    "projects/a/c",
    "db-custom-1-3840",
    "db-custom-2-7680",
    "user:one@example.com",
    "a/b/c/d",
    "*",
)

MODES: dict[str, list[dict[str, Any]]] = {
    "ComputeFirewall": [{"allow": None}, {"deny": None}],
    "ComputeSecurityPolicy": [{"rule.0.action": "allow"}, {"rule.0.action": "deny(403)"}],
    "StorageBucket": [{"lifecycleRule.0.action.type": "Delete"}, {"lifecycleRule.0.action.type": "SetStorageClass"}],
    "ArtifactRegistryRepository": [{"cleanupPolicies.0.action": "DELETE"}, {"cleanupPolicies.0.action": "KEEP"}],
    "SQLDatabase": [{"deletionPolicy": "ABANDON"}, {"deletionPolicy": "DELETE"}],
}
"""What else an object says decides what a field of it does."""

ON_PURPOSE: dict[str, set[str]] = {}
"""Fields that nobody could judge, by kind: they stay `unknown`, and a reviewer looks them up."""

Steps = tuple[str | int, ...]


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = {**DEFINITIONS[node["$ref"].removeprefix("#/$defs/")], **{k: v for k, v in node.items() if k != "$ref"}}
    return node


def samples(node: dict[str, Any]) -> list[Any]:
    """Return values of a field that has none below it."""
    if "enum" in node:
        return list(node["enum"])
    if "const" in node:
        return [node["const"]]
    kind = node.get("type")
    if kind == "boolean":
        return [True, False]
    if kind == "integer":
        least = node.get("minimum", 1)
        return [least, least + 1]
    if kind == "number":
        return [0.25, 0.5]
    return [text for text in TEXTS if re.search(node.get("pattern", ""), text)][:3]


def whole(node: dict[str, Any]) -> Any:
    """Return a value that has every field."""
    node = resolved(node)
    if node.get("properties"):
        return {name: whole(below) for name, below in node["properties"].items()}
    if isinstance(node.get("additionalProperties"), dict):
        return {"key": whole(node["additionalProperties"])}
    if "items" in node:
        return [whole(node["items"])]
    found = samples(node)
    assert found, f"no text fits {node}"
    return found[0]


def places(node: dict[str, Any], steps: Steps = ()) -> Iterator[tuple[Steps, dict[str, Any]]]:
    """Yield every place of a schema below its spec."""
    node = resolved(node)
    if steps:
        yield steps, node
    for name, below in node.get("properties", {}).items():
        yield from places(below, (*steps, name))
    if isinstance(node.get("additionalProperties"), dict):
        yield from places(node["additionalProperties"], (*steps, "key"))
    if isinstance(node.get("items"), dict):
        yield from places(node["items"], (*steps, 0))


def at(value: Any, steps: Steps) -> Any:
    for step in steps:
        value = value[step]
    return value


def variants(manifest: Manifest, steps: Steps, node: dict[str, Any]) -> Iterator[tuple[str, Manifest, Manifest]]:
    """Yield (what is done, before, after): each change of a value, its going and its coming; of a list also its order."""
    full = ("spec", *steps)
    gone = copy.deepcopy(manifest)
    del at(gone, full[:-1])[full[-1]]
    yield "removed", manifest, gone
    yield "added", gone, manifest
    if "properties" in node or isinstance(node.get("additionalProperties"), dict):
        return
    if "items" in node:
        one, two = (copy.deepcopy(manifest) for _ in range(2))
        items = [*at(manifest, full), another(at(manifest, full)[0])]
        at(one, full[:-1])[full[-1]], at(two, full[:-1])[full[-1]] = items, items[::-1]
        yield "reordered", one, two
        yield "one more", manifest, one
        yield "one less", one, manifest
        return
    values = samples(node)
    for old in values:
        for new in values:
            if old != new:
                sides = (copy.deepcopy(manifest), copy.deepcopy(manifest))
                for side, value in zip(sides, (old, new), strict=True):
                    at(side, full[:-1])[full[-1]] = value
                yield f"{old} -> {new}", *sides


def another(value: Any) -> Any:
    """Return an item that is not this one, also by its key."""
    if isinstance(value, dict):
        return {key: another(item) for key, item in value.items()}
    if isinstance(value, list):
        return [another(item) for item in value]
    if isinstance(value, str):
        return "10.99.0.0/16" if re.fullmatch(r"[0-9./]+", value) else f"{value}x"
    return value if isinstance(value, bool) else value + 1


def built(manifest: Manifest) -> Object:
    return Object(identify(manifest, HUB), manifest, "infra/unit/x.yaml", "infra/unit/x.yaml")


def bases(name: str) -> Iterator[tuple[Manifest, dict[str, Any]]]:
    """Yield an object of a contract that has every field, one for each of its modes, and the schema of its spec."""
    group, _, kind = name.partition("/")
    ((version, contract),) = shipped(name).contract.items()
    spec = contract["properties"].get("spec", {})
    metadata = {"name": "one", "namespace": "prod"}
    manifest = {"apiVersion": f"{group}/{version}", "kind": kind, "metadata": metadata, "spec": whole(spec)}
    for mode in MODES.get(kind, [{}]):
        made = copy.deepcopy(manifest)
        for place, value in mode.items():
            *above, last = [int(step) if step.isdigit() else step for step in place.split(".")]
            if value is None:
                del at(made["spec"], tuple(above))[last]
            else:
                at(made["spec"], tuple(above))[last] = value
        yield made, spec


def exists(manifest: Manifest, steps: Steps) -> bool:
    try:
        at(manifest["spec"], steps)
    except (KeyError, IndexError, TypeError):
        return False
    return True


def unjudged(name: str) -> Iterator[str]:
    """Yield every field of a kind whose change nobody judges, with what is done to it."""
    for manifest, spec in bases(name):
        for steps, node in places(spec):
            if not exists(manifest, steps):
                continue
            for done, before, after in variants(manifest, steps, node):
                found = review("test", [built(before)], [built(after)], KINDS)
                assert found.changes or found.noise or encoded(before) == encoded(after), (steps, done)
                for change in found.changes:
                    assert change.instead or change.impact is not Impact.BLOCKED, (steps, change)
                    assert change.source or change.impact in (Impact.SAFE, Impact.UNKNOWN), (steps, change)
                    if change.reason == UNKNOWN.reason:
                        yield f"{'.'.join(map(str, steps))} ({done})"


@pytest.mark.parametrize("name", CONTRACTED)
def test_every_field_of_a_contract_is_judged(name: str) -> None:
    assert set(unjudged(name)) == ON_PURPOSE.get(name, set())


@pytest.mark.parametrize("name", CONTRACTED)
def test_every_kind_is_judged_when_it_comes_and_when_it_goes(name: str) -> None:
    for manifest, _ in bases(name):
        manifest["spec"].pop("resourceID", None)  # with it, what is there is taken over: test_review_adoption.py
        for before, after in ([built(manifest)], []), ([], [built(manifest)]):
            (change,) = review("test", before, after, KINDS).changes
            assert "no table says" not in change.reason
            assert change.source


# ── the rows against the real CRDs ─────────────────────────────────────────────────────────────────────────────────
CRDS = ROOT / os.environ.get("SHARED", "../shared") / "crds" / "kcc"


@functools.cache
def crds() -> dict[str, Any]:
    """Return the schema of each kind, by `group/Kind`."""
    found = {}
    for file in sorted(CRDS.glob("*.yaml")):
        spec = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)["spec"]
        found[named(spec["group"], spec["names"]["kind"])] = spec["versions"][-1]["schema"]["openAPIV3Schema"]
    return found


def has(schema: dict[str, Any], path: str) -> bool:
    """Whether a CRD has a row's path: `*` is a list item or any key, `**` everything below."""
    for step in path.split("."):
        if step == "**":
            return True
        below = schema.get("properties", {})
        if step in below:
            schema = below[step]
        elif step == "*" and "items" in schema:
            schema = schema["items"]
        elif step == "*" and isinstance(schema.get("additionalProperties"), dict):
            schema = schema["additionalProperties"]
        elif step != "*" or not below:
            return bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    return True


def rows(name: str) -> tuple[Row, ...]:
    group, _, kind = name.partition("/")
    return KINDS.rows(group, kind)


def paths() -> Iterator[tuple[str, str]]:
    """Yield every path of a spec that the file of a kind itself has, with the kind."""
    for name in GOOGLE:
        written = [*shipped(name).impact, {"path": list(shipped(name).immutable)}]
        for found in (row["path"] for row in written if "path" in row):
            yield from ((name, path) for path in (found if isinstance(found, list) else [found]) if path[:4] == "spec")


@pytest.mark.skipif(not CRDS.is_dir(), reason=f"the real CRDs are not in {CRDS} (SHARED names another folder)")
def test_every_row_names_a_field_that_there_is() -> None:
    assert sorted({f"{name} {path}" for name, path in paths() if name in crds() and not has(crds()[name], path)}) == []


def test_every_kind_with_immutable_fields_says_what_to_do_instead() -> None:
    assert [name for name in GOOGLE if shipped(name).immutable and not shipped(name).instead] == []


def test_every_row_is_a_sentence_with_a_source() -> None:
    for name in GOOGLE:
        for row in rows(name):
            assert row.reason, (name, row)
            assert not row.reason.endswith("."), (name, row)
            assert row.source or row.impact is Impact.SAFE, (name, row)


def test_every_kind_that_the_examples_render_says_what_its_changes_do() -> None:
    for file in sorted((ROOT / "output").glob("*/infra/*/*.yaml")):
        for group, kind in re.findall(
            r"^apiVersion: (\S+cnrm\.cloud\.google\.com)/\S+\nkind: (\S+)", file.read_text(), re.MULTILINE
        ):
            assert shipped(named(group, kind)).impact


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("10.0.0.0/8", "10.1.0.0/16", "narrowed"),
        ("10.1.0.0/16", "10.0.0.0/8", "widened"),
        ("10.0.0.0/8", "192.168.0.0/16", "both"),
        ("10.0.0.5", "10.0.0.5/32", "neither"),
        ("10.0.0.0/8", "*", "widened"),
        ("*", "10.0.0.0/8", "narrowed"),
        ("0.0.0.0/0", "::/0", "both"),
        ("2001:db8::/32", "2001:db8:1::/48", "narrowed"),
        (ABSENT, "10.0.0.0/8", "widened"),
        ("10.0.0.0/8", ABSENT, "narrowed"),
        ("one", "two", "both"),
    ],
)
def test_ranges_are_compared_by_what_they_hold(before: Any, after: Any, said: str) -> None:
    assert widened(before, after) is (said in ("widened", "both"))
    assert narrowed(before, after) is (said in ("narrowed", "both"))
