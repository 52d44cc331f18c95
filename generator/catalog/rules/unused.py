"""What an environment says and nothing reads: a slip in a name, or a setting of what is off."""

from collections.abc import Iterator, Mapping

from generator.catalog.settings import SECTIONS, effective, is_below, overrides
from generator.catalog.unit import Unit
from generator.environment import Environment, Fault, Loaded
from generator.finding import Severity, Where
from generator.yamlio import Path

_POOL = "codemie-pool"
"""The label of a node with the name of its pool (templates/infra/gke/node-pools.yaml.j2)."""


def unused(loaded: Loaded, units: tuple[Unit, ...], on: frozenset[str]) -> Iterator[Fault]:
    """Yield what has no effect, given the units there are and those that are `on`.

    A profile serves many environments: of what it says, only that is told which no environment could use.
    """
    yield from _mirrors(loaded.environment, units)
    yield from _pools(loaded)
    for fault in (*_databases(loaded.environment, units), *_switched_off(loaded, units, on)):
        if _is_own(fault.path, loaded.marks):
            yield fault


def _is_own(path: Path, marks: Mapping[Path, Where]) -> bool:
    """Whether the environment's own file says something at `path` or below."""
    own = marks.get((), Where("")).file
    return any(where.file == own for mark, where in marks.items() if mark[: len(path)] == path)


def _mirrors(env: Environment, units: tuple[Unit, ...]) -> Iterator[Fault]:
    """Yield mirrors that no image of any unit comes from, whether it is on or not."""
    repositories = {image["repository"] for unit in units for image in effective(unit, env).get("images", {}).values()}
    for name, mirror in sorted(env.registry.mirrors.items()):
        if not any(is_below(repository, mirror.source) for repository in repositories):
            path: Path = ("registry", "mirrors", name, "source")
            hint = "the command `units` lists the images and where they come from"
            yield Fault("registry-mirror", path, "no image of any unit comes from this source", hint)


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


def _switched_off(loaded: Loaded, units: tuple[Unit, ...], on: frozenset[str]) -> Iterator[Fault]:
    """Yield settings of units that are off, but not where the environment says so itself."""
    for unit in units:
        settings = overrides(unit, loaded)
        if unit.name not in on and set(settings) - {"enabled"} and settings.get("enabled") is not False:
            path: Path = (SECTIONS[unit.kind], unit.name)
            hint = f"switch it on with {path[0]}.{unit.name}.enabled: true, or write enabled: false to keep it off"
            yield Fault("unit-off", path, "has no effect: the unit is switched off", hint, severity=Severity.WARNING)


def _pools(loaded: Loaded) -> Iterator[Fault]:
    """Yield node pools that pods are sent to, and that are not there."""
    pools = loaded.environment.gke.node_pools
    for unit, settings in sorted(loaded.value["components"].items()):
        pool = settings.get("scheduling", {}).get("nodeSelector", {}).get(_POOL)
        if pool is not None and pool not in pools:
            path: Path = ("components", unit, "scheduling", "nodeSelector", _POOL)
            hint = f"there are: {', '.join(sorted(pools)) or 'none'}"
            yield Fault("node-pool-unknown", path, "there is no such node pool", hint)
