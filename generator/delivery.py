"""What goes to the branch that Argo CD reads, and its status: the stages after a render, one function per command."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from generator import catalog, environment, pipeline, workspace
from generator.errors import InputInvalid, refuse
from generator.finding import Finding
from generator.tree import Tree

if TYPE_CHECKING:
    from generator import publish
    from generator.review import Action, Impact


class PublishOptions(NamedTuple):
    """What `publish` was asked on the command line."""

    override: "publish.Override"
    allowed: "publish.Allowed"
    allow_dirty: bool = False
    dry_run: bool = False
    accepted: "tuple[Impact | Action, ...]" = ()


class Delivered(NamedTuple):
    """What went to the branch, None where merging is publishing; where to, and warnings."""

    published: "publish.Published | None"
    target: "publish.Target"
    findings: tuple[Finding, ...]


def publish_all(
    root: Path, names: tuple[str, ...], options: PublishOptions, say: Callable[[str], None], *, every: bool
) -> Delivered:
    """Publish environments as one commit.

    Raises InputInvalid, CheckFailed, Conflict or RemoteFailed: nothing is published then.
    """
    from generator import history, publish

    project, output = pipeline.open_project(root), root / "output"
    rendered = pipeline.render_each(project, sorted(environment.choose(names, project.sources, every=every)))
    plans, trees = [planned for planned, _ in rendered], [tree for _, tree in rendered]
    target, source = publish.target(plans, options.override), history.source(root)
    folder = source.below(output)
    say("rendering and checking")
    warnings = _as_reviewed(project, rendered, output)
    found, dirty = publish.fitness(source, target, trees, folder, allow_dirty=options.allow_dirty)
    left = workspace.retired(root, output) if every else ()
    found = (*warnings, *found, *publish.elsewhere(plans, options.override), *left)
    refuse(found)
    request = publish.Request(
        rendered=tuple(rendered),
        source=source,
        dirty=dirty,
        target=target,
        allowed=options.allowed,
        output=folder,
        dry_run=options.dry_run,
        gates=(_gate(project, trees, options),),
    )
    return Delivered(publish.publish(request, say), target, found)


def retire_all(
    root: Path, names: tuple[str, ...], options: PublishOptions, say: Callable[[str], None], *, every: bool
) -> Delivered:
    """Take environments that are no more off the branch, as one commit.

    Raises InputInvalid, CheckFailed, Conflict or RemoteFailed: nothing is published then.
    """
    from generator import history, publish

    if every:
        message = "--retire needs the names of retired environments"
        raise InputInvalid([Finding(rule="usage", message=message)])
    project, source = pipeline.open_project(root), history.source(root)
    names = tuple(sorted(environment.choose(names, project.sources, every=False)))
    for name in names:
        environment.known(name, project.sources, names)
    folder = source.below(root / "output")
    refuse(finding for name in names for finding in publish.still_there(source, folder, name))
    places = {name: publish.last_target(source, folder, name, options.override) for name in names}
    target = publish.one_target(places)
    if problems := list(publish.misplaced(source, target, folder)):
        raise InputInvalid(problems)
    request = publish.RetirementRequest(
        names=names,
        source=source,
        target=target,
        allowed=options.allowed,
        gates=(_retirement_gate(project, options),),
        dry_run=options.dry_run,
    )
    return Delivered(publish.retire(request, say), target, tuple(publish.whereabouts(source, target)))


def _retirement_gate(project: pipeline.Project, options: PublishOptions) -> "publish.Gate":
    """Return what refuses to take an environment away before somebody has read what is left behind."""
    from generator import review

    def refused(published: Tree) -> Iterator[Finding]:
        found = pipeline.reviewed(project, published, Tree.of(published.environment, ()))
        yield from review.retirement_refusals(found, options.accepted)

    return refused


def _gate(project: pipeline.Project, trees: list[Tree], options: PublishOptions) -> "publish.Gate":
    """Return what refuses to publish changes that lose data, cannot be or are not known, but for what was accepted."""
    from generator import review

    new = {tree.environment: tree for tree in trees}

    def refused(published: Tree) -> Iterator[Finding]:
        return review.refusals(pipeline.reviewed(project, published, new[published.environment]), options.accepted)

    return refused


def status(
    root: Path, names: tuple[str, ...], override: "publish.Override", say: Callable[[str], None], *, every: bool
) -> "tuple[tuple[publish.Status, ...], tuple[Finding, ...]]":
    """Return what is behind what, from sources to what Argo CD reads, and with `every` what is left of others.

    Writes nothing. Raises InputInvalid.
    """
    from generator import history, publish

    project = pipeline.open_project(root)
    rendered = pipeline.render_each(project, sorted(environment.choose(names, project.sources, every=every)))
    found, others = publish.status(rendered, history.source(root), override, root / "output", say, every=every)
    return found, (*workspace.retired(root, root / "output"), *others) if every else ()


def _as_reviewed(
    project: pipeline.Project, rendered: list[tuple[catalog.Plan, Tree]], output: Path
) -> tuple[Finding, ...]:
    """Check the trees and that output/ holds exactly them. Returns warnings. Raises CheckFailed."""
    options = pipeline.RenderOptions(output, write=False)
    with contextlib.ExitStack() as stack:
        stack.enter_context(workspace.locked(output, write=False))
        checked = [
            stack.enter_context(pipeline.laid_out(planned, tree, project.sources, options))
            for planned, tree in rendered
        ]
        pipeline.refuse_failed(verdict for _, verdict in checked)
        refuse(found for staged, _ in checked for found in workspace.stale(staged.tree.environment, staged.comparison))
        return tuple(finding for _, verdict in checked if verdict for finding in verdict.findings)
