"""Machine types of Compute Engine: which exist, and what they have; a family is a row, read nowhere else.

Names and sizes: https://docs.cloud.google.com/compute/docs/general-purpose-machines, compute-optimized-machines,
memory-optimized-machines, storage-optimized-machines and accelerator-optimized-machines. Custom types:
https://docs.cloud.google.com/compute/docs/instances/creating-instance-with-custom-machine-type.
Disks and processors: the tables of the same pages,
and https://docs.cloud.google.com/compute/docs/disks/hyperdisks. Read on 2026-11-30.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

_GIB = 1024


class Machine(NamedTuple):
    """What a machine type has: processors, and memory in MiB."""

    cpus: int
    mib: int


class Sizes(NamedTuple):
    """Predefined types of one class, such as highmem: their vCPUs, GiB for each, and the GiB of those that differ."""

    cpus: tuple[int, ...]
    gib: float
    differ: Mapping[int, float] = {}


class Custom(NamedTuple):
    """Custom types of a family: their vCPUs, the GiB for each at least and at most, and for all; `-ext` has no most."""

    cpus: tuple[int, ...]
    least: float
    most: float
    total: float = 1024


class Family(NamedTuple):
    """A machine series. `classes` is empty where its sizes are not listed here: what it has is then not known.

    `variants` are endings that change nothing here (local disks, bare metal). Our images are for amd64: a family may be
    `arm`. `disks` are the types that it takes, of those that a node can start from; empty where they are not listed.
    """

    classes: Mapping[str, Sizes] = {}
    fixed: Mapping[str, Machine] = {}
    custom: Custom | None = None
    variants: tuple[str, ...] = ()
    arm: bool = False
    disks: tuple[str, ...] = ()


def _same(cpus: tuple[int, ...], **gib: float) -> dict[str, Sizes]:
    return {name: Sizes(cpus, each) for name, each in gib.items()}


_PERSISTENT = ("pd-standard", "pd-balanced", "pd-ssd")
_HYPERDISK = ("hyperdisk-balanced",)
_FAST = ("pd-balanced", "pd-ssd", *_HYPERDISK)
_LSSD = ("lssd", "metal", "lssd-metal")
_UP_TO_80 = (2, 4, 8, 16, 32, 48, 64, 80)
_N1 = (2, 4, 8, 16, 32, 64, 96)
_N2 = (*_UP_TO_80, 96)
_N2D = (*_N2, 128, 224)
_C2D = (2, 4, 8, 16, 32, 56, 112)
_C3 = (4, 8, 22, 44, 88, 176)
_C3D = (4, 8, 16, 30, 60, 90, 180, 360)
_C4 = (2, 4, 8, 16, 24, 32, 48, 96, 144, 192, 288)
_C4A = (1, 2, 4, 8, 16, 32, 48, 64, 72)
_C4D = (2, 4, 8, 16, 32, 48, 64, 96, 192, 384)
_N4A = (1, 2, 4, 8, 16, 32, 48, 64)
_EVEN_TO_32 = tuple(range(2, 33, 2))

FAMILIES: dict[str, Family] = {
    "e2": Family(
        {
            "standard": Sizes((2, 4, 8, 16, 32), 4),
            "highmem": Sizes((2, 4, 8, 16), 8),
            "highcpu": Sizes((2, 4, 8, 16, 32), 1),
        },
        fixed={"micro": Machine(2, 1 * _GIB), "small": Machine(2, 2 * _GIB), "medium": Machine(2, 4 * _GIB)},
        custom=Custom(_EVEN_TO_32, 0.5, 8, 128),
        disks=_PERSISTENT,
    ),
    "n1": Family(
        {"standard": Sizes((1, *_N1), 3.75), **_same(_N1, highmem=6.5, highcpu=0.9)},
        custom=Custom((1, *range(2, 97, 2)), 0.9, 6.5),
        disks=_PERSISTENT,
    ),
    "n2": Family(
        {
            "standard": Sizes((*_N2, 128), 4),
            "highmem": Sizes((*_N2, 128), 8, {128: 864}),
            "highcpu": Sizes(_N2, 1),
        },
        custom=Custom((*_EVEN_TO_32, *range(36, 129, 4)), 0.5, 8, 864),
        disks=_PERSISTENT,
    ),
    "n2d": Family(
        {**_same(_N2D, standard=4, highcpu=1), "highmem": Sizes(_N2, 8)},
        custom=Custom((2, 4, 8, *range(16, 97, 16)), 0.5, 8),
        disks=_PERSISTENT,
    ),
    "n4": Family(
        _same(_UP_TO_80, standard=4, highmem=8, highcpu=2),
        custom=Custom(tuple(range(2, 81, 2)), 2, 8),
        disks=_HYPERDISK,
    ),
    "n4a": Family(_same(_N4A, standard=4, highmem=8, highcpu=2), arm=True, disks=_HYPERDISK),
    "n4d": Family(
        _same(_N2, standard=4, highmem=8, highcpu=2),
        custom=Custom(tuple(range(2, 97, 2)), 2, 8),
        disks=_HYPERDISK,
    ),
    "t2d": Family(_same((1, 2, 4, 8, 16, 32, 48, 60), standard=4), disks=_PERSISTENT),
    "t2a": Family(_same((1, 2, 4, 8, 16, 32, 48), standard=4), arm=True, disks=_PERSISTENT),
    "c2": Family(_same((4, 8, 16, 30, 60), standard=4), disks=_PERSISTENT),
    "c2d": Family(_same(_C2D, standard=4, highmem=8, highcpu=2), disks=_PERSISTENT),
    "c3": Family(
        {**_same(_C3, highmem=8, highcpu=2), "standard": Sizes((*_C3, 192), 4), "highmem": Sizes((*_C3, 192), 8)},
        variants=_LSSD,
        disks=_FAST,
    ),
    "c3d": Family(_same(_C3D, standard=4, highmem=8, highcpu=2), variants=_LSSD, disks=_FAST),
    "c4": Family(
        {
            "standard": Sizes(_C4, 3.75, {2: 7}),
            "highmem": Sizes(_C4, 7.75, {2: 15}),
            "highcpu": Sizes(_C4, 2),
        },
        variants=_LSSD,
        disks=_HYPERDISK,
    ),
    "c4a": Family(
        {**_same(_C4A, standard=4, highcpu=2), "highmem": Sizes((*_C4A, 96), 8)},
        variants=_LSSD,
        arm=True,
        disks=_HYPERDISK,
    ),
    "c4d": Family(
        {
            "standard": Sizes(_C4D, 3.875, {2: 7, 4: 15}),
            "highmem": Sizes(_C4D, 7.875, {2: 15, 4: 31}),
            "highcpu": Sizes(_C4D, 1.875, {2: 3, 4: 7}),
        },
        variants=_LSSD,
        disks=_HYPERDISK,
    ),
    "h3": Family(_same((88,), standard=4), disks=("pd-balanced", *_HYPERDISK)),
    "g2": Family(
        _same((4, 8, 12, 16, 24, 32, 48, 96), standard=4),
        custom=Custom((4, 8, 12, 16, 24, 32, 48, 96), 4, 8),
        disks=("pd-balanced", "pd-ssd"),
    ),
    "m1": Family(
        {"megamem": Sizes((96,), 0, {96: 1433.6}), "ultramem": Sizes((40, 80, 160), 24.025)},
        disks=(*_PERSISTENT, *_HYPERDISK),
    ),
    "m2": Family(
        {
            "megamem": Sizes((416,), 0, {416: 5888}),
            "hypermem": Sizes((416,), 0, {416: 8832}),
            "ultramem": Sizes((208, 416), 0, {208: 5888, 416: 11776}),
        },
        variants=("metal",),
        disks=(*_PERSISTENT, *_HYPERDISK),
    ),
    "m3": Family({"megamem": Sizes((64, 128), 15.25), "ultramem": Sizes((32, 64, 128), 30.5)}, disks=_FAST),
    "m4": Family(disks=_HYPERDISK),
    "a2": Family(
        fixed={
            **{f"highgpu-{gpus}g": Machine(12 * gpus, 85 * gpus * _GIB) for gpus in (1, 2, 4, 8)},
            **{f"ultragpu-{gpus}g": Machine(12 * gpus, 170 * gpus * _GIB) for gpus in (1, 2, 4, 8)},
            "megagpu-16g": Machine(96, 1360 * _GIB),
        },
        disks=_PERSISTENT,
    ),
    "a4x": Family(arm=True, disks=_HYPERDISK),
    **{name: Family(disks=_HYPERDISK) for name in ("a4", "g4", "h4d", "x4")},
    **{name: Family(disks=_FAST) for name in ("a3", "z3")},
    **{name: Family() for name in ("c4n", "z4d")},
}
"""Every series by its name; those without sizes exist, and that is all that is said of them."""

SHARED = re.compile(r"e2-(micro|small|medium|custom-(micro|small|medium)-[0-9]+)")
"""Types whose two vCPUs are shares of a core."""
_SHARED_CUSTOM = {"micro": (1, 2), "small": (2, 4), "medium": (4, 8)}
_CUSTOM = re.compile(r"custom-([a-z]+|[1-9][0-9]{0,3})-([1-9][0-9]{0,8})(-ext)?")
_SIZED = re.compile(r"([a-z]+)-([1-9][0-9]{0,3})(?:-([a-z-]+))?")
_STEP = 256


def family(name: str) -> Family | None:
    """Return the series that a machine type names, or None where there is none that we know."""
    return FAMILIES.get(name.partition("-")[0])


def machine(name: str) -> Machine | None:
    """Return what a machine type has, or None where there is no such type or that is not known."""
    series, rest = family(name), name.partition("-")[2]
    if series is None:
        return None
    if rest in series.fixed:
        return series.fixed[rest]
    if found := _CUSTOM.fullmatch(rest):
        return _custom(name, series, found)
    found = _SIZED.fullmatch(rest)
    sizes = series.classes.get(found[1]) if found else None
    if not found or not sizes or int(found[2]) not in sizes.cpus or (found[3] or "") not in ("", *series.variants):
        return None
    cpus = int(found[2])
    return Machine(cpus, round(sizes.differ.get(cpus, cpus * sizes.gib) * _GIB))


def _custom(name: str, series: Family, found: re.Match[str]) -> Machine | None:
    """Return what a custom type has, or None where Google sells no such mix."""
    shared, mib = SHARED.fullmatch(name) is not None, int(found[2])
    if series.custom is None or not (shared or found[1].isdigit()) or mib % _STEP:
        return None
    cpus = 2 if shared else int(found[1])
    own = (series.custom.least * cpus, min(series.custom.most * cpus, series.custom.total))
    least, most = _SHARED_CUSTOM[found[1]] if shared else own
    enough, not_more = mib >= least * _GIB, found[3] is not None or mib <= most * _GIB
    return Machine(cpus, mib) if enough and not_more and (shared or cpus in series.custom.cpus) else None


def takes_disk(name: str, disk: str) -> bool | None:
    """Return whether a machine can start from a type of disk, and attach it; None where that is not known."""
    series = family(name)
    listed = series is not None and series.disks and disk in (*_PERSISTENT, *_HYPERDISK)
    return disk in series.disks if series is not None and listed else None


def offers(name: str) -> str:
    """Return in words what a family has of the class that a machine type names."""
    series, prefix = FAMILIES[name.partition("-")[0]], name.partition("-")[0]
    kind = name.split("-")[1]
    if kind == "custom" and (custom := series.custom):
        return (
            f"{prefix}-custom-<vCPUs>-<MiB> has {_listed(custom.cpus)} vCPUs, "
            f"{custom.least:g} to {custom.most:g} GiB for each, in steps of {_STEP} MiB"
        )
    if sizes := series.classes.get(kind):
        return f"{prefix}-{kind} has {_listed(sizes.cpus)} vCPUs"
    known = [*(f"{prefix}-{other}-<vCPUs>" for other in series.classes), *(f"{prefix}-{size}" for size in series.fixed)]
    return f"there are: {', '.join([*known, *([f'{prefix}-custom-<vCPUs>-<MiB>'] if series.custom else [])])}"


def _listed(numbers: tuple[int, ...]) -> str:
    """Return `2, 4, 8 or 16`, and a long list as `2, 4, 6 ... 32`."""
    if len(numbers) > 12:  # noqa: PLR2004  what a reader takes in
        return f"{', '.join(map(str, numbers[:3]))} ... {numbers[-1]}"
    *first, last = map(str, numbers)
    return f"{', '.join(first)} or {last}" if first else last
