"""Every way to run the platform renders, builds and passes all checks: not only what the examples happen to choose."""

from typing import NamedTuple

import pytest
import yaml
from command import ROOT
from product import build

from generator.finding import Severity

OPTIONAL = sorted(
    path.parent.name
    for path in (ROOT / "templates").glob("*/*/component.yaml")
    if yaml.safe_load(path.read_text()).get("optional")
)
KEYCLOAK = "database: {databases: {keycloak: {database: keycloak, user: keycloak}}}\n"
RANGES = "access: {adminRanges: {vpn: [198.51.100.0/28]}, webhookRanges: {git: [192.0.2.0/24]}}\n"
MIRROR = "registry: {mirrors: {hub: {source: docker.io, target: mirror.example.com/hub}}}\n"
MODEL = "{deployment_name: gemini-2.5-pro, label: Gemini, provider: google_vertexai, enabled: true}"
MODELS = f"components: {{api: {{models: {{gemini: {MODEL}}}}}}}\n"
EVERYTHING = """\
components: {keycloak-database: {enabled: true}, litellm: {enabled: true, redis: true}, nats: {enabled: true}}
database: {databases: {litellm: {database: litellm, user: litellm}}}
"""
IN_CLUSTER = "argocd: {topology: in-cluster}\nexisting: {cluster: {name: codemie-gke}}\n"


class Variant(NamedTuple):
    """An environment like `example`, with profiles in place of its own, and `more` said over it."""

    example: str
    profiles: str = ""
    more: str = ""


VARIANTS = {
    **{
        f"{access}, {size}": Variant({"public": "dev", "private": "prod"}[access], f"{access}, {size}")
        for access in ("public", "private")
        for size in ("small", "standard", "high-scale")
    },
    "keycloak database in the cluster": Variant("staging", "", "components: {keycloak-database: {enabled: true}}\n"),
    "keycloak database in Cloud SQL": Variant(
        "prod", "", "components: {keycloak-database: {enabled: false}}\n" + KEYCLOAK
    ),
    **{
        f"public, certificate from {source}": Variant("dev", "", f"tls: {{source: {source}}}\n")
        for source in ("secret-manager", "google-managed", "cert-manager")
    },
    "private, certificate from our authority": Variant("prod", "", "tls: {source: cert-manager, issuer: ca}\n"),
    "private, certificate by a public zone": Variant("prod", "", "tls: {source: cert-manager, issuer: public-zone}\n"),
    "two search nodes and a tiebreaker": Variant("prod", "", "components: {elasticsearch: {tiebreaker: true}}\n"),
    "one search node": Variant("prod", "", "components: {elasticsearch: {replicas: 1}}\n"),
    "public, with webhooks and administrators": Variant("dev", "", RANGES),
    "private, with webhooks": Variant("prod", "", RANGES),
    "LiteLLM with Redis, three pods": Variant("prod", "", "components: {litellm: {redis: true, replicas: 3}}\n"),
    "autoscaled API and LiteLLM": Variant(
        "prod",
        "",
        "components: {api: {autoscaling: {enabled: true}}, litellm: {redis: true, autoscaling: {enabled: true}}}\n",
    ),
    "three MCP pods": Variant("prod", "", "components: {mcp-connect: {replicas: 3}}\n"),
    "images from a mirror": Variant("prod", "", MIRROR),
    "models of our own": Variant("prod", "", MODELS),
    "a dev with everything on": Variant("dev", "", EVERYTHING),
    "Argo CD in the same cluster": Variant("prod", "", IN_CLUSTER),
    **{
        f"prod without {unit}": Variant("prod", "", f"components: {{{unit}: {{enabled: false}}}}\n" + KEYCLOAK)
        for unit in OPTIONAL
        if (ROOT / "templates/components" / unit).exists()
    },
}


@pytest.mark.parametrize("name", VARIANTS)
def test_it_renders_and_passes_all_checks(name: str) -> None:
    variant = VARIANTS[name]
    verdict = build(variant.example, variant.more, variant.profiles).verdict
    assert verdict.validated > 0
    said = [
        f"{item.file}: {item.object} {item.path}: {item.message} [{item.rule}]"
        for item in verdict.findings
        # but what will be said until all units are there
        if item.severity is Severity.ERROR or item.rule != "exception-unused"
    ]
    assert said == []
