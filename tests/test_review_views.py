"""The views of a review: what matters is on top, nothing is hidden, and hostile text is only text.

Goldens of a review by hand are in tests/review_views/: `pytest tests/test_review_views.py --update-golden NAME` writes one anew.
"""

import difflib
import json
import re
import time
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from command import ROOT
from hostile import json_value
from hostile import text as hostile
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from sample_reviews import change, large, new_environment, realistic, review_of, whole

from generator.finding import Finding
from generator.history import Base
from generator.manifest import ObjectId
from generator.review import Action, Change, Impact, Review, Verdict
from generator.views.review import json as review_json
from generator.views.review import markdown as review_markdown
from generator.views.review import text as review_text
from generator.views.review import value, wording
from generator.views.review.grouping import entries
from generator.views.review.headline import headlines

BASE = Base("the merge base with origin/main", "0123456789abcdef0123456789abcdef01234567", "2026-11-30T10:00:00+01:00")
GOLDENS = Path(__file__).parent / "review_views"
VIEWS = {
    "prod-80.txt": lambda: review_text.text(realistic(), 80),
    "prod-160.txt": lambda: review_text.text(realistic(), 160),
    "prod.md": lambda: review_markdown.text(realistic()),
    "prod-short.md": lambda: review_markdown.text(realistic(), 2_500),
    "new-environment.txt": lambda: review_text.text((new_environment(),), 100),
    "nothing.md": lambda: review_markdown.text(realistic()[:1]),
}
OURS = re.compile(
    r"<!-- codemie-manifests:plan -->\n|<details><summary>[a-z-]+: [a-z0-9, ()]+</summary>\n|</details>\n?"
)
LIVE = re.compile(r"@\w|#\w|https?://|www\.|[!$%&~^]\d|\bGH-\d|<|\b[0-9a-f]{7,40}\b", re.IGNORECASE)
"""What GitHub or GitLab would make something of outside code."""

dangerous = st.sampled_from(
    (
        *("```", "`````", "</details>", "<!--", "-->", "<script>", "<b>", "&lt;", "**", "---", "# x", "1. x", "    x"),
        *("@all", "#12", "!1", "GH-1", "deadbeef1", "[a](http://x.y)", "http://x.y", "www.x.y"),
        *("a|b", "|", "\\|", "a\\", "@@ a @@"),
    )
)
word = st.one_of(hostile, dangerous, st.lists(dangerous, max_size=3).map(" ".join))
name = st.one_of(st.sampled_from(("codemie", "prod-x", "fluent-bit-cm622bb992")), word)


@st.composite
def changes(draw: Any) -> Change:
    action = draw(st.sampled_from(Action))
    display_path = draw(word) or "spec"
    at = action in (Action.MODIFY, Action.RENAME)
    impact = draw(st.sampled_from(Impact))
    lesser = [other for other in Impact if impact.rank < other.rank < Impact.SAFE.rank]
    return Change(
        id=ObjectId(draw(st.sampled_from(("hub", "workload"))), *(draw(name) for _ in range(4))),
        unit=draw(name),
        action=action,
        path=f"/{display_path}" if at else "",
        display_path=draw(st.sampled_from((display_path, "metadata.name"))) if at else "",
        before=draw(json_value),
        after=draw(json_value),
        impact=impact,
        reason=draw(word),
        source=draw(word),
        instead=draw(word),
        also=tuple(Verdict(other, draw(word), draw(word), draw(word)) for other in lesser if draw(st.booleans())),
    )


findings = st.builds(Finding, rule=word, message=word, file=word, hint=word, path=word, object=word)
reviews = st.lists(
    st.builds(
        lambda environment, told, noise, found: review_of(environment, *told, noise=noise, findings=tuple(found)),
        name,
        st.lists(changes(), max_size=6),
        st.dictionaries(word, st.integers(1, 9), max_size=2),
        st.lists(findings, max_size=2),
    ),
    min_size=1,
    max_size=4,
).map(tuple)


def tokens(markdown: str) -> list[Token]:
    """Return what a CommonMark parser, with GitHub's tables, sees."""
    parsed = MarkdownIt("commonmark").enable("table").parse(markdown)
    return [inner for token in parsed for inner in (token, *(token.children or ()))]


