"""A row of a table: where a kind's change does what. Rows are data to hold against the documentation they name. Pure."""

import functools
import ipaddress
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from generator.field import whole
from generator.manifest import Manifest
from generator.quantity import amount
from generator.review.change import ABSENT, Impact
from generator.review.pairing import encoded

When = Callable[[Any, Any], bool]
"""A condition on what was and what will be; ABSENT is nothing."""
Steps = tuple[str | int, ...]
Where = Callable[[Manifest, Steps], bool]
"""A condition on the object that a difference is in, of the side that has it, and on the place in it."""
Given = Callable[[Steps, Manifest, Manifest], bool]
"""A condition on the whole object as it was and will be ({} where it is not), and on the path that is asked for."""

_FLOATING = ("latest", "main", "master", "develop", "dev", "edge", "stable", "nightly", "snapshot")
_REGISTRY = re.compile(r"(?:([^/]+\.[^/]+|[^/]+:[0-9]+|localhost)/)?(.+?)(?::([^:/@]+))?(?:@(.+))?")
_VERSION = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)(?![0-9A-Za-z])")
"""What a tag begins with where it says a version: 2.57.2, v1.99.2, 17.10-bookworm."""


def anything(_steps: Steps, _old: Manifest, _new: Manifest) -> bool:
    """Whatever the rest of the object is."""
    return True


class Row(NamedTuple):
    """What a change at `path` does, `when` it is one of that sort, and where that is written.

    `path` is dotted; `*` is any key or list item, `**` at the end is this and everything below it, a key with dots stands
    in brackets: `metadata.annotations[cnrm.cloud.google.com/deletion-policy]`, and `[checkov.io/*]` or
    `[xpack.security.*]` is any that begins so; '' is a whole object that comes or goes. `but` are paths the row does not
    hold for. `reason` is one sentence; `instead` is what to do where it must not merge. `where` asks what stands beside
    it, such as whether the rule of a range allows or denies, `given` what else of the object was and will be. `alone`
    rows do not hold for a part of something larger that comes or goes: a rule that goes lets in nobody, though its ports
    go too.
    """

    path: str
    when: When
    impact: Impact
    reason: str
    source: str = ""
    instead: str = ""
    but: tuple[str, ...] = ()
    where: Where | None = None
    alone: bool = False
    given: Given = anything

    def holds(self, steps: Steps, before: Any, after: Any, old: Manifest, new: Manifest) -> bool:
        """Whether the row says something of a difference between two manifests; {} is one that is not there."""
        if not matches(self.path, steps) or not self.when(before, after):
            return False
        if self.where and not self.where(old if after is ABSENT else new, steps):
            return False
        return not any(matches(path, steps) for path in self.but) and self.given(steps, old, new)


def several(under: str, paths: str, when: When, impact: Impact, reason: str, source: str = "") -> tuple[Row, ...]:
    """Return one row for each of several paths below one: what a page says of them in one breath."""
    return tuple(Row(f"{under}.{path}", when, impact, reason, source) for path in paths.split())


def always(_before: Any, _after: Any) -> bool:
    """Whatever happens."""
    return True


def added(before: Any, _after: Any) -> bool:
    """It was not there."""
    return before is ABSENT


def removed(_before: Any, after: Any) -> bool:
    """It will not be there."""
    return after is ABSENT


def changed(before: Any, after: Any) -> bool:
    """It is there on both sides."""
    return before is not ABSENT and after is not ABSENT


def comes(_before: Any, after: Any) -> bool:
    """There is a new value, over another or over none."""
    return after is not ABSENT


def goes(before: Any, _after: Any) -> bool:
    """There was a value, and it is gone or another."""
    return before is not ABSENT


def raised(before: Any, after: Any) -> bool:
    """An amount or a version grows."""
    return changed(before, after) and not mixed(before, after) and _size(before) < _size(after)


def lowered(before: Any, after: Any) -> bool:
    """An amount or a version shrinks."""
    return changed(before, after) and not mixed(before, after) and _size(before) > _size(after)


def mixed(before: Any, after: Any) -> bool:
    """The one is a number, the other a percentage: who does not count the pods cannot say which is more."""
    return changed(before, after) and str(before).endswith("%") != str(after).endswith("%")


def to(*values: Any) -> When:
    """It becomes one of these; ABSENT stands for being left out."""
    return lambda before, after: _among(after, values) and not _among(before, values)


def away_from(*values: Any) -> When:
    """It was one of these, and will not be."""
    return lambda before, after: _among(before, values) and not _among(after, values)


def turned(old: Any, new: Any) -> When:
    """It was the one, and becomes the other: what is left out is neither."""
    return lambda before, after: _among(before, (old,)) and _among(after, (new,))


def reordered(before: Any, after: Any) -> bool:
    """A list holds what it held, in another order."""
    lists = isinstance(before, list) and isinstance(after, list)
    return lists and sorted(map(encoded, before)) == sorted(map(encoded, after))


