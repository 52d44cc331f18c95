"""A plan as JSON: every change of every environment, as docs/schemas/diff.schema.json says. Pure."""

import json
from collections.abc import Iterable
from typing import Any

from generator.review import Change, Review
from generator.views import findings, plan


def text(reviews: Iterable[Review]) -> str:
    """Return {"schema": 1, "environments": [{name, changes, summary, noise, findings}]}; whole objects are given whole."""
    said = {"schema": 1, "environments": [_environment(one) for one in reviews]}
    return json.dumps(said, indent=2, ensure_ascii=True, default=str) + "\n"


def _environment(one: Review) -> dict[str, Any]:
    return {
        "name": one.environment,
        "changes": [_change(change) for change in one.changes],
        "summary": plan.summary(one.changes),
        "noise": dict(one.noise),
        "findings": json.loads(findings.as_json(one.findings))["findings"],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "group": change.id.group,
        "kind": change.id.kind,
        "namespace": change.id.namespace,
        "name": change.id.name,
        "unit": change.unit,
        "action": change.action,
        "cluster": change.id.cluster,
        "path": change.path,
        "before": change.before,
        "after": change.after,
        "impact": change.impact,
        "reason": change.reason,
        "source": change.source,
        "instead": change.instead,
    }
