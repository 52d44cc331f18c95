"""An exception accepts one rule on one object, for a reason and until a day."""

import datetime as dt

import pytest
from objects import POD_AT, TODAY, said, world

COMPONENT = "templates/components/web/component.yaml"
BROKEN = world(deployment={f"{POD_AT}/hostNetwork": True})
FOUND = (
    f"Deployment codemie/web: {POD_AT}/hostNetwork: must not be true (Pod Security level restricted) [pod-security]\n"
    "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
)
UNUSED = (
    "  hint: remove it; `check` is the rule in brackets, `object` what stands before the path: Deployment codemie/api\n"
)


def entry(
    check: str = "pod-security",
    item: str = "Deployment codemie/web",
    reason: str = "a test",
    expires: str = "2026-06-30",
) -> str:
    return f'exceptions:\n  - {{check: {check}, object: {item}, reason: "{reason}", expires: "{expires}"}}\n'


def test_it_accepts_the_rule_on_the_object_until_its_last_day() -> None:
    assert said(BROKEN) == FOUND
    assert not said(BROKEN, entry())


@pytest.mark.parametrize(
    ("check", "item"), [("resources", "Deployment codemie/web"), ("pod-security", "Deployment codemie/api")]
)
def test_it_accepts_nothing_else_and_what_accepts_nothing_is_said(check: str, item: str) -> None:
    assert said(BROKEN, entry(check, item)) == FOUND + (
        f"warning: {COMPONENT}:4:6: {item}: exceptions[0].check: accepts nothing: {item} does not break {check} in this"
        f" environment [exception-unused]\n{UNUSED}"
    )


def test_a_finding_without_an_object_cannot_be_accepted() -> None:
    assert "nothing-validated" in said([], entry("nothing-validated", '""'))


def test_an_expired_one_accepts_nothing_and_is_an_error() -> None:
    assert said(BROKEN, entry(), today=TODAY + dt.timedelta(days=2)) == FOUND + (
        f"{COMPONENT}:4:77: Deployment codemie/web: exceptions[0].expires: expired 2 days ago: it accepts pod-security"
        " no longer [exception-expired]\n"
        "  hint: mend the object, or decide anew until when it may stay so\n"
    )


def test_its_last_day_is_in_the_calendar() -> None:
    assert f"{COMPONENT}:4:77: Deployment codemie/web: exceptions[0].expires: is not a day of the calendar" in said(
        BROKEN, entry(expires="2026-02-30")
    )


def test_it_says_why() -> None:
    assert said(BROKEN, entry(reason=" ")) == (
        f"{COMPONENT}:4:59: Deployment codemie/web: exceptions[0].reason: is empty: say why the rule may be missed"
        " [exception-reason]\n"
    )


def test_a_warning_can_be_accepted_too_and_an_entry_is_judged_once() -> None:
    twice = entry() + entry(item="Service codemie/web").removeprefix("exceptions:\n")
    assert said(BROKEN, twice).count("exception-unused") == 1


def test_one_entry_may_name_several_checks() -> None:
    assert not said(BROKEN, entry("[pod-security, CKV_K8S_19]"))
    told = said(BROKEN, entry("[pod-security, resources]"))
    assert "does not break resources in this environment [exception-unused]\n" in told
    assert "pod-security" not in told


@pytest.mark.parametrize("check", ["CKV_K8S_22", "pod-probes-identical"])
def test_a_linters_check_is_judged_by_the_linter_but_its_object_must_be_there(check: str) -> None:
    assert not said(world(), entry(check))
    assert said(world(), entry(check, "Deployment codemie/api")) == (
        f"warning: {COMPONENT}:4:{15 + len(check)}: Deployment codemie/api: exceptions[0].object: accepts nothing:"
        " there is no such object in this environment [exception-unused]\n"
        "  hint: remove it; `object` is kind, namespace and name: Deployment codemie/api\n"
    )


def test_an_expired_one_for_a_linter_is_an_error_too() -> None:
    told = said(world(), entry("CKV_K8S_22"), today=TODAY + dt.timedelta(days=2))
    assert "expired 2 days ago: it accepts CKV_K8S_22 no longer [exception-expired]\n" in told


def test_a_check_that_nobody_has_accepts_nothing() -> None:
    assert "does not break CKV_AWS_1 in this environment [exception-unused]" in said(world(), entry("CKV_AWS_1"))
