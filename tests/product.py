"""What the project's own environments build: once per run, or with a line of an environment changed."""

import functools

from command import ROOT

from generator import catalog, pipeline
from generator.build import build, find_tool
from generator.manifest import Object
from generator.tree import Sources


@functools.cache
def built(environment: str, old: str = "", new: str = "") -> tuple[Object, ...]:
    """Return the built objects of an environment, after `old`, which must be there, is replaced by `new` in its file."""
    project = pipeline.open_project(ROOT)
    if old:
        path = f"environments/{environment}.yaml"
        texts = dict(project.sources.texts)
        assert old in texts[path]
        sources = Sources({**texts, path: texts[path].replace(old, new, 1)})
        project = pipeline.Project(sources, catalog.discover(sources))
    return build(pipeline.render(project, environment)[1], find_tool(), None)
