"""The words that a kind file may use after `when`: how a value changes."""

import ipaddress
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from generator.annotation import words
from generator.field import whole
from generator.kinds.impact import ABSENT
from generator.manifest import encoded
from generator.notation.duration import seconds
from generator.notation.quantity import amount
from generator.notation.schedule import is_schedule, never_fires

When = Callable[[Any, Any], bool]
"""A condition on a value before and after; ABSENT is none."""

_FLOATING = ("latest", "main", "master", "develop", "dev", "edge", "stable", "nightly", "snapshot")
_REGISTRY = re.compile(r"(?:([^/]+\.[^/]+|[^/]+:[0-9]+|localhost)/)?(.+?)(?::([^:/@]+))?(?:@(.+))?")
_VERSION = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)(?![0-9A-Za-z])")
"""What a tag begins with where it says a version: 2.57.2, v1.99.2, 17.10-bookworm."""


def always(_before: Any, _after: Any) -> bool:
    """Any edit."""
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


def set_(before: Any, after: Any) -> bool:
    """It gets a value, over another or over none; a list in another order gets none."""
    return after is not ABSENT and not reordered(before, after)


def lost(before: Any, after: Any) -> bool:
    """Its value is gone, or another; a list in another order loses none."""
    return before is not ABSENT and not reordered(before, after)


def raised(before: Any, after: Any) -> bool:
    """An amount or a version grows."""
    return changed(before, after) and not other_unit(before, after) and _size(before) < _size(after)


def lowered(before: Any, after: Any) -> bool:
    """An amount or a version shrinks."""
    return changed(before, after) and not other_unit(before, after) and _size(before) > _size(after)


def other_unit(before: Any, after: Any) -> bool:
    """One is a number, the other a percentage: without the number of pods nobody can say which is more."""
    return changed(before, after) and str(before).endswith("%") != str(after).endswith("%")


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


def moves_owner(before: Any, after: Any) -> bool:
    """An image comes from another registry, or from another owner's part of a shared one."""
    return changed(before, after) and _owner(before) != _owner(after)


def floats(_before: Any, after: Any) -> bool:
    """An image has a tag that means another image tomorrow."""
    _, _, tag, digest = _image(after)
    return after is not ABSENT and not digest and (tag or "latest") in _FLOATING


def unpinned(before: Any, after: Any) -> bool:
    """An image loses its digest, or has another one under the same tag."""
    if not changed(before, after):
        return False
    (*old, was), (*new, will_be) = _image(before), _image(after)
    return bool(was) and (not will_be or (was != will_be and old == new))


def older(before: Any, after: Any) -> bool:
    """An image goes back to an older version of itself, where both tags begin with a version."""
    (*was_of, was, _), (*will_be_of, will_be, _) = _image(before), _image(after)
    return was_of == will_be_of and () < _version(will_be) < _version(was)


def no_schedule(_before: Any, after: Any) -> bool:
    """The API server takes the text for no schedule of a CronJob."""
    return isinstance(after, str) and not is_schedule(after)


def no_duration(_before: Any, after: Any) -> bool:
    """Programs in Go, as most operators are, read the text as no duration."""
    return isinstance(after, str) and seconds(after) is None


def no_day(_before: Any, after: Any) -> bool:
    """A schedule names only days that no year has: 31 February."""
    return isinstance(after, str) and never_fires(after)


def quoted_number(_before: Any, after: Any) -> bool:
    """A number is written as text, where a name or a percentage may be: it is taken for a name."""
    return isinstance(after, str) and after.isdecimal()


def not_text(_before: Any, after: Any) -> bool:
    """A number, true or false, a list or a map stands where only text may."""
    return after not in (ABSENT, None) and not isinstance(after, str)


def quoted(_before: Any, after: Any) -> bool:
    """A number, true or false is written as text, where only the number, true or false may stand."""
    return isinstance(after, str) and (after.isdecimal() or after in ("true", "false"))


def short_name(before: Any, after: Any) -> bool:
    """A path to something becomes its plain name."""
    return isinstance(before, str) and isinstance(after, str) and before.endswith(f"/{after}") and "/" not in after


def becomes(*values: Any) -> When:
    """It becomes one of these; null is left out."""
    return lambda before, after: _among(after, values) and not _among(before, values)


def leaves(*values: Any) -> When:
    """It was one of these, and will not be."""
    return lambda before, after: _among(before, values) and not _among(after, values)


def below(limit: Any) -> When:
    """It becomes a number below this."""
    return lambda before, after: _is_number(after) and after < limit and not (_is_number(before) and before <= after)


def turns(old: Any, new: Any) -> When:
    """It was the one, and becomes the other; null is left out."""
    return lambda before, after: _among(before, (old,)) and _among(after, (new,))


def gains(*those: str) -> When:
    """A list of words with commas between gets one of these."""
    return lambda before, after: bool((words(after) - words(before)) & set(those))


WORDS: dict[str, When] = {
    "always": always,
    "added": added,
    "removed": removed,
    "changed": changed,
    "set": set_,
    "lost": lost,
    "raised": raised,
    "lowered": lowered,
    "other-unit": other_unit,
    "reordered": reordered,
    "widened": widened,
    "narrowed": narrowed,
    "moves-owner": moves_owner,
    "floats": floats,
    "unpinned": unpinned,
    "older": older,
    "no-schedule": no_schedule,
    "no-duration": no_duration,
    "no-day": no_day,
    "quoted-number": quoted_number,
    "not-text": not_text,
    "quoted": quoted,
    "short-name": short_name,
}
WORDS_OF_VALUES: dict[str, Callable[..., When]] = {
    "becomes": becomes,
    "leaves": leaves,
    "below": below,
    "turns": turns,
    "gains": gains,
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _among(value: Any, values: tuple[Any, ...]) -> bool:
    return any(_same(value, ABSENT if one is None else one) for one in values)


def _same(value: Any, one: Any) -> bool:
    return type(value) is type(one) and bool(value == one)


def _size(value: Any) -> tuple[Decimal, ...]:
    """Return what an amount or a version is ordered by: `POSTGRES_16` < `POSTGRES_17`, `500m` < `1`."""
    number = amount(value)
    return (number,) if number is not None else tuple(Decimal(part) for part in re.findall("[0-9]+", str(value)))


def _image(image: Any) -> tuple[str, str, str, str]:
    """Return the registry, repository, tag and digest of an image."""
    found = _REGISTRY.fullmatch(str(image))
    return (found[1] or "docker.io", found[2], found[3] or "", found[4] or "") if found else ("", str(image), "", "")


def _version(tag: str) -> tuple[int, ...]:
    """Return the version that a tag begins with, to compare; empty where it does not."""
    found = _VERSION.match(tag)
    return tuple(whole(part) or 0 for part in found[1].split(".")) if found else ()


def _owner(image: Any) -> tuple[str, str]:
    registry, repository, *_ = _image(image)
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
