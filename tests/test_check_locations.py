"""Where models are served: what is warned of, and at which line, with LiteLLM and without."""

import pytest
from objects import CONTAINER_AT, said, world
from product import build
from test_check_models import CHAT, EMBEDDING, listing, owned, proxied

from generator.manifest import Manifest

GEMINI = "gemini-3.1-pro-preview, gemini-3-flash-preview, gemini-3.1-flash-image"
AT_LIST = "warning: ConfigMap codemie/list: /data/models.yaml: "
AT_API = f"warning: Deployment codemie/web: {CONTAINER_AT}/env/3/value: "
SHARED = "  hint: gcp.vertexAi.region: global; with LiteLLM, each model may have its own location\n"


def asked(model: str, location: str) -> list[Manifest]:
    """Return a world whose LiteLLM asks for `model` at `location`."""
    params = {"model": f"vertex_ai/{model}", "vertex_location": location}
    return world(listing(model_list=[CHAT, EMBEDDING, {**proxied("mine"), "litellm_params": params}]))


def api(location: str, models: str, *lists: Manifest) -> list[Manifest]:
    """Return a world whose API asks at `location` itself."""
    region = {"name": "GOOGLE_VERTEXAI_REGION", "value": location}
    variables = {f"{CONTAINER_AT}/env/3": region, f"{CONTAINER_AT}/env/4": {"name": "MODELS_ENV", "value": models}}
    return world(*lists, deployment=variables)


def warned(place: str, message: str, hint: str) -> str:
    return f"{place}{message} [model-location]\n{hint}"


@pytest.mark.parametrize(
    ("model", "location", "hint"),
    [
        ("gemini-3.5-flash", "europe-west3", "global, us or eu"),
        ("text-embedding-005", "eu", "a region, such as europe-west4"),
        ("gemini-3.5-flash", "eu", ""),
        ("gemini-3.1-pro-preview", "global", ""),
        ("text-embedding-005", "us-central1", ""),
        ("gemini-2.5-pro", "europe-west3", ""),
    ],
)
def test_litellm_asks_for_a_model_where_it_is_served(model: str, location: str, hint: str) -> None:
    told = warned(AT_LIST, f"{model} is not served at {location}", f"  hint: location of the model: {hint}\n")
    assert said(asked(model, location)) == (told if hint else "")


OWN = listing(
    llm_models=[{**owned("chat", "global"), "deployment_name": "gemini-3.5-flash", "provider": "google_vertexai"}],
    embeddings_models=[{**owned("embed", "global"), "deployment_name": "text-x", "provider": "azure_openai"}],
)


@pytest.mark.parametrize(
    ("manifests", "message"),
    [
        (api("europe-west3", "gcp"), f"{GEMINI} are not served at europe-west3"),
        (api("eu", "gcp"), "text-embedding-005 is not served at eu"),
        (api("global", "gcp"), ""),
        (api("eu", "azure"), ""),  # another list of the image
        (api("europe-west3", "custom", OWN), "gemini-3.5-flash is not served at europe-west3"),
        (api("eu", "custom", OWN), ""),
        (api("europe-west3", "gcp", *asked("gemini-3.5-flash", "eu")[-1:]), ""),  # LiteLLM asks
    ],
)
def test_without_litellm_the_api_asks_for_all_models_at_one_location(manifests: list[Manifest], message: str) -> None:
    assert said(manifests) == (warned(AT_API, message, SHARED) if message else "")


REGION = "gcp: {{vertexAi: {{region: {}}}}}\n"
OFF = "components: {litellm: {enabled: false}}\n"
MINE = "components: {{litellm: {{models: {{mine: {}}}}}}}\n"
AZURE = "{provider: azure, model: x, url: https://a.example.com, apiVersion: 2024-12-01-preview, key: AZURE_API_KEY}"


@pytest.mark.parametrize(
    ("more", "path", "message"),
    [
        (REGION.format("eu"), "", ""),
        (
            REGION.format("europe-west4"),
            "gcp.vertexAi.region",
            "gemini-3-flash-preview, gemini-3.1-flash-image, gemini-3.1-pro-preview, gemini-3.5-flash are not served at europe-west4",
        ),
        (OFF + REGION.format("eu"), "gcp.vertexAi.region", "text-embedding-005 is not served at eu"),
        (OFF + REGION.format("europe-west3"), "gcp.vertexAi.region", f"{GEMINI} are not served at europe-west3"),
        (OFF, "", ""),
        (
            MINE.format("{model: gemini-3.5-flash, location: europe-west3}"),
            "components.litellm.models.mine.location",
            "gemini-3.5-flash is not served at europe-west3",
        ),
        (
            MINE.format(f"{{deployments: [{AZURE}, {{model: text-x, location: us}}]}}"),
            "components.litellm.models.mine.deployments[1].location",
            "text-x is not served at us",
        ),
    ],
)
def test_it_is_said_at_the_setting_that_names_the_location(more: str, path: str, message: str) -> None:
    found = [item for item in build("prod", more).verdict.findings if item.rule == "model-location"]
    assert [(item.path, item.message, item.line > 0) for item in found] == ([(path, message, True)] if path else [])
