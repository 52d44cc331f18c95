"""YAML as it was written: which line says a field."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from generator import yamlio
from generator.field import position, text
from generator.finding import Finding, Where

Node = yamlio.Scalar | yamlio.Sequence | yamlio.Mapping
Steps = Sequence[str | int]


class Written(NamedTuple):
    """A document of a file: its nodes, which know their lines, its value, and what is ambiguous in it."""

    node: Node
    value: Any
    problems: tuple[Finding, ...] = ()

    def where(self, steps: Steps = ()) -> Where:
        """Return the place of the key, or the item, at `steps`, or of the nearest above it."""
        return deepest(self.node, steps).where

    def is_object(self, kind: str, name: str) -> bool:
        """Whether it is the object of that kind and name."""
        return bool(name) and (text(self.value, "kind"), text(self.value, "metadata", "name")) == (kind, name)


def documents(content: str, file: str) -> Iterator[Written]:
    """Yield the documents of a file. Raises InputInvalid."""
    for node in yamlio.compose(content, file):
        document, problems = yamlio.construct(node)
        yield Written(node, document.value, tuple(problems))


def deepest(node: Node, steps: Steps) -> Node:
    """Return the key, or the item, that stands at `steps` or nearest above."""
    found = node
    for step in map(str, steps):
        if isinstance(node, yamlio.Mapping):
            pair = next((pair for pair in node.pairs if pair[0].text == step), None)
            if pair is None:
                break
            found, node = pair
        elif isinstance(node, yamlio.Sequence) and (place := position(step, node.items)) is not None:
            found = node = node.items[place]
        else:
            break
    return found


def of_object(found: Iterable[Written], kind: str, name: str) -> Written | None:
    """Return the document of an object; None where there is none."""
    return next((document for document in found if document.is_object(kind, name)), None)
