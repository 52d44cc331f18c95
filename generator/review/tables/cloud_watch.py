"""Logs, alerts, uptime checks: what tells people that something is wrong."""

from generator.review.change import Impact
from generator.review.row import (
    Row,
    added,
    always,
    away_from,
    comes,
    goes,
    lowered,
    removed,
    several,
    to,
    turned,
)

_LOGS = "https://cloud.google.com/logging/docs"
_SINKS = f"{_LOGS}/export/configure_export_v2"
_BUCKETS = f"{_LOGS}/buckets"
_ALERTS = "https://cloud.google.com/monitoring/alerts"
_POLICY = f"{_ALERTS}/concepts-indepth"
_CHANNELS = "https://cloud.google.com/monitoring/support/notification-options"
_UPTIME = "https://cloud.google.com/monitoring/uptime-checks"
_PROVIDER = "k8s-config-connector third_party/…/services/logging (ForceNew)"

_BUCKET_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.DATA_LOSS, "deletes the log bucket: its logs can be brought back for seven days", _BUCKETS),
    Row("spec.retentionDays", lowered, Impact.DATA_LOSS, "older logs are deleted", _BUCKETS),
    Row("spec.retentionDays", comes, Impact.SAFE, "how long logs are kept, and cost", _BUCKETS),
    Row("spec.locked", to(True), Impact.UNKNOWN, "the retention cannot be changed any more, by nobody, for ever", _BUCKETS),
    Row("spec.locked", turned(True, False), Impact.BLOCKED, "a locked bucket cannot be unlocked", _BUCKETS, "put it back"),
    Row("spec.locked", to(False), Impact.SAFE, "the bucket is not locked, which is the default", _BUCKETS),
    Row("spec.enableAnalytics", to(False), Impact.BLOCKED, "cannot be switched off once it is on", _BUCKETS, "leave it on"),
    Row("spec.enableAnalytics", comes, Impact.UNKNOWN, "logs can be asked with SQL; it cannot be switched off again", _BUCKETS),
    Row("spec.description", always, Impact.SAFE, "a text for people"),
    *several("spec", "folderRef.** organizationRef.** billingAccountRef.**", always, Impact.BLOCKED, "cannot be changed: the webhook refuses it", _PROVIDER),
)  # fmt: skip

_LESS = "logs are not exported any more: what happens then is missing in the archive"
_SINK_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.EXPOSURE, _LESS, _SINKS),
    Row("spec.disabled", to(True), Impact.EXPOSURE, _LESS, _SINKS),
    Row("spec.disabled", comes, Impact.SAFE, "logs are exported", _SINKS),
    Row("spec.destination.**", always, Impact.UNKNOWN, "logs go elsewhere from now on: its writer needs a grant there; those there are stay", _SINKS),
    Row("spec.filter", comes, Impact.UNKNOWN, "other logs are exported: read both filters", _SINKS),
    *several("spec", "exclusions.* exclusions.*.filter", comes, Impact.EXPOSURE, "some logs are not exported any more", _SINKS),
    *several("spec", "exclusions.* exclusions.*.filter", removed, Impact.SAFE, "more logs are exported", _SINKS),
    Row("spec.exclusions.*.disabled", to(True), Impact.SAFE, "more logs are exported", _SINKS),
    Row("spec.exclusions.*.disabled", away_from(True), Impact.EXPOSURE, "some logs are not exported any more", _SINKS, alone=True),
    Row("spec.exclusions.*.disabled", always, Impact.SAFE, "the exclusion holds, which is the default", _SINKS),
    *several("spec", "description exclusions.*.name exclusions.*.description", always, Impact.SAFE, "a text for people"),
    Row("spec.uniqueWriterIdentity", always, Impact.UNKNOWN, "another account writes: it needs the grant on the destination, else nothing arrives", _SINKS),
    Row("spec.includeChildren", always, Impact.BLOCKED, "cannot be changed: the webhook refuses it", _PROVIDER),
    *several("spec", "folderRef.** organizationRef.**", always, Impact.BLOCKED, "cannot be changed: the webhook refuses it", _PROVIDER),
)  # fmt: skip

