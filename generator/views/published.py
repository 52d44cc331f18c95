"""What a publish did, or would do."""

import json
from collections.abc import Iterable

from generator.finding import Finding
from generator.publish import Published, Target
from generator.views import findings
from generator.views.review.wording import joined

_MAX_NAMED = 5


def text(published: Published | None, target: Target, *, dry_run: bool) -> str:
    """Return the result in a line per environment; of a dry run the commit and its files first."""
    if published is None:
        place = f"{target.path}/ of {target.repository} {target.branch}"
        return f"in place: Argo CD reads {place}, so merging is publishing; output/ is current and committed\n"
    place = f"{target.repository} {target.branch}"
    lines = [
        f"{name}: {len(change.added)} added, {len(change.changed)} changed, {len(change.removed)} removed "
        f"in {target.folder(name)}/"
        for name, change in published.changes.items()
    ]
    if published.left:
        lines.append(f"not published by us, so kept: {joined(published.left, _MAX_NAMED)}")
    if dry_run and published.commit:
        return (
            f"{published.message}\n{published.stat}\n\n"
            + "\n".join([*lines, f"dry run: nothing is pushed to {place}"])
            + "\n"
        )
    if not published.commit:
        return "\n".join([*lines, f"nothing to do: {place} holds this already"]) + "\n"
    return "\n".join([*lines, f"published {published.commit[:12]} to {place}"]) + "\n"


def as_json(published: Published | None, target: Target, warnings: Iterable[Finding], *, dry_run: bool) -> str:
    """Return the same as JSON; `commit` is null where nothing was to do or nothing is pushed."""
    changes = published.changes if published else {}
    document = {
        "schema": 1,
        "mode": target.mode,
        "repository": target.repository,
        "branch": target.branch,
        "commit": (published.commit or None) if published and not dry_run else None,
        "environments": [
            {
                "name": name,
                "path": target.folder(name),
                "added": list(change.added),
                "changed": list(change.changed),
                "removed": list(change.removed),
                "adopted": list(change.taken_over),
            }
            for name, change in changes.items()
        ],
        "message": published.message if published else "",
        "left": list(published.left) if published else [],
        "findings": findings.objects(warnings),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
