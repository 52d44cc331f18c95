"""The patch resolver: an operation we accept does to an object what kustomize makes of the written patch, or we refuse it."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonpatch
import pytest
from fuzzing import as_kustomize_builds, exact, explore, seeds, within
from hypothesis import strategies as st

from generator import yamlio
from generator.field import escaped
from generator.finding import Where
from generator.render.operations import Applied, Operation, Wanted, apply
from generator.views import findings

Case = tuple[dict[str, Any], list[Operation]]

words = st.sampled_from(
    ["name", "a", "b", "a/b", "a~b", "~1", "", "0", "1", "-", "yes", "=", "[name=a]", "é", "a b", "x.y/z"]
)
leaf = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([0.5, 1.0, 1e-05, 2**53, "", "a", "b", "1", "true", "on"]),
    words,
)
named = st.dictionaries(words, leaf, max_size=3).flatmap(lambda item: words.map(lambda name: {**item, "name": name}))
value = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.lists(st.one_of(inner, named), max_size=4),
        st.dictionaries(words, inner, max_size=4),
        st.lists(named, max_size=3),
    ),
    max_leaves=14,
)
spec = st.dictionaries(words, st.one_of(value, st.lists(named, min_size=1, max_size=3)), min_size=1, max_size=5)


@st.composite
def pointer(draw: st.DrawFn, target: dict[str, Any]) -> str:
    """A path that mostly leads somewhere, by index or by name; sometimes one step further, or astray."""
    done, node = "/spec", target["spec"]
    while draw(st.integers(0, 4)):
        if isinstance(node, dict) and node:
            key = draw(st.sampled_from(sorted(node)))
            done, node = f"{done}/{escaped(key)}", node[key]
        elif isinstance(node, list) and node:
            index = draw(st.integers(0, len(node) - 1))
            item = node[index]
            by_name = isinstance(item, dict) and isinstance(item.get("name"), str) and draw(st.booleans())
            done, node = f"{done}/[name={item['name']}]" if by_name else f"{done}/{index}", item
        else:
            break
    astray = draw(st.integers(0, 5))
    if astray == 0:
        return (
            done
            + "/"
            + draw(st.sampled_from(["-", "0", "1", "7", "01", "-1", "+1", "١", " 1", "1e0", "new", "a~", "~2", ""]))
        )
    if astray == 1:
        return done + "/" + escaped(draw(words))
    return (
        draw(
            st.sampled_from(
                [
                    "",
                    "/",
                    "spec",
                    "/nope/a",
                    "/metadata/name/x",
                    "/spec/",
                    "/kind",
                    "/apiVersion",
                    "/metadata/name",
                    "/metadata",
                ]
            )
        )
        if astray == 2 and not draw(st.integers(0, 5))
        else done
    )


@st.composite
def operation(draw: st.DrawFn, target: dict[str, Any]) -> Operation:
    op = draw(st.sampled_from(["add", "add", "replace", "replace", "remove", "test", "move", "copy", "none"]))
    result: Operation = {"op": op, "path": draw(pointer(target))}
    if op in ("add", "replace", "test") and draw(st.integers(0, 20)):
        result["value"] = draw(value)
        if op == "test" and draw(st.booleans()):
            found = _at(target, result["path"])
            result["value"] = found if draw(st.booleans()) else _like(found)
    if op in ("move", "copy"):
        result["from"] = draw(pointer(target))
    return result


def _at(target: Any, path: str) -> Any:
    from generator.render.pointer import PointerMissed, find

    try:
        return copy.deepcopy(find(path, target))
    except PointerMissed:
        return None


def _like(found: Any) -> Any:
    """Return what Python takes for equal and JSON does not."""
    if isinstance(found, bool):
        return int(found)
    if isinstance(found, int | float):
        return found in (0, 1) and bool(found)
    if isinstance(found, dict):
        return {key: _like(item) for key, item in found.items()}
    return [_like(item) for item in found] if isinstance(found, list) else found


@st.composite
def case(draw: st.DrawFn) -> Case:
    target = {"apiVersion": "fuzz.example.com/v1", "kind": "Fuzz", "metadata": {"name": "f"}, "spec": draw(spec)}
    return target, [draw(operation(target)) for _ in range(draw(st.integers(1, 4)))]


def resolved(item: Case) -> tuple[list[Operation], dict[str, Any]] | None:
    """Return the operations we write, and the object we take them to make; None where we refuse."""
    target, operations = copy.deepcopy(item)
    with within(2):
        wanted = [Wanted(operation, Where("x", 7), "patch") for operation in operations]
        _, result, problems = apply(Applied(target, []), wanted)
    assert target == item[0], "the object itself was changed"
    if problems:
        text = findings.text(problems)
        assert text.count("\n") == len(set(problems)), text
        return None
    patched = jsonpatch.apply_patch(copy.deepcopy(target), copy.deepcopy(result))
    return result, patched


def agrees(cases: list[Case], folder: Path) -> None:
    """Build all accepted cases in one kustomization; only if that fails, one by one, to name the culprit."""
    cases = [
        ({**target, "metadata": {"name": f"f{index}"}}, operations) for index, (target, operations) in enumerate(cases)
    ]
    accepted = [(target, done) for target, operations in cases if (done := resolved((target, operations)))]
    built = _build(accepted, folder)
    if built is None or not all(_same(built[target["metadata"]["name"]], done[1]) for target, done in accepted):
        for target, done in accepted:
            alone = _build([(target, done)], folder)
            assert alone is not None, f"kustomize refuses {done[0]} on {target}"
            assert _same(alone[target["metadata"]["name"]], done[1]), f"{done[0]} on {target}: {alone}"
        assert not accepted, "only all together fail"


def _same(built: Any, ours: Any) -> bool:
    return bool(exact(built) == exact(ours))


def _build(accepted: list[tuple[Any, Any]], folder: Path) -> dict[str, Any] | None:
    texts, patches = [], []
    for target, (operations, _) in accepted:
        name = target["metadata"]["name"]
        texts.append(yamlio.dump(target))
        (folder / f"{name}.patch.yaml").write_text(yamlio.dump(operations))
        patches.append({"path": f"{name}.patch.yaml", "target": {"kind": "Fuzz", "name": name}})
    (folder / "all.yaml").write_text("---\n".join(texts))
    (folder / "kustomization.yaml").write_text(yamlio.dump({"resources": ["all.yaml"], "patches": patches}))
    built = as_kustomize_builds(folder)
    if built.returncode:
        return None
    return {item["metadata"]["name"]: item for item in yamlio.load_built(built.stdout.decode(), "built")}


@pytest.mark.parametrize("path", seeds("patches"), ids=lambda path: path.name)
def test_seeds_of_the_patch_resolver(path: Path, tmp_path: Path) -> None:
    target = {"apiVersion": "fuzz.example.com/v1", "kind": "Fuzz", "metadata": {"name": "f"}}
    cases = [({**target, "spec": item["spec"]}, item["patch"]) for item in json.loads(path.read_text())]
    agrees(cases, tmp_path)


def test_kustomize_does_what_the_resolver_took_it_to_do(tmp_path: Path) -> None:
    explore(st.lists(case(), min_size=1, max_size=20), lambda cases: agrees(cases, tmp_path), 40)
