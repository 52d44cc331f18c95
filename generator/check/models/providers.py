"""How LiteLLM reaches the providers of its models: the variables with their keys, the way out, and the fallbacks."""

from collections.abc import Iterator

from generator.check.built import Built, Check
from generator.check.models.models import fault_at_setting, lists
from generator.field import listed, mapping, numbered, text
from generator.finding import Finding
from generator.schema import dotted, walk

_VARIABLE = "os.environ/"
"""What LiteLLM reads a value from, in its file."""
_WAYS_OUT = frozenset({"internet", "corporate"})


def keys_are_those_of_providers(built: Built) -> Iterator[Finding]:
    """A model reads only its unit's `secretEnv`: other variables hold LiteLLM's own keys, and a provider gets them."""
    for found in lists(built):
        unit = built.unit(found.owner)
        secret_env = unit.common.secret_env if unit else {}
        for _, item in numbered(found.content, "model_list"):
            for path, value in walk(mapping(item, "litellm_params")):
                if isinstance(value, str) and value.startswith(_VARIABLE) and value[len(_VARIABLE) :] not in secret_env:
                    name = text(item, "model_name")
                    message = f"{name}: its {dotted(path)} is a variable that is not in secretEnv"
                    hint = "secretEnv: {AZURE_API_KEY: {source: external, id: azure-openai-key}} beside the models"
                    yield fault_at_setting(built, found, "chat", message, rule="model-variable", hint=hint, model=name)


def providers_are_reached(built: Built) -> Iterator[Finding]:
    """Providers other than Vertex AI are on the internet, or in the company's network, and LiteLLM may call there."""
    for found in lists(built):
        unit = built.unit(found.owner)
        ways = {connection.to for connection in unit.connects} if unit else set()
        if not found.is_proxy or ways & _WAYS_OUT:
            continue
        for model in found.models:
            if model.deployment.provider != "vertex_ai":
                message = f"{model.name}: LiteLLM may not call its provider"
                hint = (
                    "internetAccess: true beside the models; "
                    "corporateAccess: true for a provider in the company's network"
                )
                yield fault_at_setting(
                    built, found, model.mode, message, rule="model-egress", hint=hint, model=model.name
                )


def fallbacks_are_other_models(built: Built) -> Iterator[Finding]:
    """A model that is asked instead of another is in the list, and so is that other; it is not the same one."""
    for found in lists(built):
        model_names = {model.name for model in found.models}
        for fallback in listed(found.content, "router_settings", "fallbacks"):
            for name, others in mapping(fallback).items():
                wrong = {name, *listed(others)} - model_names
                if wrong or name in listed(others):
                    message = (
                        "a fallback names a model that is not in the list" if wrong else "a model falls back to itself"
                    )
                    hint = f"the list has {', '.join(sorted(model_names))}"
                    yield fault_at_setting(
                        built, found, "", message, rule="model-fallback", hint=hint, setting="fallbacks"
                    )


RULES: tuple[Check, ...] = (keys_are_those_of_providers, providers_are_reached, fallbacks_are_other_models)
