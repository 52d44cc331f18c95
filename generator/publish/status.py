"""What is behind what: sources, output/, the commit, and what Argo CD reads. Tells, and writes nothing anywhere."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from generator import __version__, workspace
from generator.catalog import Plan
from generator.errors import RemoteFailed
from generator.finding import Finding, Severity
from generator.history import Source
from generator.publish import ownership
from generator.publish.fitness import misplaced, uncommitted, whereabouts
from generator.publish.lock import Lock, Made, read
from generator.publish.ownership import Allowed, Change
from generator.publish.publish import Say, folder_at, obstacles, order_of, with_who
from generator.publish.remote import Remote, remote
from generator.publish.target import LOCK, Override, Target, elsewhere, targets
from generator.tree import Tree
from generator.workspace import Comparison


class State(StrEnum):
    """How what Argo CD reads stands to what is rendered here."""

    SAME = "same"
    BEHIND = "behind"
    REFUSED = "refused"
    """Behind, and publish would refuse; the findings say why."""
    NOT_PUBLISHED = "not-published"
    NO_BRANCH = "no-branch"
    NOT_PUSHED = "not-pushed"
    OTHER_BRANCH = "other-branch"
    UNKNOWN = "unknown"
    """The remote was not reached."""


class PublishedState(NamedTuple):
    """What Argo CD reads. `tip` is the branch's commit, `ahead` how many commits ours is ahead of the published source.

    `edited` are files of ours that somebody changed, `foreign` files that we did not publish.
    """

    state: State
    tip: str = ""
    lock: Lock | None = None
    ahead: int | None = None
    change: Change = Change((), (), (), ())
    edited: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()


class Status(NamedTuple):
    """An environment: its render against output/, output/ against the commit, the commit against what is published."""

    environment: str
    source: Source
    target: Target
    output: Comparison
    uncommitted: tuple[str, ...]
    there: PublishedState
    refused: tuple[Finding, ...]
    """Why publish would refuse, as warnings: status only tells. That a remote was not reached is an error."""
    findings: tuple[Finding, ...]

    @property
    def is_rendered(self) -> bool:
        """Whether output/ is exactly what the sources render."""
        return not self.output.stale() and not self.output.foreign

    @property
    def is_behind(self) -> bool:
        """Whether anything is behind, as far as is known."""
        there = self.there.state not in (State.SAME, State.UNKNOWN)
        return not self.is_rendered or bool(self.uncommitted) or there


def status(
    rendered: list[tuple[Plan, Tree]],
    source: Source,
    override: Override,
    output: Path,
    say: Say = lambda _: None,
    *,
    every: bool = False,
) -> tuple[tuple[Status, ...], tuple[Finding, ...]]:
    """Return how each environment stands, and if these are all there are, which others are published from here.

    A remote that is not reached is told as a finding.
    """
    plans, folder = [planned for planned, _ in rendered], source.below(output)
    with workspace.locked(output, write=False):
        compared = [workspace.compare(tree, output) for _, tree in rendered]
    placed = list(zip(targets(plans, override), (tree for _, tree in rendered), strict=True))
    there, others = _all_read(source, placed, say, every=every)
    found: list[Status] = []
    for planned, (target, tree), comparison in zip(plans, placed, compared, strict=True):
        state, refused = there[tree.environment]
        wrong = tuple(misplaced(source, target, folder))
        if wrong and (target.mode == "in-place" or state.state not in (State.SAME, State.UNKNOWN)):
            state = state._replace(state=State.REFUSED)
        dirty = uncommitted(source, tree, folder) if not comparison.stale() else source.uncommitted(*_of(folder, tree))
        told = (*elsewhere([planned], override), *whereabouts(source, target))
        if state.state is not State.UNKNOWN:
            refused = _as_warnings(refused)
        one = Status(
            environment=tree.environment,
            source=source,
            target=target,
            output=comparison,
            uncommitted=dirty,
            there=state,
            refused=(*_as_warnings(wrong), *refused),
            findings=_as_warnings(told),
        )
        found.append(one)
    return tuple(found), others


def _all_read(
    source: Source, placed: list[tuple[Target, Tree]], say: Say, *, every: bool
) -> tuple[dict[str, tuple[PublishedState, tuple[Finding, ...]]], tuple[Finding, ...]]:
    """Return what is published of each environment; of all there are, also what is published beside them."""
    names = {tree.environment for _, tree in placed} if every else set()
    there: dict[str, tuple[PublishedState, tuple[Finding, ...]]] = {}
    others: list[Finding] = []
    for target in dict.fromkeys(target for target, _ in placed):
        trees = [tree for other, tree in placed if other == target]
        if target.mode == "in-place":
            there |= _pushed(source, target, trees)
        else:
            found, beside = _read(source, target, trees, names, say)
            there, others = there | found, [*others, *beside]
    return there, tuple(dict.fromkeys(others))


def _as_warnings(found: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(replace(finding, severity=Severity.WARNING) for finding in found)


def _of(folder: str, tree: Tree) -> list[str]:
    return [f"{folder}/{tree.environment}"] if folder else []


def _pushed(source: Source, target: Target, trees: list[Tree]) -> dict[str, tuple[PublishedState, tuple[Finding, ...]]]:
    """Return whether the commit is on the branch that Argo CD reads, as last fetched: the remote is not asked."""
    state = State.SAME if source.on_origin(target.branch) else State.NOT_PUSHED
    if state is State.NOT_PUSHED and source.branch != target.branch:
        state = State.OTHER_BRANCH
    return {tree.environment: (PublishedState(state), ()) for tree in trees}


def _read(
    source: Source, target: Target, trees: list[Tree], names: set[str], say: Say
) -> tuple[dict[str, tuple[PublishedState, tuple[Finding, ...]]], list[Finding]]:
    """Return what the remote has now of each tree and, unless `names` is empty, what else is published from here."""
    say(f"fetching {target.branch}")
    try:
        with remote(target, source.git) as branch:
            others = list(_others(source, branch, names)) if names else []
            return {tree.environment: _published(source, branch, tree) for tree in trees}, others
    except RemoteFailed as error:
        return {tree.environment: (PublishedState(State.UNKNOWN), error.findings) for tree in trees}, []


def _others(source: Source, branch: Remote, names: set[str]) -> Iterator[Finding]:
    """Yield the environments beside these that are published from commits among ours."""
    places = {name: branch.target.folder(name) for name in branch.folders(branch.target.path) if name not in names}
    blobs = {name: branch.entries(place).get(LOCK, ("", ""))[1] for name, place in places.items()}
    locked = {name: blob for name, blob in blobs.items() if blob}
    order = order_of(source)
    for name, content in zip(locked, branch.contents(list(locked.values())), strict=True):
        lock = read(content)
        if isinstance(lock, Lock) and lock.environment == name and order(lock.source.commit) == "before":
            message = f"{places[name]} is published, and there is no environments/{name}.yaml here"
            hint = f"codemie-manifests publish {name} --retire"
            yield Finding(
                rule="publish-retired", severity=Severity.WARNING, message=message, hint=hint, environment=name
            )


def _published(source: Source, branch: Remote, tree: Tree) -> tuple[PublishedState, tuple[Finding, ...]]:
    folder = folder_at(branch.target, tree.environment, branch)
    files = branch.blobs({file.path: file.text.encode() for file in tree.files})
    lock = folder.lock if isinstance(folder.lock, Lock) else None
    change = ownership.change(folder, files, Allowed())
    refused = tuple(with_who(list(_refusals(source, branch, folder, files)), branch)) if branch.old else ()
    if not branch.old:
        state = State.NO_BRANCH
    elif lock and not change.any():
        state = State.SAME
    elif refused:
        state = State.REFUSED
    else:
        state = State.BEHIND if lock else State.NOT_PUBLISHED
    there = PublishedState(
        state=state,
        tip=branch.old,
        lock=lock,
        ahead=source.ahead_of(lock.source.commit) if lock and lock.source.commit.isalnum() else None,
        change=change,
        edited=tuple(ownership.hand_edited(folder)),
        foreign=tuple(sorted(folder.entries.keys() - folder.owned.keys() - {LOCK})),
    )
    return there, refused


def _refusals(source: Source, branch: Remote, folder: ownership.Folder, files: dict[str, str]) -> Iterator[Finding]:
    """Yield why publish would refuse."""
    made = Made(source.url, source.commit, dirty=False)
    yield from obstacles(branch.target, folder.name.rpartition("/")[2], branch)
    yield from ownership.conflicts(folder, files, __version__, Allowed())
    yield from ownership.older_source(folder, made, order_of(source), Allowed())
    yield from ownership.refusals(folder, files, Allowed())
