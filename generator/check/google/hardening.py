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


class Context(NamedTuple):
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
        context = Context(at(item.manifest, *steps), item.manifest, env, keys)
        if _asked(required, context) and not _said(required, context):
            yield pointer(*steps), required.must


def _asked(required: RequiredField, context: Context) -> bool:
    condition = required.condition
    if isinstance(condition, str):
        return _WHERE[condition](context)
    return all(at(context.manifest, *parts(path)) in values for path, values in condition.items())


def _said(required: RequiredField, context: Context) -> bool:
    """Whether a field says what it must; 1 is not true."""
    wanted = required.wanted
    if isinstance(wanted, str):
        return _WORDS[wanted](context)
    if isinstance(wanted, dict):
        return all(_OF_ITEMS[word](context, values) for word, values in wanted.items())
    return any(type(context.value) is type(one) and context.value == one for one in wanted)


def _set(context: Context) -> bool:
    return bool(context.value)


def _pool_of_the_project(context: Context) -> bool:
    return bool(context.value == f"{context.env.gcp.project}.svc.id.goog")


def _default_pool_goes(context: Context) -> bool:
    return bool(
        annotation(context.manifest, REMOVE_DEFAULT_NODE_POOL) == "true" or context.spec.get("enableAutopilot") is True
    )


def _listed_blocks(context: Context) -> bool:
    blocks = _texts(context, "cidrBlock")
    open_ = not context.env.access.allow_whole_internet and not blocks.isdisjoint(_EVERYWHERE)
    return bool(blocks) and not open_


def _narrow_blocks(context: Context) -> bool:
    return _texts(context, "cidrBlock").isdisjoint(_EVERYWHERE)


def _narrow_networks(context: Context) -> bool:
    return _texts(context, "value").isdisjoint(_EVERYWHERE)


def _strong_keys(context: Context) -> bool:
    return "rsasha1" not in {said.lower() for said in _texts(context, "algorithm")}


def _rotates(context: Context) -> bool:
    seconds = whole(context.value.removesuffix("s")) if isinstance(context.value, str) else None
    return seconds is not None and _DAY <= seconds <= _QUARTER


def _flags_say(context: Context, wanted: dict[str, list[str | None]]) -> bool:
    """Whether flags of a database have one of these values; null is for a flag left out."""
    said = {text(flag, "name"): flag.get("value") for _, flag in numbered({"": context.value}, "")}
    return all(said.get(name) in values for name, values in wanted.items())


def _metadata_says_true(context: Context, key: str) -> bool:
    """Whether the metadata of a machine says TRUE at `key`; any case will do, a boolean would not be text."""
    said = {text(item, "key"): text(item, "value") for _, item in numbered({"": context.value}, "")}
    return said.get(key, "").upper() == "TRUE"


def _guarded_ports_are_closed(context: Context) -> bool:
    """Whether a firewall rule lets the whole internet in to none of the guarded ports."""
    sources = set(map(str, listed(context.spec, "sourceRanges")))
    narrow = sources or any(listed(context.spec, key) for key in ("sourceTags", "sourceServiceAccounts"))
    if text(context.spec, "direction") == "EGRESS" or (narrow and sources.isdisjoint(_EVERYWHERE)):
        return True  # without any source it would be every source
    return not any(_lets_in(rule) for _, rule in numbered(context.spec, "allow"))


def _lets_in(rule: dict[str, Any]) -> bool:
    if text(rule, "protocol").lower() not in ("tcp", "6", "all"):
        return False
    bounds = [str(port).partition("-") for port in listed(rule, "ports")]
    known = [(whole(low), whole(high or low)) for low, _, high in bounds]
    return not known or any(
        low is None or high is None or any(low <= port <= high for port in _GUARDED_PORTS) for low, high in known
    )


def _texts(context: Context, key: str) -> set[str]:
    """Return the texts at `key` of the items of a list."""
    return {text(item, key) for _, item in numbered({"": context.value}, "")}


def _keys_are_made(context: Context) -> bool:
    return context.keys


def _private(context: Context) -> bool:
    return context.env.access.mode == "private"


def _public(context: Context) -> bool:
    return context.env.access.mode == "public"


_WORDS: dict[Said, Callable[[Context], bool]] = {
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
_OF_ITEMS: dict[SaidOf, Callable[[Context, Any], bool]] = {"flag": _flags_say, "says-true": _metadata_says_true}
_WHERE: dict[Where, Callable[[Context], bool]] = {
    "access-private": _private,
    "access-public": _public,
    "keys-are-made": _keys_are_made,
}

RULES: tuple[Check, ...] = (resources_are_hardened,)
