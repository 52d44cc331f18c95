"""Whatever an old tree says and holds: no server is asked, nothing outside of it is shown, and a plan comes out in time."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from command import small_project
from fuzzing import explore, seeds, within
from hypothesis import strategies as st
from noting_server import noting_server

from generator import pipeline, yamlio
from generator.errors import InputInvalid
from generator.views.review import json as review_json
from generator.views.review import markdown as review_markdown
from generator.views.review import text as review_text

CANARY = "CANARY-OUTSIDE"
KEYS = [
    *(
        "resources",
        "components",
        "bases",
        "crds",
        "openapi",
        "configurations",
        "transformers",
        "generators",
        "validators",
    ),
    *("helmCharts", "helmGlobals", "helmChartInflationGenerator", "replacements", "patches", "patchesStrategicMerge"),
    *("patchesJson6902", "configMapGenerator", "secretGenerator", "vars", "files", "envs", "env", "literals", "path"),
    *("target", "options", "namePrefix", "buildMetadata", "metadata", "generatorOptions", "replicas", "images"),
]
OUTSIDE = (
    "{url}/x",
    "{url}/x.git//y?ref=main",
    "git::{url}/x",
    "{outside}/canary.yaml",
    "{outside}",
    "../{outside}",
    "/",
)
VALUES: tuple[Any, ...] = (
    *OUTSIDE,
    "k={url}/x",
    "k={outside}/canary.yaml",
    "../base",
    "a",
    "",
    None,
    5,
    True,
    [],
    {},
    [None],
    [[]],
    {"a": None},
)
WORDS = (
    "%YAML 1.1\n",
    "---\n",
    "- x\n",
    "&a [*a]\n",
    "<<: {}\n",
    "!!binary aGk=\n",
    "\x00",
    "\ufeff",
    "\r\n",
    "? []\n",
    "}\n",
)
OBJECTS = (
    "kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\nmetadata: {{name: x}}\nresources: ['{url}/x']\n",
    "kind: HelmChartInflationGenerator\napiVersion: builtin\nmetadata: {{name: x}}\nrepo: {url}\nname: x\n",
    "kind: F\napiVersion: v1\nmetadata: {{name: x, annotations: {{config.kubernetes.io/function: 'exec: {{path: /bin/ls}}'}}}}\n",
    "kind: ConfigMap\napiVersion: v1\nmetadata: {{name: 12}}\n",
    "kind: List\napiVersion: v1\nitems: [1]\n",
)


class Ground(NamedTuple):
    """The project, its output to take old trees from, a folder outside, and a server with what it was asked."""

    project: Path
    outside: Path
    url: str
    asked: list[str]


@pytest.fixture(scope="module", name="ground")
def _ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    top = tmp_path_factory.mktemp("ground")
    outside = top / "outside"
    outside.mkdir()
    (outside / "canary.yaml").write_text(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {CANARY}}}\n")
    (outside / "kustomization.yaml").write_text("resources: [canary.yaml]\n")
    before, os.environ["XDG_CACHE_HOME"] = os.environ.get("XDG_CACHE_HOME"), str(top / "cache")
    with noting_server() as (url, asked):
        yield Ground(small_project(top / "project"), outside, url, asked)
    os.environ.pop("XDG_CACHE_HOME")
    os.environ |= {"XDG_CACHE_HOME": before} if before else {}


def filled(value: Any, ground: Ground) -> Any:
    """Return a value with the addresses put in."""
    if isinstance(value, dict):
        return {filled(key, ground): filled(item, ground) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, ground) for item in value]
    outside = "../" * 20 + str(ground.outside).lstrip("/")
    return value.replace("{url}", ground.url).replace("{outside}", outside) if isinstance(value, str) else value


def damage(edit: list[Any], old: Path, ground: Ground) -> None:
    """Make one edit: how, at which file, where in it, and what."""
    how, which, where, what = edit
    pattern = "kustomization.yaml" if how in ("key", "case", "value") else "*"
    paths = sorted(path for path in old.rglob(pattern) if path.is_file() and not path.is_symlink())
    if not paths:
        return
    path = paths[which % len(paths)]
    if how == "link":
        path.unlink()
        path.symlink_to(ground.outside / ("canary.yaml" if where % 2 else "kustomization.yaml"))
    elif how == "folder":
        folder = path.parent
        shutil.rmtree(folder)
        folder.symlink_to(ground.outside)
    elif how == "object":
        with path.open("a") as file:
            file.write("---\n" + OBJECTS[where % len(OBJECTS)].format(url=ground.url))
    elif how == "text":
        text = path.read_text()
        at = where % (len(text) + 1)
        path.write_text(text[:at] + str(filled(what, ground)) + text[at:])
    elif how == "name":
        path.rename(
            path.with_name(["Kustomization", "kustomization.yml", "KUSTOMIZATION.YAML", "a\nb", "x" * 200][where % 5])
        )
    else:
        try:
            value = yamlio.load(path.read_text(), "").value
        except InputInvalid:
            return
        path.write_text(yamlio.dump(changed(value, how, where, filled(what, ground))))


def changed(value: Any, how: str, where: int, what: Any) -> Any:
    """Return a kustomization with a key added, or one spelt otherwise, or a value replaced, at some level."""
    places = [node for node in nodes(value) if node]
    if not places:
        return value
    node = places[where % len(places)]
    if isinstance(node, list):
        node[where % len(node)] = what
        return value
    key = sorted(node)[where % len(node)]
    if how == "key":
        node[KEYS[where % len(KEYS)].swapcase() if where % 3 == 0 else KEYS[where % len(KEYS)].title()] = what
        node[KEYS[where % len(KEYS)]] = what
    elif how == "case":
        node["".join(letter.upper() if (where >> at) % 2 else letter for at, letter in enumerate(key))] = node.pop(key)
    else:
        node[key] = what
    return value


def nodes(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from nodes(item)


def plan(edits: list[Any], ground: Ground, scratch: Path) -> None:
    """Damage a copy of the output, and compare with it."""
    old = scratch / "old"
    shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(ground.project / "output", old)
    for edit in edits:
        damage(edit, old / "prod", ground)
    with within(20):
        base, reviews = pipeline.diff(ground.project, ("prod",), str(old), every=False)
        shown = [review_text.text(reviews, 100), review_markdown.text(reviews), review_json.text(reviews, base)]
    assert json.loads(shown[2])["environments"]
    assert CANARY not in "".join(shown)
    assert ground.asked == []


values = st.one_of(
    st.sampled_from(VALUES),
    st.lists(st.sampled_from(VALUES), max_size=2),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=2),
    st.lists(
        st.dictionaries(st.sampled_from([*KEYS, "Files", "eNvS", "Path", "name"]), st.sampled_from(VALUES), max_size=3)
    ),
    st.lists(st.dictionaries(st.sampled_from(["files", "Files", "envs"]), st.just(["k={url}/x"])), max_size=2),
)
edit = st.one_of(
    st.tuples(st.sampled_from(["key", "case", "value"]), st.integers(0, 99), st.integers(0, 9999), values),
    st.tuples(st.just("text"), st.integers(0, 99), st.integers(0, 99999), st.sampled_from([*WORDS, *OUTSIDE])),
    st.tuples(st.sampled_from(["link", "folder", "object", "name"]), st.integers(0, 99), st.integers(0, 99), st.none()),
)


@pytest.mark.parametrize("path", seeds("old_side"), ids=lambda path: path.name)
def test_seeds_of_the_old_side(path: Path, ground: Ground, tmp_path: Path) -> None:
    plan(json.loads(path.read_text()), ground, tmp_path)


def test_any_old_side_ends_in_a_plan(ground: Ground, tmp_path: Path) -> None:
    explore(st.lists(edit, min_size=1, max_size=3), lambda edits: plan(edits, ground, tmp_path), 12)
