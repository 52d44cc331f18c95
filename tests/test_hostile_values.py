"""A value can never change structure: what people type comes out as that same text when kubectl reads the build.

Every place that takes free text is found in the schema of environments. Each gets a marker of its own, and where the
markers turn up in the built objects is remembered; then every hostile string takes every place at once, and each leaf
must be what it was with the marker replaced, and nothing else may have changed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from command import kubectl
from product import build, project

from generator import catalog
from generator.yamlio import dump

HASH = re.compile(r"-[0-9a-z]{10}$")
CONFIG_MAPS = (("configMap",), ("configMapRef",), ("configMapKeyRef",))
"""Their names end in a hash of what is in them, which is what changes here."""
HOSTILE = {
    "newline": "first\nsecond: injected\n",
    "braces": "{{ env.gcp.project }}{% raw %}",
    "colon": "key: value",
    "comment": "text # not a comment",
    "document": "---\nkind: Injected\n---\n",
    "quotes": 'it\'s "quoted" and `ticked`',
    "yes": "yes",
    "octal": "012",
    "exponent": "1e3",
    "sexagesimal": "12:30",
    "backslashes": "\\" * 4096,
    "emoji": "\U0001f469\u200d\U0001f4bb \U0001f600",
    "flow": "]}, {name: x, value: [",
    "block": "|\n  indented\n",
    "variable": "$(HOME) ${HOME} $HOME",
    "blanks": "  padded  ",
    "tab": "\tb\t",
    "empty-looking": "null",
}


def free_text(schema: dict[str, Any], root: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every string without pattern, format or enum; a map by name is entered as `x`, a list as `[]`."""
    if "$ref" in schema:
        yield from free_text(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root, path)
    elif schema.get("type") == "string" and not {"pattern", "format", "enum"} & schema.keys():
        yield path
    for key, below in schema.get("properties", {}).items():
        yield from free_text(below, root, (*path, key))
    for entry in (schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()):
        if isinstance(entry, dict):
            yield from free_text(entry, root, (*path, "x"))
    for part in schema.get("allOf", ()):
        yield from free_text(part, root, path)
    if isinstance(schema.get("items"), dict):
        yield from free_text(schema["items"], root, (*path, "[]"))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield every leaf of an object; text in YAML inside a ConfigMap is looked into."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    elif isinstance(value, str) and path[-1:] and str(path[-1]).endswith((".yaml", ".json")):
        read = yaml.safe_load(value)
        yield from leaves(read, path) if isinstance(read, dict | list) else [(path, value)]
    else:
        yield path, value


def as_kubectl_reads(tree_texts: Mapping[str, str], folder: Path) -> dict[tuple[str, str, str], dict[Any, Any]]:
    """Return the leaves of every object that kubectl builds and reads from the folders of a tree."""
    for path, text in tree_texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
    paths = sorted({path.rpartition("/")[0] for path in tree_texts if path.endswith("/kustomization.yaml")})
    result = {}
    for cluster in ("components", ""):  # what goes to one cluster is read at once: kubectl starts slowly
        below = [
            path for path in paths if path.startswith("components/") is bool(cluster) and not path.endswith("/base")
        ]
        joint = folder / f"joint-{cluster or 'hub'}"
        joint.mkdir(exist_ok=True)
        (joint / "kustomization.yaml").write_text(dump({"resources": [f"../{path}" for path in below]}))
        built = kubectl("kustomize", str(joint))
        assert built.returncode == 0, built.stderr
        read = kubectl("annotate", "--local", "-f", "-", "read=by-kubectl", "-o", "json", text=built.stdout)
        assert read.returncode == 0, read.stderr
        text = read.stdout.decode()
        decoder, position = json.JSONDecoder(), 0
        while position < len(text.rstrip()):
            item, position = decoder.raw_decode(text, position)
            position += len(text[position:]) - len(text[position:].lstrip())
            for single in item["items"] if item["kind"] == "List" else [item]:
                name = f"{single['metadata'].get('namespace', '')}/{HASH.sub('', single['metadata']['name'])}"
                found = dict(leaves(single))
                found.pop(("metadata", "name"))
                result[cluster, single["kind"], name] = {
                    where: leaf
                    for where, leaf in found.items()
                    if (where[-2:-1] not in CONFIG_MAPS or where[-1] != "name")
                    and not str(where[-1:]).startswith("('checksum/")  # follows the text, as hashed names do
                }
    return result


@pytest.fixture(scope="module")
def places() -> list[tuple[str, ...]]:
    """All free text of a complete environment, but `value` of the patches, which is no text only."""
    from generator.environment.schema import complete_schema

    schema = complete_schema(catalog.schemas(project().catalog.units))
    found = free_text(schema["$defs"]["Environment"], schema)
    return sorted(set(found) - {("gitops", "commit", "name")})  # one line, by a rule, and for publish only


def rendered(texts: dict[tuple[str, ...], str], folder: Path) -> dict[Any, Any]:
    """Render prod with `texts` at their places, and return what kubectl reads."""
    overrides: dict[str, Any] = {}
    for place, text in texts.items():
        node = overrides
        for key in place[:-1]:
            node = node.setdefault(key, {})
        node[place[-1]] = text
    overrides["components"]["api"]["customerComponents"]["x"]["enabled"] = True
    overrides["components"]["api"]["redis"] = "in-cluster"
    overrides["components"]["litellm"]["redis"] = True
    overrides["components"]["litellm"]["models"]["x"]["model"] = "x"
    for models in ("models", "embeddings"):
        known = {"deployment_name": "x", "provider": "google_vertexai", "enabled": True}
        overrides["components"]["api"][models]["x"] |= known
    return as_kubectl_reads(build("prod", dump(_with_lists(overrides))).files, folder)


@pytest.fixture(scope="module")
def marked(places: list[tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return what kubectl reads when every place holds its own marker."""
    markers = {place: f"marker{index:03d}x" for index, place in enumerate(places)}
    return markers, rendered(markers, tmp_path_factory.mktemp("marked"))


def test_free_text_is_found_and_reaches_objects(places: list[tuple[str, ...]], marked: Any) -> None:
    assert ("components", "api", "env", "x") in places
    assert ("components", "api", "customerComponents", "x", "name") in places
    assert ("database", "flags", "x") in places
    markers, objects = marked
    seen = {
        place
        for place, marker in markers.items()
        for found in objects.values()
        if any(marker in str(v) for v in found.values())
    }
    assert set(places) == seen


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_text_comes_out_as_it_went_in(hostile: str, marked: Any, tmp_path: Path) -> None:
    markers, expected = marked
    found = rendered(dict.fromkeys(markers, hostile), tmp_path)
    assert found.keys() == expected.keys()
    for key, before in expected.items():
        wanted = {path: _put(leaf, markers.values(), hostile) for path, leaf in before.items()}
        assert found[key] == wanted


def _with_lists(value: Any) -> Any:
    """Return `value` with every map of the one key `[]` as a list of one."""
    if not isinstance(value, dict):
        return value
    if "[]" in value:
        return [_with_lists(value["[]"])]
    return {key: _with_lists(item) for key, item in value.items()}


def _put(leaf: Any, markers: Any, text: str) -> Any:
    if isinstance(leaf, str):
        for marker in markers:
            leaf = leaf.replace(marker, text)
    return leaf
