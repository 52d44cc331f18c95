"""A review as JSON: every change of every environment, as docs/schemas/diff.schema.json says. Pure."""

import json
from collections.abc import Iterable
from typing import Any

from generator.finding import Finding
from generator.history import Base
from generator.review import Change, Review
from generator.views import findings
from generator.views.review import wording


def text(reviews: Iterable[Review], base: Base, refused: Iterable[Finding] = ()) -> str:
    """Return {"schema": 1, "base", "environments": [{name, changes, summary, noise, findings}], "findings"}.

    Whole objects are given whole; `findings` at the top say why the command does not end with 0.
    """
    document = {
        "schema": 1,
        "base": _base(base),
        "environments": [_environment(review) for review in reviews],
        "findings": findings.objects(refused),
    }
    return json.dumps(document, indent=2, ensure_ascii=True, default=str) + "\n"


def _base(base: Base) -> dict[str, Any]:
    return {
        "commit": base.commit or None,
        "short": base.commit[:12] or None,
        "date": base.date or None,
        "found": base.found,
    }


def _environment(review: Review) -> dict[str, Any]:
    return {
        "name": review.environment,
        "changes": [_change(change) for change in review.changes],
        "summary": wording.impact_counts(review.changes),
        "noise": dict(review.noise),
        "findings": findings.objects(review.findings),
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
        "also": [verdict._asdict() for verdict in change.also],
    }
