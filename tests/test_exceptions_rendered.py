"""Exceptions for linters become the annotations that they read, on the object that they name and nowhere else."""

from typing import Any

import pytest
import yaml
from command import ROOT
from project import ADDON, COMPONENT, component
from rendering import pods, rendered, service, tree

from generator.catalog import KUBE_SCORE, linter

ON = "Deployment codemie/web"
EVERYWHERE = {**pods("web"), **service("web")}


def entry(check: str = "CKV_K8S_22", item: str = ON, reason: str = "a test") -> dict[str, Any]:
    checks = check.split()
    return {"check": checks if len(checks) > 1 else check, "object": item, "reason": reason, "expires": "2099-12-31"}


def written(*entries: dict[str, Any], more: str = "", **files: str) -> dict[str, dict[str, str]]:
    """Return the linters' annotations of every object of a project, by the object as people say it."""
    declared = yaml.safe_dump({"exceptions": list(entries)}) + more if entries else more
    found: dict[str, dict[str, str]] = {}
    for documents in rendered(**component("web", declared), **EVERYWHERE, **files).values():
        for item in documents:
            if isinstance(item, dict) and "metadata" in item:
                metadata = item["metadata"]
                called = (
                    f"{item['kind']} {metadata['namespace'] + '/' if 'namespace' in metadata else ''}{metadata['name']}"
                )
                ours = ("checkov.io/", "kube-score/")
                kept = {k: v for k, v in metadata.get("annotations", {}).items() if k.startswith(ours)}
                found |= {called: kept} if kept else {}
    return found


def test_without_exceptions_there_are_no_annotations() -> None:
    assert not written()


def test_checkov_reads_a_check_and_its_reason() -> None:
    assert written(entry()) == {ON: {"checkov.io/skip1": "CKV_K8S_22=a test"}}


def test_kube_score_reads_a_list_of_checks() -> None:
    both = [entry("pod-probes"), entry("container-resources")]
    assert written(*both) == {ON: {"kube-score/ignore": "container-resources,pod-probes"}}


def test_several_exceptions_of_an_object_are_numbered_in_the_order_of_their_checks() -> None:
    several = [entry("CKV_K8S_40 pod-probes CKV_K8S_22", reason="one"), entry("CKV_K8S_35", reason="two")]
    wanted = {
        "checkov.io/skip1": "CKV_K8S_22=one",
        "checkov.io/skip2": "CKV_K8S_35=two",
        "checkov.io/skip3": "CKV_K8S_40=one",
        "kube-score/ignore": "pod-probes",
    }
    assert written(*several) == {ON: wanted}
    assert written(*reversed(several)) == {ON: wanted}


def test_the_bytes_do_not_depend_on_the_order_of_the_entries() -> None:
    one, other = entry("CKV_K8S_40 pod-probes"), entry("CKV_K8S_22", item="Service codemie/web")
    orders = [yaml.safe_dump({"exceptions": [*order]}) for order in ((one, other), (other, one))]
    first, second = (tree(**component("web", declared), **EVERYWHERE).texts() for declared in orders)
    assert first == second


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("two\nlines,   and blanks ", "two lines, and blanks"),
        ("ENV=prod == a", "ENV:prod :: a"),  # checkov splits at every `=` and fails on a second one
        ('it\'s "so": {a: [b]} # no comment', 'it\'s "so": {a: [b]} # no comment'),
        ("naïve … 漢字 & <tags>", "naïve … 漢字 & <tags>"),
        ("{{ unit.name }} {% raw %}", "{{ unit.name }} {% raw %}"),
        ("- yes", "- yes"),
    ],
)
def test_a_reason_may_say_anything(reason: str, text: str) -> None:
    annotation = written(entry(reason=reason))[ON]["checkov.io/skip1"]
    assert annotation == f"CKV_K8S_22={text}"
    check, comment = annotation.split("=")  # as checkov does
    assert (check, comment) == ("CKV_K8S_22", text)


def test_an_object_of_base_is_the_same_in_every_environment_and_its_pods_have_no_annotation() -> None:
    declared = yaml.safe_dump({"exceptions": [entry()]})
    files = {**component("web", declared), **EVERYWHERE}
    one, other = (tree(lab, **files).texts() for lab in ("", "labels: {stage: other}\n"))
    path = "components/web/base/web.yaml"
    assert one[path] == other[path]
    (deployment,) = yaml.safe_load_all(one[path])
    assert deployment["metadata"]["annotations"] == {"checkov.io/skip1": "CKV_K8S_22=a test"}
    assert "annotations" not in deployment["spec"]["template"]["metadata"]


def test_annotations_of_the_template_stay() -> None:
    path = "templates/components/web/base/web.yaml.j2"
    text = EVERYWHERE[path].replace("metadata: {name: web,", "metadata: {annotations: {a/b: c}, name: web,", 1)
    declared = yaml.safe_dump({"exceptions": [entry()]})
    texts = tree(**{**component("web", declared), **EVERYWHERE, path: text}).texts()
    (deployment,) = yaml.safe_load_all(texts["components/web/base/web.yaml"])
    assert deployment["metadata"]["annotations"] == {"a/b": "c", "checkov.io/skip1": "CKV_K8S_22=a test"}


def test_derived_objects_have_them_too() -> None:
    for item in ("NetworkPolicy codemie/web", "ServiceAccount codemie/web", "NetworkPolicy codemie/default-deny"):
        assert written(entry("networkpolicy-targets-pod", item)) == {
            item: {"kube-score/ignore": "networkpolicy-targets-pod"}
        }


def test_what_is_derived_for_an_add_on_stands_in_the_unit_namespaces() -> None:
    """The namespace tells policies of one name apart."""
    item = "NetworkPolicy operators/default-deny"
    declared = ADDON + yaml.safe_dump({"exceptions": [entry("networkpolicy-targets-pod", item)]})
    files = {"templates/addons/operator/component.yaml": declared}
    assert written(**files) == {item: {"kube-score/ignore": "networkpolicy-targets-pod"}}


@pytest.mark.parametrize(
    "item", ["Deployment codemie/api", "Deployment web", "deployment codemie/web", "Deployment other/web", ""]
)
def test_an_object_that_is_not_there_changes_nothing(item: str) -> None:
    assert not written(entry(item=item))


def test_an_exception_does_not_reach_the_template_of_another_unit() -> None:
    """That one's base must not depend on which other units are on."""
    other = COMPONENT + yaml.safe_dump({"exceptions": [entry()]})
    assert not written(**{"templates/components/other/component.yaml": other})


def test_rules_of_ours_are_no_annotations() -> None:
    assert not written(entry("pod-security"), entry("CKV_AWS_1"))


def test_no_rule_of_ours_is_called_like_a_check_of_a_linter() -> None:
    sections = yaml.safe_load((ROOT / "docs/rules.yaml").read_text())
    assert not {rule for rules in sections.values() for rule in rules if linter(rule)}
    assert all(linter(check) == "kube-score" for check in KUBE_SCORE)
