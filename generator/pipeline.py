"""The stages in order, one short function per command. A branch here means a missing stage."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from generator import catalog, environment, workspace
from generator.errors import CheckFailed, InputInvalid, collected
from generator.finding import Finding, errors
from generator.tree import Sources, Tree
from generator.workspace import Comparison

if TYPE_CHECKING:
    from generator import publish
    from generator.build import Building
    from generator.check import Report, Verdict
    from generator.review import Impact, Review


class Project(NamedTuple):
    """What a command works on: sources in memory, every unit they offer, and what is wrong with others."""

    sources: Sources
    catalog: catalog.Discovered


class RenderOptions(NamedTuple):
    """Where a render goes, and which stages run: `write`, `check` (build and check) and `cache`."""

    output: Path
    write: bool = True
    check: bool = True
    cache: bool = True


class Outcome(NamedTuple):
    """What a render of one environment found and did. `verdict` is None where nothing was checked."""

    environment: str
    files: int
    verdict: "Verdict | None"
    comparison: Comparison
    written: bool

    @property
    def differs(self) -> bool:
        """Whether output/ was stale or holds foreign files."""
        return self.comparison.stale() or bool(self.comparison.foreign)


def open_project(root: Path) -> Project:
    """Read templates/ and environments/ below `root`."""
    sources = workspace.read(root)
    return Project(sources, catalog.discover(sources))


def load(project: Project, name: str) -> environment.Loaded:
    """Return environment `name`. Raises InputInvalid."""
    schemas = catalog.schemas(project.catalog.units, project.catalog.broken)
    return environment.load(name, project.sources, schemas)


def plan(project: Project, name: str) -> catalog.Plan:
    """Return what environment `name` renders, in order. Raises InputInvalid."""
    return catalog.make_plan(load(project, name), project.catalog.units)


def render(project: Project, name: str) -> tuple[catalog.Plan, Tree]:
    """Return the plan of environment `name` and its tree, unchecked. Raises InputInvalid."""
    return render_each(project, [name])[0]


def render_each(project: Project, names: list[str]) -> list[tuple[catalog.Plan, Tree]]:
    """Return plan and tree of each environment. Raises InputInvalid with all problems of all of them, and of units."""
    from generator import render

    plans = _plans(project, names)
    trees = collected(lambda planned: render.render(planned, project.sources), plans)
    return list(zip(plans, trees, strict=True))


def _plans(project: Project, names: list[str]) -> list[catalog.Plan]:
    """Return the plan of each environment. Raises InputInvalid with all problems, also of units and templates."""
    try:
        return collected(lambda name: plan(project, name), names, project.catalog.problems)
    except InputInvalid as error:
        from generator import render

        raise InputInvalid([*error.findings, *render.syntax_problems(project.sources)]) from None


def render_all(root: Path, names: tuple[str, ...], options: RenderOptions, *, every: bool) -> Iterator[Outcome]:
    """Render environments one after the other; all of them are checked before the first is written."""
    project = open_project(root)
    rendered = render_each(project, environment.choose(names, project.sources, every=every))
    with contextlib.ExitStack() as stack:
        stack.enter_context(workspace.locked(options.output, write=options.write))
        checked = [stack.enter_context(_checked(planned, tree, project.sources, options)) for planned, tree in rendered]
        _refuse_failed(verdict for _, verdict in checked)
        for staged, verdict in checked:
            staged.commit()
            yield Outcome(staged.tree.environment, len(staged.tree.files), verdict, staged.comparison, options.write)


@contextlib.contextmanager
def _checked(
    planned: catalog.Plan, tree: Tree, sources: Sources, options: RenderOptions
) -> "Iterator[tuple[workspace.Staged, Verdict | None]]":
    """Yield a tree laid out beside the output, and its verdict: kustomize runs while the tree is laid out."""
    from generator import build, render

    with contextlib.ExitStack() as stack:
        cache = workspace.cache_folder() if options.cache else None
        building = stack.enter_context(build.started(tree, build.find_tool(), cache)) if options.check else None
        staged = stack.enter_context(workspace.staged(tree, options.output, write=options.write))
        verdict = _verdict(planned, building, sources) if building else None
        yield staged, verdict and verdict.at(render.located(verdict.findings, planned, sources, tree))


def validate(root: Path, names: tuple[str, ...], folder: Path, *, every: bool) -> "Iterator[tuple[Tree, Verdict]]":
    """Build and check what is in `folder`/<environment>/. Raises CheckFailed with all that must not be applied."""
    project = open_project(root)
    plans = _plans(project, environment.choose(names, project.sources, every=every))
    trees = collected(lambda planned: workspace.read_tree(folder, planned.environment.name), plans)
    checked = [(tree, as_it_stands(planned, tree, project.sources)) for planned, tree in zip(plans, trees, strict=True)]
    _refuse_failed(verdict for _, verdict in checked)
    yield from checked


def as_it_stands(planned: catalog.Plan, tree: Tree, sources: Sources) -> "Verdict":
    """Return what there is to say of a tree that anybody may have written, each finding with its file and line."""
    from generator import build

    with build.standing(tree, build.find_tool()) as building:
        verdict = _verdict(planned, building, sources)
    return verdict.at(build.located(verdict.findings, tree))


def capacity(root: Path, name: str) -> "tuple[Report, tuple[Finding, ...]]":
    """Return what the pods of environment `name` need and what its nodes have, and what the check says of it."""
    from generator import build, check

    project = open_project(root)
    planned, tree = render(project, name)
    with build.started(tree, build.find_tool(), workspace.cache_folder()) as building:
        return check.room(building.objects(), planned, project.sources.texts)


def diff(root: Path, names: tuple[str, ...], against: str, *, every: bool) -> "tuple[Review, ...]":
    """Return what a merge does to each environment: from output/ at `against` to a render of the working tree.

    `against` is a folder like output/, a ref, or '' for where our branch left the default one. With `every`, what only the
    old side has counts too. Raises InputInvalid or CheckFailed.
    """
    project = open_project(root)
    rendered = render_each(project, environment.choose(names, project.sources, every=every))
    known, old_tree = _old_side(root, against)
    gone = {name: Tree.of(name, ()) for name in known if every}
    reviews = []
    for name, tree in sorted((gone | {tree.environment: tree for _, tree in rendered}).items()):
        old, unread = old_tree(name)
        found = _reviewed(project, old, tree)
        reviews.append(found._replace(findings=(*unread, *found.findings)))
    return tuple(reviews)


def _reviewed(project: Project, old: Tree, new: Tree) -> "Review":
    """Build both sides at once and compare them. Raises CheckFailed where the new one does not build."""
    from generator import build, check, review

    tool, cache = build.find_tool(), workspace.cache_folder()
    with build.salvaging(old, tool, cache) as before, build.started(new, tool, cache) as after:
        earlier, later = before(), after.objects()
    found = review.review(new.environment, earlier.objects, later, check.immutable(project.sources.texts))
    return found._replace(findings=earlier.findings)


def _old_side(root: Path, against: str) -> "tuple[tuple[str, ...], Callable[[str], tuple[Tree, tuple[Finding, ...]]]]":
    """Return the environments of the old side, and what reads the tree of one."""
    folder = Path(against)
    if against and os.path.isdir(folder):  # noqa: PTH112  a Path raises for what cannot be a path's name
        return workspace.environments_in(folder), lambda name: workspace.old_tree(folder, name)
    from generator import history, publish

    source = history.source(root)
    commit = history.named(source, against) if against else history.merge_base(source)
    output = publish.own_folder(source, root / "output")
    return history.environments(source, commit, output), lambda name: history.tree_at(source, commit, output, name)


def _verdict(planned: catalog.Plan, building: "Building", sources: Sources) -> "Verdict":
    """Wait for kustomize and check what it built. The day decides which exceptions have expired."""
    from generator import check

    check.load(planned.environment.kubernetes.version)
    try:
        return check.check(building.objects(), planned, sources.texts, today=datetime.now(UTC).date())
    except CheckFailed as error:
        return check.Verdict(error.findings, 0, 0)


def _refuse_failed(verdicts: "Iterable[Verdict | None]") -> None:
    findings = [finding for verdict in verdicts if verdict for finding in verdict.findings]
    if errors(findings):
        raise CheckFailed(findings)


def editor_schema(project: Project) -> str:
    """Return the JSON Schema of environment files, as text."""
    import json

    schemas = catalog.schemas(project.catalog.units)
    return json.dumps(environment.editor_schema(schemas), indent=2, ensure_ascii=False) + "\n"


def import_schemas(root: Path, files: tuple[Path, ...]) -> list[str]:
    """Put a contract of every CRD in `files` below schemas/; return their paths. Raises InputInvalid: none is written."""
    from generator.check import contracts

    return workspace.write_schemas(root, contracts(workspace.read_files(files)))


class PublishOptions(NamedTuple):
    """What `publish` was asked on the command line."""

    override: "publish.Override"
    allowed: "publish.Allowed"
    allow_dirty: bool = False
    dry_run: bool = False
    accepted: "tuple[Impact, ...]" = ()


def publish_all(
    root: Path, names: tuple[str, ...], options: PublishOptions, say: Callable[[str], None], *, every: bool
) -> "tuple[publish.Published | None, publish.Target, tuple[Finding, ...]]":
    """Publish environments as one commit; None where merging is publishing. Returns where to, and warnings.

    Raises InputInvalid, CheckFailed, Conflict or RemoteFailed: nothing is published then.
    """
    from generator import history, publish

    project, output = open_project(root), root / "output"
    rendered = render_each(project, sorted(environment.choose(names, project.sources, every=every)))
    target = publish.target([planned for planned, _ in rendered], options.override)
    source = history.source(root)
    folder = publish.own_folder(source, output)
    say("rendering and checking")
    warnings = _as_reviewed(project, rendered, output)
    plans, trees = [planned for planned, _ in rendered], [tree for _, tree in rendered]
    found, dirty = publish.fitness(source, target, trees, folder, allow_dirty=options.allow_dirty)
    found = (*warnings, *found, *publish.elsewhere(plans, options.override))
    if errors(found):
        raise CheckFailed(found)
    if target.mode == "in-place":
        return None, target, found
    gates = (_gate(project, trees, options),)
    asked = (tuple(rendered), source, dirty, target, options.allowed, folder, options.dry_run, gates)
    return publish.publish(publish.Request(*asked), say), target, found


def _gate(project: Project, trees: list[Tree], options: PublishOptions) -> "publish.Gate":
    """Return what refuses to publish changes that lose data or cannot be, but for the impacts that were accepted."""
    from generator import review

    new = {tree.environment: tree for tree in trees}

    def refused(published: Tree) -> Iterator[Finding]:
        found = _reviewed(project, published, new[published.environment])
        return review.refusals(found._replace(findings=()) if options.allowed.adopt else found, options.accepted)

    return refused


def status(
    root: Path, names: tuple[str, ...], override: "publish.Override", say: Callable[[str], None], *, every: bool
) -> "tuple[publish.Status, ...]":
    """Return what is behind what, from sources to what Argo CD reads. Writes nothing. Raises InputInvalid."""
    from generator import history, publish

    project = open_project(root)
    rendered = render_each(project, sorted(environment.choose(names, project.sources, every=every)))
    return publish.status(rendered, history.source(root), override, root / "output", say)


def _as_reviewed(project: Project, rendered: list[tuple[catalog.Plan, Tree]], output: Path) -> tuple[Finding, ...]:
    """Check the trees and that output/ holds exactly them. Returns warnings. Raises CheckFailed."""
    options = RenderOptions(output, write=False)
    with contextlib.ExitStack() as stack:
        stack.enter_context(workspace.locked(output, write=False))
        checked = [stack.enter_context(_checked(planned, tree, project.sources, options)) for planned, tree in rendered]
        _refuse_failed(verdict for _, verdict in checked)
        if stale := [
            finding for staged, _ in checked for finding in workspace.stale(staged.tree.environment, staged.comparison)
        ]:
            raise CheckFailed(stale)
        return tuple(finding for _, verdict in checked if verdict for finding in verdict.findings)
