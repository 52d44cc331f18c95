"""One commit with every environment, on the branch that Argo CD reads: all of it or nothing, only files of ours.

A commit is built on the tip as fetched and pushed without force, so the server takes it only while the tip is that one.
If another push was first, every question is asked again of the new tip.
"""

import functools
import hashlib
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from generator import __version__
from generator.catalog import Plan
from generator.errors import Conflict, RemoteFailed, refuse
from generator.finding import Finding
from generator.history import Source
from generator.publish import ownership
from generator.publish.lock import SCHEMA, Lock, Made, read
from generator.publish.message import identity, message
from generator.publish.ownership import Allowed, Change, Folder
from generator.publish.remote import Pushed, Remote, remote
from generator.publish.target import LOCK, Target
from generator.tree import File, Gap, Tree

_TRIES, _SECONDS = 10, 60.0
"""After so many tries it is given up if nobody else was first, and after so much time if somebody always was."""
_PAUSE, _LONGEST = 0.05, 0.8
"""Seconds before another try: a random share of a time that doubles, so that publishers do not meet again."""
_TOLD = 20

Say = Callable[[str], None]
Order = Callable[[str], str]
Gate = Callable[[Tree], Iterator[Finding]]
"""A rule that may refuse an environment by what is published of it."""


class Request(NamedTuple):
    """What to publish: environments with their trees, from which source, where to, and what a person said yes to."""

    rendered: tuple[tuple[Plan, Tree], ...]
    source: Source
    dirty: bool
    target: Target
    allowed: Allowed
    output: str
    dry_run: bool = False
    gates: tuple[Gate, ...] = ()


class Published(NamedTuple):
    """How it ended. `commit` is '' where nothing was to do; `stat` is there in a dry run only.

    `left` are files of others in a folder that went.
    """

    target: Target
    commit: str
    changes: Mapping[str, Change]
    message: str
    stat: str = ""
    tries: int = 1
    left: tuple[str, ...] = ()


class Built(NamedTuple):
    """A commit on the tip, or none ('') where nothing changes; `left` are files of others in a folder that goes."""

    commit: str
    changes: Mapping[str, Change]
    message: str
    left: tuple[str, ...] = ()


def publish(request: Request, say: Say = lambda _: None) -> Published | None:
    """Bring the environments to the branch; None where merging is publishing.

    Raises Conflict (5), CheckFailed (4) or RemoteFailed (6): nothing is published. RemoteFailed is also raised where a
    push ended without an answer: the next run finds out, and does nothing twice.
    """
    if request.target.mode == "in-place":
        return None
    say(f"fetching {request.target.branch}")
    with remote(request.target, request.source.git) as branch:
        stored = tuple(branch.blobs(_content(tree)) for _, tree in request.rendered)
        order = order_of(request.source)
        return delivered(branch, lambda tip: _build(request, tip, stored, order), say, dry_run=request.dry_run)


def delivered(branch: Remote, build: Callable[[Remote], Built], say: Say, *, dry_run: bool) -> Published:
    """Build a commit on the tip and push it; where another push was first, on the new tip. Raises as `publish` does."""
    sent, said, target = "", "", branch.target
    begun, attempt = time.monotonic(), 0
    while True:
        attempt += 1
        built = build(branch)
        if not built.commit:
            # If ours was sent, it came through although its push had no answer; another may be on top of it by now.
            return Published(target, sent, built.changes, built.message, tries=attempt, left=built.left)
        if dry_run:
            stat = branch.stat(built.commit)
            return Published(target, built.commit, built.changes, built.message, stat, left=built.left)
        say(f"pushing {built.commit[:12]}" + (f", try {attempt}" if attempt > 1 else ""))
        how, said = branch.push(built.commit)
        if how is Pushed.DONE:
            return Published(target, built.commit, built.changes, built.message, tries=attempt, left=built.left)
        if how is Pushed.MOVED:
            time.sleep(random.uniform(0, min(_LONGEST, _PAUSE * 2.0 ** min(attempt, 9))))  # noqa: S311  no secret
        else:
            sent = built.commit
        before, branch = branch, _again(branch, said if sent else "")
        if sent and branch.old == before.old:
            raise branch.failed(said)
        if attempt >= _TRIES and (branch.old == before.old or time.monotonic() > begun + _SECONDS):
            raise branch.busy(said, attempt)


def _again(branch: Remote, said: str) -> Remote:
    """Fetch anew. After a push without an answer it cannot be said what is published, if the server is gone now."""
    try:
        return branch.fetched()
    except RemoteFailed:
        if said:
            raise branch.failed(said, "whether it came through is not known: run it again, it finds out") from None
        raise


