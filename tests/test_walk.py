"""The walk of one value, as docs/architecture.md tells it: its steps exist, and its ends fit."""

import ast
import re

import pytest
from command import ROOT
from product import project

from generator import pipeline, yamlio

WALK = (ROOT / "docs/architecture.md").read_text().partition("## The walk of one value")[2].partition("\n## ")[0]
STEPS = re.findall(r"`([a-z_/]+\.py)`\s+`([a-z_]+)`", WALK)


def test_the_walk_has_steps() -> None:
    assert len(STEPS) > 10


@pytest.mark.parametrize(("module", "function"), STEPS, ids="::".join)
def test_each_function_of_the_walk_is_where_the_page_says(module: str, function: str) -> None:
    tree = ast.parse((ROOT / "generator" / module).read_text())
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_a_value_arrives_as_it_was_written() -> None:
    loaded, plan = pipeline.load(project(), "prod"), pipeline.plan_of(project(), "prod")
    written = loaded.value["components"]["api"]["replicas"]
    api = plan.named("api")
    assert api
    assert (loaded.environment.components["api"]["replicas"], api.common.replicas, api.values["replicas"]) == (
        written,
    ) * 3
    file = "output/prod/components/api/overlay/kustomization.yaml"
    assert yamlio.load((ROOT / file).read_text(), file).value["replicas"] == [{"name": "codemie", "count": written}]
