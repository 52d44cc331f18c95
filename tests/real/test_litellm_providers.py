"""A real LiteLLM before providers on loopback: keys, the load of a name shared by two deployments, and fallbacks."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import fake_provider
import litellm_proxy
import pytest
from fake_provider import Provider
from litellm_proxy import MASTER_KEY, Proxy
from product import build

pytestmark = pytest.mark.real

KEYS = {"AZURE_API_KEY": "key-of-azure", "OPENAI_API_KEY": "key-of-openai"}
MODELS = """\
components:
  litellm:
    enabled: true
    internetAccess: true
    secretEnv:
      AZURE_API_KEY: {source: external, id: azure-openai-key}
      OPENAI_API_KEY: {source: external, id: openai-key}
    fallbacks: {alone: [spare]}
    models:
      shared:
        label: Shared
        info: {mode: chat, supports_function_calling: true}
        deployments:
          - {provider: azure, model: mine, url: "https://azure.example.com", apiVersion: 2024-12-01-preview, key: AZURE_API_KEY, baseModel: azure/gpt-4.1}
          - {provider: openai, model: gpt-4.1, url: "https://openai.example.com/v1", key: OPENAI_API_KEY}
      alone: {provider: azure, model: alone, url: "https://azure.example.com", apiVersion: 2024-12-01-preview, key: AZURE_API_KEY}
      spare: {provider: openai, model: spare, url: "https://openai.example.com/v1", key: OPENAI_API_KEY}
"""


class Running(NamedTuple):
    """The proxy and its two providers."""

    proxy: Proxy
    azure: Provider
    openai: Provider

    def chat(self, model: str) -> str:
        """Return which provider answered."""
        body = {"model": model, "messages": [{"role": "user", "content": "Who are you?"}]}
        answer = self.proxy.ask("/v1/chat/completions", MASTER_KEY, body)
        assert answer.status == 200, answer
        return str(answer.json()["choices"][0]["message"]["content"])


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with fake_provider.running("azure") as azure, fake_provider.running("openai") as openai:
        built = build("prod", MODELS)
        text = built.file("litellm", "config.yaml")
        text = text.replace("https://azure.example.com", azure.url).replace("https://openai.example.com", openai.url)
        with litellm_proxy.running(built, tmp_path_factory.mktemp("litellm"), text, **KEYS) as proxy:
            yield Running(proxy, azure, openai)


@pytest.fixture(autouse=True)
def _both_are_well(started: Running) -> None:
    for provider in (started.azure, started.openai):
        provider.status = 200
        provider.asked.clear()


def test_a_name_with_two_deployments_shares_its_load_between_them(started: Running) -> None:
    counted = Counter(started.chat("shared") for _ in range(30))
    assert counted.keys() == {"azure", "openai"}, counted
    assert {item.key for item in started.azure.asked} == {"key-of-azure"}
    assert {item.key for item in started.openai.asked} == {"key-of-openai"}
    assert {item.path for item in started.azure.asked} == {
        "/openai/deployments/mine/chat/completions?api-version=2024-12-01-preview"
    }
    assert {(item.path, item.model) for item in started.openai.asked} == {("/v1/chat/completions", "gpt-4.1")}


def test_where_one_of_two_fails_the_other_answers(started: Running) -> None:
    started.azure.status = 500
    assert {started.chat("shared") for _ in range(20)} == {"openai"}


def test_where_all_of_a_name_fails_another_model_answers(started: Running) -> None:
    assert started.chat("alone") == "azure"
    started.azure.status = 500
    assert started.chat("alone") == "openai"
    assert started.openai.asked[-1].model == "spare"


def test_the_api_reads_one_model_of_a_name_with_its_label_and_features(started: Running) -> None:
    answer = started.proxy.ask("/v1/model/info", MASTER_KEY).json()["data"]
    shared = [item["model_info"] for item in answer if item["model_name"] == "shared"]
    assert [(info["label"], info["supports_function_calling"]) for info in shared] == [("Shared", True)] * 2
    assert [info["litellm_provider"] for info in shared] == ["azure", "openai"]
    assert not [item for item in answer if "key-of" in str(item)]
