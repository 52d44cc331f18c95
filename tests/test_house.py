"""The house rules, as far as a program can see them: one-way imports, small modules, names that say something."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import ROOT

from generator.kinds import names

PACKAGE = ROOT / "generator"
MODULES = sorted(PACKAGE.rglob("*.py"))
FOLDERS = sorted({path.parent for path in MODULES})
YAML = sorted(PACKAGE.rglob("*.yaml"))
NOUNS = (
    "annotation",
    "finding",
    "errors",
    "yamlio",
    "schema",
    "tree",
    "manifest",
    "notation",
    "field",
    "cluster",
    "bounds",
    "bounded_output",
    "google",
    "scheduling",
    "suggestion",
    "traffic",
    "cache",
)
FLOW = (
    "kinds",
    "sensitive",
    "environment",
    "catalog",
    "render",
    "build",
    "check",
    "review",
    "workspace",
    "history",
    "publish",
    "views",
    "capacity",
    "pipeline",
    "delivery",
    "cli",
)
PURE = (
    "environment",
    "catalog",
    "render",
    "review",
    "views",
    "finding",
    "errors",
    "tree",
    "manifest",
    "notation",
    "google",
)
TOUCHES_FILES = {"os", "pathlib", "shutil", "tempfile", "subprocess", "socket", "urllib"}
SAYS_NOTHING = {"utils.py", "util.py", "helpers.py", "common.py", "manager.py", "base.py", "core.py", "misc.py"}

NO_SPACE = re.compile(r" *(- )?([\w./-]+: +|# )?\S+")
"""A line of YAML that cannot be broken: a URL or a pattern without a space, with its key."""

GROUPS = re.compile(
    r"cnrm\.cloud\.google\.com|(?:gateway\.)?networking\.k8s\.io|k8s\.elastic\.co|external-secrets\.io|cert-manager\.io"
    r"|monitoring\.googleapis\.com|networking\.gke\.io|argoproj\.io|rbac\.authorization\.k8s\.io|apiextensions\.k8s\.io"
    r"|scheduling\.k8s\.io|storage\.k8s\.io|admissionregistration\.k8s\.io"
)
SAY_GROUPS = {
    "annotation.py": "the keys of annotations",
    "catalog/google.py": "writes what grants are on",
    "check/argocd.py": "the one kind that the root's project may hold",
    "check/validation/objects.py": "which kinds take a finalizer without a domain",
    "check/kubernetes/references.py": "finds the PriorityClass of a pod",
    "check/network/edge.py": "finds the Gateway of a route",
    "check/network/services.py": "finds routes, and the Gateway of one",
    "render/argocd.py": "writes the objects of Argo CD",
    "render/derived/": "writes the objects that follow from declarations",
}
"""Modules outside kinds/ that say the group of a kind, and why."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room(module: str) -> str:
    """Return the room, or the noun, that a dotted module is in."""
    return [*module.split("."), ""][1]


def imports(path: Path) -> set[str]:
    """Return every module that `path` imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            if node.module == "generator":
                found |= {f"generator.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_go_one_way(path: Path) -> None:
    own = room(name(path).removesuffix(".py").replace("/", "."))
    if own in ("__init__", "__main__"):
        return
    for module in imports(path):
        target = room(module)
        if not module.startswith("generator.") or target in (own, "__version__"):
            continue
        if own in NOUNS:
            assert target in NOUNS, f"the noun {own} imports the room {target}"
        elif target not in NOUNS:
            assert FLOW.index(target) < FLOW.index(own), f"{own} comes before {target}"
            face = f"generator.{target}"
            assert module == face or target == "views", f"{own} imports the insides of {target}: {module}"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_pure_rooms_touch_no_file(path: Path) -> None:
    if room(name(path).removesuffix(".py").replace("/", ".")) in PURE:
        assert not {module.split(".")[0] for module in imports(path)} & TOUCHES_FILES


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_and_functions_are_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= 40, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_lines_of_modules_are_short_and_the_formatter_stays_on(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > 120] == []
    assert [number for number, line in enumerate(lines, 1) if re.search(r"# *(fmt|yapf):", line)] == []


def test_lines_of_yaml_are_short_unless_they_cannot_be_broken() -> None:
    for path in YAML:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert len(line) <= 120 or NO_SPACE.fullmatch(line), f"{name(path)}:{number} has {len(line)} characters"


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_folders_are_small(folder: Path) -> None:
    modules = {path.name for path in folder.glob("*.py")} - {"__init__.py", "__main__.py"}
    assert len(modules) <= 15


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not {path.name for path in MODULES} & SAYS_NOTHING


def test_only_the_cli_prints_and_exits() -> None:
    for path in MODULES:
        words = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
        assert room(name(path).replace("/", ".")) == "cli" or not words & {"print", "exit", "SystemExit"}


def test_json_pointers_are_escaped_and_names_suggested_in_one_place() -> None:
    texts = {name(path): path.read_text(encoding="utf-8") for path in MODULES}
    assert [path for path, text in texts.items() if "~1" in text] == ["generator/field.py"]
    assert [path for path, text in texts.items() if "get_close_matches" in text] == ["generator/suggestion.py"]


def texts(path: Path) -> Iterator[str]:
    """Yield the texts of a module's code; what it says in its docstrings is free."""
    tree = ast.parse(path.read_text())
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def test_what_a_kind_is_stands_in_its_file_only() -> None:
    said = {path.relative_to(PACKAGE).as_posix() for path in MODULES if any(map(GROUPS.search, texts(path)))}
    others = {module for module in said if not module.startswith("kinds/")}
    assert {module for module in others if not module.startswith(tuple(SAY_GROUPS))} == set()
    assert [place for place in SAY_GROUPS if not any(module.startswith(place) for module in others)] == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_module_has_a_list_of_kinds(path: Path) -> None:
    kinds = {known.rpartition("/")[2] for known in names()}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Set | ast.Tuple | ast.List | ast.Dict):
            items = node.keys if isinstance(node, ast.Dict) else node.elts
            there = {str(item.value) for item in items if isinstance(item, ast.Constant)} & kinds
            assert len(there) < 3, f"line {node.lineno} lists {', '.join(sorted(there))}"
