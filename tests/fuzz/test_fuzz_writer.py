"""The canonical writer: what it wrote is the same value to us, to YAML 1.1, to kustomize and to kubectl."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from fuzzing import as_kubectl_reads, as_kustomize_builds, exact, explore, seeds, within
from hostile import key, text
from hypothesis import strategies as st

from generator import yamlio

_LOST = re.compile('[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|"<<": |' + r'"\\t(?:[^"\\]|\\.)*\\n')
"""What kustomize's own writer spoils, whatever we write: characters it leaves raw, which characters.py refuses at the door;
the key `<<`; and text of several lines that begins with a tab, which it cannot read back (it then ends with an error)."""
_DEEP = 45

integer = st.integers(min_value=-(2**53), max_value=2**53)
fraction = st.one_of(
    st.floats(min_value=-1e12, max_value=1e12, allow_subnormal=False).map(lambda item: round(item, 6)),
    st.sampled_from([0.1, 1e-05, 0.000001, 0.30000000000000004, 1e14, 123456789012.25]),
)
value = st.recursive(
    st.one_of(st.none(), st.booleans(), integer, fraction, text, text),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(key, inner, max_size=5)),
    max_leaves=20,
)
deep = st.tuples(st.integers(1, _DEEP), st.booleans(), text).map(
    lambda item: _nest(*item),
)


def _nest(depth: int, maps: bool, leaf: str) -> Any:  # noqa: FBT001
    result: Any = leaf
    for _ in range(depth):
        result = {"a": result} if maps else [result]
    return result


def read_here(item: Any) -> None:
    with within(2):
        written = yamlio.dump(item)
        assert exact(yamlio.load(written, "f.yaml").value) == exact(item)
        assert exact(yaml.load(written, Loader=yaml.CSafeLoader)) == exact(item)
        assert yamlio.dump(yamlio.load(written, "f.yaml").value) == written
        assert yamlio.load_all(f"{written}---\n{written}", "f.yaml") == [item, item]


def read_by_kubectl(items: list[Any]) -> None:
    """All items in one call: as the spec of a custom object, and as text in a ConfigMap beside it."""
    written = "---\n".join(yamlio.dump(item) for item in objects(items))
    assert exact(as_kubectl_reads(written.encode())) == exact(objects(items))


def read_after_kustomize(items: list[Any], folder: Path) -> None:
    """As above, but kustomize has read and written it in between."""
    items = [item for item in items if not _LOST.search(json.dumps(item, ensure_ascii=False))]
    written = "---\n".join(yamlio.dump(item) for item in objects(items))
    (folder / "all.yaml").write_bytes(written.encode())
    labels = {"pairs": {"app.kubernetes.io/part-of": "codemie"}}
    (folder / "kustomization.yaml").write_text(yamlio.dump({"resources": ["all.yaml"], "labels": [labels]}))
    built = as_kustomize_builds(folder)
    assert built.returncode == 0, built.stderr.decode()
    for found in (as_kubectl_reads(built.stdout), yamlio.load_built(built.stdout.decode(), "built")):
        for item in found:
            assert item["metadata"].pop("labels") == labels["pairs"]
        assert exact(_by_name(found)) == exact(_by_name(objects(items)))


def _by_name(found: list[Any]) -> dict[str, Any]:
    return {item["kind"] + item["metadata"]["name"]: item for item in found}


def objects(items: list[Any]) -> list[Any]:
    custom = [
        {
            "apiVersion": "fuzz.example.com/v1",
            "kind": "Fuzz",
            "metadata": {"name": f"f{index}"},
            "spec": {"value": item},
        }
        for index, item in enumerate(items)
    ]
    texts = {f"t{index}": item for index, item in enumerate(items) if isinstance(item, str)}
    notes = {"name": "texts", "annotations": {f"fuzz.example.com/{name}": item for name, item in texts.items()}}
    if not texts:
        return custom
    return [*custom, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": notes, "data": texts}]


@pytest.mark.parametrize("path", seeds("writer"), ids=lambda path: path.name)
def test_seeds_of_the_writer(path: Path, tmp_path: Path) -> None:
    items = json.loads(path.read_text())
    for item in items:
        read_here(item)
    read_by_kubectl(items)
    read_after_kustomize(items, tmp_path)


def test_any_value_is_read_as_it_was_written() -> None:
    explore(st.one_of(value, value, deep), read_here, 100)


def test_kubectl_reads_any_value_as_it_was_written(tmp_path: Path) -> None:
    def check(items: list[Any]) -> None:
        read_by_kubectl(items)
        read_after_kustomize(items, tmp_path)

    explore(st.lists(st.one_of(value, text), min_size=1, max_size=60), check, 12)
