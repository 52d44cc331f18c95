"""How LiteLLM gets to providers. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

from typing import Any

import pytest
from objects import said, world
from product import build
from test_check_models import CHAT, EMBEDDING, listing, proxied

from generator.check.models import providers
from generator.manifest import Manifest

AT = "ConfigMap codemie/list: /data/models.yaml: "
OUT = "connects: [{to: internet}]\n"
WITH_KEY = f"{OUT}defaults: {{secretEnv: {{AZURE_API_KEY: {{source: external, id: azure-openai-key}}}}}}\n"
AZURE = {"model": "azure/mine", "api_key": "os.environ/AZURE_API_KEY"}


def asking(params: dict[str, Any], **router: Any) -> list[Manifest]:
    """Return a world with a list that has a model `mine` of these parameters, and these settings of the router."""
    mine = {**proxied("mine"), "litellm_params": params}
    return world(listing(model_list=[CHAT, EMBEDDING, mine], router_settings=router))


def vertex(**router: Any) -> list[Manifest]:
    """Return a world whose list has the three models of Vertex AI, and these settings of the router."""
    return asking({"model": "vertex_ai/mine", "vertex_location": "global"}, **router)


def no_key(parameter: str) -> str:
    return (
        f"{AT}mine: its {parameter} is a variable that is not in secretEnv [model-variable]\n"
        "  hint: secretEnv: {AZURE_API_KEY: {source: external, id: azure-openai-key}} beside the models\n"
    )


NO_WAY = (
    f"{AT}mine: LiteLLM may not call its provider [model-egress]\n"
    "  hint: internetAccess: true beside the models; corporateAccess: true for a provider in the company's network\n"
)
THERE = "  hint: the list has chatter, embedder, mine\n"
NOT_THERE = f"{AT}a fallback names a model that is not in the list [model-fallback]\n{THERE}"
ITSELF = f"{AT}a model falls back to itself [model-fallback]\n{THERE}"
REFUSED: dict[str, list[tuple[list[Manifest], str, str]]] = {
    "keys_are_those_of_providers": [
        (asking(AZURE), OUT, no_key("api_key")),
        (asking({**AZURE, "api_key": "os.environ/PASS"}), WITH_KEY, no_key("api_key")),  # a variable of the container
        (asking({**AZURE, "extra_headers": {"X": "os.environ/PASS"}}), WITH_KEY, no_key("extra_headers.X")),
    ],
    "providers_are_reached": [(asking({"model": "bedrock/mine"}), "", NO_WAY)],
    "fallbacks_are_other_models": [
        (vertex(fallbacks=[{"mine": ["nobody"]}]), "", NOT_THERE),
        (vertex(fallbacks=[{"nobody": ["mine"]}]), "", NOT_THERE),
        (vertex(fallbacks=[{"mine": ["chatter", "mine"]}]), "", ITSELF),
    ],
}
ACCEPTED: list[tuple[list[Manifest], str]] = [
    (asking(AZURE), WITH_KEY),
    (vertex(fallbacks=[{"mine": ["chatter"]}]), ""),
    (vertex(), ""),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in providers.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "declared", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], declared: str, expected: str) -> None:
    assert said(manifests, declared) == expected


@pytest.mark.parametrize(("manifests", "declared"), ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest], declared: str) -> None:
    assert not said(manifests, declared)


GPT = """\
components:
  litellm:
    enabled: true
    models:
      gpt: {provider: azure, model: gpt, url: "https://corp.openai.azure.com", apiVersion: 2024-12-01-preview, key: AZURE_API_KEY}
"""
WHOLE = GPT + (
    "    internetAccess: true\n    secretEnv: {AZURE_API_KEY: {source: external, id: azure-openai-key}}\n"
    "    fallbacks: {gpt: [gemini-3.1-pro]}\n"
)


def test_what_a_provider_needs_beside_its_model_is_said_at_the_model() -> None:
    found = [item for item in build("prod", GPT).verdict.findings if item.rule.startswith("model-")]
    assert [(item.rule, item.path) for item in found] == [
        ("model-egress", "components.litellm.models.gpt"),
        ("model-variable", "components.litellm.models.gpt"),
    ]


def test_a_provider_in_the_companys_network_is_reached_there_alone() -> None:
    built = build("prod", WHOLE.replace("internetAccess", "corporateAccess"))
    assert not [item for item in built.verdict.findings if item.rule.startswith("model-")]
    rules = built.one("NetworkPolicy", "litellm")["spec"]["egress"]
    corporate = built.plan.environment.egress.corporate_ranges
    cidrs = [block["ipBlock"]["cidr"] for rule in rules for block in rule.get("to", []) if "ipBlock" in block]
    assert {block for system in corporate.values() for block in system.ranges} <= set(cidrs)
    assert "0.0.0.0/0" not in cidrs


@pytest.mark.parametrize("own", ["MASTER_KEY", "PROXY_MASTER_KEY", "LITELLM_SALT_KEY", "DATABASE_PASSWORD"])
def test_a_secret_of_litellm_itself_goes_to_no_provider(own: str) -> None:
    found = build("prod", WHOLE.replace("key: AZURE_API_KEY", f"key: {own}")).verdict.findings
    assert [(item.message, item.path) for item in found if item.rule == "model-variable"] == [
        ("gpt: its api_key is a variable that is not in secretEnv", "components.litellm.models.gpt")
    ]


def test_with_all_of_it_nothing_is_said_and_only_litellm_may_call_the_internet() -> None:
    built = build("prod", WHOLE)
    assert not [item for item in built.verdict.findings if item.rule.startswith("model-")]
    rules = built.one("NetworkPolicy", "litellm")["spec"]["egress"]
    assert [rule["ports"] for rule in rules if "0.0.0.0/0" in str(rule)] == [[{"protocol": "TCP", "port": 443}]]
    before = build("prod").one("NetworkPolicy", "litellm")["spec"]["egress"]
    assert "0.0.0.0/0" not in str(before)
    assert "0.0.0.0/0" not in str(built.one("NetworkPolicy", "litellm-migration")["spec"]["egress"])