def assert_only_text(markdown: str) -> None:
    """Fail if a reader sees anything but our own structure."""
    found = tokens(markdown)
    html = [token.content for token in found if token.type.startswith("html")]
    assert all(OURS.fullmatch(part) for part in html), html
    kinds = {token.type for token in found}
    assert not kinds & {"link_open", "image", "blockquote_open", "ordered_list_open", "hr"}
    assert "code_block" not in kinds
    assert {token.markup for token in found if token.type == "heading_open"} <= {"###"}
    texts = [token.content for token in found if token.type == "text"]
    assert not [text for text in texts if LIVE.search(text)]
    opened = sum(part.startswith("<details>") for part in html)
    assert opened == sum(part.startswith("</details>") for part in html)
    lines = markdown.split("\n")
    for token in found:
        if token.type == "fence":
            assert token.map
            assert lines[token.map[1] - 1] == token.markup, "every fence is closed by its own"


@pytest.mark.parametrize("case", VIEWS)
def test_a_review_reads_like_this(case: str, capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config) -> None:
    golden, text = GOLDENS / case, VIEWS[case]()
    if pytestconfig.getoption("--update-golden") == case:
        old = golden.read_text() if golden.exists() else ""
        golden.write_text(text)
        with capsys.disabled():
            print("", *difflib.unified_diff(old.splitlines(), text.splitlines(), "was", "is"), sep="\n")  # noqa: T201
    assert text == golden.read_text()
    assert text.strip()


def test_the_first_screen_tells_what_matters() -> None:
    screen = "\n".join(review_text.text(realistic(), 100).split("\n")[:24])
    assert "1 data-loss, 1 blocked, 15 outage" in screen
    for matters in (
        "SQLDatabase keycloak removed",
        "spec.region: europe-west3 -> europe-west4",
        "litellm switched off",
    ):
        assert matters in screen
    assert screen.index("data-loss  ") < screen.index("blocked    ") < screen.index("outage     ")


@settings(deadline=None)
@given(reviews, st.integers(0, 6_000))
def test_a_comment_is_never_longer_than_allowed_and_hostile_text_is_only_text(
    some: tuple[Review, ...], limit: int
) -> None:
    text = review_markdown.text(some, limit)
    assert len(text.encode()) <= limit
    assert text == review_markdown.text(some, limit)
    assert review_markdown.MARKER.startswith(text[: len(review_markdown.MARKER)])
    if limit >= len(review_markdown.MARKER):
        assert_only_text(text if text.endswith("\n") else text + "\n")
    if any(one.changes for one in some):
        assert "No changes" not in "".join(token.content for token in tokens(text) if token.type == "text")


@settings(deadline=None)
@given(reviews)
def test_what_fits_is_said_whole(some: tuple[Review, ...]) -> None:
    text = review_markdown.text(some, 10_000_000)
    assert_only_text(text)
    assert "Too long for a comment" not in text
    impacts = {told.impact for one in some for told in one.changes}
    assert {
        impact for impact in Impact if re.search(rf"^(### |<details><summary>){impact}: ", text, re.MULTILINE)
    } == impacts


@settings(deadline=None)
@given(reviews, st.integers(60, 200))
def test_hostile_text_does_nothing_to_a_terminal(some: tuple[Review, ...], width: int) -> None:
    text = review_text.text(some, width)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)
    assert max(map(len, text.split("\n"))) <= width
    assert text == review_text.text(some, width)
    assert re.sub(r"\x1b\[[0-9;]+m", "", review_text.text(some, width, colour=True)) == text


@settings(deadline=None)
@given(reviews)
def test_every_change_is_counted_in_what_is_said(some: tuple[Review, ...]) -> None:
    everything = entries(some)
    assert sum(one.change_count for one in everything) == sum(len(one.changes) for one in some)
    assert [one.impact.rank for one in everything] == sorted(one.impact.rank for one in everything)
    for one in some:
        for told in one.changes:
            assert any(one.environment in entry.environments and entry.impact is told.impact for entry in everything)


