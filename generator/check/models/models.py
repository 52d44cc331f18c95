"""Language models, in the two dialects they are listed in: LiteLLM's `model_list`, and the API's own two lists.

A list is found by what it is, whichever unit mounts it: what a patch changes counts. Where the unit has a setting for
it, a finding stands at the line that somebody wrote. docs/models.md says what the API makes of a list.
"""

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec.structs import replace

from generator import yamlio
from generator.check.built import Built, Check, fault_at
from generator.errors import InputInvalid
from generator.field import listed, mapping, numbered, text
from generator.finding import Finding, Severity
from generator.manifest import Object
from generator.yamlio import Path

_IMAGES = "IMAGE_GENERATION_MODEL"
"""The variable by which the API is told which model draws images (codemie src/codemie/configs/config.py)."""
_PROXY = "model_list"
_OWN = {"llm_models": ("models", "chat"), "embeddings_models": ("embeddings", "embedding")}
"""The API's own lists: the setting each is made of, and what its models do."""


_PROVIDERS = {"google_vertexai": "vertex_ai", "azure_openai": "azure", "aws_bedrock": "bedrock"}
"""The API's words for providers, and LiteLLM's."""


class Deployment(NamedTuple):
    """Where a model is: its provider as LiteLLM names it, the provider's name of it, and the place, if one is said."""

    provider: str
    id: str
    location: str = ""


class Model(NamedTuple):
    """An enabled entry: the name by which it is called, what it does, whether it is its kind's default, where it is."""

    name: str
    mode: str
    is_global: bool
    deployment: Deployment


class Models(NamedTuple):
    """A file that lists models, in an entry of a ConfigMap."""

    owner: Object
    entry: str
    content: dict[str, Any]
    models: tuple[Model, ...]

    @property
    def is_proxy(self) -> bool:
        """Whether it is LiteLLM's, which comes before the API's own where both are there."""
        return _PROXY in self.content


def lists(built: Built) -> Iterator[Models]:
    """Yield every file that lists models."""
    for owner in built.of_kind("ConfigMap"):
        for entry, written in sorted(mapping(owner.manifest, "data").items()):
            if isinstance(written, str) and any(f"{key}:" in written for key in (_PROXY, *_OWN)):
                content = _read(written)
                models = (*_of_proxy(content), *_of_api(content))
                if models:
                    yield Models(owner, entry, content, models)


def the_api_finds_its_default_models(built: Built) -> Iterator[Finding]:
    """One chat model and one embedding model are global: the API asks for both at its start; without, it exits."""
    for found in lists(built):
        for mode, kind in (("chat", "chat"), ("embedding", "embedding")):
            names = sorted({model.name for model in found.models if model.is_global and model.mode == mode})
            if len(names) != 1:
                problem = (
                    f"{len(names)} {kind} models are global ({', '.join(names)})"
                    if names
                    else f"no {kind} model is global"
                )
                why = "the API uses one of them" if names else "the API exits at startup"
                hint = "set default_for_categories: [global] on exactly one"
                yield fault_at_setting(built, found, mode, f"{problem}: {why}", rule="model-default", hint=hint)
        for model in found.models:
            if model.is_global and model.mode not in ("chat", "embedding"):
                message = f"{model.name} is global, but only draws images: the API would chat with it"
                yield fault_at_setting(built, found, "chat", message, rule="model-default")


def images_are_drawn_by_a_model_that_is_there(built: Built) -> Iterator[Finding]:
    """The model that the API draws images with is in the list that it uses: a warning, since nothing else fails."""
    everywhere = tuple(lists(built))
    used = [found for found in everywhere if found.is_proxy] or everywhere
    model_names = {model.name for found in used for model in found.models}
    for pods in built.pods:
        for path, container in pods.containers():
            for index, variable in numbered(container, "env"):
                name = text(variable, "value")
                if variable.get("name") == _IMAGES and used and name not in model_names:
                    unit = built.unit(pods.owner)
                    is_from_unit = unit and unit.values.get("imageModel") == name
                    setting: Path = ("components", unit.name, "imageModel") if unit and is_from_unit else ()
                    message = f"{name} is in no list of models: no image is drawn"
                    hint = "imageModel: a model with supports_image_generation; or add it to the models"
                    pointer = f"{path}/env/{index}/value"
                    finding = fault_at(built, pods.owner, pointer, setting, message, rule="model-images", hint=hint)
                    yield replace(finding, severity=Severity.WARNING)


def fault_at_setting(
    built: Built,
    found: Models,
    mode: str,
    message: str,
    *,
    rule: str,
    hint: str = "",
    model: str = "",
    setting: str = "",
) -> Finding:
    """Return an error at the setting that a list is made of, there at `model`; where nobody wrote one, at the list."""
    unit = built.unit(found.owner)
    own_settings = (setting for setting, its_mode in _OWN.values() if its_mode == mode)
    setting = setting or ("models" if found.is_proxy else next(own_settings, "models"))
    path: Path = ("components", unit.name if unit else "", setting, *([model] if model else []))
    is_of_unit = unit is not None and setting in unit.values
    return fault_at(
        built, found.owner, f"/data/{found.entry}", path if is_of_unit else (), message, rule=rule, hint=hint
    )


@functools.lru_cache(maxsize=16)
def _read(written: str) -> dict[str, Any]:
    """Return what a file says, read once for all rules; nobody changes it."""
    try:
        documents = yamlio.load_built(written, "")
    except InputInvalid:
        return {}
    return mapping(documents[0]) if documents else {}


def _of_proxy(content: dict[str, Any]) -> Iterator[Model]:
    """Yield LiteLLM's models; whatever does not embed, the API chats with."""
    for _, item in numbered(content, _PROXY):
        info = mapping(item, "model_info")
        if info.get("enabled", True) is True:
            params = mapping(item, "litellm_params")
            provider, _, name = text(params, "model").partition("/")
            deployment = Deployment(provider, name, text(params, "vertex_location"))
            mode, categories = text(info, "mode") or "chat", listed(info, "default_for_categories")
            yield Model(text(item, "model_name"), mode, "global" in categories, deployment)


def _of_api(content: dict[str, Any]) -> Iterator[Model]:
    for key, (_, mode) in _OWN.items():
        for _, item in numbered(content, key):
            if item.get("enabled") is True:
                provider, categories = text(item, "provider"), listed(item, "default_for_categories")
                deployment = Deployment(_PROVIDERS.get(provider, provider), text(item, "deployment_name"))
                yield Model(text(item, "base_name"), mode, "global" in categories, deployment)


RULES: tuple[Check, ...] = (the_api_finds_its_default_models, images_are_drawn_by_a_model_that_is_there)
