"""Who writes a Kubernetes Secret: one object, and others only keys that it leaves alone."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from generator.check.built import Built, Check, fault
from generator.field import mapping, pointer, text
from generator.finding import Finding
from generator.kinds import made_of
from generator.manifest import Object

_ADDING = ("Merge", "CreateOrMerge")
_HINT = "give this one another Secret, or add keys with creationPolicy Merge to one that no ExternalSecret owns"


class _Writer(NamedTuple):
    """An object that writes a Secret, where it says so, and the keys that are known."""

    source: Object
    place: str
    keys: frozenset[str]
    policy: str
    """What an ExternalSecret says of others' keys; '' for every other writer."""

    @property
    def owns(self) -> bool:
        """Whether it is an ExternalSecret that takes away what others write."""
        return bool(self.policy) and self.policy not in _ADDING

    def disturbs(self, other: "_Writer") -> bool:
        """Whether the two cannot write one Secret."""
        both_write_all = not self.policy and not other.policy
        return self.owns or other.owns or both_write_all or bool(self.keys & other.keys)


def secrets_have_one_owner(built: Built) -> Iterator[Finding]:
    """No two objects write one Secret: the second ExternalSecret fails, others overwrite each other for ever."""
    writers: dict[tuple[str, str, str], list[_Writer]] = defaultdict(list)
    for item in built.objects:
        for name, writer in _writes(item, built):
            writers[item.id.cluster, item.id.namespace, name].append(writer)
    for (_, _, name), found in writers.items():
        for first, second in combinations(found, 2):
            if first.source.id != second.source.id and first.disturbs(second):
                message = f"{first.source.id} writes the Secret {name} too"
                yield fault(second.source, second.place, message, rule="secret-owner", hint=_HINT)


def _writes(item: Object, built: Built) -> Iterator[tuple[str, _Writer]]:
    """Yield the names of the Secrets that an object writes."""
    if item.id.kind == "Secret" and not item.id.group:
        keys = frozenset({*mapping(item.manifest, "data"), *mapping(item.manifest, "stringData")})
        yield item.id.name, _Writer(item, "/metadata/name", keys, "")
    is_external = item.id.kind == "ExternalSecret"
    policy = (text(item.manifest, "spec", "target", "creationPolicy") or "Owner") if is_external else ""
    for made in made_of(item, built.kinds):
        if made.kind == "Secret" and made.name and policy != "None":
            place = pointer(*(made.steps or ("metadata", "name")))
            yield made.name, _Writer(item, place, frozenset(made.keys or ()), policy)


RULES: tuple[Check, ...] = (secrets_have_one_owner,)
