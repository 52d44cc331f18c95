"""A comment on its own line accepts a warning, with a reason; it never accepts an error."""

import pytest
from objects import TODAY
from project import plan, sources

from generator.check import check
from generator.views import findings

LAB = "environments/lab.yaml"
NEW = "database: {backups: {location: europe-west5}}"
WARNING = (
    f"warning: {LAB}:2:22: database.backups.location: europe-west5 is not a region that Google listed on 2026-11-30"
)
UNUSED = (
    f"warning: {LAB}:2: the comment accepts nothing: there is no warning {{}} here [accepted-unused]\n"
    "  hint: remove the comment; it accepts a warning that names its own line and, in brackets, this rule\n"
)


def said(lab: str, **files: str) -> str:
    """Return what is said of an environment, but for what its few objects lack."""
    project = sources(lab, **files)
    found = check((), plan(project), project.texts, today=TODAY).findings
    return findings.text(item for item in found if item.rule != "nothing-validated")


def test_without_a_comment_it_is_told() -> None:
    assert said(f"{NEW}\n").startswith(WARNING)


@pytest.mark.parametrize(
    "comment",
    [
        "# accepted location-unknown: opened for us in May",
        "# accepted machine-type,location-unknown: opened for us in May",
        "# Frankfurt is full # accepted location-unknown: opened for us in May",
    ],
)
def test_a_reason_on_the_line_accepts_a_warning(comment: str) -> None:
    assert WARNING not in said(f"{NEW}   {comment}\n")


@pytest.mark.parametrize(
    "comment",
    ["# accepted location-unknown", "# accepted location-unknown: ", "# accepted", "# accepted machine-type: x"],
)
def test_without_a_reason_or_for_another_rule_it_accepts_nothing(comment: str) -> None:
    assert WARNING in said(f"{NEW}   {comment}\n")


def test_a_comment_of_a_profile_accepts_what_the_profile_says() -> None:
    profile = {"environments/profiles/new.yaml": f"{NEW}   # accepted location-unknown: opened for us in May\n"}
    assert said("extends: [new]\n", **profile) == ""


def test_a_comment_that_nothing_needs_is_told() -> None:
    assert said("dns: {visibility: private}   # accepted location-unknown: it was new\n") == UNUSED.format(
        "location-unknown"
    )


def test_a_value_is_no_comment() -> None:
    value = "{pgaudit.role: ' # accepted location-unknown: why'}"
    assert WARNING in said(f"database: {{backups: {{location: europe-west5}}, flags: {value}}}\n")