def widened(before: Any, after: Any) -> bool:
    """A range of addresses takes in some that it did not, or is new."""
    return isinstance(after, str) and not _within(after, before)


def narrowed(before: Any, after: Any) -> bool:
    """A range of addresses leaves out some that it had, or is gone."""
    return isinstance(before, str) and not _within(before, after)


def moves(before: Any, after: Any) -> bool:
    """An image comes from another registry, or from somebody else's part of one that many share."""
    return changed(before, after) and _owner(before) != _owner(after)


def floats(_before: Any, after: Any) -> bool:
    """An image is of a tag that means another image tomorrow."""
    _, _, tag, digest = _parts(after)
    return after is not ABSENT and not digest and (tag or "latest") in _FLOATING


def unpinned(before: Any, after: Any) -> bool:
    """An image loses its digest, or has another one under the same tag."""
    if not changed(before, after):
        return False
    (*old, was), (*new, will_be) = _parts(before), _parts(after)
    return bool(was) and (not will_be or (was != will_be and old == new))


def older(before: Any, after: Any) -> bool:
    """An image goes back to an older version of itself, where both tags begin with a version."""
    (*was_of, was, _), (*will_be_of, will_be, _) = _parts(before), _parts(after)
    return was_of == will_be_of and () < _version(will_be) < _version(was)


def item(manifest: Manifest, steps: Steps) -> Manifest:
    """Return the list item that a place is in, the outermost of several; empty where it is in none."""
    node: Any = manifest
    for step in steps:
        if isinstance(node, list):
            found = node[step] if isinstance(step, int) and step < len(node) else {}
            return found if isinstance(found, dict) else {}
        node = node.get(step) if isinstance(node, dict) else None
    return {}


def numeral(_before: Any, after: Any) -> bool:
    """It is a number written as text, which is not a number where a name or a percentage may stand."""
    return isinstance(after, str) and after.isdecimal()


def by_its_name(before: Any, after: Any) -> bool:
    """A path to something becomes the plain name of the same."""
    return isinstance(before, str) and isinstance(after, str) and before.endswith(f"/{after}") and "/" not in after


def gains(*those: str) -> When:
    """One of these comes to a list of words with commas between."""
    return lambda before, after: bool((words(after) - words(before)) & set(those))


def matches(pattern: str, steps: Steps) -> bool:
    """Whether a path is one that `pattern` means."""
    wanted = _split(pattern)
    if wanted and wanted[-1] == "**":
        wanted = wanted[:-1]
        steps = steps[: len(wanted)]
    return len(wanted) == len(steps) and all(
        want in ("*", step) or (want.endswith(("/*", ".*")) and step.startswith(want[:-1]))
        for want, step in zip(wanted, map(str, steps), strict=True)
    )


@functools.cache
def _split(pattern: str) -> tuple[str, ...]:
    return tuple(bracket or plain for bracket, plain in re.findall(r"\[([^\]]+)\]|([^.\[\]]+)", pattern))


def words(value: Any) -> set[str]:
    """Return a list of words with commas between as a set; nothing is none."""
    return {word.strip() for word in value.split(",")} if isinstance(value, str) else set()


def _among(value: Any, values: tuple[Any, ...]) -> bool:
    return any(type(value) is type(one) and value == one for one in values)


def _size(value: Any) -> tuple[Decimal, ...]:
    """Return what an amount or a version is ordered by: `POSTGRES_16` < `POSTGRES_17`, `500m` < `1`."""
    number = amount(value)
    return (number,) if number is not None else tuple(Decimal(part) for part in re.findall("[0-9]+", str(value)))


def _parts(image: Any) -> tuple[str, str, str, str]:
    """Return the registry, repository, tag and digest of an image."""
    found = _REGISTRY.fullmatch(str(image))
    return (found[1] or "docker.io", found[2], found[3] or "", found[4] or "") if found else ("", str(image), "", "")


def _version(tag: str) -> tuple[int, ...]:
    """Return the version that a tag begins with, to compare; empty where it does not."""
    found = _VERSION.match(tag)
    return tuple(whole(part) or 0 for part in found[1].split(".")) if found else ()


def _owner(image: Any) -> tuple[str, str]:
    registry, repository, *_ = _parts(image)
    return registry, repository.rpartition("/")[0].partition("/")[0]


def _within(inner: Any, outer: Any) -> bool:
    """Whether a range of addresses lies in another; `*` is every address."""
    if outer in ("*", inner):
        return True
    try:
        small, large = ipaddress.ip_network(str(inner), strict=False), ipaddress.ip_network(str(outer), strict=False)
    except ValueError:
        return False
    mask = int(large.netmask)
    least = int(small.network_address) & mask
    return small.version == large.version and large.prefixlen <= small.prefixlen and least == int(large.network_address)
