"""What a merge does, case by case: tests/review/<what it proves>/ holds both sides and what the plan must say of them.

A side is a file of manifests or a folder laid out like output/<env>/. Without Applications of its own, each unit has the
one that we render: automated, with pruning, without a finalizer.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.kinds import Kinds
from generator.manifest import HUB, WORKLOAD, Object, ObjectId, identify
from generator.review import Action, Change, Impact, Review, Verdict, refusals, review
from generator.views.review import wording

CASES = sorted(path for path in (Path(__file__).parent / "review").iterdir() if path.is_dir())
_HUB = (".cnrm.cloud.google.com", "argoproj.io")


def side(case: Path, name: str) -> list[Object]:
    """Return the objects of one side, those of a single file as of the unit `unit`."""
    single = case / f"{name}.yaml"
    files = {"components/unit/base/objects.yaml": single} if single.is_file() else _files(case / name)
    objects = [built(manifest, place) for place, path in files.items() for manifest in documents(path)]
    units = {place.split("/")[1] for place in files if place.startswith(("components/", "infra/"))}
    own = any(item.id.kind == "Application" for item in objects)
    return objects if own else objects + [application(unit) for unit in sorted(units)]


def _files(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.yaml"))}


def documents(path: Path) -> list[dict[str, Any]]:
    return [manifest for manifest in yaml.safe_load_all(path.read_text(encoding="utf-8")) if manifest]


def built(manifest: dict[str, Any], place: str) -> Object:
    group = manifest["apiVersion"].rpartition("/")[0]
    return Object(identify(manifest, HUB if group.endswith(_HUB) else WORKLOAD), manifest, place, place)


def application(unit: str) -> Object:
    manifest = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": f"test-{unit}", "namespace": "argocd"},
        "spec": {"syncPolicy": {"automated": {"prune": True, "selfHeal": True}}},
    }
    return built(manifest, f"argocd/apps/{unit}.yaml")


def reviewed(case: Path) -> Review:
    return review("test", side(case, "before"), side(case, "after"), Kinds({}))


def said(result: Review) -> list[dict[str, str]]:
    return [
        {"object": str(change.id), "action": change.action.value, "path": change.path, "impact": change.impact.value}
        for change in result.changes
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_the_plan_says_what_the_case_proves(case: Path) -> None:
    expected = yaml.safe_load((case / "expected.yaml").read_text(encoding="utf-8"))
    result = reviewed(case)
    assert said(result) == (expected.get("changes") or [])
    assert dict(result.noise) == expected.get("noise", {})
    for impacts, change in zip((expected.get("also") or []), result.changes, strict=False):
        assert impacts == [verdict.impact for verdict in change.also]
    for words, change in zip((expected.get("reasons") or []), result.changes, strict=False):
        assert words in change.reason
    for words, change in zip((expected.get("instead") or []), result.changes, strict=False):
        assert words in change.instead


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_every_change_says_why_and_where_that_is_written(case: Path) -> None:
    for change in reviewed(case).changes:
        assert change.reason, change
        assert change.source or change.impact in ("unknown", "safe"), change
        assert change.instead or change.impact != "blocked", change


def test_each_impact_of_a_change_is_refused_until_somebody_accepts_it() -> None:
    change = Change(
        id=ObjectId(WORKLOAD, "apps", "StatefulSet", "codemie", "nats"),
        unit="nats",
        action=Action.MODIFY,
        path="/spec/x",
        display_path="spec.x",
        before=1,
        after=2,
        impact=Impact.DATA_LOSS,
        reason="the data goes",
        also=(Verdict(Impact.BLOCKED, "it cannot be changed"), Verdict(Impact.EXPOSURE, "it opens something")),
    )
    found = Review("test", (change,), {})
    messages = ["data-loss: the data goes", "blocked: it cannot be changed"]
    assert [item.message for item in refusals(found, ())] == messages
    assert [item.message for item in refusals(found, (Impact.DATA_LOSS,))] == messages[1:]
    assert list(refusals(found, (Impact.DATA_LOSS, Impact.BLOCKED))) == []
    (finding,) = wording.failures([found], (Impact.EXPOSURE,), exit_code=False)
    assert finding.message == "1 exposure: refused by --fail-on"
