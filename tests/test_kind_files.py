"""Kind files: the shipped ones are as the schema says, and those of a project add to them and take nothing away."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from command import ROOT
from flit_core import buildapi

from generator.bounds import ENTRIES
from generator.finding import Finding
from generator.kinds import Edit, Impact, Kinds, names, project_files, shipped
from generator.kinds.problems import schema
from generator.manifest import ObjectId
from generator.schema import contract, problems

WIDGET = "kinds/example.com/Widget.yaml"
SQL = "kinds/sql.cnrm.cloud.google.com/SQLInstance.yaml"
ROW = "{path: spec.size, impact: restart, reason: its pods are made again}"


def told(file: str, text: str) -> list[str]:
    return [f"{one.path}: {one.message}" for one in project_files({file: text}).problems]


def impacts(kinds: Kinds, group: str, kind: str, *steps: str) -> list[Impact]:
    edit = Edit(steps, "before", "after", {"spec": {}}, {"spec": {}})
    return [row.impact for row in kinds.rows(group, kind) if row.holds(edit)]


# ── the shipped files ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", names())
def test_a_shipped_file_is_as_the_schema_of_kind_files_says(name: str) -> None:
    from generator import yamlio

    file = f"generator/kinds/{name}.yaml"
    value, marks = yamlio.load((ROOT / file).read_text(), file)
    assert problems(value, contract(schema()), marks, "kind-file") == []


def test_a_wheel_holds_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with zipfile.ZipFile(tmp_path / buildapi.build_wheel(str(tmp_path))) as wheel:
        packed = {path for path in wheel.namelist() if path.startswith("generator/kinds/") and path.endswith(".yaml")}
    assert packed == {path.relative_to(ROOT).as_posix() for path in (ROOT / "generator/kinds").rglob("*.yaml")}


@pytest.mark.parametrize("name", names())
def test_a_shipped_file_would_be_taken_from_a_project_too(name: str) -> None:
    """Under another name, where a project decides."""
    text = (ROOT / f"generator/kinds/{name}.yaml").read_text()
    if name.rpartition("/")[2] == "any":
        return
    found = told("kinds/a.example.com/Taken.yaml", text)
    ours = ("cannot be a pattern", "validation: cannot be said by a project")
    assert [line for line in found if not any(text in line for text in ours)] == []


# ── what a project says ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_kind_of_a_project_is_what_its_file_says() -> None:
    text = f"keepsLeftOut: true\ninstead: make another\nimmutable: [spec.color]\nimpact: [{ROW}]\n"
    kinds = Kinds({WIDGET: text, "templates/x.yaml": "not: [a kind"})
    assert kinds.keeps_left_out("example.com", "Widget")
    assert kinds.instead("example.com", "Widget") == "make another"
    assert kinds.is_immutable(ObjectId("hub", "example.com", "Widget", "", "x"), ("spec", "color", "red"))
    assert impacts(kinds, "example.com", "Widget", "spec", "size") == [Impact.RESTART]


def test_a_row_says_which_file_of_the_project_it_is_from() -> None:
    named = "{path: spec.color, impact: outage, reason: it fades, source: docs}"
    (size, color, *_) = Kinds({WIDGET: f"sources: {{docs: https://example.com/}}\nimpact: [{ROW}, {named}]\n"}).rows(
        "example.com", "Widget"
    )
    assert (size.source, color.source) == (WIDGET, "https://example.com/")


def test_rows_for_every_kind_of_a_group_and_for_every_kind_are_added() -> None:
    kinds = Kinds({"kinds/example.com/any.yaml": f"impact: [{ROW}]", "kinds/any.yaml": f"impact: [{ROW}]"})
    assert impacts(kinds, "a.example.com", "Widget", "spec", "size") == [Impact.RESTART] * 2
    assert impacts(kinds, "apps", "ReplicaSet", "spec", "size")[-1] is Impact.RESTART


def test_a_project_adds_rows_and_immutable_fields_to_a_shipped_kind() -> None:
    kinds = Kinds({SQL: "immutable: [spec.settings.tier]\nimpact: [{path: spec.**, impact: outage, reason: we know}]"})
    place = ("sql.cnrm.cloud.google.com", "SQLInstance")
    plain = Kinds({})
    assert kinds.is_immutable(ObjectId("hub", *place, "", "x"), ("spec", "settings", "tier"))
    assert not plain.is_immutable(ObjectId("hub", *place, "", "x"), ("spec", "settings", "tier"))
    assert kinds.of(*place).immutable[: len(plain.of(*place).immutable)] == plain.of(*place).immutable
    assert [row.paths for row in kinds.rows(*place)[1:]] == [row.paths for row in plain.rows(*place)]
    assert kinds.contract(f"{place[0]}/v1beta1", place[1]) == plain.contract(f"{place[0]}/v1beta1", place[1])


def test_a_kind_that_is_shipped_can_be_said_to_hold_state() -> None:
    lost = 'impact: [{path: "", when: removed, impact: data-loss, reason: its data goes}]'
    file = "kinds/apps/Deployment.yaml"
    assert not Kinds({}).of("apps", "Deployment").state
    assert Kinds({file: f"state: true\n{lost}"}).of("apps", "Deployment").state
    assert told(file, lost) == ["impact: says that the removal of an object loses data"]


WEAKER = (
    "state: false",
    "grant: true",
    "keepsLeftOut: true",
    "instead: merge it",
    "impact: [{path: spec.**, impact: safe, reason: fine}]",
    "impact: [{rowsOf: apps/Deployment}]",
)


@pytest.mark.parametrize("text", WEAKER)
def test_no_file_of_a_project_takes_away_what_is_shipped(text: str) -> None:
    for name in names():
        if text != "state: false" or shipped(name).state:
            assert told(f"kinds/{name}.yaml", text) != [], name


def test_a_file_for_a_group_decides_nothing_of_a_kind_that_is_shipped() -> None:
    kinds = Kinds({"kinds/apps/any.yaml": "keepsLeftOut: true\ninstead: merge it\n"})
    assert not kinds.keeps_left_out("apps", "Deployment")
    assert "merge" not in kinds.instead("apps", "StatefulSet")
    assert kinds.keeps_left_out("apps", "Other")


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ("{shown: a, pattern: (a+)+}", "cannot be a pattern: only a shipped file may hold one"),
        ("{shown: a, ahead: (a+)+}", "cannot be a pattern: only a shipped file may hold one"),
        ("things/<one><two>", "has two names in one step"),
        ("{shown: things/<one>x<two>}", "has two names in one step"),
    ],
)
def test_no_form_of_a_project_takes_for_ever(form: str, wrong: str) -> None:
    assert wrong in told(WIDGET, f"forms: {{x: {form}}}")[0]


def test_a_form_is_taken_as_it_is_written_but_for_its_names() -> None:
    form = Kinds({WIDGET: 'forms: {x: "projects/<project>/(a+)+/a.b/<name>"}'}).form("Widget", "x")
    assert form
    assert form.takes("projects/lab/(a+)+/a.b/one")
    assert not form.takes("projects/lab/aa/a.b/one")
    assert not form.takes("projects/lab/(a+)+/axb/one")
    assert not form.takes("projects/lab/(a+)+/a.b/one/two")


def test_what_is_wrong_says_nothing() -> None:
    kinds = Kinds({WIDGET: "state: true\nkeepsLeftOut: true\nimpact: [{path: spec, when: chanegd}]\n"})
    assert not kinds.keeps_left_out("example.com", "Widget")
    assert not kinds.of("example.com", "Widget").state


def test_rows_are_taken_over_from_another_file_of_the_project() -> None:
    texts = {
        WIDGET: "impact: [{rowsOf: shared/sizes}]",
        "kinds/shared/sizes.yaml": f"impact: [{ROW}]",
    }
    assert project_files(texts).problems == ()
    assert impacts(Kinds(texts), "example.com", "Widget", "spec", "size") == [Impact.RESTART]


def test_a_file_that_takes_over_rows_of_a_broken_one_is_told_with_it() -> None:
    found = project_files({WIDGET: "impact: [{rowsOf: shared/sizes}]", "kinds/shared/sizes.yaml": "impact: [{}]"})
    assert {one.file for one in found.problems} == {WIDGET, "kinds/shared/sizes.yaml"}
    assert found.values == {}


def test_no_circle_of_files_takes_over_rows() -> None:
    def takes(name: str) -> str:
        return f"impact: [{{rowsOf: {name}}}]"

    for texts in (
        {"kinds/e.com/A.yaml": takes("e.com/A")},
        {"kinds/e.com/A.yaml": takes("e.com/B"), "kinds/e.com/B.yaml": takes("e.com/A")},
        {"kinds/e.com/A.yaml": takes("cert-manager.io/ClusterIssuer")},
    ):
        assert {one.message for one in project_files(texts).problems} == {
            "takes over rows of a file that takes over rows, or is taken over itself"
        }


def test_very_many_entries_are_refused() -> None:
    many = range(ENTRIES.most + 1)
    assert told(WIDGET, f"impact: [{', '.join(ROW for _ in many)}]") == [f"impact: {ENTRIES.more}"]
    assert told(WIDGET, f"immutable: [{', '.join('spec.x' for _ in many)}]") == [f"immutable: {ENTRIES.more}"]
    chain = "".join(f'      d{at}: {{$ref: "#/$defs/d{at + 1}"}}\n' for at in many)
    assert told(WIDGET, f"contract:\n  v1:\n    $defs:\n{chain}") == [f"contract.v1.$defs: {ENTRIES.more}"]


def test_characters_that_hide_what_a_file_says_are_refused() -> None:
    assert told(WIDGET, 'instead: "a\\u202eb"')
    assert told(WIDGET, "instead: a # \u202e b")


@pytest.mark.parametrize(
    "when",
    ["changed", "{becomes: [1, null]}", "{not: set}", "[set, {not: {leaves: [a]}}]", "{turns: [a, b]}", "{gains: [a]}"],
)
def test_words_of_the_vocabulary_are_taken(when: str) -> None:
    assert told(WIDGET, f"impact: [{{path: spec, when: {when}, impact: restart, reason: so}}]") == []


@pytest.mark.parametrize(
    ("when", "path"),
    [
        ("when: 5", "impact[0].when"),
        ("when: []", ""),
        ("when: {}", "impact[0].when"),
        ("when: {becomes: []}", "impact[0].when"),
        ("when: {becomes: a, leaves: b}", "impact[0].when"),
        ("when: {not: {not: not}}", "impact[0].when"),
        ("when: [[set]]", "impact[0].when"),
        ("if: {was: {}}", "impact[0].if"),
        ("if: {was: {spec.*: [a]}}", "impact[0].if"),
        ("if: {has: [spec]}", "impact[0].if"),
        ("if: set", "impact[0].if"),
        ("if: null", "impact[0].if"),
    ],
)
def test_other_words_are_refused_at_their_place(when: str, path: str) -> None:
    found = told(WIDGET, f"impact: [{{path: spec, {when}, impact: restart, reason: so}}]")
    assert bool(found) is bool(path)
    assert all(one.startswith(path) for one in found)


def test_a_definition_that_this_version_of_kubernetes_does_not_have_is_told() -> None:
    from generator.check.schema.contract import Contracts, check
    from generator.manifest import Object, identify

    manifest: dict[str, Any] = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "x"}}
    item = Object(identify(manifest, "hub"), manifest, "file.yaml")

    def found(name: str) -> list[Finding]:
        text = f'contract: {{v1: {{properties: {{spec: {{$ref: "#/$defs/{name}"}}}}}}}}'
        assert told(WIDGET, text) == []
        judged_by = Contracts(Kinds({WIDGET: text}), "1.34").of(manifest)
        assert judged_by is not None
        return list(check(item, judged_by))

    assert found("io.k8s.api.core.v1.PodTemplateSpec") == []
    (one,) = found("io.k8s.api.core.v1.PodTemplate9")
    assert (one.rule, one.file, one.path) == ("kind-file", WIDGET, "contract.v1")
    assert one.message == "refers to io.k8s.api.core.v1.PodTemplate9, which Kubernetes 1.34 does not have"


def test_what_is_refused_beside_a_schema_is_said_by_shipped_files_only() -> None:
    assert told(WIDGET, "validation: {properties: {spec: {minProperties: 1}}}") == [
        "validation: cannot be said by a project"
    ]
