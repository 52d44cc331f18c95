"""`restartsWith`: pods that read another unit's file at their start only start anew when it changes."""

import hashlib
from typing import Any

import pytest
from project import component
from rendering import found, pods, refused, rendered

FILE = "templates/components/models/overlay/config/models/list.conf.j2"
DECLARED = "restartsWith: [{unit: models, file: models/list.conf}]\n"
OPTIONAL = "optional: true\n"


def files(text: str = "a\n", *, declared: str = DECLARED, models: str = "", pod: str = "") -> dict[str, str]:
    """Return a reader of one file of unit models, which is as `models` says."""
    return {**component("reader", declared), **pods("reader", pod=pod), **component("models", models), FILE: text}


def operations(documents: dict[str, Any], name: str = "deployment") -> list[dict[str, Any]]:
    patch = documents.get(f"components/reader/overlay/{name}.patch.yaml", [[]])[0]
    return [item for item in patch if "annotations" in item["path"]]


def test_the_pod_template_has_the_checksum_of_the_file() -> None:
    (only,) = operations(rendered(**files("a\n")))
    wanted = {"checksum/models.models.list.conf": hashlib.sha256(b"a\n").hexdigest()}
    assert only == {"op": "add", "path": "/spec/template/metadata/annotations", "value": wanted}
    (other,) = operations(rendered(**files("b\n")))
    assert other["value"] != wanted


def test_annotations_that_are_there_stay() -> None:
    texts = files()
    path = "templates/components/reader/base/reader.yaml.j2"
    texts[path] = texts[path].replace(
        "metadata: {labels: {app: reader}}", "metadata: {labels: {app: reader}, annotations: {a: b}}"
    )
    (only,) = operations(rendered(**texts))
    assert only["path"] == "/spec/template/metadata/annotations/checksum~1models.models.list.conf"


def test_every_pod_of_the_unit_has_it() -> None:
    texts = {**files(), **pods("once", "Job", unit="reader")}
    documents = rendered(**texts)
    assert set(found(documents, "Job")) == {"once"}
    assert len(operations(documents, "job")) == len(operations(documents)) == 1


@pytest.mark.parametrize(("lab", "count"), [("components: {models: {enabled: true}}\n", 1), ("", 0)], ids=["on", "off"])
def test_a_unit_that_is_off_restarts_nothing(lab: str, count: int) -> None:
    assert len(operations(rendered(lab, **files(models=OPTIONAL)))) == count


def test_a_condition_that_fails_restarts_nothing() -> None:
    declared = "restartsWith: [{unit: models, file: models/list.conf, when: {unless: models}}]\n"
    assert operations(rendered(**files(declared=declared))) == []


def test_a_file_that_is_not_there_is_named_with_those_that_are() -> None:
    texts = files(declared="restartsWith: [{unit: models, file: models/lists.conf}]\n")
    assert refused(**texts) == (
        "templates/components/reader/component.yaml:3:16: restartsWith: models has no file"
        " overlay/config/models/lists.conf.j2 [restarts-with]\n  hint: there are: models/list.conf\n"
    )


def test_a_unit_that_is_not_there_is_named() -> None:
    texts = files(declared="restartsWith: [{unit: model, file: models/list.conf}]\n")
    assert "restartsWith: there is no unit model [unit-missing]" in refused(**texts)
