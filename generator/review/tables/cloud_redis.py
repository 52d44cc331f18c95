"""Memorystore for Redis. A field that is left out keeps its live value, or falls back to Google's default."""

from typing import Any

from generator.review.change import ABSENT, Impact
from generator.review.row import Row, added, always, changed, lowered, removed, several, to

_REDIS = "https://cloud.google.com/memorystore/docs/redis"
_DELETE = f"{_REDIS}/create-manage-instances"
_AUTH = f"{_REDIS}/about-redis-auth"
_SCALING = f"{_REDIS}/about-scaling-instances"
_UPGRADE = f"{_REDIS}/about-upgrading-version"
_CONFIGS = f"{_REDIS}/supported-redis-configurations"
_MAINTENANCE = f"{_REDIS}/about-maintenance"
_PERSISTENCE = f"{_REDIS}/about-rdb-snapshots"
_PROVIDER = "k8s-config-connector third_party/…/services/redis/resource_redis_instance.go"

_CUT = "connections are cut for up to a couple of minutes; what is stored stays"


def _newer(before: Any, after: Any) -> bool:
    """A newer version; they sort as text: REDIS_6_X, REDIS_7_0."""
    return changed(before, after) and str(before) < str(after)


def _older(before: Any, after: Any) -> bool:
    return changed(before, after) and str(before) > str(after)


_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.DATA_LOSS, "deletes the instance with all that it holds; a new one has another address and another AUTH string", _DELETE),
    Row("spec.authEnabled", to(True), Impact.OUTAGE, "who connects without the AUTH string is refused", _AUTH),
    Row("spec.authEnabled", to(False, ABSENT), Impact.EXPOSURE, "nobody is asked for a password any more", _AUTH),
    Row("spec.authEnabled", always, Impact.SAFE, "as the default: nobody is asked for a password", _AUTH),
    Row("spec.memorySizeGb", removed, Impact.BLOCKED, "it is required: the sync fails", _PROVIDER, "put it back"),
    Row("spec.memorySizeGb", lowered, Impact.OUTAGE, f"a smaller size, which fails where more is stored: {_CUT}", _SCALING),
    Row("spec.memorySizeGb", always, Impact.OUTAGE, f"another size: {_CUT}", _SCALING),
    Row("spec.redisVersion", _newer, Impact.OUTAGE, f"an upgrade in place starts at once, and there is no way back: {_CUT}", _UPGRADE),
    Row("spec.redisVersion", _older, Impact.BLOCKED, "a version is never lowered: Config Connector refuses it (UpdateFailed)", _PROVIDER, "put it back"),
    Row("spec.redisVersion", added, Impact.OUTAGE, "if the instance runs an older one, an upgrade starts at once", _UPGRADE),
    Row("spec.redisVersion", removed, Impact.SAFE, "the version stays as it is", _PROVIDER),
    Row("spec.redisConfigs.**", always, Impact.UNKNOWN, "Redis behaves otherwise from now on: what it drops when memory is full, whom it cuts off", _CONFIGS),
    Row("spec.maintenancePolicy.**", always, Impact.UNKNOWN, "maintenance comes at another time: look that it is not when people work", _MAINTENANCE, but=("spec.maintenancePolicy.description",)),
    Row("spec.persistenceConfig.persistenceMode", to("DISABLED"), Impact.DATA_LOSS, "a guard of state goes: the snapshots that are there are deleted", _PERSISTENCE),
    Row("spec.persistenceConfig.**", always, Impact.UNKNOWN, "snapshots are made at other times, or for the first time; they slow writes a little", _PERSISTENCE),
    *several("spec", "displayName maintenancePolicy.description", always, Impact.SAFE, "a text for people"),
)  # fmt: skip

TABLE: dict[str, tuple[Row, ...]] = {"RedisInstance.redis.cnrm.cloud.google.com": _ROWS}

INSTEAD = {
    "RedisInstance.redis.cnrm.cloud.google.com": "make a second instance with a new name, put its address and AUTH string into Secret Manager, restart the API, then remove the old one",
}  # fmt: skip
