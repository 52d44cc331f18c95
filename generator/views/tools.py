"""The programs on this machine, as lines or JSON."""

import json
from collections.abc import Callable

from generator.build import Found, missing
from generator.views import findings


def as_text(found: tuple[Found, ...]) -> str:
    """Return a line per program; below one that is missing, how to get it."""
    lines = []
    for tool in found:
        state = tool.version or "missing"
        lines.append(f"{tool.name:10} {state:45} {tool.purpose}".rstrip())
        if not tool.version:
            lines.append(f"{'':10} get it: {tool.install}")
    return "\n".join(lines) + "\n"


def as_json(found: tuple[Found, ...]) -> str:
    """Return {"schema": 1, "tools": [{name, path, version, purpose, install}], "findings"}."""
    document = {"schema": 1, "tools": [tool._asdict() for tool in found], "findings": findings.objects(missing(found))}
    return json.dumps(document, indent=2) + "\n"


FORMATS: dict[str, Callable[[tuple[Found, ...]], str]] = {"text": as_text, "json": as_json}
