"""Where to publish: which repository, branch and folder; what no repository may be called."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from generator.catalog import Plan
from generator.errors import InputInvalid
from generator.finding import Finding, Severity

LOCK = ".codemie-manifests.lock.json"
_REMOTE = re.compile(
    r"(https://|http://127\.0\.0\.1(:[0-9]+)?/|ssh://([A-Za-z0-9_][A-Za-z0-9._-]*@)?)"
    r"[A-Za-z0-9.\[][^\s@\\\x00-\x20\x7f-\U0010ffff]*"
)
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_NO_BRANCH = re.compile(r"\.\.|//|/\.|^refs/|[./]$|\.lock(/|$)|^HEAD$")


class Override(NamedTuple):
    """What the command line says instead of the environment; '' leaves it as it is."""

    repository: str = ""
    branch: str = ""
    path: str = ""


class Target(NamedTuple):
    """A branch of a repository; environments are at `<path>/<environment>/`. `mode` is that of the environment."""

    repository: str
    branch: str
    path: str
    mode: str

    def folder(self, environment: str) -> str:
        """Return the folder of an environment."""
        return f"{self.path}/{environment}"


def targets(plans: list[Plan], override: Override) -> list[Target]:
    """Return where each of these environments goes. Raises InputInvalid."""
    said = [Override(it.repository, it.branch, it.path) for it in (plan.environment.gitops for plan in plans)]
    if problems := [*misnamed(override, "--"), *(found for it in said for found in misnamed(it, "gitops."))]:
        raise InputInvalid(problems)
    return [_target(plan, override) for plan in plans]


def target(plans: list[Plan], override: Override) -> Target:
    """Return where these environments go: one commit has one target. Raises InputInvalid."""
    names = [plan.environment.name for plan in plans]
    return one_target(dict(zip(names, targets(plans, override), strict=True)))


def one_target(places: Mapping[str, Target]) -> Target:
    """Return the one place that environments go to. Raises InputInvalid where there are several."""
    hint = "publish them one by one: " + "; ".join(f"codemie-manifests publish {name}" for name in places)
    if len({it.mode for it in places.values()}) > 1:
        modes = ", ".join(f"{name} is {it.mode}" for name, it in places.items())
        raise InputInvalid(
            [Finding(rule="publish-target", message=f"they are published in several ways: {modes}", hint=hint)]
        )
    if len(set(places.values())) > 1:
        said = "; ".join(f"{name}: {it.repository} {it.branch} {it.path}" for name, it in places.items())
        raise InputInvalid(
            [
                Finding(
                    rule="publish-target", message=f"one commit cannot be pushed to several places: {said}", hint=hint
                )
            ]
        )
    return next(iter(places.values()))


def elsewhere(plans: list[Plan], override: Override) -> Iterator[Finding]:
    """Yield a warning for each place that Argo CD reads and that is not the one that the command line says."""
    places: dict[Target, list[str]] = {}
    for plan, asked, read in zip(plans, targets(plans, override), targets(plans, Override()), strict=True):
        if asked._replace(mode="") != read._replace(mode=""):
            places.setdefault(read, []).append(plan.environment.name)
    for read, names in places.items():
        folders = ", ".join(read.folder(name) for name in names)
        message = f"the Applications of {', '.join(names)} read {read.repository} branch {read.branch} path {folders}"
        hint = "a push to another place is a trial; Argo CD does not read it"
        yield Finding(rule="publish-elsewhere", severity=Severity.WARNING, message=message, hint=hint)


def _target(plan: Plan, override: Override) -> Target:
    gitops = plan.environment.gitops
    mode = "push" if any(override) else gitops.publish
    repository = override.repository or gitops.repository
    return Target(
        repository=addressed(repository),
        branch=override.branch or gitops.branch,
        path=override.path or gitops.path,
        mode=mode,
    )


def addressed(repository: str) -> str:
    """Return the URL of a repository that may be a folder here."""
    return repository if "://" in repository else Path(repository).resolve().as_uri()


def misnamed(said: Override, place: str) -> Iterator[Finding]:
    """Yield what cannot be a repository, a branch or a folder; only the command line may name one that is here."""
    repository, branch, path = said
    if repository and not (_REMOTE.fullmatch(repository) or (place == "--" and _is_local(repository))):
        hint = (
            "https://host/… or ssh://user@host/… (not user@host:…), no password; "
            "to try, a folder that is there or file:///…"
        )
        yield Finding(rule="publish-repository", message=f"{place}repository is none that is published to", hint=hint)
    if branch and (not _BRANCH.fullmatch(branch) or _NO_BRANCH.search(branch)):
        hint = "such as main or env/prod, not a full ref"
        yield Finding(rule="publish-branch", message=f"{place}branch is no name of a branch", hint=hint)
    if path and not _PATH.fullmatch(path):
        hint = "such as envs or clusters/codemie: no leading slash, dot or dash, no .."
        yield Finding(rule="publish-path", message=f"{place}path is no folder inside a repository", hint=hint)


def _is_local(repository: str) -> bool:
    """Whether it is a folder here: `file:///…`, or a path that is there and cannot be taken for anything else."""
    if repository.startswith("file:///"):
        return not re.search(r"[\s\x00-\x1f\x7f?#%]", repository)
    return (
        not repository.startswith("-")
        and "::" not in repository
        and "://" not in repository
        and Path(repository).is_dir()
    )
