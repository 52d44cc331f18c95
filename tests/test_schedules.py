"""What the API server takes for a schedule of a CronJob, and which schedules never come."""

import pytest

from generator.notation.schedule import is_schedule, never_fires


@pytest.mark.parametrize(
    "written",
    ["30 1 * * *", "*/5 * * * *", "0 0 1-7,15 JAN-mar mon", "@daily", "@every 1h30m", "5/10 * * * *", "0 0 ? * 6"],
)
def test_a_schedule_is_taken(written: str) -> None:
    assert is_schedule(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "every day",
        "60 1 * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 * 13 *",
        "0 0 * * 7",
        "0 0 5-1 * *",
        "*/0 * * * *",
        "0 30 1 * * *",
        "* * * *",
        "TZ=Europe/Berlin 30 1 * * *",
        "@sometimes",
        "1,, * * * *",
        "*-5 * * * *",
    ],
)
def test_what_is_no_schedule_is_refused(written: str) -> None:
    assert not is_schedule(written)


@pytest.mark.parametrize("written", ["0 0 31 2 *", "0 0 30-31 feb *", "0 0 31 4,6,9,11 *", "0 0 31 2 ?"])
def test_a_day_that_no_year_has_never_comes(written: str) -> None:
    assert never_fires(written)


@pytest.mark.parametrize("written", ["0 0 29 2 *", "0 0 31 * *", "0 0 31 2 1", "0 0 31 2 */2", "@yearly", "no", ""])
def test_other_schedules_come_some_time(written: str) -> None:
    assert not never_fires(written)
