"""The heap that a program is told to take, against the memory that its container may have."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from generator.check.built import Built, BuiltPods, Check, fault_at
from generator.field import at, numbered, text
from generator.finding import Finding, Severity
from generator.notation.quantity import amount
from generator.yamlio import Path

_JAVA = re.compile(r"(?:^|\s)-Xmx([0-9]+)([kKmMgGtT]?)(?=\s|$)")
_FIRST = re.compile(r"(?:^|\s)-Xms([0-9]+)([kKmMgGtT]?)(?=\s|$)")
_NODE = re.compile(r"(?:^|\s)--max[-_]old[-_]space[-_]size=([0-9]+)(?=\s|$)")
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_MIB, _GIB = 2**20, 2**30
_COMPRESSED = 31 * _GIB
"""From about 32 GiB on, Java's references take twice the room: less fits than into 31 GiB."""
_ELASTICSEARCH = "ES_JAVA_OPTS"
_SHARE = 2


class Heap(NamedTuple):
    """A heap in bytes: who says so, at which place, and in which words."""

    variable: str
    pointer: str
    limit: int
    written: str
    is_java: bool


def heaps_fit_into_their_memory(built: Built) -> Iterator[Finding]:
    """A heap is smaller than the memory of its container, or the kernel kills the program when the heap fills."""
    for pods in built.pods:
        for path, container in pods.containers():
            memory = amount(at(container, "resources", "limits", "memory"))
            for heap in _heaps(path, container):
                if memory is not None and heap.limit >= memory:
                    message = "the heap is not smaller than limits.memory: the kernel kills the container when it fills"
                    hint = "about half of it for Elasticsearch, 70 % for other programs"
                    setting = _setting(built, pods, heap)
                    yield fault_at(built, pods.owner, heap.pointer, setting, message, rule="heap", hint=hint)


def heaps_are_of_a_good_size(built: Built) -> Iterator[Finding]:
    """Elasticsearch wants one fixed heap, at most half of its memory; Java at most about 31 GiB. Both: warnings."""
    for pods in built.pods:
        for path, container in pods.containers():
            memory = amount(at(container, "resources", "limits", "memory"))
            for heap in _heaps(path, container):
                for message in _advice(heap, None if memory is None else int(memory)):
                    setting = _setting(built, pods, heap)
                    found = fault_at(built, pods.owner, heap.pointer, setting, message, rule="heap-size")
                    yield replace(found, severity=Severity.WARNING)


def _setting(built: Built, pods: BuiltPods, heap: Heap) -> Path:
    """Return where the environment says the variable, if it does."""
    unit = built.unit(pods.owner)
    path: Path = ("components", unit.name if unit else "", "env", heap.variable)
    return path if path in built.plan.marks else ()


def _advice(heap: Heap, memory: int | None) -> Iterator[str]:
    if heap.is_java and heap.limit > _COMPRESSED:
        yield "the heap is above 31 GiB, from where references of Java take twice the room"
    if heap.variable == _ELASTICSEARCH:
        if memory is not None and memory > heap.limit > memory / _SHARE:
            yield "the heap is above half of limits.memory; Elasticsearch needs the rest for files"
        first = _FIRST.search(heap.written)
        if first is None or _bytes(first) != heap.limit:
            yield "-Xms is not the same as -Xmx, as Elasticsearch asks for before it starts"


def _heaps(path: str, container: dict[str, object]) -> Iterator[Heap]:
    """Yield the heaps that variables of a container say; where Java is told twice, the last counts."""
    for index, variable in numbered(container, "env"):
        name, value = text(variable, "name"), text(variable, "value")
        where = f"{path}/env/{index}/value"
        if java := [*_JAVA.finditer(value)]:
            yield Heap(name, where, _bytes(java[-1]), value, is_java=True)
        if name == "NODE_OPTIONS" and (node := _NODE.search(value)):
            yield Heap(name, where, int(node[1]) * _MIB, value, is_java=False)


def _bytes(found: re.Match[str]) -> int:
    return int(found[1]) * _UNITS[found[2].lower()]


RULES: tuple[Check, ...] = (heaps_fit_into_their_memory, heaps_are_of_a_good_size)
