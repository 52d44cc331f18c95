"""A merged environment as YAML, with the origin of each value as a comment if wanted, or as JSON."""

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from generator.finding import Where
from generator.schema import dotted
from generator.yamlio import Path

_COLUMN = 56


def as_yaml(value: Any, marks: Mapping[Path, Where]) -> str:
    """Return the environment as YAML; `marks` says where each value was written, and may be empty."""
    from ruamel.yaml import YAML  # it is here for its comments

    yaml = YAML()
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(_commented(value, marks, ()), stream)
    return stream.getvalue()


def as_json(value: Any, marks: Mapping[Path, Where]) -> str:
    """Return {"schema": 1, "environment": …, "origins": {path: "file:line"}}."""
    origins = {dotted(path): f"{where.file}:{where.line}" for path, where in sorted(marks.items(), key=str) if path}
    return json.dumps({"schema": 1, "environment": value, "origins": origins}, indent=2, ensure_ascii=False) + "\n"


FORMATS: dict[str, Callable[[Any, Mapping[Path, Where]], str]] = {"yaml": as_yaml, "json": as_json}


def _commented(value: Any, marks: Mapping[Path, Where], path: Path) -> Any:
    """Return `value` with an end-of-line comment on every leaf that has an origin, keys in sorted order."""
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, str):
        return DoubleQuotedScalarString(value)
    if isinstance(value, list):
        return [_commented(item, {}, ()) for item in value]
    if not isinstance(value, dict):
        return value
    result = CommentedMap()
    for key in sorted(value):
        below = (*path, key)
        result[key] = _commented(value[key], marks, below)
        leaf = not isinstance(value[key], dict) or not value[key]
        if below in marks and leaf and not isinstance(value[key], list):
            result.yaml_add_eol_comment(f"{marks[below].file}:{marks[below].line}", key, column=_COLUMN)
        elif below in marks and isinstance(value[key], list):
            result.yaml_set_comment_before_after_key(
                key, before=f"{marks[below].file}:{marks[below].line}", indent=2 * len(path)
            )
    return result
