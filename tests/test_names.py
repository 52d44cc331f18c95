"""Maps by name: what stands in the place of a name, or of such a map, is told at its line with what to write instead.

Every map by name of the environment's schema is tried, those of units' typed values too: none is listed here.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from product import project

from generator import catalog, pipeline, yamlio
from generator.environment.schema import complete_schema
from generator.errors import InputInvalid
from generator.finding import Finding
from generator.tree import Sources

FILE = "environments/zz.yaml"
UNITS = catalog.schemas(project().catalog.units)
SCHEMA = complete_schema(UNITS)


class Named(NamedTuple):
    """A map by name: where it is, and the schema of its entries."""

    path: tuple[str, ...]
    entry: dict[str, Any]


def resolved(node: Any) -> dict[str, Any]:
    while isinstance(node, dict) and ("$ref" in node or "anyOf" in node):
        node = SCHEMA["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node["anyOf"][0]
    return node if isinstance(node, dict) else {}


def maps(node: Any, path: tuple[str, ...] = ()) -> Iterator[Named]:
    """Yield every map by name that a path of plain keys leads to; in a map by name, by the name `some`."""
    node = resolved(node)
    entry = resolved(node.get("additionalProperties"))
    if entry:
        yield Named(path, entry)
        yield from maps(entry, (*path, "some"))
    for key, below in node.get("properties", {}).items():
        yield from maps(below, (*path, key))


MAPS = sorted(maps(SCHEMA))
FIELDS = [(named, field) for named in MAPS for field in named.entry.get("properties", {})]
SAMPLES = {"string": "x", "integer": 7, "number": 7, "boolean": True, "array": [], "object": {"zzz": 1}}


def findings(path: tuple[str, ...], value: Any, file: str = FILE) -> list[Finding]:
    """Return what is said below `path` of an environment that extends dev and says `value` there."""
    for step in reversed(path):
        value = {step: value}
    said = {file: yamlio.dump({"name": "zz", "extends": ["dev"], **value}) if file == FILE else yamlio.dump(value)}
    texts = said if file == FILE else {FILE: "name: zz\nextends: [dev, over]\n", **said}
    edited = project()._replace(sources=Sources({**project().sources.texts, **texts}))
    with pytest.raises(InputInvalid) as caught:
        pipeline.load(edited, "zz")
    return [item for item in caught.value.findings if item.path.startswith(".".join(path[:2])) and item.file == file]


def test_the_schema_has_many_maps_by_name() -> None:
    known = {".".join(named.path) for named in MAPS}
    assert known > {"gke.nodePools", "database.databases", "patches", "access.allowedRanges", "monitoring.channels"}
    assert known > {
        "components.api.env",
        "components.api.secretEnv",
        "components.litellm.models",
    }


@pytest.mark.parametrize(("named", "field"), FIELDS, ids=lambda item: ".".join(item.path) if item is Named else None)
def test_a_field_in_the_place_of_a_name_is_told_with_where_it_belongs(named: Named, field: str) -> None:
    kind = resolved(named.entry["properties"][field]).get("type", "string")
    for sample in {repr(SAMPLES[one]): SAMPLES[one] for one in ([kind] if isinstance(kind, str) else kind)}.values():
        if (kind == "object") is isinstance(sample, dict):
            told = [item for item in findings((*named.path, field), sample) if item.path.endswith(f".{field}")]
            assert [item.message for item in told] == ["is a field, but a name is expected here"]
            assert told[0].hint == f"write {'.'.join(named.path)}.<name>.{field}"
            assert told[0].line > 2


@pytest.mark.parametrize("named", MAPS, ids=lambda named: ".".join(named.path))
@pytest.mark.parametrize("value", ["x", ["x"]], ids=repr)
def test_what_is_no_map_where_names_belong_is_told_with_what_one_looks_like(named: Named, value: Any) -> None:
    for file in (FILE, "environments/profiles/over.yaml"):
        told = [item for item in findings(named.path, value, file) if item.message == "must be a map"]
        assert [bool(item.line) for item in told] == [True]
        assert told[0].hint


@pytest.mark.parametrize("named", [named for named in MAPS if named.entry.get("type") == "object"])
def test_an_entry_that_is_no_map_is_told(named: Named) -> None:
    for value in ("x", 7, True, ["x"]):
        told = findings((*named.path, "some"), value)
        assert any(item.message == "must be a map" and item.line > 2 for item in told)


SETTINGS = sorted({key for known in UNITS.values() for unit in known.values() for key in unit["properties"]})


@pytest.mark.parametrize("section", sorted(UNITS))
@pytest.mark.parametrize("value", [2, True, "x", [], {}, {"a": {}}], ids=repr)
def test_a_setting_in_the_place_of_a_unit_is_told_whatever_it_is(section: str, value: Any) -> None:
    elsewhere = {name for known in UNITS.values() for name in known}
    wrong = [setting for setting in SETTINGS if setting not in elsewhere]
    for file in (FILE, "environments/profiles/over.yaml"):
        told = {item.path.rpartition(".")[2]: item for item in findings((section,), dict.fromkeys(wrong, value), file)}
        assert sorted(told) == wrong
        for setting, item in told.items():
            assert (item.message, bool(item.line)) == ("there is no such unit", True)
            assert item.hint.startswith(f"{setting} is a setting of ")
            assert item.hint.endswith(f".{setting}")


@pytest.mark.parametrize("section", sorted(UNITS))
def test_a_unit_that_is_no_map_is_told(section: str) -> None:
    for value in (True, 2, "x", ["x"]):
        told = findings((section,), dict.fromkeys(UNITS[section], value))
        assert [item.message for item in told] == ["must be a map" for _ in UNITS[section]]
        assert all(item.line > 2 for item in told)


@pytest.mark.parametrize("section", sorted(UNITS))
def test_a_section_that_is_no_map_is_told(section: str) -> None:
    for value in (True, 2, "x", ["x"]):
        assert [item.message for item in findings((section,), value)] == ["must be a map"]


def test_a_unit_or_its_setting_at_the_top_is_told_where_it_belongs() -> None:
    assert [item.hint for item in findings(("api",), {"replicas": 2})] == ["it belongs under components"]
    assert findings(("replicas",), 2)[0].hint == "replicas is a setting of units: write components.<unit>.replicas"
    assert findings(("components", "backup"), value={})[0].hint == (
        "backup is a setting of a unit: write infra.gke.backup"
    )
    assert findings(("components", "redis"), value=True)[0].hint == "write {enabled: true}"


def test_a_name_that_is_also_a_field_is_a_name_where_its_entry_is_a_map() -> None:
    told = findings(("database", "databases", "user"), {"user": "x"})
    assert [(item.path, item.message) for item in told] == [("database.databases.user.database", "is missing")]
