"""What a publish did, or would do."""

import json
from collections.abc import Iterable

from generator.finding import Finding
from generator.publish import Published, Target
from generator.views import findings
from generator.views.review.wording import joined

_NAMED = 5


def text(done: Published | None, target: Target, *, dry_run: bool) -> str:
    """Return the result in a line per environment; of a dry run the commit and its files first."""
    if done is None:
        place = f"{target.path}/ of {target.repository} {target.branch}"
        return f"in place: Argo CD reads {place}, so merging is publishing; output/ is current and committed\n"
    place = f"{target.repository} {target.branch}"
    lines = [
        f"{name}: {len(it.added)} added, {len(it.changed)} changed, {len(it.removed)} removed in {target.folder(name)}/"
        for name, it in done.changes.items()
    ]
    if done.left:
        lines.append(f"not published by us, so kept: {joined(done.left, _NAMED)}")
    if dry_run and done.commit:
        return f"{done.message}\n{done.stat}\n\n" + "\n".join([*lines, f"dry run: nothing is pushed to {place}"]) + "\n"
    if not done.commit:
        return "\n".join([*lines, f"nothing to do: {place} holds this already"]) + "\n"
    return "\n".join([*lines, f"published {done.commit[:12]} to {place}"]) + "\n"


def as_json(done: Published | None, target: Target, warnings: Iterable[Finding], *, dry_run: bool) -> str:
    """Return the same as JSON; `commit` is null where nothing was to do or nothing is pushed."""
    changes = done.changes if done else {}
    said = {
        "schema": 1,
        "mode": target.mode,
        "repository": target.repository,
        "branch": target.branch,
        "commit": (done.commit or None) if done and not dry_run else None,
        "environments": [
            {
                "name": name,
                "path": target.folder(name),
                "added": list(it.added),
                "changed": list(it.changed),
                "removed": list(it.removed),
                "adopted": list(it.taken_over),
            }
            for name, it in changes.items()
        ],
        "message": done.message if done else "",
        "left": list(done.left) if done else [],
        "findings": findings.objects(warnings),
    }
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"