@settings(deadline=None)
@given(reviews)
def test_json_holds_every_change(some: tuple[Review, ...]) -> None:
    text = review_json.text(some, BASE)
    assert text.isascii()
    value = json.loads(text)
    schema = json.loads((ROOT / "docs/schemas/diff.schema.json").read_text())
    jsonschema_rs.validator_for(schema).validate(value)
    assert [one["name"] for one in value["environments"]] == [one.environment for one in some]
    for one, written in zip(some, value["environments"], strict=True):
        assert [
            (
                told.id,
                told.unit,
                told.action,
                told.path,
                *told.verdicts[0],
                [verdict._asdict() for verdict in told.also],
            )
            for told in one.changes
        ] == [
            (
                (row["cluster"], row["group"], row["kind"], row["namespace"], row["name"]),
                *(row[key] for key in ("unit", "action", "path", "impact", "reason", "source", "instead", "also")),
            )
            for row in written["changes"]
        ]
        assert [(row["before"], row["after"]) for row in written["changes"]] == [
            (told.before, told.after) for told in one.changes
        ]
        assert list(written["summary"]) == [impact for impact in Impact if impact in written["summary"]]
        assert sum(written["summary"].values()) == sum(len(told.impacts) for told in one.changes)
        assert (written["noise"], len(written["findings"])) == (one.noise, len(set(one.findings)))


@settings(deadline=None)
@given(json_value, json_value)
def test_two_values_that_differ_look_different(before: Any, after: Any) -> None:
    found = value.lines(before, after)
    if json.dumps(before) != json.dumps(after):
        assert found
        assert {line[:1] for line in found} & {"-", "+"} or (before is None and after is None)
    assert all(len(line) <= 40 for line in value.cut(found, 5, 40))
    assert len(value.cut(found, 5, 40)) <= 5


def test_a_text_and_a_number_a_map_and_its_text_are_told_apart() -> None:
    assert value.lines("2", 2) == ('- "2"', "+ 2")
    assert value.lines("true", after=True) == ('- "true"', "+ true")
    assert value.lines({"a": 1}, "{a: 1}")[0] != value.lines({"a": 1}, "{a: 1}")[1][2:]


def test_of_a_long_text_only_what_differs_is_shown() -> None:
    before = "\n".join(f"line {at}" for at in range(100))
    after = before.replace("line 50\n", "line fifty\n").replace("line 90\n", "")
    assert value.lines(before, after) == (
        *("  line 49", "- line 50", "+ line fifty", "  line 51"),
        "  …",
        *("  line 89", "- line 90", "  line 91"),
    )
    long = "x" * 300
    assert value.cut(value.lines(f"{long} > 1 {long}", f"{long} > 2 {long}"), 5, 60) == [
        f"- …{'x' * 25} > 1 {'x' * 26}…",
        f"+ …{'x' * 25} > 2 {'x' * 26}…",
    ]


def test_where_long_lines_differ_at_their_end_what_comes_before_has_the_room() -> None:
    image = "europe-west3-docker.pkg.dev/example/codemie/releases/codemie"
    assert value.cut(value.lines(f"{image}:1.0", f"{image}:1.1"), 5, 40) == [
        "- …example/codemie/releases/codemie:1.0",
        "+ …example/codemie/releases/codemie:1.1",
    ]
    far = value.cut(value.lines("x" * 90 + "old" * 90, "x" * 90 + "new" * 90), 5, 45)
    assert [line[:18] for line in far] == ["- …xxxxxxxxxxxxold", "+ …xxxxxxxxxxxxnew"]


def test_many_lines_are_cut_and_counted() -> None:
    found = value.lines(None, {f"key-{at}": at for at in range(30)})
    assert value.cut(found, 4, 80) == ["+ key-0: 0", "+ key-1: 1", "+ key-2: 2", "  … 27 more lines"]
    assert value.cut(("+ " + "x" * 90,), 4, 40) == [f"+ {'x' * 20}… (+70 characters)"]


def test_the_same_change_in_several_environments_is_said_once() -> None:
    (once,) = entries(
        review_of(
            environment,
            change("Application", f"{environment}-api", "api", Impact.SAFE, display_path="spec.x", before=1, after=2),
        )
        for environment in ("dev", "staging", "prod")
    )
    assert once.environments == ("dev", "staging", "prod")
    assert wording.title(once) == "Application {env}-api (api)"


