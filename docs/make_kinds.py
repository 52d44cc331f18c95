"""The types, words and files of generator/kinds/ -> docs/kinds.md: `make docs` runs this, a test knows when it was forgotten."""

import ast
import inspect
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from generator.check.schema.formats import EXPECTED
from generator.kinds import names, shipped
from generator.kinds.google import Google
from generator.kinds.kind import Kind, Leads, Selects
from generator.kinds.rows import conditions
from generator.kinds.rows.conditions import any_object, cluster, google, workloads
from generator.kinds.rows.vocabulary import WORDS, WORDS_OF_VALUES
from generator.kinds.workload import PodFacts

HERE = Path(__file__).parent
PARTS: dict[str, type[msgspec.Struct]] = {
    "google": Google,
    "pods": PodFacts,
    "referencesByName": Leads,
    "selects": Selects,
}
"""The keys whose values are maps of more keys."""
PAGE = """\
# Kinds

What a kind of object is stands in one file, `kinds/<group>/<Kind>.yaml`: which fields it has, which of them cannot change,
whether data is lost with an object, and what each change does. `render` and `validate` judge objects by it, and `diff` looks up
in it what a merge does. We ship a file for each kind that we render (`generator/kinds/`, [listed below](#kinds-that-are-shipped));
a project has files of its own in `kinds/`, beside `templates/` and `environments/`. `make docs` makes this page.

```yaml
# kinds/databases.example.com/Widget.yaml
state: true
immutable: [spec.engine]
instead: make a new Widget, copy the data, then delete the old one
sources: {upgrade: "https://example.com/widgets/upgrade"}
impact:
  - path: ""
    when: removed
    impact: data-loss
    reason: its disk is deleted with it
  - path: [spec.memory, spec.version]
    when: set
    impact: restart
    reason: the Widget is restarted, its callers wait for half a minute
    source: upgrade
contract:
  v1:
    required: [spec]
    properties:
      spec:
        type: object
        required: [engine]
        additionalProperties: false
        properties: {engine: {type: string}, memory: {type: string}, version: {type: string}}
```

A kind in no file is not validated (the warning `not-covered` names it), and `diff` says `unknown` of its changes. For a kind
built into Kubernetes, the schemas of `kubernetes.version` are the contract.

## Contracts of your own cluster

```sh
kubectl get crd -o yaml > crds.yaml
codemie-manifests schemas import crds.yaml
```

writes `contract` and `immutable` of every CRD in the files into `kinds/`, and `scope: cluster` of one in no namespace. Commit the
folder. If the file is there already, only these keys are replaced; everything else in it stays, comments too. A contract of a version wins over the shipped one, so a
field that is newer than ours can be used, and one that an older operator does not know is refused. To get one kind:
`kubectl get crd computenetworks.compute.cnrm.cloud.google.com -o yaml`.

Prose, `status` and rules in CEL are left out; a field below `x-kubernetes-preserve-unknown-fields` may hold anything; a pattern
that is Go's and not JSON Schema's is dropped. A field is immutable if a rule says `self == oldSelf`, or its description starts
with `Immutable.`. The same CRDs give the same bytes. If one of the files cannot be used, nothing is imported.

A message names the line of the template, also inside `{% for %}`, behind an `include`, in a patch of the unit or of the
environment. Of an object that is derived from declarations the file and line are those in `output/`; of one that comes from
`templates/argocd/`, and of everything that `validate` finds, there is no line.

```
templates/infra/vpc/network.yaml.j2:13: ComputeNetwork codemie-prod/codemie-cluster-network: /spec/routingmode: unknown field [contract]
  hint: did you mean routingMode?
```

## What is refused beside the schema

Much that fits a schema is refused all the same: [what, and by whom](refusals.md). `validation` of a shipped file says it of a
whole object, and `generator/kinds/validation/` of each definition of Kubernetes' schema, such as a container. Both are JSON
Schemas. Beside a keyword stand `x-source` (who refuses it), `x-message` and `x-hint` (what is said); they hold for all below.

| word of ours | holds where |
| --- | --- |
| `x-unique: [key, …]` | no two items of a list say the same at these keys |
| `x-inside: {field: other}` | each range in the list of one field is part of the range in another, and smaller |
| `x-at-most: {field: other}` | a number, quantity or duration is not above that beside it; `{requests.*: limits.*}` compares what two maps say of the same key |
| `x-exactly-one: [field, …]`, `x-one-at-most: [field, …]` | of these fields, an object has one, or at most one; a field that is null is left out |
| `x-kubernetes-list-map-keys`, `x-kubernetes-list-type: set` | as in Kubernetes' schemas: server-side apply refuses an item that is there twice |
<FORMATS>
## What a project may say

- Of a kind that is not shipped its file says everything.
- To a kind that is shipped, a file of the project adds: rows of `impact`, `immutable` fields, `state: true`, a `contract`,
  demands (`protection`, `hardening`), `references` and `forms`. It takes nothing away: of all rows that hold the worst is said,
  and a row cannot be `safe`. So a branch of somebody else cannot make a review call safe what is not.
- A `pattern` of a project, and an `ahead`, is refused: one that never ends would stop every command. A form of a project is
  text with at most one name in a step: `projects/<project>/things/<name>`.
- `kinds/<group>/any.yaml` holds rows for every kind of a group (and of groups below it), `kinds/any.yaml` for every kind.
- A row without `source` has the path of its file as source, so that a reviewer sees who says so.
- A file that cannot be used is an error of every command, with line and hint (`kind-file`), and says nothing.

## Keys of a file

"""
ROWS = """
## Rows of `impact`

| key | |
|---|---|
| `path` | the field, or a list of fields; `""` is the whole object. `*` is any key or list item, `**` at the end this place and all below it, `[example.com/key]` a key with dots, `[example.com/*]` all keys that begin so |
| `but` | fields that `path` means, and for which the row does not hold |
| `when` | how the value changes: a [word](#words-after-when), or a list of which all must hold. `always` without it |
| `if` | what is beside the value: a [condition](#conditions-after-if), or a list of which all must hold |
| `impact` | one of `data-loss`, `blocked`, `outage`, `exposure`, `orphan`, `restart`, `scale`, `unknown`, `safe`, [worst first](review.md) |
| `reason` | one sentence without full stop: what the change does |
| `source` | where that is written: a name of `sources`, or the source itself |
| `instead` | what to do where the change must not be merged |
| `alone` | `true`: does not hold for a part of something larger that is added or removed |
| `new` | `true`: holds for a field of an object that is new, too. Without it only an `exposure` does, unless it is `alone`: the other rows say what a change does to an object that is there |
| `unused` | `true`: of a whole object that is added: nothing uses it yet, so that its fields do only what rows with `new` say |

`{rowsOf: apps/Deployment}` takes over all rows of another file, and its defaults. Those of `pod-template/…` hold at the pod template that `pods` of this kind names.
"""
DEFAULTS = """
## Entries of `defaults`

A field that is written into something that stood had a value before: its default. The review compares with that, and calls a
default that is written out, or left out, safe. Where no default is known, rows about what comes or goes decide, and without
one the change is `unknown`. A row that says `safe` of what is `added` below `spec.ports.**` means ports that come, never a field
more of a port that stays. What `default` and `x-default` of a contract say need not be repeated here.

| key | |
|---|---|
| `values` | the default of each path. An empty map says that its fields have their defaults though it is left out |
| `sameAs` | the path of a field, and that of the one whose value it has; each `*` stands for the same step in both |
| `if` | what is beside the field, as in rows. Of several entries for one path the first that holds counts |
| `unwritten` | `true`: it is meant, but no server writes it into the object. Written out, a pod template is another one: its pods roll |
| `source` | as in rows |

Only a kind of your own takes defaults from your project: nobody else can say what a shipped kind does.
"""
CONTRACT = """
## What a contract holds

A closed JSON Schema for each version of what an object has beside `apiVersion`, `kind` and `metadata`. `$ref` may name its own
`#/$defs/…`, one of `generator/kinds/definitions.yaml`, such as a reference of Config Connector, or a definition of Kubernetes
(`io.k8s.api.core.v1.PodTemplateSpec`), which is that of the environment's version.

| mark | says |
|---|---|
| `additionalProperties: false` | closed: a field that is not named is an error; so is the top of a contract without the mark |
| `default: VALUE` | the API server fills it in when the field is left out |
| `x-default: VALUE` | stands on a field inside a list item: the API server fills it in when it is left out, so leaving it out is the error `contract-default` |

`tests/test_contracts.py` compares the shipped contracts with the real CRDs, where they are in `../shared/crds` (the variable
`SHARED` names another folder than `../shared`).
"""


