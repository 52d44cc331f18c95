"""References by `external`: each in the form that the controller of its kind takes.

In another form the resource is never made, or made and never ready. So the form differs by field, not by what is named.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from generator.check.built import Built, Check, fault
from generator.field import pointer, text
from generator.finding import Finding
from generator.kinds import Form, Kinds
from generator.manifest import Object


class ExternalReference(NamedTuple):
    """A reference by `external` in an object: the pointer to it, its field, the kind that it says, and its text.

    A field is a path as a kind file writes it: with `*` for an item of a list.
    """

    path: str
    field: str
    kind: str
    text: str


class AcceptedForm(NamedTuple):
    """The form that a field takes, and what another form does."""

    form: Form
    otherwise: str


def external_references(item: Object) -> Iterator[ExternalReference]:
    """Yield every reference by `external` below an object's spec."""
    yield from _below(item.manifest.get("spec"), "/spec", "spec")


def accepted_form(kinds: Kinds, item: Object, reference: ExternalReference) -> AcceptedForm | None:
    """Return what is known of a reference's field."""
    leads = kinds.references(item.id.group, item.id.kind).get(reference.field)
    if leads is None:
        return None
    said = kinds.iam_policy(reference.kind) if leads.grant else leads
    form = kinds.form(leads.to or reference.kind, said.external) if said and said.external else None
    return AcceptedForm(form, leads.otherwise) if form else None


def references_have_the_form_that_is_taken(built: Built) -> Iterator[Finding]:
    """What is there before us is named in the form that the field takes: a path to it, or its plain name."""
    for item in built.google:
        for reference in external_references(item):
            known = accepted_form(built.kinds, item, reference)
            if known and not known.form.takes(reference.text):
                hint = f"external: {known.form.shown}"
                yield fault(item, reference.path, known.otherwise, rule="reference-form", hint=hint)


def _below(node: Any, path: str, field: str) -> Iterator[ExternalReference]:
    if isinstance(node, list):
        for index, entry in enumerate(node):
            yield from _below(entry, f"{path}/{index}", f"{field}.*")
    elif isinstance(node, dict):
        if external := text(node, "external"):
            yield ExternalReference(f"{path}/external", field, text(node, "kind"), external)
        for key, entry in node.items():
            yield from _below(entry, path + pointer(key), f"{field}.{key}")


RULES: tuple[Check, ...] = (references_have_the_form_that_is_taken,)
