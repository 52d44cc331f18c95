"""What a field is where an object does not say it: `defaults` of kind files, and `default` in contracts. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.kinds.impact import ABSENT, Edit, Steps, found
from generator.kinds.kind import WrittenDefaults
from generator.kinds.path import joined, matches, parts
from generator.kinds.rows.row import Test, tests_of
from generator.manifest import Manifest


class Default(NamedTuple):
    """The value that a field has where nobody says it, where that is documented, and whether no server writes it."""

    value: Any
    source: str = ""
    unwritten: bool = False


class Rule(NamedTuple):
    """The default of the fields at a path: a value, or that of another field; where all `tests` hold."""

    path: str
    value: Any
    same_as: str
    tests: tuple[Test, ...]
    source: str
    unwritten: bool

    def under(self, path: str) -> "Rule":
        """Return the rule for a part of an object that is below `path`."""
        same_as = joined(path, self.same_as) if self.same_as else ""
        return self._replace(path=joined(path, self.path), same_as=same_as)

    def default(self, steps: Steps, manifest: Manifest) -> Any:
        """Return the default of a field of an object; ABSENT if the rule says nothing of it."""
        edit = Edit(steps, ABSENT, ABSENT, manifest, manifest)
        if not matches(self.path, steps) or not all(test(edit) for test in self.tests):
            return ABSENT
        if not self.same_as:
            return self.value
        items = iter([step for part, step in zip(parts(self.path), steps, strict=True) if part == "*"])
        other = found(manifest, tuple(next(items) if part == "*" else part for part in parts(self.same_as)))
        return ABSENT if other is None else other


def rules(written: WrittenDefaults, sources: Mapping[str, str], file: str) -> Iterator[Rule]:
    """Yield the rules of one entry of `defaults`; `file` is the source of one that names none."""
    source, tests = sources.get(written.source, written.source) or file, tests_of(written.condition)
    for path, value in written.values.items():
        yield Rule(path, value, "", tests, source, written.unwritten)
    for path, other in written.same_as.items():
        yield Rule(path, None, other, tests, source, written.unwritten)


class Defaults:
    """The defaults of one kind in one version: what its files say, then what its contract says."""

    def __init__(
        self, rules: tuple[Rule, ...], contract: Mapping[str, Any], definitions: Mapping[str, Any], source: str
    ) -> None:
        """Keep the rules, and a contract with the definitions that it refers to; `source` is its name."""
        self.rules, self._contract, self._definitions, self._source = rules, contract, definitions, source

    def at(self, manifest: Manifest, steps: Steps, beside: Any) -> Default | None:
        """Return what stands at a place where an object does not say it; None if nobody knows.

        A field has its default where the map that it is in is there, by itself or by a default of its own, as with the
        API server. Of a map the fields are told that `beside`, the value of the other side, has.
        """
        value: Any = manifest
        default = None
        for depth, step in enumerate(steps, 1):
            value = found(value, (step,))
            if value is None:
                default = self._default(steps[:depth], manifest)
                if default is None:
                    return None
                value = default.value
        return default and self._filled(default._replace(value=value), steps, beside, manifest)

    def _filled(self, default: Default, steps: Steps, beside: Any, manifest: Manifest) -> Default:
        """Return a map with the defaults of the fields that the other side has, without those that it has not."""
        if not isinstance(default.value, dict) or not isinstance(beside, dict):
            return default
        filled = {}
        for key, other in beside.items():
            below = Default(default.value[key]) if key in default.value else self._default((*steps, key), manifest)
            if below:
                filled[key] = self._filled(below, (*steps, key), other, manifest)
        unwritten = default.unwritten or any(below.unwritten for below in filled.values())
        return Default({key: below.value for key, below in filled.items()}, default.source, unwritten)

    def _default(self, steps: Steps, manifest: Manifest) -> Default | None:
        for rule in self.rules:
            value = rule.default(steps, manifest)
            if value is not ABSENT:
                return Default(value, rule.source, rule.unwritten)
        node = self._resolved(self._contract)
        for step in steps:
            below = node.get("items") if isinstance(step, int) else node.get("properties", {}).get(step)
            node = self._resolved(below or node.get("additionalProperties"))
        value = node.get("default", node.get("x-default", ABSENT))
        return None if value is ABSENT else Default(value, self._source)

    def _resolved(self, node: Any) -> Mapping[str, Any]:
        """Return the definition that a node refers to, or itself; an empty one for what is not a map."""
        while isinstance(node, dict) and "$ref" in node:
            node = self._definitions.get(node["$ref"].removeprefix("#/$defs/"))
        return node if isinstance(node, dict) else {}
