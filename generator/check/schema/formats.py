"""Forms of text that a schema names by `format`: how those who read a field read it."""

from generator.notation.address import is_cidr, is_ip
from generator.notation.base64 import is_base64
from generator.notation.duration import is_google_duration, is_prometheus_duration, seconds
from generator.notation.quantity import amount
from generator.notation.schedule import is_schedule
from generator.notation.time_zone import is_time_zone

FORMATS = {
    "byte": is_base64,
    "cidr": is_cidr,
    "cron": is_schedule,
    "go-duration": lambda text: seconds(text) is not None,
    "google-duration": is_google_duration,
    "ip": is_ip,
    "prometheus-duration": is_prometheus_duration,
    "quantity": lambda text: amount(text) is not None,
    "time-zone": is_time_zone,
}
EXPECTED = {
    "byte": "must be base64",
    "cidr": "must be a range such as 10.0.0.0/8",
    "cron": "must be a cron schedule of five fields, such as 30 2 * * *",
    "go-duration": "must be a duration such as 90s, 15m or 1h30m",
    "google-duration": "must be a number of seconds such as 300s",
    "ip": "must be an IP address",
    "prometheus-duration": "must be a duration such as 30s, 5m or 1h30m",
    "quantity": "must be a quantity such as 500m, 2 or 1Gi",
    "time-zone": "must be a time zone of the IANA database, such as Europe/Berlin",
}
"""What a message says where a text has not the form, unless the schema has words of its own (`x-message`)."""
