"""Scalars of an environment: text that must look like something, numbers within bounds."""

from typing import Annotated

from msgspec import Meta

from generator.google.sql_flags import NAME
from generator.schema import matching
from generator.tree import ENVIRONMENT_NAME

Name = Annotated[
    str,
    matching(
        r"^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$",
        "lower-case letters, digits and dashes, at most 40, starting with a letter",
    ),
]
ENVIRONMENT_NAME_HINT = "lower-case letters, digits and dashes, at most 20, starting with a letter"
EnvironmentName = Annotated[str, matching(ENVIRONMENT_NAME, ENVIRONMENT_NAME_HINT)]
Project = Annotated[
    str,
    matching(
        r"^[a-z][-a-z0-9]{4,28}[a-z0-9]$",
        "a Google Cloud project id, 6 to 30 characters; domain-scoped ids (example.com:lab) are not supported",
    ),
]
ProjectNumber = Annotated[str, matching(r"^[1-9][0-9]{5,19}$", 'the number of the project, as text: "123456789012"')]
Region = Annotated[str, matching(r"^[a-z]+-[a-z]+[0-9]{1,2}$", "a region such as europe-west3")]
Zone = Annotated[str, matching(r"^[a-z]+-[a-z]+[0-9]{1,2}-[a-z]$", "a zone such as europe-west3-a")]
ModelLocation = Annotated[
    str, matching(r"^(global|us|eu|[a-z]+-[a-z]+[0-9]{1,2})$", "global, a multi-region (us, eu) or a region")
]
Location = Annotated[str, matching(r"^[a-z]+-[a-z]+[0-9]{1,2}(-[a-z])?$", "a region or a zone")]
Domain = Annotated[
    str,
    matching(
        r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$", "a DNS name without final dot"
    ),
]
Range = Annotated[str, Meta(extra_json_schema={"format": "ipv4-range"})]
Port = Annotated[int, Meta(ge=1, le=65535)]
Email = Annotated[str, matching(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", "an e-mail address")]
LabelKey = Annotated[
    str, matching(r"^[a-z][a-z0-9_-]{0,61}[a-z0-9]$", "valid for Google Cloud and Kubernetes: a-z, 0-9, _ and -")
]
LabelValue = Annotated[
    str, matching(r"^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$", "valid for Google Cloud and Kubernetes: a-z, 0-9, _ and -")
]
Clock = Annotated[str, matching(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", 'a time in UTC, as text: "03:00"')]
Ranges = Annotated[tuple[Range, ...], Meta(min_length=1)]
Member = Annotated[str, matching(r"^(user|group|serviceAccount):[^@\s]+@[^@\s]+$", "user: or group: and an address")]
MachineType = Annotated[
    str, matching(r"^[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,20}){1,5}$", "a machine type such as e2-standard-8")
]
Instant = Annotated[str, matching(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", 'as text: "2026-01-03T07:00:00Z"')]
Recurrence = Annotated[str, matching(r"^FREQ=[A-Z0-9=;,+-]+$", "such as FREQ=WEEKLY;BYDAY=SA,SU")]
PostgresName = Annotated[str, matching(r"^[a-z][a-z0-9_]{0,62}$", "a PostgreSQL name")]
PostgresVersion = Annotated[str, matching(r"^POSTGRES_1[5-9]$", "such as POSTGRES_17")]
FlagName = Annotated[str, matching(NAME, "a database flag: lower-case letters, digits and _, such as max_connections")]
SqlTier = Annotated[
    str,
    matching(r"^db-(custom-[1-9][0-9]?-[1-9][0-9]{3,6}|f1-micro|g1-small)$", "such as db-custom-2-8192 (vCPU, MiB)"),
]
_HOST = "[a-z0-9]+([.-]+[a-z0-9]+)*"
ImagePath = Annotated[
    str,
    matching(
        rf"^({_HOST}\.[a-z0-9]+(:[0-9]{{1,5}})?|{_HOST}:[0-9]{{1,5}}|localhost)(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$",
        "a registry or a path in it without scheme or tag, e.g. registry.example.com/mirror",
    ),
]
GitUrl = Annotated[
    str,
    matching(
        r"^(https://[^\s@]+|ssh://[^\s]+|http://127\.0\.0\.1[^\s@]*)$",
        "https:// or ssh://, without user or password",
    ),
]
Branch = Annotated[str, matching(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$", "a branch name, not a full ref")]
FolderPath = Annotated[
    str, matching(r"^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*$", "a folder inside the repository")
]
Cron = Annotated[str, matching(r"^[0-9*/,-]+( [0-9A-Za-z*/,-]+){4}$", "five cron fields")]
Duration = Annotated[str, matching(r"^[0-9.]+[a-zµ]+([0-9.]+[a-zµ]+)*$", "such as 2h or 1h30m")]
TimeZone = Annotated[str, matching(r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$", "such as Europe/Berlin")]
Word = Annotated[str, matching(r"^[a-z][a-z0-9-]*$", "such as slack")]
Recipient = Annotated[str, matching(r"^[^;\s]+$", "without blanks or semicolons")]
ClusterAddress = Annotated[
    str, matching(r"^(connect-gateway|https://[a-zA-Z0-9./_-]+)$", "connect-gateway or an https URL")
]
Kind = Annotated[str, matching(r"^[A-Z][A-Za-z0-9]*$", "a kind such as Deployment")]
ObjectName = Annotated[str, matching(r"^[a-z0-9][a-z0-9.-]{0,252}$", "the object's name")]
ResourceName = Annotated[
    str, matching(r"^[a-zA-Z0-9]([-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$", "the name of a resource of Google Cloud")
]
Pointer = Annotated[str, matching(r"^(/[^/]*)+$", "a JSON pointer such as /spec/replicas")]
KubernetesVersion = Annotated[str, matching(r"^1\.[2-9][0-9]$", 'as text: "1.34"')]
Release = Annotated[
    str, matching(r"^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}$", "the exact version of a release, such as 2.57.2")
]
