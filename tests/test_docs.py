"""The documentation is complete: every rule is explained, every page that is made is fresh, every link leads somewhere."""

import ast
import re
import runpy
from pathlib import Path

import pytest
import yaml
from command import ROOT

from generator.errors import InputInvalid
from generator.kinds.kind import Kind, WrittenRow

DOCS = ROOT / "docs"
TAKES_A_RULE = {
    "problems": 3,
    "Wanted": 2,
    "Finding.at": 1,
    "Fault": 0,
    "_fault": 3,
    "_finding": 0,
    "self._finding": 0,
    "_warning": 0,
    "_each": 0,
}
"""Functions that take a rule without naming the argument, and at which place: Finding.at(where, rule, message)."""


def rules_in_code() -> set[str]:
    """Return every rule that any module can give to a finding."""
    found: set[str] = set()
    for path in (ROOT / "generator").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                place = TAKES_A_RULE.get(ast.unparse(node.func))
                given = [keyword.value for keyword in node.keywords if keyword.arg == "rule"]
                given += node.args[place : place + 1] if place is not None else []
                found |= {text for one in given for text in _texts(one)}
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "rule":
                found |= _texts(node.value)
    return found


def _texts(node: ast.expr) -> set[str]:
    """Return the constants that an expression may be: itself, or either side of a condition."""
    if isinstance(node, ast.IfExp):
        return _texts(node.body) | _texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_every_rule_is_explained_and_every_explained_rule_exists() -> None:
    sections = yaml.safe_load((DOCS / "rules.yaml").read_text())
    explained = [rule for rules in sections.values() for rule in rules]
    assert len(explained) == len(set(explained))
    assert rules_in_code() == set(explained)
    for rules in sections.values():
        wanted = (["means", "example", "fix"], ["means", "example", "fix", "source"])
        assert all(list(text) in wanted and all(text.values()) for text in rules.values())


def test_the_page_of_messages_is_fresh() -> None:
    page = runpy.run_path(str(DOCS / "make_errors.py"))["page"]
    assert (DOCS / "errors.md").read_text() == page(yaml.safe_load((DOCS / "rules.yaml").read_text()))


def test_the_page_of_kinds_is_fresh_and_names_every_key() -> None:
    made = runpy.run_path(str(DOCS / "make_kinds.py"))
    assert (DOCS / "kinds.md").read_text() == made["page"](), "make docs"
    described = made["keys"]()
    assert [key for key in Kind.__struct_encode_fields__ if not described.get(key)] == []
    assert [key for key in WrittenRow.__struct_encode_fields__ if f"| `{key}` |" not in made["ROWS"]] == []


def test_the_pages_of_units_are_fresh_and_none_is_left_over() -> None:
    made = runpy.run_path(str(DOCS / "make_components.py"))["pages"](ROOT)
    there = {page.name: page.read_text() for page in (DOCS / "components").iterdir()}
    assert sorted(there) == sorted(made), "make docs"
    assert [name for name, text in made.items() if there[name] != text] == [], "make docs"


def test_the_plans_of_realistic_edits_are_fresh_and_their_first_screen_tells_the_worst() -> None:
    made = runpy.run_path(str(DOCS / "make_reviews.py"))["reviews"]()
    there = {page.name: page.read_text() for page in (DOCS / "examples/reviews").iterdir()}
    assert sorted(there) == sorted(made), "make docs"
    assert [name for name, text in made.items() if there[name] != text] == [], "make docs"
    assert len(made) >= 30
    for name, text in made.items():
        counts, screen = text.split("\n\n")[0], text.splitlines()[:24]
        for impact in ("data-loss", "blocked"):
            if re.search(rf"\d {impact}", counts):
                assert any(line.startswith(impact) for line in screen), name
                break


def test_every_unit_has_a_page_that_says_what_may_be_set() -> None:
    for section in ("components", "infra", "addons"):
        for file in (ROOT / "templates" / section).glob("*/component.yaml"):
            page = (DOCS / "components" / f"{file.parent.name}.md").read_text()
            schema = file.parent / "values.schema.json"
            for value in yaml.safe_load(schema.read_text())["properties"] if schema.exists() else ():
                assert f"| `{value}` |" in page, f"{file.parent.name}: {value}"


def test_a_broken_unit_makes_no_pages(tmp_path: Path) -> None:
    (tmp_path / "environments").mkdir()
    folder = tmp_path / "templates/components/crooked"
    folder.mkdir(parents=True)
    (folder / "component.yaml").write_text("titel: Crooked\n")
    with pytest.raises(InputInvalid) as stopped:
        runpy.run_path(str(DOCS / "make_components.py"))["pages"](tmp_path)
    assert {finding.file for finding in stopped.value.findings} == {"templates/components/crooked/component.yaml"}


def test_every_local_link_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]:
        text = re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE))
        for target, heading in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text):
            there = page.parent / target if target else page
            assert there.exists(), f"{page}: {target}"
            assert not heading or heading in headings(there), f"{page}: {target}#{heading}"


@pytest.mark.parametrize(
    "room",
    [
        *("check", "check/schema", "check/kubernetes", "check/network", "check/google", "check/models"),
        *("render/derived", "history", "publish", "review", "capacity", "views/review"),
    ],
)
def test_the_architecture_names_every_module_of_a_long_room(room: str) -> None:
    text = (DOCS / "architecture.md").read_text()
    modules = [path.name for path in (ROOT / "generator" / room).glob("*.py") if path.name != "__init__.py"]
    assert [name for name in modules if f"`{name}`" not in text] == []


def headings(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_every_command_and_option_of_the_readme_exists() -> None:
    from command import run

    readme = (ROOT / "README.md").read_text()
    table = readme.split("| command | does |")[1].split("\n\n")[0]
    for words in re.findall(r"^\| `([a-z]+(?: [a-z]+)?)", table, re.MULTILINE):
        command = [word for word in words.split() if word.isalpha()]
        shown = run(*command, "--help", cwd=Path(ROOT))
        assert shown.returncode == 0, words
        row = next(line for line in table.splitlines() if line.startswith(f"| `{words}"))
        for option in re.findall(r"--[a-z-]+", row.split("|")[1]):
            assert option in shown.stdout, f"{words} {option}"


def test_the_page_of_refusals_is_fresh() -> None:
    page = runpy.run_path(str(DOCS / "make_refusals.py"))["page"]
    assert (DOCS / "refusals.md").read_text() == page(), "make docs"
