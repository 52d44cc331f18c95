"""How LiteLLM gets to providers. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

from typing import Any

import pytest
from objects import CONTAINER_AT, POD_AT, said, world
from product import build
from test_check_models import CHAT, EMBEDDING, listing, proxied

from generator.check import providers
from generator.manifest import Manifest

AT = "ConfigMap codemie/list: /data/models.yaml: "
OUT = "connects: [{to: internet}]\n"
MOUNTED = {f"{POD_AT}/volumes/1": {"name": "list", "configMap": {"name": "list"}}}
AZURE = {"model": "azure/mine", "api_key": "os.environ/AZURE_API_KEY"}
KEY = {"name": "AZURE_API_KEY", "valueFrom": {"secretKeyRef": {"name": "web-database", "key": "password"}}}


def asking(params: dict[str, Any], more: dict[str, Any] | None = None, **router: Any) -> list[Manifest]:
    """Return a world whose pods mount a list with a model `mine` of these parameters; `more` is changed in them."""
    mine = {**proxied("mine"), "litellm_params": params}
    given = listing(model_list=[CHAT, EMBEDDING, mine], router_settings=router)
    return world(given, deployment={**MOUNTED, **(more or {})})


def vertex(**router: Any) -> list[Manifest]:
    """Return a world whose list has the three models of Vertex AI, and these settings of the router."""
    return asking({"model": "vertex_ai/mine", "vertex_location": "global"}, **router)


NO_KEY = (
    f"{AT}mine: its api_key is a variable that LiteLLM does not have [model-variable]\n"
    "  hint: secretEnv: {AZURE_API_KEY: {source: external, id: azure-openai-key}} beside the models\n"
)
NO_WAY = f"{AT}mine: LiteLLM may not call its provider [model-egress]\n  hint: internetAccess: true beside the models\n"
THERE = "  hint: the list has chatter, embedder, mine\n"
NOT_THERE = f"{AT}a fallback names a model that is not in the list [model-fallback]\n{THERE}"
ITSELF = f"{AT}a model falls back to itself [model-fallback]\n{THERE}"
REFUSED: dict[str, list[tuple[list[Manifest], str, str]]] = {
    "keys_are_in_the_environment": [(asking(AZURE), OUT, NO_KEY)],
    "providers_are_reached": [(asking({"model": "bedrock/mine"}), "", NO_WAY)],
    "fallbacks_are_other_models": [
        (vertex(fallbacks=[{"mine": ["nobody"]}]), "", NOT_THERE),
        (vertex(fallbacks=[{"nobody": ["mine"]}]), "", NOT_THERE),
        (vertex(fallbacks=[{"mine": ["chatter", "mine"]}]), "", ITSELF),
    ],
}
ACCEPTED: list[tuple[list[Manifest], str]] = [
    (asking(AZURE, {f"{CONTAINER_AT}/env/3": KEY}), OUT),
    (asking(AZURE, {f"{CONTAINER_AT}/env/3": {"name": "AZURE_API_KEY", "value": "x"}}), OUT),
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


def test_with_all_of_it_nothing_is_said_and_only_litellm_may_call_the_internet() -> None:
    built = build("prod", WHOLE)
    assert not [item for item in built.verdict.findings if item.rule.startswith("model-")]
    rules = built.one("NetworkPolicy", "litellm")["spec"]["egress"]
    assert [rule["ports"] for rule in rules if "0.0.0.0/0" in str(rule)] == [[{"protocol": "TCP", "port": 443}]]
    before = build("prod").one("NetworkPolicy", "litellm")["spec"]["egress"]
    assert "0.0.0.0/0" not in str(before)
    assert "0.0.0.0/0" not in str(built.one("NetworkPolicy", "litellm-migration")["spec"]["egress"])
