"""The compiled schemas say the same as kubernetes_validate.validate, which is the oracle and takes 8 ms an object."""

import copy
import datetime as dt
from collections.abc import Iterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import kubernetes_validate  # type: ignore[import-untyped]
import pytest
from product import build
from project import plan, sources

from generator.catalog import Plan
from generator.check import check
from generator.check.schema import kubernetes_schema
from generator.manifest import Manifest, Object, identify

VERSION = "1.34"
TODAY = dt.date(2026, 11, 23)


def made(manifest: Manifest) -> Object:
    return Object(identify(manifest, "workload"), manifest, "file.yaml")


def lab(version: str = VERSION) -> Plan:
    return plan(sources(f'kubernetes: {{version: "{version}"}}\n'))


def oracle(manifest: Manifest, version: str = VERSION) -> bool:
    try:
        kubernetes_validate.validate(manifest, version, strict=True)
    except jsonschema.ValidationError:
        return False
    return True


def ours(manifest: Manifest, version: str = VERSION) -> bool:
    found = kubernetes_schema.check([made(manifest)], version)
    return not [one for one in found if one.rule == "kubernetes-schema"]


@pytest.fixture(scope="module")
def objects() -> tuple[Object, ...]:
    return tuple(item for item in build("prod").objects if kubernetes_schema.covered(item, VERSION))


def spoilt(value: Any) -> Iterator[Any]:
    """Yield copies of `value`, each with one value of another type, one field too many, or one missing."""
    keys: Any = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        for below in (*spoilt(value[key]), ["not", "this"], 7.5, None):
            broken = copy.copy(value)
            broken[key] = below
            yield broken
    if isinstance(value, dict):
        yield {**value, "notAField": 1}
        for key in value:
            yield {other: item for other, item in value.items() if other != key}


def test_every_rendered_object_is_good_to_both(objects: tuple[Object, ...]) -> None:
    assert {built.id.kind for built in objects} > {"Deployment", "Service", "NetworkPolicy", "Namespace", "ConfigMap"}
    assert all(oracle(built.manifest) and ours(built.manifest) for built in objects)


@pytest.mark.parametrize("kind", ["Deployment", "Service", "NetworkPolicy", "ServiceAccount", "Namespace", "ConfigMap"])
def test_both_say_the_same_of_spoilt_objects(objects: tuple[Object, ...], kind: str) -> None:
    manifest = next(built.manifest for built in objects if built.id.kind == kind)
    head = {key: manifest[key] for key in ("apiVersion", "kind", "metadata")}
    body = {key: item for key, item in manifest.items() if key not in head}
    broken = [{**head, **item} for item in spoilt(body)] + [
        {**manifest, "metadata": {**manifest["metadata"], **item}} for item in spoilt({"labels": {"a": "b"}})
    ]
    verdicts = [(oracle(item), ours(item)) for item in broken[:: max(1, len(broken) // 30)]]
    assert [theirs for theirs, _ in verdicts] == [own for _, own in verdicts]
    assert {theirs for theirs, _ in verdicts} == {True, False}


def test_all_errors_of_an_object_are_told_with_their_paths() -> None:
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "x", "namespace": "y"},
        "spec": {
            "replicas": "two",
            "selector": {"matchLabels": {"app": "a"}},
            "template": {
                "metadata": {"labels": {"app": "a"}},
                "spec": {"containers": [{"nam": "a", "image": "b"}]},
            },
        },
    }
    findings = kubernetes_schema.check([made(deployment)], VERSION)
    assert sorted((finding.path, finding.message) for finding in findings) == [
        ("/spec/replicas", "must be integer or null"),
        ("/spec/template/spec/containers", "has an item without name"),
        ("/spec/template/spec/containers/0", "the field name is missing"),
        ("/spec/template/spec/containers/0", "unknown field nam"),
    ]
    assert {(finding.object, finding.file) for finding in findings} == {("Deployment y/x", "file.yaml")}


def test_an_old_version_has_other_fields() -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x", "namespace": "y"},
        "spec": {"containers": [{"name": "a", "image": "b", "resizePolicy": []}], "resources": {}},
    }
    assert [ours(pod, version) for version in ("1.25", "1.34")] == [False, True]
    assert [oracle(pod, version) for version in ("1.25", "1.34")] == [False, True]


def test_a_custom_kind_is_not_passed_silently() -> None:
    built = made({"apiVersion": "apps.example.com/v1", "kind": "Deployment", "metadata": {"name": "x"}})
    service = made({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "y"}})
    verdict = check((built, service), lab(), today=TODAY)
    assert verdict.validated == 1
    assert [(finding.rule, finding.severity.value, finding.message) for finding in verdict.findings] == [
        (
            "not-covered",
            "warning",
            "1 objects of custom kinds are not covered, no contract validated them: Deployment.apps.example.com (1)",
        )
    ]


def test_a_run_that_validated_nothing_fails() -> None:
    built = made({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "x"}})
    assert "nothing-validated" in {finding.rule for finding in check((built,), lab(), today=TODAY).findings}


def test_a_version_without_schemas_is_an_error() -> None:
    (finding,) = check((), lab("1.99"), today=TODAY).findings
    assert (finding.rule, finding.message) == ("kubernetes-version", "there are no schemas for Kubernetes 1.99")


def test_an_object_rendered_twice_is_an_error_also_under_another_version() -> None:
    first = made({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "x"}})
    second = made({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "x"}})
    assert "duplicate-object" in {finding.rule for finding in check((first, second), lab(), today=TODAY).findings}


def test_a_part_of_kinds_is_no_object() -> None:
    """Whoever writes `kind: Container` is told so, by the fields that a container does not have."""
    for version, kind in (("v1", "Container"), ("apps/v1", "DeploymentSpec")):
        part = made({"apiVersion": version, "kind": kind, "metadata": {"name": "x", "namespace": "y"}})
        assert "kubernetes-schema" in {finding.rule for finding in check((part,), lab(), today=TODAY).findings}
