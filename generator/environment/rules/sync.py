"""When Argo CD may sync: windows that it can read."""

from collections.abc import Iterator

from generator.environment.fault import THERE, Fault
from generator.environment.model import Environment
from generator.finding import Severity
from generator.notation.duration import seconds
from generator.notation.schedule import is_schedule, never_fires
from generator.notation.time_zone import is_time_zone, time_zones
from generator.suggestion import did_you_mean
from generator.yamlio import Path

_WINDOWS: Path = ("argocd", "syncWindows")


def argo_cd_reads_the_sync_windows(env: Environment) -> Iterator[Fault]:
    """Argo CD refuses a project with a window that it cannot read, and every Application of it stops."""
    for name, window in sorted(env.argocd.sync_windows.items()):
        path: Path = (*_WINDOWS, name)
        if not is_schedule(window.schedule):
            message = "is not a cron schedule: minute, hour, day, month, day of the week"
            hint = "such as 0 22 * * 1-5: at 22:00 from Monday to Friday; Sunday is 0"
            yield Fault("sync-window", (*path, "schedule"), message, hint)
        elif never_fires(window.schedule):
            message = "never comes: no year has such a day"
            yield Fault("sync-window-never", (*path, "schedule"), message, severity=Severity.WARNING)
        if not seconds(window.duration):
            message = "is not a duration of Go, longer than nothing"
            yield Fault("sync-window", (*path, "duration"), message, "such as 2h, 90m or 1h30m")
        if not is_time_zone(window.time_zone):
            message = "is not a time zone of the IANA database"
            hint = did_you_mean(window.time_zone, sorted(time_zones()), "such as Europe/Berlin, or UTC")
            yield Fault("sync-window", (*path, "timeZone"), message, hint)


def sync_windows_differ(env: Environment) -> Iterator[Fault]:
    """The API of Argo CD refuses a project that has two windows of one kind, schedule and duration: a warning."""
    first: dict[tuple[str, str, str], str] = {}
    for name, window in sorted(env.argocd.sync_windows.items()):
        other = first.setdefault((window.kind, window.schedule, window.duration), name)
        if other != name:
            message = f"has the kind, schedule and duration of window {other} ({THERE})"
            hint = "Argo CD takes them for one, and refuses changes of the project in its UI; make one of them differ"
            yield Fault(
                "sync-window-twice",
                (*_WINDOWS, name),
                message,
                hint,
                beside=((*_WINDOWS, other),),
                turned=f"has the kind, schedule and duration of window {name} ({THERE})",
                severity=Severity.WARNING,
            )


RULES = (argo_cd_reads_the_sync_windows, sync_windows_differ)