_OTHER = "the alert rings for other things, sooner, later or never: read the condition as a whole"
_CONDITION = "conditionAbsent.** conditionMatchedLog.** conditionPrometheusQueryLanguage.** conditionThreshold.**"
_ALERT_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.EXPOSURE, "nobody is told any more of what it watched", _POLICY),
    Row("spec.enabled", to(False), Impact.EXPOSURE, "nobody is told any more of what it watches", _POLICY),
    Row("spec.enabled", comes, Impact.SAFE, "people are told of what it watches", _POLICY),
    Row("spec.conditions.*", removed, Impact.EXPOSURE, "nobody is told any more of what this condition watched", _POLICY),
    Row("spec.conditions.*", added, Impact.SAFE, "people are told of one more thing", _POLICY),
    *several("spec.conditions.*", _CONDITION, always, Impact.UNKNOWN, _OTHER, _POLICY),
    Row("spec.combiner", comes, Impact.UNKNOWN, "the alert rings when any, or only when all conditions hold", _POLICY),
    Row("spec.notificationChannels.*", removed, Impact.EXPOSURE, "who reads this channel is not told any more", _CHANNELS),
    Row("spec.notificationChannels.*.**", goes, Impact.EXPOSURE, "who reads the old channel is not told any more", _CHANNELS),
    *several("spec", "notificationChannels notificationChannels.* notificationChannels.*.**", added, Impact.SAFE, "who reads this channel is told too", _CHANNELS),
    *several("spec.alertStrategy", "autoClose notificationRateLimit.period", comes, Impact.SAFE, "how often people are told, and when it counts as over", _POLICY),
    *several("spec", "displayName conditions.*.displayName documentation.** severity", always, Impact.SAFE, "a text for people"),
)  # fmt: skip

_CHANNEL_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.EXPOSURE, "who reads it is not told any more; while a policy names it, the deletion fails", _CHANNELS),
    Row("spec.enabled", to(False), Impact.EXPOSURE, "who reads it is not told any more", _CHANNELS),
    Row("spec.enabled", comes, Impact.SAFE, "who reads it is told", _CHANNELS),
    Row("spec.labels.**", goes, Impact.EXPOSURE, "alerts go to another address, and not to the old one any more", _CHANNELS),
    Row("spec.labels.**", added, Impact.SAFE, "alerts go to this address", _CHANNELS),
    Row("spec.sensitiveLabels.**", always, Impact.UNKNOWN, "the channel signs in with another secret: send a test", _CHANNELS),
    Row("spec.type", added, Impact.SAFE, "how alerts are sent", _CHANNELS),
    Row("spec.type", goes, Impact.EXPOSURE, "alerts go another way, to another address", _CHANNELS),
    Row("spec.description", always, Impact.SAFE, "a text for people"),
)  # fmt: skip

_CHECK = "another thing is asked for: look that the check is still green, and still proves what it should"
_UPTIME_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.EXPOSURE, "nobody looks from outside any more whether the platform answers", _UPTIME),
    *several("spec", "httpCheck.path httpCheck.port httpCheck.headers.** tcpCheck.port contentMatchers contentMatchers.* contentMatchers.*.content contentMatchers.*.matcher timeout", always, Impact.UNKNOWN, _CHECK, _UPTIME),
    *several("spec.httpCheck", "useSsl validateSsl", to(False), Impact.EXPOSURE, "the check does not see a bad certificate any more", _UPTIME),
    *several("spec.httpCheck", "useSsl validateSsl", comes, Impact.UNKNOWN, "the check fails where the certificate is bad", _UPTIME),
    *several("spec", "period selectedRegions selectedRegions.*", always, Impact.SAFE, "how often, and from where, is asked", _UPTIME),
    Row("spec.displayName", always, Impact.SAFE, "a text for people"),
)  # fmt: skip

TABLE: dict[str, tuple[Row, ...]] = {
    "LoggingLogBucket.logging.cnrm.cloud.google.com": _BUCKET_ROWS,
    "LoggingLogSink.logging.cnrm.cloud.google.com": _SINK_ROWS,
    "MonitoringAlertPolicy.monitoring.cnrm.cloud.google.com": _ALERT_ROWS,
    "MonitoringNotificationChannel.monitoring.cnrm.cloud.google.com": _CHANNEL_ROWS,
    "MonitoringUptimeCheckConfig.monitoring.cnrm.cloud.google.com": _UPTIME_ROWS,
}

_ID = "make a new object with a new name; if it is the id that the live object shows in spec.resourceID, nothing changes: accept it"
INSTEAD = {
    "LoggingLogBucket.logging.cnrm.cloud.google.com": "make a second bucket with a new name, let the sinks write there, keep the old one until its logs are too old to be wanted",
    "LoggingLogSink.logging.cnrm.cloud.google.com": "make a second sink with a new name, grant its writer, then delete the old one",
    "MonitoringAlertPolicy.monitoring.cnrm.cloud.google.com": _ID,
    "MonitoringNotificationChannel.monitoring.cnrm.cloud.google.com": _ID,
    "MonitoringUptimeCheckConfig.monitoring.cnrm.cloud.google.com": f"{_ID}; alerts that name the old check must name the new one",
}  # fmt: skip