def test_the_same_change_of_several_units_is_said_once() -> None:
    told = [
        change(
            "Deployment",
            unit,
            unit,
            Impact.RESTART,
            display_path=f"spec.template.spec.containers[{unit}].image",
            after="x:2",
        )
        for unit in ("api", "ui")
    ]
    (once,) = entries([review_of("prod", *told)])
    assert wording.title(once) == "2 Deployments: api, ui"
    assert once.details[0].display_path == "spec.template.spec.containers[*].image"


def test_the_first_lines_name_what_only_does_it_besides() -> None:
    also = (Verdict(Impact.EXPOSURE, "somebody else gets the grant"), Verdict(Impact.RESTART, "rolls its pods"))
    member = change("IAMPolicyMember", "reader", "iam", Impact.BLOCKED, display_path="spec.member", also=also)
    policy = change("NetworkPolicy", "web", "web", Impact.EXPOSURE, display_path="spec.ingress")
    found = headlines(entries([review_of("prod", member, policy)]))
    lines = [(line.impact, [subject.title for subject in line.subjects]) for line in found]
    assert lines == [
        (Impact.BLOCKED, ["IAMPolicyMember reader (iam)"]),
        (Impact.EXPOSURE, ["NetworkPolicy web", "IAMPolicyMember reader (iam)"]),
    ]
    (_, alone) = headlines(entries([review_of("prod", member)]))
    assert (alone.impact, alone.reason) == (Impact.EXPOSURE, "somebody else gets the grant")


def test_long_names_in_the_first_lines_are_left_out_whole() -> None:
    grants = [whole(Action.REMOVE, "IAMPolicyMember", f"{at}{'x' * 50}", "iam", Impact.ORPHAN) for at in range(3)]
    (line,) = headlines(entries([review_of("prod", *grants)]))
    assert line.subjects[0].title == f"3 IAMPolicyMembers removed (iam): 0{'x' * 50}, 1{'x' * 50} and 1 more"


def test_an_object_is_told_from_others_of_its_name_that_do_not_change() -> None:
    gone = whole(Action.REMOVE, "NetworkPolicy", "default-deny", "namespaces", Impact.EXPOSURE, namespace="litellm")
    only = review_of("prod", gone)
    assert [wording.title(one) for one in entries([only])] == ["NetworkPolicy default-deny removed (namespaces)"]
    one_of_many = only._replace(namesakes=frozenset({("NetworkPolicy", "default-deny")}))
    (one,) = entries([one_of_many])
    assert wording.title(one) == "NetworkPolicy litellm/default-deny removed (namespaces)"


def test_an_object_without_a_name_is_still_only_text() -> None:
    nameless = change("", "", "", Impact.DATA_LOSS, display_path="yes", before=1, after=2, namespace="")
    assert_only_text(review_markdown.text([review_of("prod", nameless)]))


def test_what_differs_is_never_said_as_one() -> None:
    some = [
        review_of(
            "dev", change("Deployment", "api", "api", Impact.SCALE, display_path="spec.replicas", before=1, after=3)
        ),
        review_of(
            "prod", change("Deployment", "api", "api", Impact.SCALE, display_path="spec.replicas", before=2, after=3)
        ),
    ]
    assert [one.environments for one in entries(some)] == [("dev",), ("prod",)]
    two = [whole(Action.REMOVE, "Service", "a", "x", Impact.OUTAGE, namespace=space) for space in ("one", "two")]
    (once,) = entries([review_of("prod", *two)])
    assert wording.title(once) == "2 Services removed (x): one/a, two/a"


def test_a_unit_an_environment_and_a_rename_are_one_line() -> None:
    (first,) = entries([new_environment()])
    assert wording.title(first).startswith("new environment, 357 objects added: 119 IAMPolicyMembers, ")
    titles = [wording.title(one) for one in entries(realistic())]
    assert "ContainerNodePool main-e2-standard-8-100 -> main-e2-standard-16-100 (gke)" in titles
    assert [title for title in titles if title.startswith("litellm switched off, 13 objects removed: ")]


def test_two_objects_of_data_are_named_whatever_they_go_with() -> None:
    gone = [
        whole(Action.REMOVE, kind, f"{kind}-{at}".lower(), "sql", Impact.DATA_LOSS) for kind in "AB" for at in range(4)
    ]
    (once,) = entries([review_of("prod", *gone)])
    assert wording.title(once) == "8 objects removed (sql): A a-0, a-1, a-2, a-3; B b-0, b-1, b-2, b-3"


