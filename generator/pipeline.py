"""The stages in order, one short function per command. A branch here means a missing stage."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from generator import catalog, environment, workspace
from generator.errors import CheckFailed
from generator.finding import Finding, errors
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
    verdicts = [check(planned, tree, options) for planned, tree in trees]
    for (_, tree), verdict in zip(trees, verdicts, strict=True):
        act = workspace.write if options.write else workspace.compare
        comparison = act(tree, options.output)
        foreign = workspace.foreign_findings(comparison, tree.environment)
        warnings = (*verdict.warnings, *foreign)
        counts = (len(tree.files), verdict.objects, verdict.validated)
        yield Outcome(tree.environment, *counts, comparison, options.write, warnings)


def check(planned: catalog.Plan, tree: Tree, options: RenderOptions) -> Checked:
    """Build and check a tree. Raises CheckFailed if it must not be applied."""
    from generator import build
    from generator import check as checks

    if not options.check:
        return Checked(0, 0, (checks.unchecked(tree.environment),))
    objects = build.build(tree, build.find_tool(), workspace.cache_folder() if options.cache else None)
    verdict = checks.check(objects, tree.environment, planned.environment.kubernetes.version)
    if errors(verdict.findings):
        raise CheckFailed(verdict.findings)
    return Checked(len(objects), verdict.validated, verdict.findings)


def missing_units(project: Project) -> tuple[Finding, ...]:
    """Return a warning for every unit that another one, or a profile, names and that has no folder yet."""
    found: list[Finding] = []
    for name in environment.names(project.sources):
        found += plan(project, name).warnings
    return tuple(dict.fromkeys(found))


def editor_schema(project: Project) -> str:
    """Return the JSON Schema of environment files, as text."""
    return json.dumps(environment.editor_schema(catalog.schemas(project.units)), indent=2, ensure_ascii=False) + "\n"
