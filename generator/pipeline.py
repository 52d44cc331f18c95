"""The stages in order, one short function per command. A branch here means a missing stage."""

import contextlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from generator import catalog, environment, workspace
from generator.errors import CheckFailed, InputInvalid, collected, refuse
from generator.finding import Finding, Where
from generator.kinds import Kinds
from generator.tree import Sources, Tree
from generator.workspace import Comparison

if TYPE_CHECKING:
    from generator import history
    from generator.build import Building
    from generator.capacity import Report
    from generator.check import Verdict
    from generator.review import Retirement, Review


class Project(NamedTuple):
    """What a command works on: sources in memory, every unit they offer, what is wrong with others; what kinds are."""

    sources: Sources
    catalog: catalog.Discovered
    kinds: Kinds


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


def open_project(root: Path) -> Project:
    """Read templates/ and environments/ below `root`."""
    sources = workspace.read(root)
    return Project(sources, catalog.discover(sources), Kinds(sources.texts))


def load(project: Project, name: str) -> environment.Loaded:
    """Return environment `name`. Raises InputInvalid."""
    offers = catalog.offers(project.catalog.units, project.catalog.broken)
    return environment.load(name, project.sources, offers)


def plan_of(project: Project, name: str) -> catalog.Plan:
    """Return what environment `name` renders, in order. Raises InputInvalid."""
    return catalog.make_plan(load(project, name), project.catalog.units)


def render(project: Project, name: str) -> tuple[catalog.Plan, Tree]:
    """Return the plan of environment `name` and its tree, unchecked. Raises InputInvalid."""
    return render_each(project, [name])[0]


def render_each(project: Project, names: list[str]) -> list[tuple[catalog.Plan, Tree]]:
    """Return plan and tree of each environment. Raises InputInvalid with all problems of all of them, and of units."""
    from generator import render

    plans = _plans(project, names)
    trees = collected(lambda plan: render.render(plan, project.sources), plans)
    return list(zip(plans, trees, strict=True))


def _plans(project: Project, names: list[str]) -> list[catalog.Plan]:
    """Return the plan of each environment. Raises InputInvalid with all problems, also of units and templates."""
    try:
        return collected(lambda name: plan_of(project, name), names, project.catalog.problems)
    except InputInvalid as error:
        from generator import render

        raise InputInvalid([*error.findings, *render.syntax_problems(project.sources)]) from None


def render_all(root: Path, names: tuple[str, ...], options: RenderOptions, *, every: bool) -> Iterator[Outcome]:
    """Render environments one after the other; all of them are checked before the first is written."""
    project = open_project(root)
    rendered = render_each(project, environment.choose(names, project.sources, every=every))
    with contextlib.ExitStack() as stack:
        stack.enter_context(workspace.locked(options.output, write=options.write))
        checked = [stack.enter_context(laid_out(plan, tree, project.sources, options)) for plan, tree in rendered]
        refuse_failed(verdict for _, verdict in checked)
        for staged, verdict in checked:
            staged.commit()
            yield Outcome(staged.tree.environment, len(staged.tree.files), verdict, staged.comparison, options.write)


@contextlib.contextmanager
def laid_out(
    plan: catalog.Plan, tree: Tree, sources: Sources, options: RenderOptions
) -> "Iterator[tuple[workspace.Staged, Verdict | None]]":
    """Yield a tree laid out beside the output, and its verdict: kustomize runs while the tree is laid out."""
    from generator import build, render

    with contextlib.ExitStack() as stack:
        cache = workspace.cache_folder() if options.cache else None
        building = stack.enter_context(build.started(tree, build.find_tool(), cache)) if options.check else None
        staged = stack.enter_context(workspace.staged(tree, options.output, write=options.write))
        verdict = _verdict(plan, building, sources) if building else None
        yield staged, verdict and verdict.relocated(render.located(verdict.findings, plan, sources, tree))


def validate(root: Path, names: tuple[str, ...], folder: Path, *, every: bool) -> "Iterator[tuple[Tree, Verdict]]":
    """Build and check what is in `folder`/<environment>/. Raises CheckFailed with all that must not be applied."""
    project = open_project(root)
    plans = _plans(project, environment.choose(names, project.sources, every=every))
    trees = collected(lambda plan: workspace.read_tree(folder, plan.environment.name), plans)
    checked = [(tree, verdict_as_written(plan, tree, project.sources)) for plan, tree in zip(plans, trees, strict=True)]
    refuse_failed(verdict for _, verdict in checked)
    yield from checked


def verdict_as_written(plan: catalog.Plan, tree: Tree, sources: Sources) -> "Verdict":
    """Return what there is to say of a tree that anybody may have written, each finding with its file and line."""
    from generator import build

    with build.started_validated(tree, build.find_tool()) as building:
        verdict = _verdict(plan, building, sources)
    return verdict.relocated(build.located(verdict.findings, tree))


def capacity(root: Path, name: str) -> "tuple[Report, tuple[Finding, ...]]":
    """Return what the pods of environment `name` need and what its nodes have, and what the check says of it."""
    from generator import build, capacity

    project = open_project(root)
    plan, tree = render(project, name)
    with build.started(tree, build.find_tool(), workspace.cache_folder()) as building:
        return capacity.assess(building.objects(), plan, project.sources.texts)


