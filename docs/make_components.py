"""component.yaml and values.schema.json -> docs/components/: `make docs` runs this, a test knows when it was forgotten."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from generator.catalog import (
    OUTSIDE,
    SIGN_IN,
    Exposure,
    Need,
    Secret,
    SecretKey,
    Unit,
    discover,
    schemas,
    secret_id,
)
from generator.catalog.settings import SECTIONS
from generator.catalog.unit import Grant, When
from generator.errors import InputInvalid
from generator.schema import Schema
from generator.workspace import read

HERE = Path(__file__).parent
FOLDER = HERE / "components"
MADE = "`make docs` writes this page."
INDEX = f"""\
# All units

One page per unit: what it needs, calls, exposes and reads, and what an environment may set. Words are explained in
[units.md](../units.md). {MADE}

- Defaults are those of the unit; `.venv/bin/codemie-manifests env show prod` says what an environment changes.
- An image's tag `<platform.version>` is that of the vendor's [release](../upgrading.md), which an environment sets.
- Where no pods are named, a call or a role is the main workload's.
- Needs that no page lists: every component and add-on needs `namespaces`, a component with secrets `shared-secrets`, one
  with a route on the Gateway [edge](edge.md).
"""
MORE = {"api": " See [features](../features.md) and [all variables](../../tests/data/vendor-contract.yaml)."}
HEADINGS = {"component": "Components", "infra": "Infrastructure", "addon": "Add-ons"}
Row = tuple[str, ...]
_NUMBER = re.compile(r"[0-9.]*")  # text that stands in quotes, or it would be a number or nothing


class Peer(NamedTuple):
    """The other end of a need or a call, on either side."""

    relation: str
    name: str
    detail: str = ""
    caller: str = ""
    when: When | None = None


def pages(root: Path) -> dict[str, str]:
    """Return every page by its file name. Raises InputInvalid where a unit is broken."""
    found = discover(read(root))
    if found.problems:
        raise InputInvalid(found.problems)
    made = {f"{unit.name}.md": page(unit, found.units) for unit in found.units}
    return {"README.md": index(found.units), **made}


def index(units: tuple[Unit, ...]) -> str:
    """Return the list of all units, by kind."""
    parts = [INDEX]
    for kind, heading in HEADINGS.items():
        mine = [(unit, unit.declaration, f"[{unit.name}]({unit.name}.md)") for unit in units if unit.kind == kind]
        rows = [(link, _text(it.title), _code(it.namespace), _on(unit, units)) for unit, it, link in mine]
        parts += [f"## {heading}\n", _table(("unit", "is", "namespace", "on"), rows)]
    return "\n".join(parts)


def page(unit: Unit, units: tuple[Unit, ...]) -> str:
    """Return the page of one unit; a part that it does not have is not there."""
    declared = unit.declaration
    files = ("component.yaml", "values.schema.json") if unit.values["properties"] else ("component.yaml",)
    made_of = " and ".join(f"[{file}](../../{unit.folder}/{file})" for file in files)
    head = f"# {unit.name}\n\n{_text(declared.title)}.\n\nMade of {made_of}; {MADE}{MORE.get(unit.name, '')}\n"
    parts = [
        ("", ("", ""), _facts(unit, units)),
        ("Needs and calls", ("", "whom", "port, database", "pods that call", "when"), _peers(unit, units)),
        ("Exposed", ("address", "reaches", "sign-in", "ranges in public", "health", "when"), _exposed(unit)),
        ("Secrets", ("Secret", "type", "key", "value", "Secret Manager id", "when"), _secrets(declared.secrets)),
        ("Google roles", ("role", "on", "pods", "when"), [_role(grant) for grant in declared.identity]),
        ("Common keys", ("key", "default"), _common(unit)),
        ("Typed values", ("value", "type", "default", "means"), _typed(unit.values)),
        ("Images", ("image", "default", "pull secret"), _images(unit)),
    ]
    made = [(f"## {title}\n\n" if title else "") + _table(columns, rows) for title, columns, rows in parts if rows]
    return "\n".join([head, *made])


def _facts(unit: Unit, units: tuple[Unit, ...]) -> list[Row]:
    declared = unit.declaration
    security = declared.pod_security
    rows: list[Row] = [
        ("kind", f"{unit.kind}, on the {unit.cluster} cluster"),
        ("on", _on(unit, units)),
        ("namespace", _code(declared.namespace or "codemie-<environment>")),
    ]
    if declared.namespace:
        reason = f": {_text(security.reason)}" if security.reason else ""
        rows.append(("Pod Security", _code(security.level) + reason))
    if declared.reads:
        rows.append(("reads", f"{', '.join(map(_code, declared.reads))} of all namespaces, from the API server"))
    if declared.metrics:
        rows.append(("metrics", f"port {declared.metrics.port}, {_code(declared.metrics.path)}"))
    if chart := declared.chart:
        rows.append(("chart", f"{_code(chart.name)} {_code(chart.version)} of {_code(chart.repository)}"))
    return rows


def _on(unit: Unit, units: tuple[Unit, ...]) -> str:
    if not unit.declaration.optional:
        return "always"
    by = [(other.name, item.when) for other in units for item in other.declaration.enables if item.unit == unit.name]
    enabled = [f", or by [{name}]({name}.md){' where ' if when else ''}{_when(when)}" for name, when in by]
    return f"by {_code(f'{SECTIONS[unit.kind]}.{unit.name}.enabled: true')}" + "".join(enabled)


def _peers(unit: Unit, units: tuple[Unit, ...]) -> list[Row]:
    """Return needs, calls and callers: only the caller declares a call, here it is read backwards too."""
    known = {other.name for other in units}
    return [
        (peer.relation, _linked(peer.name, known), peer.detail, _code(peer.caller), _when(peer.when))
        for peer in (*_outgoing(unit, units), *_incoming(unit, units))
    ]


def _outgoing(unit: Unit, units: tuple[Unit, ...]) -> Iterator[Peer]:
    for need in unit.declaration.needs:
        yield Peer("needs", need.unit, when=need.when) if isinstance(need, Need) else Peer("needs", need)
    for switched in unit.declaration.enables:
        yield Peer("enables", switched.unit, when=switched.when)
    for restart in unit.declaration.restarts_with:
        yield Peer("restarts with", restart.unit, _code(restart.file), when=restart.when)
    for call in unit.declaration.connects:
        detail = f"database {_code(call.database)}" if call.database else str(call.port or "")
        yield Peer("calls", call.to, detail, call.from_ or "", call.when)
    if unit.name == SIGN_IN:
        for other in units:
            yield from (Peer("calls", other.name, port, when=when) for port, when in _behind_sign_in(other))


def _incoming(unit: Unit, units: tuple[Unit, ...]) -> Iterator[Peer]:
    for other in units:
        for call in other.declaration.connects:
            if call.to == unit.name and other != unit and call.to not in OUTSIDE:
                yield Peer("is called by", other.name, str(call.port or ""), call.from_ or "", call.when)
    yield from (Peer("is called by", SIGN_IN, port, when=when) for port, when in _behind_sign_in(unit))


def _behind_sign_in(unit: Unit) -> Iterator[tuple[str, When | None]]:
    """Yield the ports that are reached through the sign-in proxy, which so calls them."""
    return ((str(item.port), item.when) for item in unit.declaration.exposes if item.auth == "oauth2")


def _linked(name: str, known: set[str]) -> str:
    return f"[{name}]({name}.md)" if name in known else _code(name)


def _exposed(unit: Unit) -> list[Row]:
    rows: list[Row] = []
    for item in unit.declaration.exposes:
        direct = item.auth != "oauth2"
        health = _code(f":{item.health.port}{item.health.path}") if item.health and direct else ""
        ranges = _code(item.ranges) if direct else "those of [oauth2-proxy](oauth2-proxy.md)"
        rows += [(*reached, _code(item.auth), ranges, health, _when(item.when)) for reached in _addresses(unit, item)]
    return rows


def _addresses(unit: Unit, item: Exposure) -> Iterator[tuple[str, str]]:
    service = f"{item.service or unit.name}:{item.port}"
    if item.protocol == "tcp":
        yield _code(f"tcp://{item.host}.<domain>:{item.port}"), _code(service)
        return
    for path in item.paths:
        rewritten = f", path becomes {_code(path.rewrite)}" if path.rewrite else ""
        yield _code(f"https://{item.host}.<domain>{path.path}"), _code(service) + rewritten


def _secrets(secrets: dict[str, Secret]) -> list[Row]:
    rows: list[Row] = []
    for name, secret in sorted(secrets.items()):
        kind, when = "" if secret.type == "Opaque" else _code(secret.type), _when(secret.when)
        rows += [
            (_code(name), kind, _code(key), *_made(name, key, it), when) for key, it in sorted(secret.keys.items())
        ]
    return rows


def _made(secret: str, key: str, made: SecretKey) -> tuple[str, str]:
    """Return how a value comes to be, and the Secret Manager secret that holds it."""
    if made.source == "constant":
        return f"constant {_code(made.value)}", ""
    if made.source == "copy":
        return f"copy from Secret {_code(made.of)} in {_code(made.namespace)}", ""
    length = f", {made.length} characters" if made.length else ""
    return made.source + length, _code(secret_id(secret, key, made))


def _role(grant: Grant) -> Row:
    kind, _, name = grant.resource.partition(":")
    on = f"bucket {_code(f'<project>-codemie-{name}')}" if kind == "bucket" else _text(grant.resource)
    return _code(grant.role), on, _code(grant.from_), _when(grant.when)


def _common(unit: Unit) -> list[Row]:
    """Return the common keys that an environment may set, down to a map whose values are all plain."""
    declared = msgspec.to_builtins(unit.declaration.defaults)
    offered = schemas((unit,))[SECTIONS[unit.kind]][unit.name]["properties"]
    elsewhere = {*unit.values["properties"], "images", "chart", "enabled"}
    flat = [row for key in offered if key not in elsewhere for row in _flat(key, declared.get(key, {}))]
    return [(_code(key), _code(_plain(value))) for key, value in flat]


def _flat(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and any(isinstance(item, dict) for item in value.values()):
        for name, item in value.items():
            yield from _flat(f"{key}.{name}", item)
    else:
        yield key, value


def _typed(values: Schema) -> list[Row]:
    each = values["properties"].items()
    return [(_code(name), _kind(it), _short(it["default"]), _text(it["description"])) for name, it in each]


def _short(default: Any, longest: int = 400) -> str:
    return _code(text) if len(text := _plain(default)) <= longest else f"{len(default)} entries"


def _kind(schema: Schema) -> str:
    """Return what a JSON Schema lets in, in words where there are words."""
    if "enum" in schema:
        return ", ".join(_code(_plain(item)) for item in schema["enum"])
    words = [schema.get("type", "any"), *_limits(schema)]
    if isinstance(schema.get("items"), dict):
        words.append(f"of {_kind(schema['items'])}")
    inner = schema.get("additionalProperties")
    return " ".join([*words, f"of {_kind(inner)} by name"] if isinstance(inner, dict) else words)


def _limits(schema: Schema) -> Iterator[str]:
    yield from (f"{word} {schema[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in schema)
    if schema.get("minItems"):
        yield f"(at least {schema['minItems']})"
    if "pattern" in schema:
        yield _code(schema["pattern"])


def _images(unit: Unit) -> list[Row]:
    images = unit.declaration.defaults.images
    return [(_code(name), _code(it.shown), _code(it.pull_secret)) for name, it in images.items()]


def _when(when: When | None) -> str:
    """Return a condition in words; nothing where it always holds."""
    if when is None:
        return ""
    words = [f"{_code(when.unit)} is on"] if when.unit else []
    words += [f"{_code(when.unless)} is off"] if when.unless else []
    wanted = "not empty" if when.is_ is None else _code(_plain(when.is_))
    words += [f"value {_code(when.value)} is {wanted}"] if when.value else []
    words += [f"environment's {_code(when.env)} is {wanted}"] if when.env else []
    return " and ".join(words)


def _plain(value: Any) -> str:
    """Return a value as one would write it in an environment, on one line."""
    if isinstance(value, dict) and value:
        return "{" + ", ".join(f"{key}: {_plain(item)}" for key, item in value.items()) + "}"
    text = isinstance(value, str) and not _NUMBER.fullmatch(value)
    return str(value) if text else json.dumps(value, ensure_ascii=False)


def _code(text: Any) -> str:
    return f"`{str(text).replace('|', chr(92) + '|')}`" if text else ""


def _text(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _table(columns: Row, rows: Iterable[Row]) -> str:
    """Return a table without the columns that are empty in every row."""
    rows = list(rows)
    kept = [at for at, column in enumerate(columns) if not column or any(row[at] for row in rows)]
    head, *lines = ["| " + " | ".join(line[at] for at in kept) + " |\n" for line in (columns, *rows)]
    return head + "|---" * len(kept) + "|\n" + "".join(lines)


if __name__ == "__main__":
    wanted = pages(HERE.parent)
    for old in {*FOLDER.glob("*.md")} - {FOLDER / name for name in wanted}:
        old.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text)
