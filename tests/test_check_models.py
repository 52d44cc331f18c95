"""Lists of models. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

from typing import Any

import pytest
import yaml
from objects import made, said, world
from product import build

from generator.check.models import models
from generator.manifest import Manifest


def proxied(name: str, *categories: str, **info: Any) -> dict[str, Any]:
    """Return an entry of LiteLLM's list."""
    params = {"model": f"vertex_ai/{name}", "vertex_location": "global"}
    return {
        "model_name": name,
        "litellm_params": params,
        "model_info": {"default_for_categories": [*categories], **info},
    }


def owned(name: str, *categories: str, enabled: bool = True) -> dict[str, Any]:
    """Return an entry of the API's own lists."""
    return {"base_name": name, "enabled": enabled, "default_for_categories": [*categories]}


def listing(**content: Any) -> Manifest:
    """Return a ConfigMap with a file that lists models."""
    return made("ConfigMap", "list", {"data": {"models.yaml": yaml.safe_dump(content)}})


CHAT = proxied("chatter", "global")
EMBEDDING = proxied("embedder", "global", mode="embedding")
PAINTER = proxied("painter", mode="image_generation")
MINE = {"llm_models": [owned("chatter", "global")], "embeddings_models": [owned("embedder", "global")]}
AT = "ConfigMap codemie/list: /data/models.yaml: "
ENDS = "the API exits at startup [model-default]\n  hint: set default_for_categories: [global] on exactly one\n"
TAKES = "the API uses one of them [model-default]\n  hint: set default_for_categories: [global] on exactly one\n"
ENV = "/spec/template/spec/containers/0/env/3"
PAINTS = {ENV: {"name": "IMAGE_GENERATION_MODEL", "value": "painter"}}
NOT_THERE = (
    f"warning: Deployment codemie/web: {ENV}/value: painter is in no list of models: no image is drawn [model-images]\n"
    "  hint: imageModel: a model with supports_image_generation; or add it to the models\n"
)
REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "the_api_finds_its_default_models": [
        (world(listing(model_list=[proxied("chatter"), EMBEDDING])), f"{AT}no chat model is global: {ENDS}"),
        (world(listing(model_list=[CHAT])), f"{AT}no embedding model is global: {ENDS}"),
        (
            world(listing(model_list=[proxied("chatter", "global", enabled=False), EMBEDDING])),
            f"{AT}no chat model is global: {ENDS}",
        ),
        (
            world(listing(model_list=[CHAT, proxied("talker", "global"), EMBEDDING])),
            f"{AT}2 chat models are global (chatter, talker): {TAKES}",
        ),
        (
            world(listing(model_list=[CHAT, EMBEDDING, proxied("painter", "global", mode="image_generation")])),
            f"{AT}painter is global, but only draws images: the API would chat with it [model-default]\n",
        ),
        (world(listing(**{**MINE, "llm_models": [owned("chatter")]})), f"{AT}no chat model is global: {ENDS}"),
        (
            world(listing(**{**MINE, "embeddings_models": [owned("embedder", "global", enabled=False)]})),
            f"{AT}no embedding model is global: {ENDS}",
        ),
    ],
    "images_are_drawn_by_a_model_that_is_there": [
        (world(listing(model_list=[CHAT, EMBEDDING]), deployment=PAINTS), NOT_THERE),
        (world(listing(**MINE), deployment=PAINTS), NOT_THERE),
    ],
}
ACCEPTED: list[list[Manifest]] = [
    world(listing(model_list=[CHAT, EMBEDDING])),
    world(listing(model_list=[CHAT, EMBEDDING, CHAT])),  # two deployments of one name
    world(listing(**MINE)),
    world(listing(model_list=[CHAT, EMBEDDING, PAINTER]), deployment=PAINTS),
    world(deployment=PAINTS),  # the list in the image
    world(made("ConfigMap", "list", {"data": {"a.yaml": "model_list: [", "b.txt": "llm_models: none"}})),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in models.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(manifests) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest]) -> None:
    assert not said(manifests)


def test_it_is_said_where_the_environment_names_the_models() -> None:
    taken = "gemini-3.1-pro: {model: gemini-3.1-pro-preview, info: {default_for_categories: []}}"
    built = build("prod", f"components:\n  litellm:\n    enabled: true\n    models:\n      {taken}\n")
    (found,) = [item for item in built.verdict.findings if item.rule == "model-default"]
    assert (found.file, found.line > 0, found.path) == (
        "environments/profiles/more.yaml",
        True,
        "components.litellm.models",
    )
    assert found.message == "no chat model is global: the API exits at startup"


def test_a_model_for_images_that_is_not_there_is_said_where_it_is_named() -> None:
    built = build("prod", "components:\n  api:\n    imageModel: painter\n")
    (found,) = [item for item in built.verdict.findings if item.rule == "model-images"]
    assert (found.file, found.line, found.path) == (
        "environments/profiles/more.yaml",
        3,
        "components.api.imageModel",
    )
    assert found.message == "painter is in no list of models: no image is drawn"
