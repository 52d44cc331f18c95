"""An environment that is no more goes from the branch that Argo CD reads: one commit, without its folder.

It is published as ever: on the tip, never forced, and only files that are ours as the lock says go. Where it was
published, its last root Application says, which the history of the sources holds.
"""

from collections.abc import Iterator
from typing import NamedTuple

from generator import __version__, history, yamlio
from generator.errors import Conflict, InputInvalid, refuse
from generator.field import text
from generator.finding import Finding
from generator.history import Source
from generator.publish import ownership
from generator.publish.fitness import is_in_place
from generator.publish.lock import Made
from generator.publish.message import identity, retirement_message
from generator.publish.ownership import Allowed, Change
from generator.publish.publish import (
    Built,
    Gate,
    Order,
    Published,
    Say,
    delivered,
    folder_at,
    obstacles,
    order_of,
    published_tree,
    with_who,
)
from generator.publish.remote import Remote, remote
from generator.publish.target import LOCK, Override, Target, addressed, misnamed

_ROOT, _APPS = "bootstrap/root.yaml", "argocd/apps"


class RetirementRequest(NamedTuple):
    """Which environments go, by which source, from where, what a person said yes to, and what may refuse it."""

    names: tuple[str, ...]
    source: Source
    target: Target
    allowed: Allowed
    gates: tuple[Gate, ...]
    dry_run: bool = False


def last_target(source: Source, output: str, name: str, override: Override) -> Target:
    """Return where an environment was published: as the command line says, else its last root Application.

    Raises InputInvalid where neither does.
    """
    said = Override()
    if not all(override) and (content := history.last_content(source, f"{output}/{name}/{_ROOT}")):
        root = yamlio.load(content.decode("utf-8", "replace"), _ROOT).value
        repository, branch, path = (text(root, "spec", "source", key) for key in ("repoURL", "targetRevision", "path"))
        said = Override(repository, branch, path.removesuffix(f"/{name}/{_APPS}"))
    if problems := [*misnamed(override, "--"), *misnamed(said, "gitops.")]:
        raise InputInvalid(problems)
    found = Override(*(asked or known for asked, known in zip(override, said, strict=True)))
    if not all(found):
        message = f"the place where {name} was published is unknown: no earlier commit has {output}/{name}/{_ROOT}"
        hint = "pass --repository, --branch and --path; in a shallow clone, run git fetch --unshallow"
        raise InputInvalid([Finding(rule="publish-target", message=message, hint=hint)])
    target = Target(addressed(found.repository), found.branch, found.path, "push")
    in_place = not any(override) and is_in_place(source, target, output)
    return target._replace(mode="in-place") if in_place else target


def still_there(source: Source, output: str, name: str) -> Iterator[Finding]:
    """Yield what the commit still holds of an environment that is to go."""
    held = history.blobs(source, source.commit, source.path("environments"))
    paths = [source.path(f"environments/{name}.yaml")] if f"{name}.yaml" in held else []
    paths += [f"{output}/{name}"] if history.blobs(source, source.commit, f"{output}/{name}") else []
    for path in paths:
        hint = f"codemie-manifests env retire {name} --confirm {name}, then commit"
        yield Finding(rule="publish-retire", message=f"{path} is still in the commit", hint=hint, environment=name)


def retire(request: RetirementRequest, say: Say = lambda _: None) -> Published | None:
    """Take the environments' folders off the branch; None where merging is publishing.

    Raises Conflict (5), CheckFailed (4) or RemoteFailed (6).
    """
    if request.target.mode == "in-place":
        return None
    say(f"fetching {request.target.branch}")
    with remote(request.target, request.source.git) as branch:
        order = order_of(request.source)
        return delivered(branch, lambda tip: _build(request, tip, order), say, dry_run=request.dry_run)


def _build(request: RetirementRequest, branch: Remote, order: Order) -> Built:
    made = Made(request.source.url, request.source.commit, dirty=False)
    changes: dict[str, Change] = {}
    found: list[Finding] = []
    refused: list[Finding] = []
    gone: list[str] = []
    left: list[str] = []
    for name in request.names:
        folder = folder_at(request.target, name, branch)
        found += obstacles(request.target, name, branch)
        found += ownership.retirement_conflicts(folder, __version__, request.allowed)
        found += ownership.older_source(folder, made, order, request.allowed)
        changes[name] = ownership.change(folder, {}, request.allowed)
        if changes[name].removed and not found:
            published = published_tree(name, folder, branch)
            refused += [finding for gate in request.gates for finding in gate(published)]
        ours = {*changes[name].removed, LOCK} & folder.entries.keys()
        gone += [f"{folder.name}/{path}" for path in sorted(ours)]
        left += [f"{folder.name}/{path}" for path in sorted(folder.entries.keys() - ours)]
    if found:
        raise Conflict([*with_who(found, branch), *refused])
    refuse(refused)
    said = retirement_message(changes, made, __version__, request.source)
    if not gone:
        return Built("", changes, said, tuple(left))
    tree = branch.tree(dict.fromkeys(gone, ""))
    return Built(branch.commit(tree, said, identity(None, request.source)), changes, said, tuple(left))
