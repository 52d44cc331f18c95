"""docs/rules.yaml, generator/kinds/ -> docs/refusals.md: `make docs` runs this, a test knows when it was forgotten."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from generator.check.schema.formats import EXPECTED
from generator.check.schema.refusal import bound
from generator.kinds import definitions, names, shipped, validation

HERE = Path(__file__).parent
HEAD = """\
# What is refused after a merge

A manifest can fit its schema and still be refused: by the API server's own validation, by Google, or by an operator. Under
Argo CD the whole Application then stops syncing. This page says which refusals `render` and `validate` tell beforehand, who
is the source of each, and what only the cloud can say. `make docs` makes it of [rules.yaml](rules.yaml) and `generator/kinds/`.

## What only the cloud can say

| question | why not offline | where you see it |
|---|---|---|
| Is there enough quota: CPUs, addresses, disks, clusters? | quotas belong to a project and a region, and change on request | `UpdateFailed` of the resource, with `QUOTA_EXCEEDED` |
| Does a zone have machines of the type today? | stock changes by the hour | pods stay pending; the node pool reports `ZONE_RESOURCE_POOL_EXHAUSTED` |
| Is a global name free: a bucket, a project id? | other customers of Google hold names, too | `UpdateFailed` with 409 |
| Which ranges does the rest of a shared or peered network use? | only `network.peered` says so here | the peering or the subnet is refused |
| Do the organisation's policies allow it? | they are not in Git | `UpdateFailed` with `constraints/…` |
| Are the APIs on, and may Config Connector's account do it? | the roles are given by hand, once ([bootstrap.md](bootstrap.md)) | `UpdateFailed` with 403 |
| Does an image exist, and may the nodes pull it? | registries are private | `ImagePullBackOff` |
| Does a secret have a version in Secret Manager? | values are never in Git ([secrets.md](secrets.md)) | the ExternalSecret is not ready |
| Is a domain delegated, so that a certificate is issued? | the parent zone belongs to somebody else | the certificate stays `PROVISIONING` |
| Which webhooks and policies of your cluster refuse an object? | they are not in this repository | the sync fails and names the webhook |
| What does Google refuse tomorrow? | lists and limits change: ours have the day they were read | a warning names a value that was not listed that day |

What we expect of Google Cloud and have not seen is in [unverified.md](unverified.md).
"""
_RULES = """
## What rules tell

Each rule is explained in [errors.md](errors.md).

| rule | means | source |
|---|---|---|
"""
_OBJECTS = """
## What is told of fields

These are findings of the rule `validation`. A kind of Kubernetes' schema, such as a container, is judged wherever it is used:
in every workload, and in the pod templates of custom kinds. A function is one of Kubernetes' source, below `pkg/apis/`.

| kind | field | refused | source |
|---|---|---|---|
"""


class Row(NamedTuple):
    """A line of the table: which field of which kind, what is said of it, and who refuses it."""

    kind: str
    field: str
    refused: str
    source: str


def page() -> str:
    """Return the page."""
    sections = yaml.safe_load((HERE / "rules.yaml").read_text())
    rules = {rule: text for one in sections.values() for rule, text in one.items() if "source" in text}
    told = [f"| `{rule}` | {_cell(text['means'])} | {_cell(text['source'])} |" for rule, text in rules.items()]
    fields = [
        f"| {_cell(row.kind)} | {_cell(row.field)} | {_cell(row.refused)} | {_cell(row.source)} |" for row in rows()
    ]
    return HEAD + _RULES + "\n".join(told) + "\n" + _OBJECTS + "\n".join(fields) + "\n"


def rows() -> Iterator[Row]:
    """Yield what is refused beside the schemas, by definition of Kubernetes and by kind."""
    of_kinds = {name: shipped(name).validation for name in names()}
    for name, schema in (*sorted(validation().items()), *of_kinds.items()):
        if "." not in name and "/" not in name:
            continue  # a form that others refer to
        short = name.removeprefix("io.k8s.api.").removeprefix("io.k8s.apimachinery.pkg.")
        found = dict.fromkeys(Row(short, *row) for row in _rows(schema, "", {}))
        yield from found


def _rows(node: Any, path: str, said: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield what a schema refuses: a field, what is said, the source. What is below a message is part of it."""
    if not isinstance(node, dict):
        return
    if "$ref" in node:
        yield from _rows({**definitions(), **validation()}.get(node["$ref"].removeprefix("#/$defs/")), path, said)
    said = {**said, **{key: node[key] for key in ("x-source",) if key in node}}
    if "x-message" in node:
        yield path or "itself", node["x-message"], said.get("x-source", "")
    else:
        refused = [text for key in node if (text := _refused(key, node[key]))]
        if refused:
            yield path or "itself", ", ".join(refused), said.get("x-source", "")
        for key in ("allOf", "anyOf", "oneOf"):
            for part in node.get(key, ()):
                yield from _rows(part, path, said)
        for key in ("if", "then", "else") if "then" in node or "else" in node else ():
            yield from _rows(node.get(key) if key != "if" else None, path, said)
    for name, below in node.get("properties", {}).items():
        yield from _rows(below, f"{path}.{name}".removeprefix("."), said)
    for key in ("items", "additionalProperties"):
        yield from _rows(node.get(key), f"{path}[]" if key == "items" else f"{path}.*", said)


def _refused(key: str, value: Any) -> str:
    """Say what a keyword of a schema asks for; '' where its neighbours say it."""
    if said := _WORDS.get(key):
        return said(value)
    return bound(key, value)


def _of_definition(reference: str) -> str:
    """Say what a definition that kinds share refuses; '' of one that only has parts."""
    definition = definitions().get(reference.removeprefix("#/$defs/"), {})
    found = [definition.get("x-message") or _refused(key, value) for key, value in definition.items()]
    return ", ".join(dict.fromkeys(text for text in found if text))


_WORDS: dict[str, Callable[[Any], str]] = {
    "format": lambda name: EXPECTED.get(name, ""),
    "$ref": _of_definition,
    "x-inside": lambda pairs: ", ".join(f"{part} must be part of {whole}" for part, whole in pairs.items()),
    "x-at-most": lambda pairs: ", ".join(f"{low} must not be above {high}" for low, high in pairs.items()),
    "x-below": lambda pairs: ", ".join(f"{low} must be below {high}" for low, high in pairs.items()),
    "x-minimum": lambda limit: f"must be at least {limit}",
    "x-maximum": lambda limit: f"must be at most {limit}",
    "x-unique": lambda keys: f"no two with the same {' and '.join(keys)}" if keys else "none twice",
    "required": lambda fields: f"needs {', '.join(fields)}",
    "x-exactly-one": lambda fields: f"needs exactly one of {', '.join(fields)}",
    "x-one-at-most": lambda fields: f"may have only one of {', '.join(fields)}",
}


def _cell(text: Any) -> str:
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    (HERE / "refusals.md").write_text(page())
