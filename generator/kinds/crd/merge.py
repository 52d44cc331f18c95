"""What is imported, laid over a kind file that somebody wrote: its keys are replaced, and every other line stays."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from generator import yamlio
from generator.errors import InputInvalid
from generator.finding import Finding, Where
from generator.kinds.text import text


class Imported(NamedTuple):
    """What a CRD says of a kind: its scope if that is the cluster, what cannot change, a contract for each version."""

    scope: str
    immutable: list[str]
    contract: dict[str, Any]

    def value(self) -> dict[str, Any]:
        """Return it as a kind file has it."""
        return {key: item for key, item in self._asdict().items() if item}


def merged(facts: Imported, there: str, file: str) -> str:
    """Return a kind file with what is imported in the place of what it says of that. Raises InputInvalid."""
    if not there:
        return text(facts.value())
    (root,) = list(yamlio.compose(there, file))[:1] or [yamlio.Mapping([], Where(file))]
    written = {key: text({key: value}) for key, value in facts.value().items()}
    if isinstance(root, yamlio.Mapping):
        made = "".join(_lines(re.findall(r".*\n|.+", there), root, written))
        value = yamlio.load(there, file).value or {}
        kept = {key: item for key, item in value.items() if key not in Imported._fields}
        if _is(made, {**kept, **facts.value()}, file):
            return made
    hint = "write each key on a line of its own, and import again; or move the file away"
    message = "is written in a way that nothing can be laid over"
    raise InputInvalid([Finding.at(root.where, "schema-import", message, hint=hint)])


def _is(made: str, value: dict[str, Any], file: str) -> bool:
    try:
        return bool(yamlio.load(made, file).value == value)
    except InputInvalid:
        return False


def _lines(lines: list[str], root: yamlio.Mapping, written: dict[str, str]) -> Iterator[str]:
    """Yield the lines of a file, those of what is imported in the place of the old ones, or at the end."""
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    starts = [key.where.line - 1 for key, _ in root.pairs]
    left, done = dict(written), 0
    for (key, _), start, following in zip(root.pairs, starts, [*starts, len(lines)][1:], strict=True):
        if key.text in Imported._fields:
            end = following
            while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
                end -= 1  # a comment above the next key, or at the end, is not of this one
            yield from lines[done:start]
            yield left.pop(key.text, "")
            done = end
    yield from lines[done:]
    yield from left.values()
