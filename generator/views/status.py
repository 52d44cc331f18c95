"""What is behind what, in a few lines per environment, with what to do next."""

import json
import shlex
from collections.abc import Iterable, Iterator

from generator.finding import Finding, Severity, errors
from generator.publish import Override, State, Status
from generator.views import findings

_MAX_NAMED = 2


def text(statuses: Iterable[Status], override: Override) -> str:
    """Return a small table per environment, and below it what to do next."""
    return "\n".join("\n".join(_lines(status, override)) + "\n" for status in statuses)


def as_json(statuses: Iterable[Status], override: Override, retired: Iterable[Finding] = ()) -> str:
    """Return the same as JSON. `published` is what Argo CD reads; `ahead` is null where it is not known.

    `findings` at the top say why the command does not end with 0; `left` are of environments that are no more.
    """
    statuses = tuple(statuses)
    document = {
        "schema": 1,
        "environments": [_object(status, override) for status in statuses],
        "findings": findings.objects([*(one for status in statuses for one in _behind(status, override)), *retired]),
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _behind(status: Status, override: Override) -> Iterator[Finding]:
    """Yield what is behind, the first step of it, and what to do; of a repository that was not reached, why."""
    if status.there.state is State.UNKNOWN:
        yield from errors(status.refused)
    if status.is_behind:
        title, state = next((title, state) for title, state in _rows(status) if state != "same")
        message, hint = f"{title}: {state}", next_step(status, override)
        yield Finding(
            rule="status-behind",
            severity=Severity.WARNING,
            message=message,
            hint=hint,
            environment=status.environment,
        )


def _object(status: Status, override: Override) -> dict[str, object]:
    output, published, lock = status.output, status.there, status.there.lock
    return {
        "name": status.environment,
        "behind": status.is_behind,
        "next": next_step(status, override),
        "output": {
            "changed": list(output.changed),
            "added": list(output.added),
            "removed": list(output.removed),
            "foreign": list(output.foreign),
        },
        "commit": {
            "id": status.source.commit,
            "branch": status.source.branch or None,
            "uncommitted": list(status.uncommitted),
        },
        "published": {
            "mode": status.target.mode,
            "repository": status.target.repository,
            "branch": status.target.branch,
            "path": status.target.folder(status.environment),
            "state": published.state.value,
            "tip": published.tip or None,
            "source": lock
            and {"repository": lock.source.repository, "commit": lock.source.commit, "dirty": lock.source.dirty},
            "ahead": published.ahead,
            "generatorVersion": lock and lock.generator_version,
            "contentHash": lock and lock.content_hash,
            "added": list(published.change.added),
            "changed": list(published.change.changed),
            "removed": list(published.change.removed),
            "edited": list(published.edited),
            "foreign": list(published.foreign),
        },
        "findings": findings.objects((*status.refused, *status.findings)),
    }


def next_step(status: Status, override: Override) -> str:
    """Return the next thing to do: a command, or words where it is for a person to decide."""
    name, state = status.environment, status.there.state
    publish = " ".join(["codemie-manifests publish", name, *_options(override)])
    if status.output.stale():
        return f"codemie-manifests render {name}"
    if status.output.foreign:
        return f"move away what is not ours: output/{name}/{status.output.foreign[0]}"
    if status.uncommitted:
        return "git commit"
    return {
        State.SAME: "nothing to do",
        State.BEHIND: publish,
        State.NOT_PUBLISHED: publish,
        State.NO_BRANCH: publish,
        State.REFUSED: next((one.hint for one in status.refused if one.hint), "see the warnings"),
        State.NOT_PUSHED: "git push",
        State.OTHER_BRANCH: f"merge it into {status.target.branch}",
        State.UNKNOWN: "reach the repository, and ask again",
    }[state]


def _lines(status: Status, override: Override) -> Iterator[str]:
    target, rows = status.target, _rows(status)
    width = max(len(title) for title, _ in rows)
    yield f"{status.environment}: {target.repository} {target.branch} {target.folder(status.environment)}/"
    yield from (f"  {title:{width}}  {state}" for title, state in rows)
    yield f"  next: {next_step(status, override)}"


def _rows(status: Status) -> tuple[tuple[str, str], ...]:
    commit = status.source.commit[:12]
    return (
        ("sources -> output/", _rendered(status)),
        (f"output/ -> {commit}", _listed("not committed: ", status.uncommitted) or "same"),
        (f"{commit} -> published", _published(status)),
    )


def _rendered(status: Status) -> str:
    output = status.output
    differing = (*output.changed, *output.added, *output.removed)
    parts = [_listed(f"{_differ(len(differing))}: ", differing), _listed("not ours: ", output.foreign)]
    return "; ".join(part for part in parts if part) or "same"


def _published(status: Status) -> str:
    published, branch = status.there, status.target.branch
    sentence = {
        State.SAME: "same",
        State.NOT_PUBLISHED: "not published yet",
        State.NO_BRANCH: f"the branch {branch} is not there yet",
        State.NOT_PUSHED: f"not on {branch} of origin, as last fetched",
        State.OTHER_BRANCH: f"on {status.source.branch or 'no branch'}, not on {branch} of origin, as last fetched",
        State.UNKNOWN: "not known: the repository was not reached",
    }.get(published.state)
    if sentence == "same" and status.target.mode == "in-place":
        return f"on {branch} of origin, as last fetched: merging is publishing"
    change = published.change
    differing = len(change.added) + len(change.changed) + len(change.removed)
    parts = [
        sentence or _differ(differing),
        _origin(status),
        _listed("changed by hand: ", published.edited),
        _listed("not ours: ", published.foreign),
        "publish would refuse" if published.state is State.REFUSED else "",
    ]
    return "; ".join(part for part in parts if part)


def _origin(status: Status) -> str:
    """Return `published from 9f8e7d6c5b4a, 2 commits ago, by version 0.3.0`."""
    lock, ahead = status.there.lock, status.there.ahead
    if not lock:
        return ""
    age = f", {ahead} commit{'s' if ahead > 1 else ''} ago" if ahead else ""
    dirty = " and what nobody had committed" if lock.source.dirty else ""
    return f"published from {lock.source.commit[:12]}{dirty}{age}, by version {lock.generator_version}"


def _options(override: Override) -> Iterator[str]:
    yield from (f"--{name} {shlex.quote(value)}" for name, value in override._asdict().items() if value)


def _differ(count: int) -> str:
    return "1 file differs" if count == 1 else f"{count} files differ"


def _listed(title: str, paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - _MAX_NAMED} more" if len(paths) > _MAX_NAMED else ""
    return f"{title}{', '.join(paths[:_MAX_NAMED])}{more}" if paths else ""
