"""The commit that publishes: its text, with trailers that say where it came from, and who made it."""

import re
from collections.abc import Mapping

from generator.environment import Committer
from generator.history import Source
from generator.publish.lock import Lock, Made
from generator.publish.ownership import Change

_SUBJECT = 72
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LISTED = 10


def message(locks: Mapping[str, Lock], changes: Mapping[str, Change], source: Source) -> str:
    """Return the text of the commit: `prod: publish 233 files (3 changed)`, what changed by environment, trailers."""
    names = ", ".join(locks)
    changed = sum(len(change.changed) + len(change.added) + len(change.removed) for change in changes.values())
    files = sum(len(lock.files) for lock in locks.values())
    subject = f"{names}: publish {files} files ({changed} changed)"
    if len(subject) > _SUBJECT:
        subject = f"publish {len(locks)} environments, {files} files ({changed} changed)"
    body = "\n".join(line for name, change in changes.items() for line in _lines(name, change))
    said: list[tuple[str, str]] = []
    for name, lock in locks.items():
        said += [("Codemie-Environment", name), ("Codemie-Content-Hash", f"{name} {lock.content_hash}")]
        said += [("Codemie-Adopted", f"{name}/{path}") for path in changes[name].taken_over]
    first = next(iter(locks.values()))
    return f"{subject}\n\n{body}\n\n{_trailers(said, first.source, first.generator_version, source)}"


def retirement_message(changes: Mapping[str, Change], made: Made, version: str, source: Source) -> str:
    """Return the text of the commit that takes environments away: `dev: retire, 233 files go`."""
    files = sum(len(change.removed) for change in changes.values())
    subject = f"{', '.join(changes)}: retire, {files} files go"
    if len(subject) > _SUBJECT:
        subject = f"retire {len(changes)} environments, {files} files go"
    body = "\n".join(line for name, change in changes.items() for line in _lines(name, change))
    said = [("Codemie-Retired", name) for name in changes]
    said += [("Codemie-Adopted", f"{name}/{path}") for name, change in changes.items() for path in change.taken_over]
    return f"{subject}\n\n{body}\n\n{_trailers(said, made, version, source)}"


def identity(who: Committer | None, source: Source) -> dict[str, str]:
    """Return who commits, as the environment says or else git, at the time of the source's commit.

    So the same sources on the same tip give the same commit, whatever the clock says.
    """
    settings = dict(source.git.settings)
    inherited = source.git.environment
    name = who.name if who else inherited.get("GIT_COMMITTER_NAME", settings.get("user.name", ""))
    email = who.email if who else inherited.get("GIT_COMMITTER_EMAIL", settings.get("user.email", ""))
    return {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_AUTHOR_DATE": source.date,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
        "GIT_COMMITTER_DATE": source.date,
    }


def _lines(name: str, change: Change) -> list[str]:
    added, changed, removed = len(change.added), len(change.changed), len(change.removed)
    lines = [f"{name}: {added} added, {changed} changed, {removed} removed"]
    touched = sorted({*change.added, *change.changed, *change.removed})
    lines += [f"  {_CONTROL.sub(' ', path)}" for path in touched[:_LISTED]]
    if len(touched) > _LISTED:
        lines.append(f"  and {len(touched) - _LISTED} more")
    return lines


def _trailers(said: list[tuple[str, str]], made: Made, version: str, source: Source) -> str:
    """Return one line each. What comes from outside loses line ends, with which it could add trailers of its own."""
    said = [
        *said,
        ("Codemie-Source-Repository", made.repository),
        ("Codemie-Source-Commit", made.commit),
        ("Codemie-Source-Dirty", "true" if made.dirty else ""),
        ("Codemie-Generator-Version", version),
        # By these Argo CD shows the commit of the sources beside ours (its documentation of the source hydrator).
        ("Argocd-reference-commit-sha", source.commit),
        ("Argocd-reference-commit-author", source.author),
        ("Argocd-reference-commit-subject", source.subject),
        ("Argocd-reference-commit-repourl", made.repository),
    ]
    return "".join(f"{key}: {_CONTROL.sub(' ', value).strip()}\n" for key, value in said if value)