def page() -> str:
    """Return the page about kinds."""
    sections: list[tuple[str, Mapping[str, Callable[..., Any]]]] = [
        ("Of any object", any_object.CONDITIONS),
        ("Of workloads and their pods", workloads.CONDITIONS),
        ("Of the cluster", cluster.CONDITIONS),
        ("Of Google Cloud", google.CONDITIONS),
    ]
    formats = "".join(f"| `format: {name}` | {text} |\n" for name, text in sorted(EXPECTED.items()))
    parts = [PAGE.replace("<FORMATS>", formats), _keys(Kind)]
    for title, type_ in PARTS.items():
        parts += [f"\n`{title}`: {_said(type_)[:1].lower()}{_said(type_)[1:]}.\n\n", _keys(type_)]
    parts += [ROWS, DEFAULTS]
    parts += ["\n## Words after `when`\n\n", _table(("word", "holds where"), _words(WORDS))]
    parts += [
        "\nWords that take values, and `{not: WORD}`:\n\n",
        _table(("word", "holds where"), _taking(WORDS_OF_VALUES)),
    ]
    parts.append(
        "\n## Conditions after `if`\n\nOn other fields, such as `{is: {spec.type: [LoadBalancer]}}`, and `{not: …}`:\n\n"
    )
    parts.append(_table(("condition", "holds where"), _words(conditions.ON_FIELDS)))
    for title, named in sections:
        parts += [f"\n{title}:\n\n", _table(("condition", "holds where"), _words(named))]
    head = ("file", "state", "immutable fields", "rows", "sources", "contract")
    return "".join([*parts, CONTRACT, "\n## Kinds that are shipped\n\n", _table(head, map(_row, names()))])


