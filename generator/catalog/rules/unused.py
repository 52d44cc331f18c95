"""What an environment says and nothing reads: a slip in a name, or a setting of what is off."""

from collections.abc import Iterator, Mapping
from typing import Any

from generator.catalog.settings import SECTIONS, deep_merge, is_below, said
from generator.catalog.unit import Unit
from generator.environment import Environment, Fault
from generator.finding import Severity, Where
from generator.yamlio import Path

_POOL = "codemie-pool"
"""The label of a node with the name of its pool (templates/infra/gke/node-pools.yaml.j2)."""


def unused(
    env: Environment, units: tuple[Unit, ...], on: frozenset[str], marks: Mapping[Path, Where]
) -> Iterator[Fault]:
    """Yield what has no effect, given the units there are and those that are `on`.

    A profile serves many environments: of what it says, only that is told which no environment could use.
    """
    yield from _mirrors(env, units)
    yield from _pools(env)
    own = marks.get((), Where("")).file
    for fault in (*_databases(env, units), *_switched_off(env, units, on)):
        if any(where.file == own for path, where in marks.items() if path[: len(fault.path)] == fault.path):
            yield fault


def _mirrors(env: Environment, units: tuple[Unit, ...]) -> Iterator[Fault]:
    """Yield mirrors that no image of any unit comes from, whether it is on or not."""
    repositories = {repository for unit in units for repository in _repositories(env, unit)}
    for name, mirror in sorted(env.registry.mirrors.items()):
        if not any(is_below(repository, mirror.source) for repository in repositories):
            path: Path = ("registry", "mirrors", name, "source")
            hint = "the command `units` lists the images and where they come from"
            yield Fault("registry-mirror", path, "no image of any unit comes from this source", hint)


def _repositories(env: Environment, unit: Unit) -> Iterator[str]:
    """Yield the repositories of a unit's images before they are mirrored."""
    declared = {name: {"repository": image.repository} for name, image in unit.declaration.defaults.images.items()}
    images: dict[str, Any] = deep_merge(declared, said(unit, env).get("images", {}))
    yield from (image["repository"] for image in images.values() if isinstance(image.get("repository"), str))


def _databases(env: Environment, units: tuple[Unit, ...]) -> Iterator[Fault]:
    """Yield databases that no unit calls for, whether it is on or not: they are never made."""
    called = {item.database for unit in units for item in unit.declaration.connects if item.database}
    for name in sorted(env.database.databases):
        if name not in called:
            path: Path = ("database", "databases", name)
            message = "has no effect: no unit connects to this database, so it is not created"
            known = ", ".join(sorted(called)) or "none"
            hint = f"units ask for: {known}; to use it in your own unit, name it in `connects`"
            yield Fault("database-unused", path, message, hint, severity=Severity.WARNING)


def _switched_off(env: Environment, units: tuple[Unit, ...], on: frozenset[str]) -> Iterator[Fault]:
    """Yield settings of units that are off, but not where the environment says so itself."""
    for unit in units:
        settings = said(unit, env)
        if unit.name not in on and set(settings) - {"enabled"} and settings.get("enabled") is not False:
            path: Path = (SECTIONS[unit.kind], unit.name)
            hint = f"switch it on with {path[0]}.{unit.name}.enabled: true, or write enabled: false to keep it off"
            yield Fault("unit-off", path, "has no effect: the unit is switched off", hint, severity=Severity.WARNING)


def _pools(env: Environment) -> Iterator[Fault]:
    """Yield node pools that pods are sent to, and that are not there."""
    for unit, settings in sorted(env.components.items()):
        pool = settings.get("scheduling", {}).get("nodeSelector", {}).get(_POOL)
        if pool is not None and pool not in env.gke.node_pools:
            path: Path = ("components", unit, "scheduling", "nodeSelector", _POOL)
            hint = f"there are: {', '.join(sorted(env.gke.node_pools)) or 'none'}"
            yield Fault("node-pool-unknown", path, "there is no such node pool", hint)
