"""The models that a real LiteLLM offers, read as the API reads them when it starts."""

from collections.abc import Iterator

import api_start
import litellm_proxy
import pytest
from litellm_proxy import MASTER_KEY, Proxy
from product import build

pytestmark = pytest.mark.real

LISTED = {
    # codemie-ai/codemie config/llms/llm-gcp-config.yaml: what the API offers without LiteLLM. Name: deployment, label,
    # costs per token in and out.
    "gecko": ("text-embedding-005", "Text Embedding Gecko", (0.0000001, 0)),
    "gemini-3-flash": ("gemini-3-flash-preview", "Gemini 3 Flash", (0.0000005, 0.000003)),
    "gemini-3.1-flash-image": ("gemini-3.1-flash-image", "Gemini 3.1 Flash Image", (0.0000005, 0.000003)),
    "gemini-3.1-pro": ("gemini-3.1-pro-preview", "Gemini 3.1 Pro", (0.000002, 0.000012)),
}


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    objects = build("prod", "components: {litellm: {enabled: true}}\n")
    with litellm_proxy.running(objects, tmp_path_factory.mktemp("litellm")) as started:
        yield started


@pytest.fixture(scope="module")
def api(proxy: Proxy) -> api_start.Started:
    answer = proxy.ask("/v1/model/info", MASTER_KEY)
    assert answer.status == 200
    return api_start.start(answer.json())


def test_the_api_starts_with_the_defaults_of_its_own_list(api: api_start.Started) -> None:
    assert (api.default_chat, api.default_embedding) == ("gemini-3.1-pro", "gecko")


def test_each_model_of_the_apis_own_list_is_there_under_its_name(proxy: Proxy, api: api_start.Started) -> None:
    asked = {item["model_name"]: item["litellm_params"]["model"] for item in proxy.config["model_list"]}
    found = {**api.chat, **api.embedding}
    assert {
        name: (asked[name].removeprefix("vertex_ai/"), found[name].label, found[name].costs) for name in LISTED
    } == LISTED
    assert set(api.embedding) == {"gecko"}


def test_chat_models_can_what_assistants_need(api: api_start.Started) -> None:
    for model in api.chat.values():
        if not model.draws_images:
            assert (model.sees_images, model.calls_tools, model.hidden_in_web) == (True, True, False), model
            assert {"temperature", "max_tokens"} <= model.takes


def test_the_model_that_draws_images_is_not_offered_for_chats(api: api_start.Started) -> None:
    assert [(model.name, model.hidden_in_web) for model in api.chat.values() if model.draws_images] == [
        ("gemini-3.1-flash-image", True)
    ]


def test_the_list_that_was_rendered_before_ends_the_api(proxy: Proxy) -> None:
    told = ("label", "default_for_categories", "supports_image_generation", "forbidden_for_web")
    answer = proxy.ask("/v1/model/info", MASTER_KEY).json()
    before = [
        {**item, "model_info": {key: value for key, value in item["model_info"].items() if key not in told}}
        for item in answer["data"]
    ]
    with pytest.raises(api_start.NoDefaultError, match="no global chat model"):
        api_start.start({"data": before})
