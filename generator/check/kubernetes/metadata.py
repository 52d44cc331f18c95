"""Names, labels and annotations that the API server, or what it makes of them, takes."""

import re
from collections.abc import Iterator
from typing import Any

from generator.check.built import Built, Check, fault
from generator.field import mapping, pointer
from generator.finding import Finding

_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(rf"{_LABEL.pattern}(?:\.{_LABEL.pattern})*")
_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_NAME = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_LONGEST_PREFIX = 253
_LONGEST_PORT = 15
_ANNOTATION_BYTES = 262144


def names_are_short_enough(built: Built) -> Iterator[Finding]:
    """A name leaves room for what is made of it."""
    for item in built.objects:
        name = built.kinds.name(item.id.group, item.id.kind)
        if len(item.id.name) > name.longest:
            message = f"must have at most {name.longest} characters, has {len(item.id.name)}: {name.because}"
            yield fault(item, "/metadata/name", message, rule="name-length")


def names_have_legal_characters(built: Built) -> Iterator[Finding]:
    """A name is a DNS name; that of a workload or a Namespace has no dots, that of a Service begins with a letter."""
    for item in built.objects:
        name = built.kinds.name(item.id.group, item.id.kind)
        if not re.fullmatch(name.pattern, item.id.name):
            yield fault(item, "/metadata/name", f"must be {name.must}", rule="name-characters")


def labels_are_legal(built: Built) -> Iterator[Finding]:
    """Keys and values of labels are what selectors can hold."""
    for item in built.objects:
        for path, problem in _label_problems(mapping(item.manifest, "metadata", "labels"), "/metadata/labels"):
            yield fault(item, path, problem, rule="label-syntax")
    for pods in built.pods:
        if pods.declared is None:
            path = pods.pointer.removesuffix("/spec") + "/metadata/labels"
            for path_, problem in _label_problems(pods.labels, path):
                yield fault(pods.owner, path_, problem, rule="label-syntax")


def annotations_are_legal(built: Built) -> Iterator[Finding]:
    """Annotations are texts under legal keys and together no larger than the API server takes."""
    for item in built.objects:
        annotations = mapping(item.manifest, "metadata", "annotations")
        size = 0
        for key, value in annotations.items():
            path = "/metadata/annotations" + pointer(key)
            if not isinstance(value, str):
                yield fault(item, path, "must be text: quote it", rule="annotation-syntax")
            elif not _key(key.lower()):
                yield fault(item, path, f"the key must be {_KEY_SYNTAX}", rule="annotation-syntax")
            size += len(key.encode()) + len(str(value).encode(errors="surrogatepass"))
        if size > _ANNOTATION_BYTES:
            message = f"must have at most {_ANNOTATION_BYTES} bytes together, have {size}"
            yield fault(item, "/metadata/annotations", message, rule="annotation-size")


_KEY_SYNTAX = "an optional DNS name and a slash, then at most 63 letters, digits, dashes, dots and underscores"


def _label_problems(labels: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for key, value in labels.items():
        if not _key(key):
            yield path + pointer(key), f"the key must be {_KEY_SYNTAX}"
        if not isinstance(value, str):
            yield path + pointer(key), "must be text: quote it"
        elif not _VALUE.fullmatch(value):
            syntax = "at most 63 letters, digits, dashes, dots and underscores, a letter or digit at both ends"
            yield path + pointer(key), f"must be {syntax}"


def _key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    legal = not slash or (len(prefix) <= _LONGEST_PREFIX and bool(_SUBDOMAIN.fullmatch(prefix)))
    return legal and bool(_NAME.fullmatch(name))


RULES: tuple[Check, ...] = (
    names_are_short_enough,
    names_have_legal_characters,
    labels_are_legal,
    annotations_are_legal,
)
