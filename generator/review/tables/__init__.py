"""What a change of each kind does, as data: a table per kind, a module per family of kinds.

The name of a kind is `Kind.group`, only `Kind` in the core group; `*.group` is every kind of a group and of groups that
end in it, `*` is every kind. All rows that hold are asked, and the worst is said.
"""

import functools

from generator.manifest import ObjectId
from generator.review.row import Row
from generator.review.tables import (
    any_kind,
    argo_cd,
    certificates,
    cloud_cluster,
    cloud_data,
    cloud_edge,
    cloud_identity,
    cloud_machines,
    cloud_network,
    cloud_redis,
    cloud_storage,
    cloud_watch,
    gateway,
    network,
    operators,
    pods,
    rbac,
    storage,
    workloads,
)

__all__ = ["Row", "instead", "is_managed_while_said", "rows"]

_FAMILIES = (
    any_kind,
    workloads,
    pods,
    network,
    rbac,
    storage,
    gateway,
    argo_cd,
    operators,
    certificates,
    cloud_cluster,
    cloud_machines,
    cloud_network,
    cloud_edge,
    cloud_data,
    cloud_redis,
    cloud_storage,
    cloud_watch,
    cloud_identity,
)

_INSTEAD: dict[str, str] = {name: said for family in _FAMILIES for name, said in getattr(family, "INSTEAD", {}).items()}


def rows(id_: ObjectId) -> tuple[Row, ...]:
    """Return every row that may hold for an object, those of its own kind first."""
    return _rows(id_.kind, id_.group)


def instead(id_: ObjectId) -> str:
    """Return what to do where a field of an object cannot be changed."""
    return next((_INSTEAD[name] for name in _names(id_.kind, id_.group) if name in _INSTEAD), "")


def is_managed_while_said(id_: ObjectId) -> bool:
    """Whether a field that is left out keeps its live value, as with Config Connector's Terraform-based kinds."""
    return id_.group.endswith(".cnrm.cloud.google.com") and id_.kind not in cloud_data.DIRECT


@functools.cache
def _rows(kind: str, group: str) -> tuple[Row, ...]:
    return tuple(row for name in _names(kind, group) for family in _FAMILIES for row in family.TABLE.get(name, ()))


def _names(kind: str, group: str) -> list[str]:
    """Return the names that a table may use for a kind, the narrowest first."""
    labels = group.split(".") if group else []
    wider = [f"*.{'.'.join(labels[start:])}" for start in range(len(labels))]
    return [f"{kind}.{group}" if group else kind, *wider, "*"]
