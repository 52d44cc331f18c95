"""All kinds that a project knows: the shipped ones, and those of its own folder `kinds/`, which add to them."""

import functools
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec
from msgspec import UNSET

from generator.kinds.contract import Contract, whole
from generator.kinds.default import Defaults, Rule, rules
from generator.kinds.google import NAME, Form, Google, Reference, ResourceName
from generator.kinds.impact import Steps
from generator.kinds.kind import FOLDER, UNKNOWN, Kind, Leads, Name, RowsOf, WrittenRow
from generator.kinds.path import matches, parts
from generator.kinds.project_files import project_files
from generator.kinds.rows.row import ByPlace, Row, compiled
from generator.kinds.shipped import definitions, names, shipped
from generator.kinds.workload import PodFacts
from generator.manifest import ObjectId

_CORE, _ANY, _POD_TEMPLATE = "core", "any", "pod-template/"


class Kinds:
    """The facts of kinds: a project's own file of a kind is laid over the shipped one, and can only add to it."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Keep the project's kind files, by path; `texts` may hold other files too."""
        self._files = project_files(texts).values
        self._own = functools.cache(self._read)
        self.of = functools.cache(self._of)
        self.rows = functools.cache(self._rows)
        self.reasons = functools.cache(self._reasons)
        self._by_place = functools.cache(lambda group, kind: ByPlace(self.rows(group, kind)))
        self.defaults = functools.cache(self._defaults)
        self.google = functools.cache(self._google)
        self.name = functools.cache(self._name)
        self.references = functools.cache(self._references)
        self.references_by_name = functools.cache(self._references_by_name)
        self.secret_fields = functools.cache(self._secret_fields)
        self.form = functools.cache(self._form)
        self.pods_of = functools.cache(self._pods_of)

    def rows_at(self, group: str, kind: str, steps: Steps) -> tuple[Row, ...]:
        """Return those of `rows` that mean a place: only these can hold for an edit there."""
        return self._by_place(group, kind).at(steps)

    def instead(self, group: str, kind: str) -> str:
        """Return what to do where a field of an object cannot be changed."""
        return next((facts.instead for facts in self._narrowest_first(group, kind) if facts.instead), "")

    def resource_name(self, group: str, kind: str) -> ResourceName | None:
        """Return which names Google Cloud takes; None if nothing is known."""
        return next((facts.resource_name for facts in self._narrowest_first(group, kind) if facts.resource_name), None)

    def iam_policy(self, kind: str) -> Reference | None:
        """Return how a grant names what it is on, a resource of this kind; None if that has no policy of its own."""
        return next((facts.iam_policy for facts in self._called(kind) if facts.iam_policy), None)

    def scope(self, group: str, kind: str) -> Literal["namespaced", "cluster"] | None:
        """Return whether an object is in a namespace, or one of the cluster; None if nothing is known of its kind."""
        for facts in self._narrowest_first(group, kind):
            if facts.scope:
                return facts.scope
        return None if self.of(group, kind) is UNKNOWN else "namespaced"

    def keeps_left_out(self, group: str, kind: str) -> bool:
        """Whether a field that is left out keeps its live value."""
        said = (facts.keeps_left_out for facts in self._narrowest_first(group, kind))
        return next((keeps for keeps in said if keeps is not None), False)

    def is_immutable(self, id_: ObjectId, steps: Steps) -> bool:
        """Whether a field, or what it is in, cannot change on a living object."""
        return any(matches(f"{path}.**", steps) for path in self.of(id_.group, id_.kind).immutable)

    def is_kept_as_written(self, id_: ObjectId, steps: Steps) -> bool:
        """Whether a field is of a pod template that is another one where it says the same otherwise."""
        pods = self.of(id_.group, id_.kind).pods
        return bool(pods and pods.as_written and matches(f"{pods.template}.**", steps))

    def unordered_source(self, id_: ObjectId, steps: Steps) -> str:
        """Return where it is written that the order of a list means nothing; '' if nowhere."""
        said = (
            facts.sources.get(source, source)
            for facts in self._narrowest_first(id_.group, id_.kind)
            for path, source in facts.unordered.items()
            if matches(path, steps)
        )
        return next(said, "")

    def contract(self, api_version: str, kind: str) -> Contract | None:
        """Return the contract of a kind in a version (`sql.cnrm.cloud.google.com/v1beta1`); None if it has none."""
        group, _, version = api_version.rpartition("/")
        name = named(group, kind)
        for file, facts in (
            (f"{FOLDER}/{name}.yaml", self._own(name)),
            (f"generator/{FOLDER}/{name}.yaml", shipped(name)),
        ):
            if version in facts.contract:
                return Contract(file, whole(facts.contract[version], api_version, kind))
        return None

    def served(self, group: str, kind: str) -> tuple[str, ...]:
        """Return the versions of a kind that its operator serves; () if that is not known."""
        name = named(group, kind)
        files = (self._own(name), shipped(name))
        return tuple(sorted({version for facts in files for version in (*facts.contract, *facts.served)}))

    def _narrowest_first(self, group: str, kind: str) -> Iterator[Kind]:
        """Yield the facts of a kind, then those of every kind of its group, then those of every kind.

        Where the kind itself is shipped, files of the project have no say.
        """
        names = tuple(_names(group, kind))
        is_shipped = shipped(names[0]) is not UNKNOWN
        for name in names:
            yield from (shipped(name),) if is_shipped else (self._own(name), shipped(name))

    def _google(self, group: str, kind: str) -> Google | None:
        """Return how an object stands for a resource of Google Cloud; None if it does not."""
        said = (facts.google for facts in self._narrowest_first(group, kind))
        return next((google for google in said if google is not UNSET), None)

    def _name(self, group: str, kind: str) -> Name:
        """Return which names an object can have: what its own file leaves out is said by those of more kinds."""
        said = [facts.name for facts in self._narrowest_first(group, kind)]
        spelt = next((name for name in said if name.pattern), Name())
        return next(
            (msgspec.structs.replace(spelt, longest=n.longest, because=n.because) for n in said if n.longest), spelt
        )

    def _references(self, group: str, kind: str) -> dict[str, Reference]:
        """Return where the fields of an object lead, by path."""
        said = self.of(group, kind).references
        return {path: Reference(to=to) if isinstance(to, str) else to for path, to in said.items()}

    def _form(self, kind: str, form: str) -> Form | None:
        """Return how a resource of a kind is written in one of its forms; None if that is not known."""
        if form == "name":
            return NAME
        said = next((facts.forms[form] for facts in self._called(kind) if form in facts.forms), None)
        return Form(shown=said) if isinstance(said, str) else said

    def _secret_fields(self, kind: str) -> tuple[tuple[str, ...], ...]:
        """Return the paths of what is secret in every object of a kind, by its name; of any kind for ''."""
        facts = (self._named(_ANY), *self._called(kind))
        return tuple(parts(path) for one in facts for path in one.secret_fields)

    def _pods_of(self, kind: str) -> PodFacts | None:
        """Return how a workload that Kubernetes itself knows runs pods, by the name of its kind; None for any other."""
        found = (facts.pods for facts in self._called(kind) if facts.pods and not facts.pods.by_operator)
        return next((pods for pods in found if pods.template), None)

    def _called(self, kind: str) -> Iterator[Kind]:
        """Yield the facts of all kinds of this name, of whatever group: a reference says no group."""
        return (self.of(group, kind) for group in self._groups.get(kind, ()))

    @functools.cached_property
    def _groups(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for group, _, kind in (name.partition("/") for name in (*names(), *self._files)):
            found.setdefault(kind, set()).add("" if group == _CORE else group)
        return found

    def _of(self, group: str, kind: str) -> Kind:
        """Return the facts of a kind; UNKNOWN if there are none."""
        return self._named(named(group, kind))

    def _references_by_name(self, group: str, kind: str) -> dict[str, Leads]:
        """Return where fields of some names lead in an object, wherever they stand."""
        fields = {**self._named(_ANY).references_by_name, **self.of(group, kind).references_by_name}
        if self.google(group, kind):  # an account of Google Cloud
            return {field: leads for field, leads in fields.items() if leads.kind != "ServiceAccount"}
        return fields

    def _named(self, name: str) -> Kind:
        return _laid_over(shipped(name), self._own(name))

    def _rows(self, group: str, kind: str) -> tuple[Row, ...]:
        """Return every row that may hold for an object of a kind, those of its own file first."""
        return tuple(row for name in _names(group, kind) for row in self._rows_in(name))

    def _reasons(self, group: str, kind: str) -> dict[str, int]:
        """Return the places of the reasons that rows give, in the order of the rows."""
        return {
            reason: place for place, reason in enumerate(dict.fromkeys(row.reason for row in self.rows(group, kind)))
        }

    def _rows_in(self, name: str) -> Iterator[Row]:
        for facts, source in ((self._own(name), f"{FOLDER}/{name}.yaml"), (shipped(name), "")):
            for written in facts.impact:
                if "rowsOf" in written:
                    included = msgspec.convert(written, RowsOf)
                    rows = self._rows_in(included.rows_of)
                    if included.rows_of.startswith(_POD_TEMPLATE):
                        yield from (row.under(facts.pods.template if facts.pods else "") for row in rows)
                    else:
                        yield from rows
                else:
                    yield compiled(msgspec.convert(written, WrittenRow), facts.sources, source)

    def _defaults(self, api_version: str, kind: str) -> Defaults:
        """Return the values that fields of a kind have where nobody says them; of a shipped one only we say that."""
        group, _, version = api_version.rpartition("/")
        name = named(group, kind)
        facts = self.of(group, kind) if shipped(name) is UNKNOWN else shipped(name)
        contract = facts.contract.get(version, {})
        own = {**definitions(), **contract.get("$defs", {})}
        return Defaults(tuple(self._default_rules_in(name)), contract, own, f"contract of {kind}")

    def _default_rules_in(self, name: str) -> Iterator[Rule]:
        facts = self._named(name)
        for written in facts.defaults:
            yield from rules(written, facts.sources, f"{FOLDER}/{name}.yaml")
        for included in (row["rowsOf"] for row in facts.impact if "rowsOf" in row):
            template = facts.pods.template if facts.pods and included.startswith(_POD_TEMPLATE) else ""
            yield from (rule.under(template) for rule in self._default_rules_in(included))

    def _read(self, name: str) -> Kind:
        return msgspec.json.decode(self._files[name], type=Kind) if name in self._files else UNKNOWN


def named(group: str, kind: str) -> str:
    """Return the path of a kind's file without suffix, below the folder of kinds."""
    return f"{group or _CORE}/{kind}"


def _names(group: str, kind: str) -> Iterator[str]:
    """Yield the paths of the files that say something of a kind, the narrowest first."""
    labels = group.split(".") if group else []
    yield named(group, kind)
    yield from (f"{'.'.join(labels[start:])}/{_ANY}" for start in range(len(labels)))
    yield _ANY


def _laid_over(facts: Kind, added: Kind) -> Kind:
    """Return shipped facts with what a project's own file may add (problems.ADDED, with rows and contracts)."""
    if added is UNKNOWN or facts is UNKNOWN:
        return facts if added is UNKNOWN else added
    return msgspec.structs.replace(
        facts,
        state=facts.state or added.state,
        immutable=(*facts.immutable, *added.immutable),
        protection=(*facts.protection, *added.protection),
        hardening=(*facts.hardening, *added.hardening),
        references={**added.references, **facts.references},
        forms={**added.forms, **facts.forms},
    )
