"""Where models are served: the location that each is asked at, whoever asks, and the setting that says so."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec.structs import replace

from generator.check.built import Built, Check, fault_at
from generator.check.models.models import Model, Models, lists
from generator.field import numbered, text
from generator.finding import Finding, Severity
from generator.manifest import Object, ObjectId
from generator.yamlio import Path

_WIDE = ("global", "us", "eu")
_MULTI_REGION = ("us", "eu")
_REGION: Path = ("gcp", "vertexAi", "region")
_OF_API = "GOOGLE_VERTEXAI_REGION"
"""The variable that gives the API its one location of Gemini and embeddings (codemie src/codemie/configs/config.py)."""
_IN_IMAGE = ("gemini-3.1-pro-preview", "gemini-3-flash-preview", "gemini-3.1-flash-image", "text-embedding-005")
"""What MODELS_ENV=gcp lists (codemie-ai/codemie config/llms/llm-gcp-config.yaml; docs/models.md)."""


class Request(NamedTuple):
    """A model that is asked at a location: where the objects say so, and which setting does; () if none."""

    id: str
    location: str
    owner: Object
    pointer: str
    setting: Path


def models_are_asked_where_they_are_served(built: Built) -> Iterator[Finding]:
    """Gemini 3 is served at `global`, `us` and `eu`, not in single regions; embeddings not at `us` and `eu`.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/resources/supported-capabilities, read 2026-11-30.
    """
    everywhere = tuple(lists(built))
    proxies = [found for found in everywhere if found.is_proxy]
    found = _by_proxies(built, proxies) if proxies else _by_the_api(built, everywhere)
    wrong: dict[tuple[ObjectId, str, Path, str], list[Request]] = {}
    for each in found:
        if _elsewhere(each):
            wrong.setdefault((each.owner.id, each.pointer, each.setting, each.location), []).append(each)
    for (_, pointer, setting, location), requests in wrong.items():
        ids = list(dict.fromkeys(each.id for each in requests))
        message = f"{', '.join(ids)} {'is' if len(ids) == 1 else 'are'} not served at {location}"
        hint = _hint(requests[0], shared=not proxies)
        finding = fault_at(built, requests[0].owner, pointer, setting, message, rule="model-location", hint=hint)
        yield replace(finding, severity=Severity.WARNING)


def _elsewhere(request: Request) -> str:
    """Return where the model is served; '' if it is served where it is asked."""
    if request.id.startswith("gemini-3") and request.location not in _WIDE:
        return "global, us or eu"
    if request.id.startswith("text-") and request.location in _MULTI_REGION:
        return "a region, such as europe-west4"
    return ""


def _hint(request: Request, *, shared: bool) -> str:
    if shared:  # Gemini 3 and embeddings
        return "gcp.vertexAi.region: global; with LiteLLM, each model may have its own location"
    of_model = f"location of the model: {_elsewhere(request)}"
    return f"{of_model}; or change gcp.vertexAi.region for all models" if request.setting == _REGION else of_model


def _by_proxies(built: Built, proxies: list[Models]) -> Iterator[Request]:
    for found in proxies:
        for model in found.models:
            if model.deployment.location:
                setting = _setting(built, found, model)
                yield Request(
                    model.deployment.id, model.deployment.location, found.owner, f"/data/{found.entry}", setting
                )


def _by_the_api(built: Built, own_models: tuple[Models, ...]) -> Iterator[Request]:
    """Yield what the API asks itself: the models of its own lists, else those of the image's list."""
    of_lists = tuple(
        model.deployment.id
        for found in own_models
        for model in found.models
        if model.deployment.provider == "vertex_ai"
    )
    for pods in built.pods:
        for path, container in pods.containers():
            variables = {text(item, "name"): text(item, "value") for _, item in numbered(container, "env")}
            in_image = _IN_IMAGE if variables.get("MODELS_ENV") == "gcp" else ()
            for index, item in numbered(container, "env"):
                if text(item, "name") == _OF_API:
                    location, pointer = text(item, "value"), f"{path}/env/{index}/value"
                    setting = _region(built, location)
                    yield from (
                        Request(model, location, pods.owner, pointer, setting) for model in of_lists or in_image
                    )


def _setting(built: Built, found: Models, model: Model) -> Path:
    """Return the setting that a model of LiteLLM has its location from."""
    unit, location = built.unit(found.owner), model.deployment.location
    item: Any = (unit.values.get("models", {}) if unit else {}).get(model.name)
    if unit is None or item is None:
        return _region(built, location)
    path: Path = ("components", unit.name, "models", model.name)
    if item.get("location") == location:
        return (*path, "location")
    for index, each in enumerate(item.get("deployments", ())):
        if each.get("location") == location:
            return (*path, "deployments", index, "location")
    return _region(built, location) or path


def _region(built: Built, location: str) -> Path:
    return _REGION if built.plan.environment.gcp.vertex_ai.region == location else ()


RULES: tuple[Check, ...] = (models_are_asked_where_they_are_served,)
