"""What the API server refuses of an object as a whole, where no schema can say it: its size, and names in its metadata.

Sources: ValidateObjectMeta, ValidateConfigMap and ValidateSecret of Kubernetes, and etcd's --max-request-bytes.
"""

import re
from collections.abc import Iterator

import msgspec

from generator.annotation import SYNC_OPTIONS
from generator.check.built import Built, Check, fault
from generator.check.schema.kubernetes_schema import covered
from generator.field import listed, mapping, text
from generator.finding import Finding
from generator.manifest import Object

_MOST_DATA = 1024 * 1024
_MOST_STORED = 1536 * 1024
_MOST_ANNOTATIONS = 256 * 1024
_CLIENT_SIDE = "ServerSideApply=false"
_QUALIFIED = re.compile(
    r"(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*/)?"
    r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
_STANDARD_FINALIZERS = ("orphan", "foregroundDeletion", "kubernetes")
_OWN_RULES = (
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "coordination.k8s.io",
    "policy",
)
"""Groups whose kinds take a finalizer without a domain: they do not ask ValidateObjectMeta of the core group."""


def data_is_small_enough(built: Built) -> Iterator[Finding]:
    """A ConfigMap or Secret holds at most 1 MiB, and no key twice."""
    for item in built.of_kind("ConfigMap", "Secret"):
        if item.id.group:
            continue
        maps = [mapping(item.manifest, key) for key in ("data", "stringData", "binaryData")]
        plain, encoded = (maps[0], maps[2]) if item.id.kind == "ConfigMap" else (maps[1], maps[0])
        size = sum(_bytes(value) for value in plain.values()) + sum(_decoded(value) for value in encoded.values())
        if size > _MOST_DATA:
            message = f"must hold at most {_MOST_DATA} bytes, holds {size}"
            yield fault(item, "/data", message, rule="validation", hint="make several objects of it")
        if item.id.kind == "ConfigMap":
            for key in sorted(plain.keys() & encoded.keys()):
                message = f"holds the key {key}, which data has, too"
                yield fault(item, "/binaryData", message, rule="validation", hint="keep one of the two")


def objects_can_be_stored(built: Built) -> Iterator[Finding]:
    """An object fits into etcd; one that is applied by the client fits into the annotation that keeps a copy of it."""
    for item in built.objects:
        size = len(msgspec.json.encode(item.manifest))
        if size > _MOST_STORED:
            message = f"must have at most {_MOST_STORED} bytes, has {size}: etcd takes no larger request"
            yield fault(item, "", message, rule="validation")
        elif size > _MOST_ANNOTATIONS and _is_applied_by_client(item):
            message = f"has {size} bytes, and the copy in its annotation may have {_MOST_ANNOTATIONS}"
            hint = f"leave out the sync option {_CLIENT_SIDE}"
            yield fault(item, "/metadata/annotations", message, rule="validation", hint=hint)


def finalizers_are_qualified(built: Built) -> Iterator[Finding]:
    """A finalizer is a name with the domain of whoever takes it off."""
    version = built.plan.environment.kubernetes.version
    for item in built.objects:
        for index, name in enumerate(listed(item.manifest, "metadata", "finalizers")):
            is_core = covered(item, version) and item.id.group not in _OWN_RULES
            needs_domain = is_core and name not in _STANDARD_FINALIZERS
            if isinstance(name, str) and not (_QUALIFIED.fullmatch(name) and ("/" in name or not needs_domain)):
                path = f"/metadata/finalizers/{index}"
                yield fault(item, path, "must be a domain, a slash and a name", rule="validation")


def _is_applied_by_client(item: Object) -> bool:
    options = text(item.manifest, "metadata", "annotations", SYNC_OPTIONS).split(",")
    return _CLIENT_SIDE in (option.strip() for option in options)


def _bytes(value: object) -> int:
    return len(value.encode(errors="surrogatepass")) if isinstance(value, str) else 0


def _decoded(value: object) -> int:
    """Return how many bytes a text in base64 stands for."""
    written = "".join(value.split()) if isinstance(value, str) else ""
    return len(written) * 3 // 4 - written.count("=")


RULES: tuple[Check, ...] = (
    data_is_small_enough,
    objects_can_be_stored,
    finalizers_are_qualified,
)
