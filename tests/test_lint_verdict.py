"""What `make lint-manifests` makes of the linters' findings."""

from project import COMPONENT, plan, sources

from generator.finding import Where
from lint.manifests import as_declared
from lint.verdict import Accepted, Found, Verdict, accepted, judge

HERE = Where("component.yaml", 7)
FOUND = Found("CKV_K8S_22", "Deployment codemie/web", "prod")


def exception(check: str = "CKV_K8S_22", item: str = "Deployment codemie/web", *names: str) -> Accepted:
    return Accepted(check, item, HERE, frozenset(names or ("prod",)))


def test_a_finding_is_left() -> None:
    assert judge({FOUND}, {FOUND}, [], set()) == Verdict([FOUND], [])


def test_an_exception_whose_annotation_works_accepts_it() -> None:
    assert judge({FOUND}, set(), [exception()], set()) == Verdict([], [])


def test_an_annotation_that_does_not_work_is_seen() -> None:
    assert judge({FOUND}, {FOUND}, [exception()], set()) == Verdict([FOUND], [])


def test_an_annotation_that_no_exception_asked_for_hides_nothing() -> None:
    """Somebody wrote it into a template, without a reason or a last day."""
    assert judge({FOUND}, set(), [], set()) == Verdict([FOUND], [])


def test_an_exception_holds_where_its_unit_is() -> None:
    elsewhere = FOUND._replace(environment="dev")
    assert judge({FOUND, elsewhere}, set(), [exception()], set()) == Verdict([elsewhere], [])


def test_an_exception_that_one_environment_needs_stays() -> None:
    assert judge({FOUND}, set(), [exception("CKV_K8S_22", FOUND.object, "prod", "dev")], set()) == Verdict([], [])


def test_an_exception_that_no_environment_needs_is_told() -> None:
    said = "component.yaml:7: Deployment codemie/web passes CKV_K8S_22 in every environment: remove the exception"
    assert judge(set(), set(), [exception()], set()) == Verdict([], [said])


def test_a_check_that_is_off_is_off_for_all_and_needs_no_exception() -> None:
    said = "component.yaml:7: CKV_K8S_22 is off for all in lint/off.yaml: remove the exception"
    assert judge({FOUND}, {FOUND}, [], {"CKV_K8S_22"}) == Verdict([], [])
    assert judge({FOUND}, set(), [exception()], {"CKV_K8S_22"}) == Verdict([], [said])


def test_exceptions_are_read_from_the_plan_and_rules_of_ours_are_not_the_linters() -> None:
    text = COMPONENT + (
        "exceptions:\n"
        '  - {check: [CKV_K8S_40, resources], object: Deployment codemie/web, reason: a test, expires: "2099-12-31"}\n'
    )
    path = "templates/components/web/component.yaml"
    found = accepted([plan(sources(**{path: text}))])
    assert [(item.check, item.object, item.environments) for item in found] == [
        ("CKV_K8S_40", "Deployment codemie/web", frozenset({"lab"}))
    ]
    assert (found[0].where.file, found[0].where.line) == (path, 4)


def test_a_linter_does_not_judge_the_variables_that_an_environment_asked_for() -> None:
    """Checkov would have a file instead; a Secret that a unit's own template reads stays for it to judge."""

    def pod(*variables: tuple[str, str]) -> dict[str, object]:
        env = [{"name": name, "valueFrom": {"secretKeyRef": {"name": of, "key": "k"}}} for name, of in variables]
        return {"spec": {"containers": [{"name": "web", "env": env}]}}

    asked, own = ("SEARCH_API_KEY", "web-env-0123456789"), ("PASSWORD", "database")
    assert as_declared(pod(asked, own), {"web-env-0123456789"}) == pod(own)
