"""What an API server says of objects: refused, warned of, kept otherwise than they were sent, changed by a second apply."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from api_server import ApiServer, Manifest, Refused
from stored_crds import NOT_STORED

_FIRST = ("Namespace", "CustomResourceDefinition", "PriorityClass", "ServiceAccount", "ConfigMap", "AppProject")


_NEEDS_MORE = {("Deployment", "mermaid-server"), ("DaemonSet", "fluent-bit")}
"""Pods whose namespace is at a lower level because of them; their units list it as an exception, with the reason."""


def known(manifests: Iterable[Manifest]) -> list[Manifest]:
    """Return those whose kind a server here can know, in an order in which one can apply them."""
    found = [item for item in manifests if (item["apiVersion"], item["kind"]) not in NOT_STORED]
    ranks = {kind: rank for rank, kind in enumerate(_FIRST)}
    return sorted(found, key=lambda item: ranks.get(item["kind"], len(ranks)))


def namespaces(server: ApiServer, manifests: Iterable[Manifest]) -> None:
    """Make sure that every namespace is there that objects name, also where another environment renders it."""
    for name in {item["metadata"].get("namespace", "") for item in manifests} - {""}:
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        server.apply(manifest, "somebody-else")


class Applied(NamedTuple):
    """What a server made of an object (None if it refused), and what there is to say of it."""

    object: Any
    said: list[str]


def applied(server: ApiServer, manifest: Manifest, manager: str, force: str = "false") -> Applied:
    """Apply an object; with `force` also where somebody else owns a field."""
    name = _name(server, manifest)
    try:
        answer = server.apply(manifest, manager, force=force)
    except (Refused, LookupError) as refused:
        return Applied(None, [f"{name} is refused: {refused}"])
    said = [f"{name} is warned of: {warning}" for warning in answer.warnings if not accepted(manifest, warning)]
    said += [f"{name}: {difference}" for difference in differences(manifest, answer.object)]
    return Applied(answer.object, said)


def applied_again(server: ApiServer, manifest: Manifest, manager: str, before: Any) -> list[str]:
    """Apply what the server has already, and return what it changes.

    Where a definition has a default for status, as that of Gateways does, the second apply stores what the first only
    showed: then it is the third that must change nothing.
    """
    if before is None:
        return []
    after = server.apply(manifest, manager).object
    changed = [line for line in differences(before, after) if "/resourceVersion " not in line]
    if not changed and "status" in before and "status" not in manifest:
        before, after = after, server.apply(manifest, manager).object
        changed = [line for line in differences(before, after) if "/resourceVersion " not in line]
    if after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]:
        return []
    return [f"{_name(server, manifest)} changes every time: {'; '.join(changed)}"]


def accepted(manifest: Manifest, warning: str) -> bool:
    """Say whether a pod is known to need more than its namespace is warned of."""
    return "would violate PodSecurity" in warning and (manifest["kind"], manifest["metadata"]["name"]) in _NEEDS_MORE


def _name(server: ApiServer, manifest: Manifest) -> str:
    metadata = manifest["metadata"]
    return f"{server.name}: {manifest['kind']} {metadata.get('namespace', '')}/{metadata['name']}"


def differences(sent: Any, kept: Any, path: str = "") -> Iterator[str]:
    """Yield the fields that a server keeps otherwise than they were sent; what it adds is its right."""
    if isinstance(sent, dict) and isinstance(kept, dict):
        for key, value in sent.items():
            if key == "stringData" and not path:
                continue  # only ever written: it becomes data
            if key not in kept and value not in ({}, [], None):
                yield f"{path}/{key} is not kept"
            elif key in kept:
                yield from differences(value, kept[key], f"{path}/{key}")
    elif isinstance(sent, list) and isinstance(kept, list) and len(sent) == len(kept):
        for index, (one, other) in enumerate(zip(sent, kept, strict=True)):
            yield from differences(one, other, f"{path}/{index}")
    elif sent != kept or type(sent) is not type(kept):
        yield f"{path} is {sent!r} and kept as {kept!r}"
