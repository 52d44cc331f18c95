"""The stages in order, one short function per command. A branch here means a missing stage."""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from generator import catalog, environment, workspace
from generator.errors import CheckFailed
from generator.finding import Finding, errors, ordered
from generator.tree import Sources, Tree
from generator.workspace import Comparison

if TYPE_CHECKING:
    from generator.build import Building
    from generator.check import Verdict


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
        stack.enter_context(workspace.locked(options.output, write=options.write))
        checked = [stack.enter_context(_checked(planned, tree, options)) for planned, tree in trees]
        for staged, verdict in checked:
            staged.commit()
            tree = staged.tree
            yield Outcome(tree.environment, len(tree.files), verdict, staged.comparison, options.write)


@contextlib.contextmanager
def _checked(
    planned: catalog.Plan, tree: Tree, options: RenderOptions
) -> Iterator[tuple[workspace.Staged, "Verdict | None"]]:
    """Yield a tree laid out beside the output, and its verdict. Raises CheckFailed if it must not be applied."""
    with contextlib.ExitStack() as stack:
        building = stack.enter_context(_building(tree, options)) if options.check else None
        staged = stack.enter_context(workspace.staged(tree, options.output, write=options.write))
        yield staged, _verdict(planned, building) if building else None


def _building(tree: Tree, options: RenderOptions) -> "AbstractContextManager[Building]":
    """Start kustomize, which runs while the tree is laid out."""
    from generator import build

    return build.started(tree, build.find_tool(), workspace.cache_folder() if options.cache else None)


def _verdict(planned: catalog.Plan, building: "Building") -> "Verdict":
    """Wait for kustomize and check what it built. Raises CheckFailed."""
    from generator import check

    check.load(planned.environment.kubernetes.version)
    verdict = check.check(building.objects(), planned)
    if errors(verdict.findings):
        raise CheckFailed(verdict.findings)
    return verdict


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
