"""All units as a table or JSON."""

import io
import json
from collections.abc import Callable
from typing import Any

from generator.catalog import Need, Unit


def as_text(units: tuple[Unit, ...]) -> str:
    """Return the table, as wide as it needs to be."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table("unit", "kind", "namespace", "needs", "images", "Pod Security", box=box.SIMPLE_HEAD)
    for row in _rows(units):
        table.add_row(*(", ".join(cell) if isinstance(cell, list) else str(cell) for cell in row.values()))
    stream = io.StringIO()
    Console(file=stream, width=1000, no_color=True).print(table)
    return "".join(f"{row.strip()}\n" for row in stream.getvalue().splitlines() if row.strip())


def as_json(units: tuple[Unit, ...]) -> str:
    """Return {"schema": 1, "units": [{name, kind, namespace, needs, images, podSecurity}]}."""
    return json.dumps({"schema": 1, "units": _rows(units)}, indent=2) + "\n"


FORMATS: dict[str, Callable[[tuple[Unit, ...]], str]] = {"text": as_text, "json": as_json}


def _rows(units: tuple[Unit, ...]) -> list[dict[str, Any]]:
    return [
        {
            "name": unit.name,
            "kind": unit.kind,
            "namespace": unit.declaration.namespace or "",
            "needs": [need.unit if isinstance(need, Need) else need for need in unit.declaration.needs],
            "images": [image.shown for image in unit.declaration.defaults.images.values()],
            "podSecurity": unit.declaration.pod_security.level,
        }
        for unit in units
    ]