def keys(type_: type[msgspec.Struct] = Kind) -> dict[str, str]:
    """Return what a type of a kind file says of each of its keys: the text below the field."""
    ((definition),) = ast.parse(inspect.getsource(type_)).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101  the source of a class is one
    said: dict[str, str] = {}
    for field, below in pairwise(definition.body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            written = below.value if isinstance(below, ast.Expr) else None
            text = written.value if isinstance(written, ast.Constant) else ""
            said[field.target.id] = " ".join(str(text).split()).rstrip(".").replace("|", "\\|")
    return {info.encode_name: said.get(info.name, "") for info in msgspec.structs.fields(type_)}


def _row(name: str) -> tuple[str, ...]:
    facts = shipped(name)
    rows = [row for row in facts.impact if "rowsOf" not in row]
    taken = [f"`{row['rowsOf']}`" for row in facts.impact if "rowsOf" in row]
    sources = {facts.sources.get(row.get("source", ""), row.get("source", "")) for row in rows}
    counted = ", ".join([str(len(rows)), *taken] if rows or not taken else taken)
    state = "yes" if facts.state else ""
    return (f"`{name}`", state, str(len(facts.immutable) or ""), counted, str(len(sources)), ", ".join(facts.contract))


def _words(named: Mapping[str, Callable[..., Any]]) -> Iterable[tuple[str, str]]:
    return ((f"`{name}`", _said(function)) for name, function in named.items())


def _taking(named: Mapping[str, Callable[..., Any]]) -> Iterable[tuple[str, str]]:
    for name, function in named.items():
        takes = ", ".join(inspect.signature(function).parameters)
        yield f"`{{{name}: [{takes}]}}`", _said(function)


def _keys(type_: type[msgspec.Struct]) -> str:
    return _table(("key", ""), ((f"`{key}`", text) for key, text in keys(type_).items()))


def _said(documented: Callable[..., Any]) -> str:
    first = (documented.__doc__ or "").split("\n\n")[0]
    return " ".join(first.split()).rstrip(".").replace("|", "\\|")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in lines)


if __name__ == "__main__":
    (HERE / "kinds.md").write_text(page(), encoding="utf-8")
