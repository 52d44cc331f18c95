"""The stages in order, one short function per command. A branch here means a missing stage."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from generator import catalog, environment, workspace
from generator.errors import CheckFailed, InputInvalid, collected
from generator.finding import Finding, Severity, Where, errors
from generator.tree import Sources, Tree
from generator.workspace import Comparison

if TYPE_CHECKING:
    from generator import history
    from generator.build import Building
    from generator.capacity import Report
    from generator.check import Verdict
    from generator.review import Retirement, Review


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
        checked = [stack.enter_context(laid_out(planned, tree, project.sources, options)) for planned, tree in rendered]
        refuse_failed(verdict for _, verdict in checked)
        for staged, verdict in checked:
            staged.commit()
            yield Outcome(staged.tree.environment, len(staged.tree.files), verdict, staged.comparison, options.write)


@contextlib.contextmanager
def laid_out(
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
    refuse_failed(verdict for _, verdict in checked)
    yield from checked


def as_it_stands(planned: catalog.Plan, tree: Tree, sources: Sources) -> "Verdict":
    """Return what there is to say of a tree that anybody may have written, each finding with its file and line."""
    from generator import build

    with build.standing(tree, build.find_tool()) as building:
        verdict = _verdict(planned, building, sources)
    return verdict.at(build.located(verdict.findings, tree))


def capacity(root: Path, name: str) -> "tuple[Report, tuple[Finding, ...]]":
    """Return what the pods of environment `name` need and what its nodes have, and what the check says of it."""
    from generator import build, capacity

    project = open_project(root)
    planned, tree = render(project, name)
    with build.started(tree, build.find_tool(), workspace.cache_folder()) as building:
        return capacity.room(building.objects(), planned, project.sources.texts)


def diff(root: Path, names: tuple[str, ...], against: str, *, every: bool) -> "tuple[history.Base, tuple[Review, ...]]":
    """Return what a merge does to each environment: from output/ at `against` to a render of the working tree.

    `against` is a folder like output/, a ref, or '' for where our branch left the default one. With `every`, what only the
    old side has counts too. Raises InputInvalid or CheckFailed.
    """
    project = open_project(root)
    rendered = render_each(project, environment.choose(names, project.sources, every=every))
    old = _old_side(root, against)
    left = {one.environment: one for one in workspace.retired(root, root / "output")}
    gone = [
        (None, Tree.of(name, ()))
        for name in old.known
        if every and name not in {tree.environment for _, tree in rendered}
    ]
    reviews = []
    for planned, tree in sorted([*gone, *rendered], key=lambda pair: pair[1].environment):
        before, unread = old.tree(tree.environment)
        found = reviewed(project, before, tree)
        told = old.published(planned) if planned else left.get(tree.environment)
        reviews.append(found._replace(findings=(*unread, *found.findings, *((told,) if told else ()))))
    return old.base, tuple(reviews)


def reviewed(project: Project, old: Tree, new: Tree) -> "Review":
    """Build both sides at once and compare them. Raises CheckFailed where the new one does not build."""
    from generator import build, kinds, review

    tool, cache = build.find_tool(), workspace.cache_folder()
    with build.salvaging(old, tool, cache) as before, build.started(new, tool, cache) as after:
        earlier, later = before(), after.objects()
    found = review.review(new.environment, earlier.objects, later, kinds.Kinds(project.sources.texts))
    return found._replace(findings=earlier.findings)


class _Old(NamedTuple):
    """The old side of a plan: what it is, its environments, what reads the tree of one, and whether that is published."""

    base: "history.Base"
    known: tuple[str, ...]
    tree: Callable[[str], tuple[Tree, tuple[Finding, ...]]]
    published: Callable[[catalog.Plan], Finding | None] = lambda _: None


def _old_side(root: Path, against: str) -> _Old:
    from generator import history, publish

    folder = Path(against)
    if against and os.path.isdir(folder):  # noqa: PTH112  a Path raises for what cannot be a path's name
        known = workspace.environments_in(folder)
        return _Old(history.Base(f"the folder {against}"), known, lambda name: workspace.old_tree(folder, name))
    source = history.source(root)
    base = history.named(source, against) if against else history.merge_base(source)
    output = publish.own_folder(source, root / "output")

    def published(planned: catalog.Plan) -> Finding | None:
        with contextlib.suppress(InputInvalid):  # a plan is said whatever else is wrong
            (target,) = publish.targets([planned], publish.Override())
            return publish.unlike(base, output, planned.environment.name, source, target)
        return None

    known = history.environments(source, base.commit, output)
    return _Old(base, known, lambda name: history.tree_at(source, base.commit, output, name), published)


def retirement(root: Path, name: str) -> "tuple[Retirement, tuple[Finding, ...]]":
    """Return what becomes of all that output/`name` holds when the environment goes, and what of it did not build.

    The environment's file may be gone already. Raises InputInvalid.
    """
    from generator import build, kinds, review

    output = root / "output"
    rendered = _known(root, name)
    if name not in rendered:
        hint = f"codemie-manifests render {name}; if it never ran: git rm environments/{name}.yaml"
        raise InputInvalid([Finding.at(Where(f"output/{name}"), "output-missing", "is not rendered", hint=hint)])
    tree, unread = workspace.old_tree(output, name)
    with build.salvaging(tree, build.find_tool(), workspace.cache_folder()) as built:
        objects, unbuilt = built()
    return review.retirement(objects, kinds.Kinds(workspace.read(root).texts)), (*unread, *unbuilt)


def retire(root: Path, name: str) -> tuple[str, ...]:
    """Take away environments/`name`.yaml and output/`name`, of which git must have all. Returns what went.

    Raises InputInvalid where another file extends it, or something would be lost; OutputUnwritable.
    """
    from generator import history, publish

    _known(root, name)
    used = environment.extending(name, workspace.read(root))
    source, output = history.source(root), root / "output"
    above = f"{source.folder}/" if source.folder else ""
    paths = (f"{above}environments/{name}.yaml", f"{publish.own_folder(source, output)}/{name}")
    message, hint = "has uncommitted changes", "commit it with git add and git commit, or move it away"
    lost = (
        Finding.at(Where(path), "environment-uncommitted", message, hint=hint) for path in source.unkept(*paths)[:20]
    )
    if found := [*used, *lost]:
        raise InputInvalid(found)
    return workspace.retire(root, output, name)


def _known(root: Path, name: str) -> tuple[str, ...]:
    """Return the environments that are in output/. Raises InputInvalid if `name` is none, there or in environments/."""
    rendered = workspace.environments_in(root / "output") if (root / "output").is_dir() else ()
    environment.known(name, workspace.read(root), rendered)
    return rendered


def retired(root: Path, output: Path, folder: str = "output", *, check: bool = False) -> tuple[Finding, ...]:
    """Return which folders of the output no environment renders any more: warnings, or errors for a `check`."""
    severity = Severity.ERROR if check else Severity.WARNING
    return tuple(replace(found, severity=severity) for found in workspace.retired(root, output, folder))


def _verdict(planned: catalog.Plan, building: "Building", sources: Sources) -> "Verdict":
    """Wait for kustomize and check what it built. The day decides which exceptions have expired."""
    from generator import capacity, check

    check.load(planned.environment.kubernetes.version)
    today = datetime.now(UTC).date()
    try:
        return check.check(building.objects(), planned, sources.texts, today=today, further=capacity.RULES)
    except CheckFailed as error:
        return check.Verdict(error.findings, 0, 0)


def refuse_failed(verdicts: "Iterable[Verdict | None]") -> None:
    """Raise CheckFailed with all findings where one of them is an error."""
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
