"""The task of rendering one unit: what every step of it needs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.catalog import Plan, Planned
from generator.finding import Finding
from generator.render.templates import Templates


class Task(NamedTuple):
    """One unit of a plan. `paths` are the files of its folder, `view` is what its templates see; steps add `problems`."""

    plan: Plan
    planned: Planned
    templates: Templates
    paths: tuple[str, ...]
    view: Mapping[str, Any]
    problems: list[Finding]

    @property
    def folder(self) -> str:
        """Where the unit is below `output/<env>/`."""
        section = "infra" if self.planned.unit.kind == "infra" else "components"
        return f"{section}/{self.planned.name}"


def view(plan: Plan, planned: Planned, environment: Any) -> dict[str, Any]:
    """Return what overlay, config and infra templates see: unit, values, env, plan. Nothing else."""
    return {
        "unit": {"name": planned.name, "namespace": planned.namespace, "title": planned.unit.declaration.title},
        "values": planned.values,
        "env": environment,
        "plan": {"namespaces": plan.namespaces(), "units": tuple(other.name for other in plan.units)},
    }