def test_a_large_review_is_fast_and_what_is_left_out_is_counted() -> None:
    one = large()
    started = time.perf_counter()
    text = review_markdown.text((one,))
    review_text.text((one,), 100)
    assert time.perf_counter() - started < 15  # one second; nothing here grows with the square
    assert 50_000 < len(text.encode()) <= 60_000
    assert_only_text(text)
    shown = re.findall(r"^\*\*ConfigMap (config-\d+) ", text, re.MULTILINE)
    (left,) = re.findall(r"Left out: (.*)\. `codemie", text)
    totals = wording.impact_counts(one.changes)
    by_impact = {name: int(count) for count, name in re.findall(r"(\d+) ([a-z-]+)", left)}
    assert len(shown) + sum(by_impact.values()) == len(one.changes)
    assert {told.impact for told in one.changes if told.id.name in shown} == {Impact.DATA_LOSS}
    assert by_impact == {**totals, Impact.DATA_LOSS: totals[Impact.DATA_LOSS] - len(shown)}


@pytest.mark.parametrize("limit", [0, 1, 35, 40, 100, 400, 1_000, 60_000])
def test_a_cut_is_never_told_as_no_changes(limit: int) -> None:
    text = review_markdown.text(realistic(), limit)
    assert len(text.encode()) <= limit
    assert "no change" not in text.lower()


def test_every_view_says_what_the_old_side_is() -> None:
    sentence = "against 0123456789ab of 2026-11-30, the merge base with origin/main"
    assert f"\n{sentence}\n" in review_text.text(realistic(), 160, base=BASE)
    assert "\nAgainst `0123456789ab` of 2026-11-30, the merge base with origin/main.\n" in review_markdown.text(
        realistic(), base=BASE
    )
    assert json.loads(review_json.text((), BASE))["base"] == {
        "commit": BASE.commit,
        "short": "0123456789ab",
        "date": "2026-11-30T10:00:00+01:00",
        "found": "the merge base with origin/main",
    }
    folder = Base("the folder ../before")
    assert "against the folder ../before\n" in review_text.text((), 80, base=folder)


def test_an_empty_review_says_so() -> None:
    some = [review_of("dev"), review_of("prod", noise={"equal quantities": 1})]
    noise = "1 difference that means nothing was left out: 1 equal quantities"
    assert review_text.text(some, 80) == f"no changes in dev, prod\n\n{noise}\n"
    assert review_markdown.text(some) == f"{review_markdown.MARKER}\n**No changes** in `dev`, `prod`.\n\n{noise}.\n\n"


def test_without_colour_there_is_no_escape_and_with_it_the_worst_is_red() -> None:
    assert "\x1b" not in review_text.text(realistic(), 100)
    assert "\x1b[1;31mdata-loss\x1b[0m  SQLDatabase" in review_text.text(realistic(), 100, colour=True)


def test_a_short_comment_is_open_and_of_a_long_one_the_worst_whatever_that_is() -> None:
    few = [change("Bucket", f"b-{at}", "x", Impact.ORPHAN, display_path="spec.a", before=1, after=at) for at in (2, 3)]
    safe = [change("Role", f"r-{at}", "x", Impact.SAFE, display_path="spec.b", after=at) for at in range(200)]
    assert "<details>" not in review_markdown.text([review_of("prod", *few)])
    long = review_markdown.text([review_of("prod", *few, *safe)])
    assert long.split("\n")[1].startswith("**orphan**: Bucket b-2 (x); Bucket b-3 (x). 202 changes in `prod`")
    assert "### orphan: " in long
    assert "<details><summary>safe: " in long


def test_names_of_several_objects_are_in_the_plural() -> None:
    assert [wording.plural(2, kind) for kind in ("NetworkPolicy", "Gateway", "Ingress", "ComputeAddress", "Role")] == [
        *("2 NetworkPolicies", "2 Gateways", "2 Ingresses", "2 ComputeAddresses", "2 Roles")
    ]


def test_every_impact_is_in_the_documentation() -> None:
    page = (ROOT / "docs/review.md").read_text()
    assert list(wording.MEANS) == list(Impact)
    assert re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)[: len(Impact)] == [str(impact) for impact in Impact]
