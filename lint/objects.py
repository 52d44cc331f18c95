"""The built objects of every environment, rendered from the sources as they are now."""

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from generator import build, environment, pipeline, workspace
from generator.catalog import Plan
from generator.manifest import Manifest, Object

ROOT = Path(__file__).parent.parent


class Example(NamedTuple):
    """An environment's plan and what it builds to, on all clusters."""

    name: str
    plan: Plan
    objects: tuple[Object, ...]


def examples() -> list[Example]:
    """Return every environment of the project. Raises GeneratorError where one does not render or build."""
    project = pipeline.open_project(ROOT)
    rendered = pipeline.render_each(project, environment.choose((), project.sources, every=True))
    tool, cache = build.find_tool(), workspace.cache_folder()
    return [Example(plan.environment.name, plan, build.build(tree, tool, cache)) for plan, tree in rendered]


def write(path: Path, manifests: list[Manifest]) -> None:
    """Write objects as the documents of one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    path.write_text(yaml.dump_all(manifests, Dumper=dumper, sort_keys=False), encoding="utf-8")
