"""What is placed, and where: groups of pods that are alike, the pools and nodes that may take them."""

from collections.abc import Mapping
from typing import NamedTuple

from generator.scheduling import MAX_PODS, Resources


class PoolZone(NamedTuple):
    """A pool in one zone: all its nodes are alike."""

    pool: str
    zone: str


class Spread(NamedTuple):
    """A required topology spread: of all pods in `counted`, no domain has more than `max_skew` more than another."""

    zonal: bool
    max_skew: int
    counted: frozenset[int]


class PodGroup(NamedTuple):
    """Pods that are alike: what one requests, where it may run, which groups it keeps away from, by their numbers."""

    name: str
    request: Resources
    pool_zones: frozenset[PoolZone]
    node_anti_affinity: frozenset[int] = frozenset()
    zone_anti_affinity: frozenset[int] = frozenset()
    spreads: tuple[Spread, ...] = ()


class Node(NamedTuple):
    """A node: its pool and zone, what it has for pods, and how many pods of each group are on it already."""

    pool_zone: PoolZone
    free: Resources
    max_pods: int = MAX_PODS
    group_counts: Mapping[int, int] = {}


class Pod(NamedTuple):
    """A pod to be placed: its group, and the zone that its volume is in."""

    group: int
    zone: str | None = None
