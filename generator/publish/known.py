"""What is published of an environment, as far as our own repository knows it: nobody is asked, nothing is fetched."""

import contextlib
from typing import NamedTuple

from generator import history
from generator.catalog import Plan
from generator.errors import InputInvalid
from generator.finding import Finding, Severity
from generator.history import OldSide, Source
from generator.publish.fitness import remote_of
from generator.publish.lock import Lock, read
from generator.publish.target import LOCK, Override, Target, targets


class Known(NamedTuple):
    """A branch that Argo CD reads, as last fetched: its commit, and the blobs that it holds of an environment."""

    branch: str
    commit: str
    files: dict[str, str]


def known(source: Source, target: Target, environment: str) -> Known | None:
    """Return what is published of an environment; None where no remote of ours is the repository that Argo CD reads."""
    remote = remote_of(source, target)
    branch = f"{remote}/{target.branch}"
    done = source.git.run("rev-parse", "--verify", "--quiet", f"refs/remotes/{branch}^{{commit}}")
    if not remote or done.status != 0:
        return None
    files = history.blobs(source, done.text, target.folder(environment))
    lock = files.pop(LOCK, "")
    ours = read(next(history.contents(source.git, [lock]))) if lock.isalnum() else None
    return Known(branch, done.text, dict(ours.files) if isinstance(ours, Lock) else files)


def unlike(old: OldSide, plan: Plan) -> Finding | None:
    """Return a warning where the old side of a review is known not to be what is published, else None."""
    with contextlib.suppress(InputInvalid):  # there is a review whatever else is wrong
        return _unlike(old, plan.environment.name, *targets([plan], Override()))
    return None


def _unlike(old: OldSide, environment: str, target: Target) -> Finding | None:
    published = known(old.source, target, environment) if old.source else None
    commit, folder = old.base.commit, f"{old.output}/{environment}"
    if not old.source or not published or published.files == history.blobs(old.source, commit, folder):
        return None
    return Finding(
        rule="diff-not-published",
        severity=Severity.WARNING,
        message=f"the base {commit[:12]} is not what is published: {target.folder(environment)} on "
        f"{published.branch} ({published.commit[:12]}, as last fetched) is another",
        hint="what runs now may be neither side; merge the default branch, and publish what is not published yet",
        environment=environment,
    )
