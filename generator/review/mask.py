"""Secrets in a review are shown as numbers: a review is read by more people than a Secret. Pure.

This is the one door through which values leave a review. A digest would confirm a guessed password; a number tells
nothing: one object's secrets are counted, first on the old side, then on the new, equal ones once.
"""

from typing import Any

from generator.kinds import ABSENT, Kinds
from generator.kinds import found as found_at
from generator.manifest import Object, ObjectId, encoded
from generator.review.change import Difference, Verdict
from generator.sensitive import text as secret_text
from generator.sensitive import tree as secret_tree

_TOO_SHORT = 12
"""A name that is shorter has no room for a token."""


class Masked:
    """An object of both sides as people may see it."""

    def __init__(self, old: Object | None, new: Object | None, kinds: Kinds) -> None:
        self.kinds = kinds
        self._numbers: dict[bytes, int] = {}
        self._sides = tuple(
            (side.manifest if side else None, secret_tree.hidden(side.manifest, self) if side else None)
            for side in (old, new)
        )

    def before(self, difference: Difference) -> Any:
        """Return what was at the place of a difference; None for nothing."""
        return self._value(difference.before, difference.old_steps or difference.steps, *self._sides[0])

    def after(self, difference: Difference) -> Any:
        """Return what will be at the place of a difference; None for nothing."""
        return self._value(difference.after, difference.steps, *self._sides[1])

    def id(self, id_: ObjectId) -> ObjectId:
        """Return what an object is called."""
        return ObjectId(*map(self.sentence, id_))

    def sentence(self, text: str) -> str:
        """Return a name or a sentence: only what looks like a secret is taken out of it."""
        return secret_text.without(text, secret_text.looks(text), self.whole) if len(text) > _TOO_SHORT else text

    def verdict(self, verdict: Verdict) -> Verdict:
        """Return a verdict, whose sentences may name what is changed."""
        return verdict._replace(reason=self.sentence(verdict.reason), instead=self.sentence(verdict.instead))

    def steps(self, steps: tuple[str | int, ...]) -> tuple[str | int, ...]:
        """Return a path."""
        return tuple(self.sentence(step) if isinstance(step, str) else step for step in steps)

    def whole(self, value: Any) -> str:
        """Return what stands for a secret."""
        return f"(secret {self._numbers.setdefault(encoded(value), len(self._numbers) + 1)})"

    def text(self, value: str, name: str, *, shell: bool) -> str:
        """Return a text without the secrets in it."""
        return secret_text.without(value, secret_text.parts(value, name=name, shell=shell), self.whole)

    def _value(self, value: Any, steps: tuple[str | int, ...], raw: Any, masked: Any) -> Any:
        if value is ABSENT:
            return None
        shown = found_at(masked, steps) if found_at(raw, steps) is value else secret_tree.hidden(value, self)
        return self._with_masked_keys(shown)

    def _with_masked_keys(self, node: Any) -> Any:
        """Return a value with its keys as names: one may be a token."""
        if isinstance(node, dict):
            return {self.sentence(key): self._with_masked_keys(item) for key, item in node.items()}
        return [self._with_masked_keys(item) for item in node] if isinstance(node, list) else node
