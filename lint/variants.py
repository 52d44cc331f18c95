"""Every way to run the platform, beyond what the examples happen to choose: tests and `make conform` build all of them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from generator import build, pipeline, workspace
from generator.tree import Sources
from lint.objects import ROOT, Example

OPTIONAL = sorted(
    path.parent.name
    for path in (ROOT / "templates").glob("*/*/component.yaml")
    if yaml.safe_load(path.read_text()).get("optional")
)
KEYCLOAK = "database: {databases: {keycloak: {database: keycloak, user: keycloak}}}\n"
RANGES = "access: {adminRanges: {vpn: [198.51.100.0/28]}, webhookRanges: {git: [192.0.2.0/24]}}\n"
WEBHOOKS = "access: {webhookRanges: {git: [192.0.2.0/24]}}\n"
MIRROR = "registry: {mirrors: {hub: {source: docker.io, target: mirror.example.com/hub}}}\n"
SECRETS = """\
components:
  api: {secretEnv: {TAVILY_API_KEY: {source: external, id: tavily-key, version: 2}, STT_API_KEY: {source: external, id: azure-key}}}
  litellm: {secretEnv: {AZURE_API_KEY: {source: external, id: azure-key}}}
  mcp-connect: {secretEnv: {ENCRYPTION_KEY: {source: random, length: 32, id: mcp-encryption-key}}}
  kibana: {secretEnv: {SMTP_PASSWORD: {source: external, id: smtp-password}}}
  elasticsearch: {secretEnv: {LICENCE_KEY: {source: external, id: licence-key}}}
  fluent-bit: {secretEnv: {SIEM_TOKEN: {source: external, id: siem-token}}}
"""
REDIS = "components: {{api: {{redis: {}}}}}\n"
MODELS = """\
components:
  api:
    models:
      gemini:
        {deployment_name: gemini-3.5-flash, label: Gemini, provider: google_vertexai, enabled: true,
         default_for_categories: [global]}
"""
PROVIDERS = """\
components:
  litellm:
    internetAccess: true
    secretEnv: {AZURE_API_KEY: {source: external, id: azure-openai-key}}
    fallbacks: {gpt: [gemini-3.1-pro]}
    models:
      gpt: {provider: azure, model: gpt, url: "https://corp.openai.azure.com", apiVersion: 2024-12-01-preview, key: AZURE_API_KEY}
"""
IDS = "{tenant: 11111111-2222-3333-4444-555555555555, client: 66666666-7777-8888-9999-aaaaaaaaaaaa}"
SIGN_IN = f"components: {{keycloak: {{sdkClient: true, entraId: {IDS}}}, mcp-connect: {{corporateAccess: true}}}}\n"
EVERYTHING = """\
components:
  {api: {redis: in-cluster}, keycloak-database: {enabled: true}, litellm: {enabled: true, redis: true}, nats: {enabled: true}}
database: {databases: {litellm: {database: litellm, user: litellm}}}
"""
OWN_LIST = "access: {controlPlaneRanges: {vpn: null}}\n"
"""A cluster that is only referred to keeps its own list of who reaches its API server."""
KUBE_DNS, NODE_LOCAL, CLOUD_DNS = (f"gke: {{dns: {dns}}}\n" for dns in ("kube-dns", "node-local", "cloud-dns"))
IN_CLUSTER = "argocd: {topology: in-cluster}\nexisting: {cluster: {name: codemie-gke}}\n" + OWN_LIST + KUBE_DNS
THERE = """\
existing:
  network: {name: corp-vpc, subnetwork: corp-nodes, pods: corp-pods, services: corp-services, privateServices: corp-sql}
  zone: {name: corp-zone}
  cluster: {name: corp-gke}
  keyRing: {name: corp-ring}
  key: {name: corp-key}
  sqlInstance: {name: corp-sql}
  buckets: {files: {name: corp-files}}
