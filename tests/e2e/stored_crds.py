"""The custom resource definitions that real clusters have, from the folder beside this project: what the servers know."""

import functools
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from api_server import ApiServer
from command import ROOT

HUB = ("kcc", "argocd", "external-secrets")
"""What a management cluster has before the first sync."""
GKE = ("gateway", "gmp")
"""What GKE itself brings to a workload cluster."""
ADDONS = {
    "external-secrets": ("external-secrets",),
    "eck-operator": ("eck",),
    "cert-manager": ("cert-manager",),
}
"""What add-ons bring, by unit."""
NOT_STORED = {("cert-manager.io/v1", "Issuer"), ("redis.cnrm.cloud.google.com/v1beta1", "RedisInstance")}
"""Kinds that are rendered and whose definition is not there: no server here knows them."""


def folder() -> Path:
    """Return the folder; skips where it is not there."""
    found = Path(os.environ.get("SHARED") or ROOT / "../shared") / "crds"
    if not found.is_dir():
        pytest.skip("no CRDs here")
    return found


def read(*names: str) -> list[dict[str, Any]]:
    """Return the definitions of some folders."""
    return [crd for name in names for crd in _read(name)]


@functools.cache
def _read(name: str) -> list[dict[str, Any]]:
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    result = []
    for path in sorted((folder() / name).iterdir()):
        text = path.read_text(encoding="utf-8")
        found = [_of_schema(json.loads(text))] if path.suffix == ".json" else yaml.load_all(text, loader)
        result += [item for item in found if item]
    for crd in result:
        crd.pop("status", None)  # generators leave an empty one, which a server does not take
    return result


def install(server: ApiServer, crds: list[dict[str, Any]]) -> None:
    """Bring definitions to a server, and wait until it serves them."""
    for crd in crds:
        server.apply(crd)
    deadline = time.monotonic() + 120
    for crd in crds:
        for version in crd["spec"]["versions"]:
            while version["served"]:
                try:
                    where = server.resource(f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"])
                    server.ask("GET", f"{where.path()}?limit=1")
                    break
                except Exception:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.2)


def _of_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a definition for Google's kinds, of which only the schema of the object is published."""
    kind = schema["description"].split()[0]
    plural = f"{kind.lower()[:-1]}ies"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.networking.gke.io"},
        "spec": {
            "group": "networking.gke.io",
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": _structural(schema)},
                }
            ],
        },
    }


def _structural(node: Any) -> Any:
    """Return a schema as a definition may hold it: what it does not name is refused by the server without being told."""
    if isinstance(node, list):
        return [_structural(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = node.get("additionalProperties") is False
    return {key: _structural(item) for key, item in node.items() if not (closed and key == "additionalProperties")}
