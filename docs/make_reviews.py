"""docs/examples/edits.yaml -> docs/examples/reviews/: what `diff` says of realistic edits; a test knows when it was forgotten."""

from pathlib import Path
from typing import Any

import yaml

from generator import build, pipeline, workspace
from generator.kinds import Kinds
from generator.review import Review, review
from generator.tree import Sources
from generator.views.review import text as review_text
from lint.variants import Variant, laid

HERE = Path(__file__).parent / "examples"
FOLDER = HERE / "reviews"
EXAMPLES = ("dev", "prod", "staging")
WIDTH = 100
"""Columns of the terminal."""


def reviews() -> dict[str, str]:
    """Return {file name: text} of every edit."""
    edits = yaml.safe_load((HERE / "edits.yaml").read_text(encoding="utf-8"))
    project = pipeline.open_project(HERE.parent.parent)
    return {f"{name}.txt": review_text.text(_reviews(project, edit), WIDTH) for name, edit in edits.items()}


def _reviews(project: pipeline.Project, edit: dict[str, Any]) -> tuple[Review, ...]:
    names = [name for name in EXAMPLES if name in edit or "templates" in edit]
    immutable = Kinds(project.sources.texts)
    return tuple(
        review(
            name, _objects(project, name), _objects(project._replace(sources=_edited(project, edit)), name), immutable
        )
        for name in names
    )


def _objects(project: pipeline.Project, name: str) -> Any:
    _, tree = pipeline.render(project, name)
    return build.build(tree, build.find_tool(), workspace.cache_folder())


def _edited(project: pipeline.Project, edit: dict[str, Any]) -> Sources:
    sources = project.sources
    for name in EXAMPLES:
        sources = laid(sources, Variant(name, "", yaml.safe_dump(edit[name]))) if name in edit else sources
    texts = dict(sources.texts)
    for file, (before, after) in edit.get("templates", {}).items():
        if before not in texts[file]:
            message = f"{file} does not hold {before!r}"
            raise ValueError(message)
        texts[file] = texts[file].replace(before, after)
    return Sources(texts)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    made = reviews()
    for old in FOLDER.glob("*.txt"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
