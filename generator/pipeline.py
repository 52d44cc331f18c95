"""The stages in order, one short function per command. A branch here means a missing stage."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from generator import catalog, environment, workspace
from generator.errors import CheckFailed
from generator.finding import Finding, errors, ordered
from generator.tree import Sources, Tree
from generator.workspace import Comparison


class Project(NamedTuple):
    """What a command works on: sources in memory, and every unit they offer."""

    sources: Sources
    units: tuple[catalog.Unit, ...]


class RenderOptions(NamedTuple):
    """Where a render goes, and which stages run: `write`, `check` (build and check) and `cache`."""

    output: Path
    write: bool = True
    check: bool = True
    cache: bool = True


class Checked(NamedTuple):
    """What the checks looked at, and warnings that do not stop."""

    objects: int
    validated: int
    warnings: tuple[Finding, ...]


class Outcome(NamedTuple):
    """What a render of one environment did."""

    environment: str
    files: int
    objects: int
    validated: int
    comparison: Comparison
    written: bool
    warnings: tuple[Finding, ...]

    @property
    def changes(self) -> tuple[int, int, int]:
        """How many files changed, came and went."""
        return len(self.comparison.changed), len(self.comparison.added), len(self.comparison.removed)

    @property
    def differs(self) -> bool:
        """Whether output/ was stale or holds foreign files."""
        return self.comparison.stale() or bool(self.comparison.foreign)


def open_project(root: Path) -> Project:
    """Read templates/ and environments/ below `root`."""
    sources = workspace.read(root)
    return Project(sources, catalog.discover(sources))


def load(project: Project, name: str) -> environment.Loaded:
    """Return environment `name`."""
    return environment.load(name, project.sources, catalog.schemas(project.units))


def plan(project: Project, name: str) -> catalog.Plan:
    """Return what environment `name` renders, in order."""
    return catalog.make_plan(load(project, name), project.units)


def render(project: Project, name: str) -> tuple[catalog.Plan, Tree]:
    """Return the plan of environment `name` and its tree, unchecked."""
    from generator.render import render as render_tree

    planned = plan(project, name)
    return planned, render_tree(planned, project.sources)


def render_all(root: Path, names: tuple[str, ...], options: RenderOptions, *, every: bool) -> Iterator[Outcome]:
    """Render environments one after the other; all of them are checked before the first is written."""
    project = open_project(root)
    chosen = environment.choose(names, project.sources, every=every)
    trees = [render(project, name) for name in chosen]
    with contextlib.ExitStack() as stack:
        if options.write:
            stack.enter_context(workspace.locked(options.output))
        for commit in [stack.enter_context(_prepared(planned, tree, options)) for planned, tree in trees]:
            yield commit()


@contextlib.contextmanager
def _prepared(planned: catalog.Plan, tree: Tree, options: RenderOptions) -> Iterator[Callable[[], Outcome]]:
    """Check a tree and lay it out beside the output; what is yielded puts it there. Raises CheckFailed."""
    with _checking(planned, tree, options) as checked, _laid_out(tree, options) as (comparison, commit):
        verdict = checked()

        def done() -> Outcome:
            commit()
            warnings = (*verdict.warnings, *workspace.foreign_findings(comparison, tree.environment))
            counts = (len(tree.files), verdict.objects, verdict.validated)
            return Outcome(tree.environment, *counts, comparison, options.write, warnings)

        yield done


@contextlib.contextmanager
def _laid_out(tree: Tree, options: RenderOptions) -> Iterator[tuple[Comparison, Callable[[], None]]]:
    """Yield how the tree differs from the output, and what makes it the output (nothing, where nothing is written)."""
    if not options.write:
        yield workspace.compare(tree, options.output), lambda: None
        return
    with workspace.staged(tree, options.output) as staged:
        yield staged.comparison, staged.commit


@contextlib.contextmanager
def _checking(planned: catalog.Plan, tree: Tree, options: RenderOptions) -> Iterator[Callable[[], Checked]]:
    """Start building a tree, and yield what waits for the verdict. Raises CheckFailed if it must not be applied."""
    from generator import build
    from generator import check as checks

    if not options.check:
        yield lambda: Checked(0, 0, (checks.unchecked(tree.environment),))
        return
    cache = workspace.cache_folder() if options.cache else None
    version = planned.environment.kubernetes.version
    with build.started(tree, build.find_tool(), cache) as wait:
        checks.load(version)  # while kustomize runs

        def verdict() -> Checked:
            objects = wait()
            found = checks.check(objects, tree.environment, version)
            if errors(found.findings):
                raise CheckFailed(found.findings)
            return Checked(len(objects), found.validated, found.findings)

        yield verdict


def missing_units(project: Project) -> tuple[Finding, ...]:
    """Return a warning for every unit that another one, or a profile, names and that has no folder yet."""
    found: list[Finding] = []
    for name in environment.names(project.sources):
        found += plan(project, name).warnings
    return ordered(found)


def editor_schema(project: Project) -> str:
    """Return the JSON Schema of environment files, as text."""
    import json

    return json.dumps(environment.editor_schema(catalog.schemas(project.units)), indent=2, ensure_ascii=False) + "\n"