"""
ADOPTED = re.sub(r"}(}?)\n", r", adopt: true}\1\n", THERE)
TOPOLOGY = {"hub": "", "in-cluster": "argocd: {topology: in-cluster}\n"}
EXISTING = {
    ("hub", "nothing there"): "",
    ("hub", "all referenced"): THERE + OWN_LIST + CLOUD_DNS,
    ("hub", "all taken over"): ADOPTED + KUBE_DNS,
    ("in-cluster", "nothing there"): "existing: {cluster: {name: codemie-gke}}\n" + OWN_LIST + NODE_LOCAL,
    ("in-cluster", "all referenced"): THERE + OWN_LIST + NODE_LOCAL,
    ("in-cluster", "all taken over"): ADOPTED.replace("{name: corp-gke, adopt: true}", "{name: corp-gke}")
    + OWN_LIST
    + CLOUD_DNS,
}
"""What is there before us; with one cluster, that is always the cluster, which does not take over itself."""


class Variant(NamedTuple):
    """An environment like `example`, with profiles in place of its own, and `more` said over it."""

    example: str
    profiles: str = ""
    more: str = ""


ACCESS = {"public": "dev", "private": "prod"}
VARIANTS = {
    **{
        f"{access}, {size}, {topology}, {existing}": Variant(example, f"{access}, {size}", TOPOLOGY[topology] + more)
        for access, example in ACCESS.items()
        for size in ("small", "standard", "high-scale")
        for (topology, existing), more in EXISTING.items()
    },
    "the vendor's newest resource table": Variant("prod", "private, high-scale, vendor-current"),
    "the vendor's newest resource table, in public": Variant("dev", "public, high-scale, vendor-current"),
    "keycloak database in the cluster": Variant("staging", "", "components: {keycloak-database: {enabled: true}}\n"),
    "keycloak database in Cloud SQL": Variant(
        "prod", "", "components: {keycloak-database: {enabled: false}}\n" + KEYCLOAK
    ),
    **{
        f"public, certificate from {source}": Variant("dev", "", f"tls: {{source: {source}}}\n")
        for source in ("secret-manager", "google-managed", "cert-manager")
    },
    "public, certificate by a zone that is there": Variant(
        "dev", "", "tls: {source: cert-manager}\nexisting: {zone: {name: corp-zone}}\n"
    ),
    "private, certificate from our authority": Variant("prod", "", "tls: {source: cert-manager, issuer: ca}\n"),
    "private, certificate by a public zone": Variant("prod", "", "tls: {source: cert-manager, issuer: public-zone}\n"),
    "two search nodes and a tiebreaker": Variant("prod", "", "components: {elasticsearch: {tiebreaker: true}}\n"),
    "one search node": Variant("prod", "", "components: {elasticsearch: {replicas: 1}}\n"),
    "public, with webhooks and administrators": Variant("dev", "", RANGES + REDIS.format("in-cluster")),
    "private, with webhooks": Variant("prod", "", WEBHOOKS + REDIS.format("in-cluster")),
    "LiteLLM with Redis, three pods": Variant(  # which two nodes of eight vCPU would not hold
        "prod",
        "",
        "components: {litellm: {redis: true, replicas: 3}}\ngke: {nodePools: {main: {machineType: e2-standard-16}}}\n",
    ),
    "public, nobody reaches the control plane": Variant("dev", "", "access: {controlPlaneRanges: {vpn: null}}\n"),
    "sign-in with Entra ID and by the SDK, MCP servers in-house": Variant("prod", "", SIGN_IN),
    "autoscaled API and LiteLLM": Variant(
        "prod",
        "",
        "components: {api: {autoscaling: {enabled: true}}, litellm: {redis: true, autoscaling: {enabled: true}}}\n",
    ),
    "API with Redis in the cluster": Variant("dev", "", REDIS.format("in-cluster")),
    **{
        f"API with Memorystore, {access}, {topology}, {existing}": Variant(
            example, "", REDIS.format("memorystore") + TOPOLOGY[topology] + EXISTING[topology, existing]
        )
        for access, example in ACCESS.items()
        for topology, existing in (("hub", "nothing there"), ("in-cluster", "all referenced"))
    },
    "three MCP pods": Variant("prod", "", "components: {mcp-connect: {replicas: 3}}\n"),
    "images from a mirror": Variant("prod", "", MIRROR),
    "models of our own": Variant("prod", "", MODELS),
    "secret variables": Variant("prod", "", SECRETS),
    "secret variables, in-cluster": Variant("dev", "", SECRETS.replace("  litellm:", "  ui:") + IN_CLUSTER),
    "models of another provider": Variant("prod", "", PROVIDERS),
    "a dev with everything on": Variant("dev", "", EVERYTHING),
    **{
        f"prod without {unit}": Variant("prod", "", f"components: {{{unit}: {{enabled: false}}}}\n" + KEYCLOAK)
        for unit in OPTIONAL
        if (ROOT / "templates/components" / unit).exists()
    },
}


def variants() -> Iterator[Example]:
    """Yield every variant, built. Raises GeneratorError where one does not render or build."""
    project, tool, cache = pipeline.open_project(ROOT), build.find_tool(), workspace.cache_folder()
    for name, variant in VARIANTS.items():
        plan, tree = pipeline.render(project._replace(sources=laid(project.sources, variant)), variant.example)
        yield Example(name, plan, build.build(tree, tool, cache))


def laid(sources: Sources, variant: Variant) -> Sources:
    """Return the sources with the variant in place of its example, under the example's name."""
    if not variant.more and not variant.profiles:
        return sources
    texts = dict(sources.texts)
    environment, base = f"environments/{variant.example}.yaml", "environments/base.yaml"
    texts[base] = re.sub(r"(?m)^name: .*$", "name: base", texts[environment])
    if variant.profiles:
        texts[base] = re.sub(r"(?m)^extends: .*$", f"extends: [{variant.profiles}]", texts[base])
    texts[environment] = f"name: {variant.example}\nextends: [base, more]\n"
    texts["environments/profiles/more.yaml"] = variant.more or "{}"
    return Sources(texts)
