"""What is taken over: every field of it is told with the worst that it may change, for nobody here sees what is there."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from test_review_coverage import CONTRACTED, KINDS, bases, built

from generator.kinds import Impact, Kinds, matches, names, parts
from generator.manifest import Manifest, Object
from generator.review import Action, Change, Review, refusals, review
from generator.views.review import markdown, text

Steps = tuple[str | int, ...]
CNRM = "cnrm.cloud.google.com"
MADE = [name for name in CONTRACTED if KINDS.google(*name.split("/")) and name != f"iam.{CNRM}/IAMPolicyMember"]


def resource(group: str, kind: str, name: str = "ours", **spec: Any) -> Manifest:
    head = {"apiVersion": f"{group}.{CNRM}/v1beta1", "kind": kind, "metadata": {"name": name, "namespace": "prod"}}
    return {**head, "spec": spec}


def grant(kind: str, external: str) -> Manifest:
    return resource("iam", "IAMPolicyMember", f"on-{kind.lower()}", resourceRef={"kind": kind, "external": external})


def reviewed(before: list[Manifest], after: list[Manifest], kinds: Kinds = KINDS) -> Review:
    return review("prod", map(built, before), map(built, after), kinds)


def told(new: Manifest, *before: Manifest) -> dict[str, list[Change]]:
    """Return what is said of an object that is added, by path."""
    found: dict[str, list[Change]] = {}
    for change in reviewed(list(before), [*before, new]).changes:
        found.setdefault(change.path, []).append(change)
    return found


def impacts(new: Manifest, path: str) -> list[Impact]:
    return [change.impact for change in told(new)[path]]


def is_taken_over(new: Manifest, *before: Manifest) -> bool:
    return told(new, *before)[""][0].action is Action.ADOPT


INSTANCE = resource("sql", "SQLInstance", resourceID="corp-sql", region="europe-west3", databaseVersion="POSTGRES_17")


def instance(**settings: Any) -> Manifest:
    return {**INSTANCE, "spec": {**INSTANCE["spec"], "settings": settings}}


def cluster(**spec: Any) -> Manifest:
    return resource("container", "ContainerCluster", resourceID="corp-gke", **spec)


# ── every kind ─────────────────────────────────────────────────────────────────────────────────────────────────────
def fields(value: Any, steps: Steps) -> Iterator[Steps]:
    """Yield the path of every value; a list is one, for it is managed as a whole."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from fields(item, (*steps, key))
    else:
        yield steps


def pointer(steps: Steps) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


@pytest.mark.parametrize("name", MADE)
def test_every_field_of_every_kind_that_is_taken_over_is_told(name: str) -> None:
    rows = KINDS.rows(*name.split("/"))
    for manifest, _ in bases(name):
        manifest["spec"]["resourceID"] = "theirs"
        found = told(manifest, grant(manifest["kind"], "projects/corp/things/theirs"))
        assert found[""][0].action is Action.ADOPT
        assert found[""][0].impact.rank <= Impact.UNKNOWN.rank
        for steps in fields(manifest["spec"], ("spec",)):
            if steps[1] not in ("resourceID", "projectRef"):
                for change in found[pointer(steps)]:
                    said = {row.source for row in rows if row.impact is Impact.SAFE and row.word != "reordered"}
                    assert change.impact is not Impact.SAFE or (change.source and change.source in said), steps


def test_no_kind_of_config_connector_is_taken_over_without_a_word() -> None:
    for group, _, kind in (name.partition("/") for name in [*names(), f"new.{CNRM}/NobodyKnows"]):
        if KINDS.google(group, kind) and group.endswith(CNRM) and not group.startswith("iam."):
            new = resource(group.removesuffix(f".{CNRM}"), kind, resourceID="theirs", some={"field": 1})
            found = told(new, grant(kind, "theirs"))
            assert found["/spec/some/field"][0].impact.rank <= Impact.UNKNOWN.rank, kind