def _build(request: Request, branch: Remote, stored: tuple[dict[str, str], ...], order: Order) -> Built:
    """Make the commit on the tip as it is, or none where nothing changes. `stored` are the blobs of each tree."""
    locks: dict[str, Lock] = {}
    changes: dict[str, Change] = {}
    writes: dict[str, str] = {}
    found: list[Finding] = []
    refused: list[Finding] = []
    for (plan, tree), blobs in zip(request.rendered, stored, strict=True):
        name = plan.environment.name
        folder = folder_at(request.target, name, branch)
        made = Made(request.source.url, request.source.commit, request.dirty)
        found += obstacles(request.target, name, branch)
        found += ownership.conflicts(folder, blobs, __version__, request.allowed)
        found += ownership.older_source(folder, made, order, request.allowed)
        refused += ownership.refusals(folder, blobs, request.allowed)
        changes[name] = ownership.change(folder, blobs, request.allowed)
        if request.gates and folder.entries and changes[name].any() and not found:
            published = published_tree(name, folder, branch)
            refused += [finding for gate in request.gates for finding in gate(published)]
        locks[name] = Lock(SCHEMA, name, __version__, made, _hash(tree), blobs)
        if changes[name].any() or _must_be_told(request, folder, locks[name], order):
            prefix = request.target.folder(name)
            writes |= {f"{prefix}/{path}": "" for path in changes[name].removed}
            writes |= {f"{prefix}/{path}": blobs[path] for path in (*changes[name].added, *changes[name].changed)}
            writes[f"{prefix}/{LOCK}"] = next(iter(branch.blobs({LOCK: locks[name].text().encode()}).values()))
    if found:
        raise Conflict([*with_who(found, branch), *refused])
    refuse(refused)
    text = message(locks, changes, request.source)
    if not writes:
        return Built("", changes, text)
    who = identity(request.rendered[0][0].environment.gitops.commit, request.source)
    return Built(branch.commit(branch.tree(writes), text, who), changes, text)


def folder_at(target: Target, name: str, branch: Remote) -> Folder:
    """Return an environment's folder as it is on the branch."""
    path = target.folder(name)
    entries = branch.entries(path)
    mode, blob = entries.get(LOCK, ("", ""))
    lock = read(branch.content(blob)) if mode.startswith("100") else None
    return Folder(path, entries, lock)


def published_tree(name: str, folder: Folder, branch: Remote) -> Tree:
    """Return what we published of an environment, as it is now; what others put beside it is theirs.

    Where no lock says what is ours, it is all that stands where we would write.
    """
    owned = folder.owned if isinstance(folder.lock, Lock) else [path for path in folder.entries if _is_of_tree(path)]
    there = {path: folder.entries[path] for path in sorted(owned) if path in folder.entries}
    unread = [Gap(path, "is missing, and the lock names it") for path in sorted(set(owned) - there.keys())]
    unread += [Gap(path, "is not a regular file") for path, (mode, _) in there.items() if not mode.startswith("100")]
    blobs = {path: blob for path, (mode, blob) in there.items() if mode.startswith("100")}
    files = []
    for path, content in zip(blobs, branch.contents(list(blobs.values())), strict=True):
        try:
            files.append(File(path, content.decode()))
        except UnicodeDecodeError:
            unread.append(Gap(path, "is not UTF-8"))
    return Tree.of(name, files, unread=unread)


def _is_of_tree(path: str) -> bool:
    """Whether a file stands where a tree has its files."""
    return path.startswith(("addons/", "argocd/", "bootstrap/", "components/", "infra/"))


def obstacles(target: Target, name: str, branch: Remote) -> Iterator[Finding]:
    """Yield what stands where the folder's path goes: a link, a file, or another spelling of a step."""
    folder = target.folder(name)
    steps = folder.split("/")
    ours = {"/".join(steps[: index + 1]) for index in range(len(steps))}
    for path, mode in sorted(branch.beside(folder).items()):
        if path not in ours:
            message_ = f"{path} differs from {folder} only in upper and lower case"
            yield Finding(rule="publish-case", message=message_, hint="rename one of them", path=path)
        elif mode != "040000":
            message_ = f"{path} is no folder: we follow no link and write into no submodule"
            yield Finding(rule="publish-foreign", message=message_, hint="move it away", path=path)


def _must_be_told(request: Request, folder: Folder, lock: Lock, order: Order) -> bool:
    """Whether the lock must change although no file does: it is not the folder's, or of sources that were left behind.

    Where changes came and were taken back since the published commit, a publisher that is late with one of them must
    see that we are newer. Anything else would be a commit without content.
    """
    old = folder.lock
    if not isinstance(old, Lock) or (old.files, old.environment) != (lock.files, lock.environment):
        return True
    before, output = old.source.commit, request.output and f"{request.output}/{lock.environment}"
    if order(before) != "before":
        return True
    return before != request.source.commit and request.source.changed_since(before, output)


def order_of(source: Source) -> Order:
    """Return a function that says how a commit stands to ours: `before` (or ours), `after`, `beside` or `unknown`."""

    @functools.cache  # the same is asked at every try
    def order(commit: str) -> str:
        if not re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", commit) or not source.knows(commit):
            return "unknown"
        if source.descends_from(commit):
            return "before"
        return "after" if source.precedes(commit) else "beside"

    return order


def with_who(found: list[Finding], branch: Remote) -> Iterator[Finding]:
    """Yield the findings; of files that people changed, with who did it."""
    for index, finding in enumerate(found):
        who = branch.last_change(finding.path) if finding.path and index < _TOLD else ""
        said = f"{finding.message} (last by {who})" if who else finding.message
        yield Finding(rule=finding.rule, message=said, hint=finding.hint, path=finding.path)


def _content(tree: Tree) -> dict[str, bytes]:
    return {file.path: file.text.encode() for file in tree.files}


def _hash(tree: Tree) -> str:
    """Return what the content is, whatever the repository names its blobs by."""
    digest = hashlib.sha256()
    for file in tree.files:
        digest.update(f"{hashlib.sha256(file.text.encode()).hexdigest()}  {file.path}\n".encode())
    return f"sha256:{digest.hexdigest()}"
