"""Until when models are served: what their providers announce, from retirements.yaml.

Findings compare with today, so they are warnings: nothing that is rendered depends on the day.
"""

import datetime as dt
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from generator import yamlio
from generator.check.built import Built
from generator.check.models.models import fault_at_setting, lists
from generator.finding import Finding, Severity

_DATA = Path(__file__).with_name("retirements.yaml")
_AHEAD = dt.timedelta(days=60)


def models_are_not_retired(built: Built, today: dt.date) -> Iterator[Finding]:
    """No model is past the last day that its provider announced, or within 60 days of it."""
    for found in lists(built):
        for model in found.models:
            end = announced().get(model.deployment.provider, {}).get(model.deployment.id)
            if end is None or dt.date.fromisoformat(end["last"]) > today + _AHEAD:
                continue
            is_retired = dt.date.fromisoformat(end["last"]) < today
            message = (
                f"{model.name}: {model.deployment.id} {'was' if is_retired else 'will be'} retired on {end['last']}"
            )
            hint = f"its provider recommends {end['instead']}; docs/models.md says how to keep the name"
            finding = fault_at_setting(
                built, found, model.mode, message, rule="model-retired", hint=hint, model=model.name
            )
            yield replace(finding, severity=Severity.WARNING)


@functools.cache
def announced() -> dict[str, dict[str, dict[str, str]]]:
    """Return, by provider as LiteLLM names it and model, the last day, the model in its place and the source."""
    found: dict[str, Any] = yamlio.load_built(_DATA.read_text(encoding="utf-8"), _DATA.name)[0]
    return {provider: models for provider, models in found.items() if provider != "sources"}


DATED = (models_are_not_retired,)
"""Rules that also need to know which day it is."""
