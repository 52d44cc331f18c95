"""A stand-in for the API's start: what it takes of LiteLLM's `/v1/model/info`, and when it ends.

Written from facts of codemie-ai/codemie: `src/codemie/enterprise/litellm/models.py` (which fields become what, and what a
missing one means), `dependencies.py` there (disabled models are left out, one of a name is kept, the last; a mode that is
not `embedding` is chat), `src/codemie/service/llm_service/llm_service.py` (the defaults) and
`src/codemie/rest_api/main.py` (the models are fetched once; then assistants, skills and workflows ask for the defaults,
and the error that there is none ends the start).
"""

from typing import Any, NamedTuple


class NoDefaultError(Exception):
    """What ends the API: no model of a kind is global."""


class Model(NamedTuple):
    """One model as the API keeps it."""

    name: str
    label: str
    is_embedding: bool
    is_global: bool
    sees_images: bool
    draws_images: bool
    calls_tools: bool
    hidden_in_web: bool
    takes: frozenset[str]
    costs: tuple[Any, ...] | None


class Started(NamedTuple):
    """What the API knows once it runs."""

    chat: dict[str, Model]
    embedding: dict[str, Model]
    default_chat: str
    default_embedding: str


def start(answer: dict[str, Any]) -> Started:
    """Return what the API has after its start; raise NoDefaultError where it ends instead."""
    chat: dict[str, Model] = {}
    embedding: dict[str, Model] = {}
    for item in answer["data"]:
        if item["model_info"].get("enabled", True) is True:
            model = _model(item["model_name"], item["model_info"])
            (embedding if model.is_embedding else chat)[model.name] = model
    return Started(chat, embedding, _default(chat, "chat"), _default(embedding, "embedding"))


def _model(name: str, info: dict[str, Any]) -> Model:
    parameters = info.get("supported_openai_params") or []
    cost = (info.get("input_cost_per_token"), info.get("output_cost_per_token"))
    return Model(
        name=name,
        label=info.get("label", info.get("id", name)),
        is_embedding=info.get("mode") == "embedding",
        is_global="global" in info.get("default_for_categories", []),
        sees_images=bool(info.get("supports_vision")),
        draws_images=info.get("supports_image_generation") is True,
        calls_tools=bool(info.get("supports_function_calling")),
        hidden_in_web=info.get("forbidden_for_web") is True,
        takes=frozenset(parameters) & {"temperature", "max_tokens", "max_completion_tokens", "parallel_tool_calls"},
        costs=cost if all(item is not None for item in cost) else None,
    )


def _default(models: dict[str, Model], kind: str) -> str:
    for model in models.values():
        if model.is_global:
            return model.name
    message = f"no global {kind} model"
    raise NoDefaultError(message)
