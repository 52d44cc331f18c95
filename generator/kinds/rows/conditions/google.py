"""Conditions on resources of Google Cloud."""

from typing import Any

from generator.field import mapping
from generator.kinds.impact import Edit, item_of
from generator.kinds.rows.vocabulary import changed, widened

_LAST = 2147483647
"""The priority of the rule of Cloud Armor that matches everything."""


def admits_more_addresses(edit: Edit) -> bool:
    """Addresses are let in that were not; the value is a range, or an item with a range."""
    return widened(_range(edit.before), _range(edit.after))


def _range(value: Any) -> Any:
    return value.get("cidrBlock", value.get("value")) if isinstance(value, dict) else value


def picks_channel(edit: Edit) -> bool:
    """A release channel picks the versions."""
    return isinstance(edit.after, str) and edit.after != "UNSPECIFIED"


def open_to_every_address(edit: Edit) -> bool:
    """A cluster lets every address reach its control plane."""
    private = mapping(edit.side, "spec", "privateClusterConfig").get("enablePrivateEndpoint") is True
    endpoints = mapping(edit.side, "spec", "controlPlaneEndpointsConfig", "ipEndpointsConfig")
    listed = mapping(edit.side, "spec").get("masterAuthorizedNetworksConfig")
    return not (private or listed or endpoints.get("enabled") is False)


def deletion_protected(edit: Edit) -> bool:
    """Google refuses to delete the instance."""
    return bool(mapping(edit.side, "spec", "settings").get("deletionProtectionEnabled"))


def other_database_kind(edit: Edit) -> bool:
    """The database is of another kind: MYSQL_8_0, POSTGRES_17."""
    before, after = edit.before, edit.after
    return changed(before, after) and str(before).split("_")[0] != str(after).split("_")[0]


def public_address(edit: Edit) -> bool:
    """An instance has a public address, which is the default."""
    return mapping(edit.side, "spec", "settings", "ipConfiguration").get("ipv4Enabled") is not False


def gets_public_address(edit: Edit) -> bool:
    """A network interface comes that has a public address."""
    return isinstance(edit.after, dict) and bool(edit.after.get("accessConfig"))


def denies(edit: Edit) -> bool:
    """A firewall rule keeps out what it names."""
    return bool(mapping(edit.side, "spec").get("deny"))


def rule_denies(edit: Edit) -> bool:
    """The rule of Cloud Armor that the field is of keeps out what it matches."""
    return str(item_of(edit.side, edit.steps).get("action", "")).startswith("deny")


def default_rule(edit: Edit) -> bool:
    """The rule of Cloud Armor is the last one, which matches everything."""
    return item_of(edit.side, edit.steps).get("priority") == _LAST


def stops_denying(edit: Edit) -> bool:
    """The action of a rule no longer denies."""
    after = edit.after
    return str(edit.before).startswith("deny") and isinstance(after, str) and not after.startswith("deny")


def starts_denying(edit: Edit) -> bool:
    """The action of a rule denies from now on."""
    before = edit.before
    return isinstance(before, str) and not before.startswith("deny") and str(edit.after).startswith("deny")


def rule_deletes(edit: Edit) -> bool:
    """The lifecycle rule that the field is of deletes."""
    action = item_of(edit.side, edit.steps).get("action")
    kind = action.get("type") if isinstance(action, dict) else action
    return kind in ("Delete", "DELETE")


def newer_version(edit: Edit) -> bool:
    """A newer version of Redis; they sort as text: REDIS_6_X, REDIS_7_0."""
    return changed(edit.before, edit.after) and str(edit.before) < str(edit.after)


def older_version(edit: Edit) -> bool:
    """An older version of Redis."""
    return changed(edit.before, edit.after) and str(edit.before) > str(edit.after)


CONDITIONS = {
    "admits-more-addresses": admits_more_addresses,
    "picks-channel": picks_channel,
    "open-to-every-address": open_to_every_address,
    "deletion-protected": deletion_protected,
    "other-database-kind": other_database_kind,
    "public-address": public_address,
    "gets-public-address": gets_public_address,
    "denies": denies,
    "rule-denies": rule_denies,
    "default-rule": default_rule,
    "stops-denying": stops_denying,
    "starts-denying": starts_denying,
    "rule-deletes": rule_deletes,
    "newer-version": newer_version,
    "older-version": older_version,
}