def diff(root: Path, names: tuple[str, ...], against: str, *, every: bool) -> "tuple[history.Base, tuple[Review, ...]]":
    """Return what a merge does to each environment: from output/ at `against` to a render of the working tree.

    `against` is a folder like output/, a ref, or '' for where our branch left the default one. With `every`, an
    environment that only the old side has counts too. Raises InputInvalid or CheckFailed.
    """
    from generator import history, publish

    project = open_project(root)
    rendered = render_each(project, environment.choose(names, project.sources, every=every))
    old = history.old_side(root, against)
    new = {tree.environment: (plan, tree) for plan, tree in rendered}
    retired_environments = {warning.environment: warning for warning in workspace.retired(root, root / "output")}
    reviews = []
    for name in sorted({*new, *(old.environments if every else ())}):
        plan, tree = new.get(name, (None, Tree.of(name, ())))
        result = reviewed(project, old.tree(name), tree, plan.environment.kubernetes.version if plan else "")
        warning = publish.unlike(old, plan) if plan else retired_environments.get(name)
        reviews.append(result._replace(findings=(*result.findings, *((warning,) if warning else ()))))
    return old.base, tuple(reviews)


def reviewed(project: Project, old: Tree, new: Tree, version: str = "") -> "Review":
    """Build both sides at once and compare them; with `version` of Kubernetes, say what of the new one is refused.

    Raises CheckFailed where the new one does not build.
    """
    from generator import build, check, review

    tool, cache = build.find_tool(), workspace.cache_folder()
    with build.salvaging(old, tool, cache) as old_building, build.started(new, tool, cache) as new_building:
        old_build, new_objects = old_building(), new_building.objects()
    unknown = review.Unknown(old_build.gaps, old_build.unsure, old_build.unnamed)
    refused = check.refusals(project.kinds, version) if version else review.nothing_refused
    return review.review(new.environment, old_build.objects, new_objects, project.kinds, unknown, refused)


def retirement(root: Path, name: str) -> "tuple[Retirement, tuple[Finding, ...]]":
    """Return what becomes of all that output/`name` holds when the environment goes, and what of it did not build.

    The environment's file may be gone already. Raises InputInvalid.
    """
    from generator import build, review

    output = root / "output"
    sources = workspace.read(root)
    rendered = _known(root, name, sources)
    if name not in rendered:
        hint = f"codemie-manifests render {name}; if it never ran: git rm environments/{name}.yaml"
        raise InputInvalid([Finding.at(Where(f"output/{name}"), "output-missing", "is not rendered", hint=hint)])
    tree = workspace.old_tree(output, name)
    with build.salvaging(tree, build.find_tool(), workspace.cache_folder()) as building:
        built = building()
    unread = review.Unknown(built.gaps, built.unsure, built.unnamed).warnings(name)
    return review.retirement(built.objects, Kinds(sources.texts)), tuple(unread)


def retire(root: Path, name: str) -> tuple[str, ...]:
    """Take away environments/`name`.yaml and output/`name`, of which git must have all. Returns what went.

    Raises InputInvalid where another file extends it, or something would be lost; OutputUnwritable.
    """
    from generator import history

    sources = workspace.read(root)
    _known(root, name, sources)
    source, output = history.source(root), root / "output"
    paths = (source.path(f"environments/{name}.yaml"), f"{source.below(output)}/{name}")
    extending = environment.extending(name, sources)
    if problems := [*extending, *history.lost(source, *paths)]:
        raise InputInvalid(problems)
    return workspace.retire(root, output, name)


def _known(root: Path, name: str, sources: Sources) -> tuple[str, ...]:
    """Return the environments that are in output/. Raises InputInvalid if `name` is none, there or in environments/."""
    rendered = workspace.environments_in(root / "output")
    environment.known(name, sources, rendered)
    return rendered


def _verdict(plan: catalog.Plan, building: "Building", sources: Sources) -> "Verdict":
    """Wait for kustomize and check what it built. The day decides which exceptions have expired."""
    from generator import capacity, check

    check.load(plan.environment.kubernetes.version)
    today = datetime.now(UTC).date()
    try:
        return check.check(building.objects(), plan, sources.texts, today=today, further=capacity.RULES)
    except CheckFailed as error:
        return check.Verdict(error.findings, 0, 0)


def refuse_failed(verdicts: "Iterable[Verdict | None]") -> None:
    """Raise CheckFailed with all findings where one of them is an error."""
    refuse(finding for verdict in verdicts if verdict for finding in verdict.findings)


def editor_schema(project: Project) -> str:
    """Return the JSON Schema of environment files, as text."""
    import json

    schemas = catalog.schemas(project.catalog.units)
    return json.dumps(environment.editor_schema(schemas), indent=2, ensure_ascii=False) + "\n"


def import_schemas(root: Path, files: tuple[Path, ...]) -> list[str]:
    """Put a contract of every CRD in `files` below kinds/; return their paths. Raises InputInvalid: none is written."""
    from generator import kinds

    texts = workspace.read_files(files)
    return workspace.write_kind_files(root, kinds.kind_files(texts, workspace.read(root).texts))
