"""Until when models are served: what is warned of, and that the data and our own defaults are in order."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from objects import said, world
from product import build
from test_check_models import CHAT, EMBEDDING, listing, owned, proxied

from generator.check.models import retirements
from generator.manifest import Manifest

ON = dt.date(2026, 11, 30)
AT = "warning: ConfigMap codemie/list: /data/models.yaml: "
DATA = Path(retirements.__file__).with_name("retirements.yaml")


def asked(model: str, location: str = "global", provider: str = "vertex_ai") -> list[Manifest]:
    """Return a world whose list asks for `model`, under the name `mine`."""
    params = {"model": f"{provider}/{model}", "vertex_location": location}
    return world(listing(model_list=[CHAT, EMBEDDING, {**proxied("mine"), "litellm_params": params}]))


def retired(message: str, instead: str) -> str:
    return (
        f"{AT}mine: {message} [model-retired]\n"
        f"  hint: its provider recommends {instead}; docs/models.md says how to keep the name\n"
    )


@pytest.mark.parametrize(
    ("model", "day", "expected"),
    [
        ("gemini-2.5-pro", ON, retired("gemini-2.5-pro was retired on 2026-10-20", "gemini-3.5-flash")),
        (
            "gemini-2.5-pro",
            dt.date(2026, 10, 20),
            retired("gemini-2.5-pro will be retired on 2026-10-20", "gemini-3.5-flash"),
        ),
        (
            "gemini-2.5-pro",
            dt.date(2026, 8, 21),
            retired("gemini-2.5-pro will be retired on 2026-10-20", "gemini-3.5-flash"),
        ),
        ("gemini-2.5-pro", dt.date(2026, 8, 20), ""),
        ("gemini-3.5-flash", ON, ""),
        ("of-our-own", ON, ""),
    ],
)
def test_a_model_is_warned_of_from_60_days_before_its_last_day(model: str, day: dt.date, expected: str) -> None:
    assert said(asked(model), today=day) == expected


def test_a_day_is_the_providers_own() -> None:
    assert "retired" not in said(asked("claude-sonnet-4-5-20250929"), today=ON)
    assert "retired on 2026-11-30" in said(asked("claude-sonnet-4-5-20250929", provider="anthropic"), today=ON)


def test_the_apis_own_lists_are_judged_too() -> None:
    old, new = owned("old", "global"), owned("new", "global")
    vertex = {"deployment_name": "gemini-2.5-flash", "provider": "google_vertexai"}
    manifests = world(listing(llm_models=[{**old, **vertex}], embeddings_models=[new]))
    assert said(manifests, today=ON) == (
        f"{AT}old: gemini-2.5-flash was retired on 2026-10-20 [model-retired]\n"
        "  hint: its provider recommends gemini-3.5-flash-lite; docs/models.md says how to keep the name\n"
    )


def test_every_day_has_a_source_that_is_named() -> None:
    data: dict[str, Any] = yaml.safe_load(DATA.read_text())
    for provider, models in retirements.announced().items():
        for name, entry in models.items():
            assert entry.keys() == {"last", "instead", "source"}, (provider, name)
            assert dt.date.fromisoformat(entry["last"]) > dt.date(2020, 1, 1)
            assert entry["source"] in data["sources"]
            assert entry["instead"] not in models, "what comes in its place is going, too"


def test_none_of_our_defaults_is_retired() -> None:
    assert not [item for item in build("prod").verdict.findings if item.rule.startswith("model-")]


def test_the_day_is_in_nothing_that_is_rendered() -> None:
    more = "components: {litellm: {models: {old: {model: gemini-2.5-pro}}}}\n"
    built = build("prod", more)
    (found,) = [item for item in built.verdict.findings if item.rule == "model-retired"]
    assert (found.severity, found.path) == ("warning", "components.litellm.models.old")
    assert not [path for path, text in built.files.items() if "2026-10-20" in text]
