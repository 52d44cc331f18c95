"""When Google may change what runs: GKE's maintenance window."""

from collections.abc import Iterator

from generator.environment.fault import Fault
from generator.environment.model import Environment
from generator.google.maintenance import Window, window_problems


def gke_takes_the_maintenance_window(env: Environment) -> Iterator[Fault]:
    """A window is in the calendar, ends after it starts, recurs by RFC 5545, and leaves GKE enough time."""
    written = env.gke.maintenance_window
    for problem in window_problems(Window(written.start, written.end, written.recurrence)):
        path, *beside = (("gke", "maintenanceWindow", key) for key in (problem.at, *problem.beside))
        yield Fault(
            "maintenance-window", path, problem.message, problem.hint, beside=tuple(beside), turned=problem.turned
        )


RULES = (gke_takes_the_maintenance_window,)
