"""A pytest plugin: the servers of a session, and the table of scenarios at its end."""

from collections.abc import Iterator
from pathlib import Path

import programs
import pytest
from control_plane import ControlPlane

_LOGS = pytest.StashKey[Path]()


@pytest.fixture(scope="session")
def control_plane(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """Yield etcd, to which tests add what they need; all of it ends with the session."""
    if missing := programs.absent():
        pytest.skip(f"not built: {', '.join(missing)} (make e2e builds them)")
    plane = ControlPlane(tmp_path_factory.mktemp("servers", numbered=True) / "run")
    request.config.stash[_LOGS] = plane.folder / "logs"
    try:
        plane.start_etcd()
        yield plane
    finally:
        plane.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the scenarios with what they took, and where the logs of failed ones are."""
    reports = [item for kind in ("", "passed", "failed", "error") for item in terminalreporter.getreports(kind)]
    spent: dict[str, float] = {}
    failed: set[str] = set()
    figures: dict[str, object] = {}
    for report in reports:
        if isinstance(report, pytest.TestReport) and "/e2e/" in report.nodeid:
            spent[report.nodeid] = spent.get(report.nodeid, 0.0) + report.duration
            failed |= {report.nodeid} if report.failed else set()
            figures.update((report.nodeid, value) for name, value in report.user_properties if name == "figures")
    if not spent:
        return
    terminalreporter.section("scenarios")
    for name, seconds in spent.items():
        said = name.rpartition("/")[2].replace(".py::", ": ").replace("test_", "").replace("_", " ")
        terminalreporter.write_line(f"{seconds:7.1f} s  {'FAILED ' if name in failed else ''}{said}")
        if name in figures:
            terminalreporter.write_line(f"{'':12}{figures[name]}")
    if failed and _LOGS in terminalreporter.config.stash:
        terminalreporter.write_line(f"the servers' logs are in {terminalreporter.config.stash[_LOGS]}")
    terminalreporter.write_line(f"{sum(spent.values()):7.1f} s  in all")
