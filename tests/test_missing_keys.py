"""A required key that nobody wrote is told where its author adds it: in the environment, never in a shipped profile."""

from collections.abc import Iterator
from typing import Any

import pytest
from project import DEFAULTS as COMPLETE
from project import load, printed

from generator import yamlio
from generator.environment.schema import complete_schema
from generator.errors import InputInvalid
from generator.schema import dotted
from generator.tree import Sources
from generator.yamlio import Path

DEFAULTS = "environments/profiles/defaults.yaml"
SCHEMA = complete_schema({})


def required(node: dict[str, Any], schema: dict[str, Any], path: Path = ()) -> Iterator[Path]:
    """Yield every key that an environment must have, outside of maps by name."""
    node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node
    for key in node.get("required", ()):
        yield (*path, key)
        yield from required(node["properties"][key], schema, (*path, key))


def without(value: dict[str, Any], path: Path) -> dict[str, Any]:
    if len(path) == 1:
        return {key: item for key, item in value.items() if key != path[0]}
    return {key: without(item, path[1:]) if key == path[0] else item for key, item in value.items()}


REQUIRED = [path for path in required(SCHEMA["$defs"]["Environment"], SCHEMA) if path != ("name",)]


def test_the_schema_has_keys_that_are_required() -> None:
    assert {("domain",), ("gcp", "region"), ("database", "backups", "location")} < set(REQUIRED)


@pytest.mark.parametrize("path", REQUIRED, ids=dotted)
def test_a_key_that_nobody_wrote_is_told_at_the_environment(path: Path) -> None:
    profile = yamlio.dump(without(yamlio.load(COMPLETE, "")[0], path))
    with pytest.raises(InputInvalid) as caught:
        load(Sources({DEFAULTS: profile, "environments/lab.yaml": "# a comment\nname: lab\n"}))
    (found,) = caught.value.findings
    assert (found.file, found.line, found.path, found.message) == (
        "environments/lab.yaml",
        2,
        dotted(path),
        "is missing",
    )
    assert found.hint.startswith("add it here")


def test_a_missing_key_names_the_profiles_that_have_it() -> None:
    profiles = {
        "environments/profiles/a.yaml": "domain: a.example.com\n",
        "environments/profiles/b.yaml": "labels: {a: bb}\n",
    }
    profile = COMPLETE.replace("domain: lab.example.com\n", "")
    with pytest.raises(InputInvalid) as caught:
        load(Sources({DEFAULTS: profile, "environments/lab.yaml": "name: lab\n", **profiles}))
    assert printed(caught.value) == (
        "environments/lab.yaml:1:1: domain: is missing [environment-invalid]\n"
        "  hint: add it here: a DNS name without final dot; or extend a profile that has it: a\n"
    )
