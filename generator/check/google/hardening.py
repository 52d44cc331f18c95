"""What is open, public, unencrypted or unprotected in Google Cloud: the `hardening` of each kind, and its words.

Fields that the kinds of Config Connector lack (`rbacBindingConfig`, `secretManagerConfig`, deletion protection of a
cluster) have no row: nobody can render them.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from generator.annotation import REMOVE_DEFAULT_NODE_POOL, annotation
from generator.check.built import Built, Check, fault
from generator.environment import Environment
from generator.field import at, listed, mapping, numbered, pointer, text, whole
from generator.finding import Finding
from generator.kinds import RequiredField, Said, SaidOf, Where, parts
from generator.manifest import Manifest, Object

_EVERYWHERE = ("0.0.0.0/0", "::/0")
_GUARDED_PORTS = (22, 80, 3306, 3389, 5432)
_DAY, _QUARTER = 86400, 7776000


class Seen(NamedTuple):
    """What is judged: the value of a field, and what is around it."""

    value: Any
    manifest: Manifest
    env: Environment
    keys: bool
    """Whether a unit makes encryption keys."""

    @property
    def spec(self) -> dict[str, Any]:
        """All that the resource says."""
        return mapping(self.manifest, "spec")


def resources_are_hardened(built: Built) -> Iterator[Finding]:
    """A resource sets every field that keeps it closed, encrypted and watched: Google's default may be otherwise."""
    for item in built.google:
        for path, must in unmet(built, item, built.kinds.of(item.id.group, item.id.kind).hardening):
            yield fault(item, path, f"must be {must}", rule="hardening")


def unmet(built: Built, item: Object, required_fields: Iterable[RequiredField]) -> Iterator[tuple[str, str]]:
    """Yield where a resource does not say what its kind demands, and what it must say."""
    env, keys = built.plan.environment, built.plan.named("kms") is not None
    for required in required_fields:
        steps = parts(required.path)
        seen = Seen(at(item.manifest, *steps), item.manifest, env, keys)
        if _asked(required, seen) and not _said(required, seen):
            yield pointer(*steps), required.must


def _asked(required: RequiredField, seen: Seen) -> bool:
    condition = required.condition
    if isinstance(condition, str):
        return _WHERE[condition](seen)
    return all(at(seen.manifest, *parts(path)) in values for path, values in condition.items())


def _said(required: RequiredField, seen: Seen) -> bool:
    """Whether a field says what it must; 1 is not true."""
    wanted = required.wanted
    if isinstance(wanted, str):
        return _WORDS[wanted](seen)
    if isinstance(wanted, dict):
        return all(_OF_ITEMS[word](seen, values) for word, values in wanted.items())
    return any(type(seen.value) is type(one) and seen.value == one for one in wanted)


def _set(seen: Seen) -> bool:
    return bool(seen.value)


def _pool_of_the_project(seen: Seen) -> bool:
    return bool(seen.value == f"{seen.env.gcp.project}.svc.id.goog")


def _default_pool_goes(seen: Seen) -> bool:
    return bool(
        annotation(seen.manifest, REMOVE_DEFAULT_NODE_POOL) == "true" or seen.spec.get("enableAutopilot") is True
    )


def _listed_blocks(seen: Seen) -> bool:
    blocks = _texts(seen, "cidrBlock")
    open_ = not seen.env.access.allow_whole_internet and not blocks.isdisjoint(_EVERYWHERE)
    return bool(blocks) and not open_


def _narrow_blocks(seen: Seen) -> bool:
    return _texts(seen, "cidrBlock").isdisjoint(_EVERYWHERE)


def _narrow_networks(seen: Seen) -> bool:
    return _texts(seen, "value").isdisjoint(_EVERYWHERE)


def _strong_keys(seen: Seen) -> bool:
    return "rsasha1" not in {said.lower() for said in _texts(seen, "algorithm")}


def _rotates(seen: Seen) -> bool:
    seconds = whole(seen.value.removesuffix("s")) if isinstance(seen.value, str) else None
    return seconds is not None and _DAY <= seconds <= _QUARTER


def _flags_say(seen: Seen, wanted: dict[str, list[str | None]]) -> bool:
    """Whether flags of a database have one of these values; null is for a flag left out."""
    said = {text(flag, "name"): flag.get("value") for _, flag in numbered({"": seen.value}, "")}
    return all(said.get(name) in values for name, values in wanted.items())


def _metadata_says_true(seen: Seen, key: str) -> bool:
    """Whether the metadata of a machine says TRUE at `key`; any case will do, a boolean would not be text."""
    said = {text(item, "key"): text(item, "value") for _, item in numbered({"": seen.value}, "")}
    return said.get(key, "").upper() == "TRUE"


def _guarded_ports_are_closed(seen: Seen) -> bool:
    """Whether a firewall rule lets the whole internet in to none of the guarded ports."""
    sources = set(map(str, listed(seen.spec, "sourceRanges")))
    narrow = sources or any(listed(seen.spec, key) for key in ("sourceTags", "sourceServiceAccounts"))
    if text(seen.spec, "direction") == "EGRESS" or (narrow and sources.isdisjoint(_EVERYWHERE)):
        return True  # without any source it would be every source
    return not any(_lets_in(rule) for _, rule in numbered(seen.spec, "allow"))


def _lets_in(rule: dict[str, Any]) -> bool:
    if text(rule, "protocol").lower() not in ("tcp", "6", "all"):
        return False
    bounds = [str(port).partition("-") for port in listed(rule, "ports")]
    known = [(whole(low), whole(high or low)) for low, _, high in bounds]
    return not known or any(
        low is None or high is None or any(low <= port <= high for port in _GUARDED_PORTS) for low, high in known
    )


def _texts(seen: Seen, key: str) -> set[str]:
    """Return the texts at `key` of the items of a list."""
    return {text(item, key) for _, item in numbered({"": seen.value}, "")}


def _keys_are_made(seen: Seen) -> bool:
    return seen.keys


def _private(seen: Seen) -> bool:
    return seen.env.access.mode == "private"


def _public(seen: Seen) -> bool:
    return seen.env.access.mode == "public"


_WORDS: dict[Said, Callable[[Seen], bool]] = {
    "set": _set,
    "closed-to-the-internet": _guarded_ports_are_closed,
    "listed-blocks": _listed_blocks,
    "narrow-blocks": _narrow_blocks,
    "narrow-networks": _narrow_networks,
    "pool-of-the-project": _pool_of_the_project,
    "rotates": _rotates,
    "strong-keys": _strong_keys,
    "without-default-pool": _default_pool_goes,
}
_OF_ITEMS: dict[SaidOf, Callable[[Seen, Any], bool]] = {"flag": _flags_say, "says-true": _metadata_says_true}
_WHERE: dict[Where, Callable[[Seen], bool]] = {
    "access-private": _private,
    "access-public": _public,
    "keys-are-made": _keys_are_made,
}

RULES: tuple[Check, ...] = (resources_are_hardened,)
