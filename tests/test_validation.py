"""What is refused after the merge though a schema takes it: our formats and keywords, and how a message says it."""

import datetime as dt
from typing import Any

import pytest
from project import plan, sources

from generator.check import check
from generator.check.schema.formats import EXPECTED, FORMATS
from generator.check.schema.kubernetes_schema import validator
from generator.check.schema.refusal import refusal
from generator.manifest import Manifest, Object, identify

TODAY = dt.date(2026, 11, 30)


def said(schema: dict[str, Any], value: Any) -> list[str]:
    """Return what is said of a value, with its place."""
    found = []
    for error in validator(schema).iter_errors(value):
        message, _ = refusal(error, schema) or ("not ours", "")
        found.append(f"{'/'.join(map(str, error.instance_path))}: {message}")
    return found


@pytest.mark.parametrize(
    ("name", "text", "is_one"),
    [
        ("quantity", "1.5Gi", True),
        ("quantity", "1e3", True),
        ("quantity", "100n", True),
        ("quantity", "1 Gi", False),
        ("quantity", "1GB", False),
        ("go-duration", "1h30m", True),
        ("go-duration", "0", True),
        ("go-duration", "-1.5s", True),
        ("go-duration", "1 hour", False),
        ("go-duration", "1d", False),
        ("go-duration", "", False),
        ("cron", "30 2 * * 6", True),
        ("cron", "30 2 * * 7", False),
        ("time-zone", "Europe/Berlin", True),
        ("time-zone", "Europe/Berln", False),
        ("time-zone", "europe/berlin", False),
        ("cidr", "10.0.0.0/8", True),
        ("cidr", "fd00::/8", True),
        ("cidr", "10.0.0.0", False),
        ("cidr", "10.0.0.0/33", False),
        ("cidr", "10.0.0.0/255.0.0.0", False),
        ("ip", "10.0.0.1", True),
        ("ip", "fe80::1%eth0", False),
        ("ip", "10.0.0.256", False),
    ],
)
def test_a_text_has_a_form_or_not(name: str, text: str, is_one: bool) -> None:  # noqa: FBT001
    assert FORMATS[name](text) is is_one


def test_every_format_says_what_is_expected() -> None:
    assert FORMATS.keys() == EXPECTED.keys()
    assert said({"format": "go-duration"}, "1 hour") == [": must be a duration such as 90s, 15m or 1h30m"]


@pytest.mark.parametrize(
    ("schema", "value", "messages"),
    [
        ({"x-unique": ["name"]}, [{"name": "a"}, {"name": "b"}], []),
        ({"x-unique": ["name"]}, [{"name": "a"}, {"name": "a"}], [": has two items with the same name"]),
        ({"x-unique": ["name"]}, [{}, {}], []),
        ({"x-unique": []}, ["a", "a"], [": has an item twice"]),
        (
            {"x-kubernetes-list-map-keys": ["containerPort", "protocol"]},
            [{"containerPort": 1}, {"containerPort": 1, "protocol": "TCP"}],
            [": has two items with the same containerPort and protocol"],
        ),
        ({"x-kubernetes-list-type": "set"}, ["a", "a"], [": has an item twice"]),
        ({"x-kubernetes-list-type": "atomic"}, ["a", "a"], []),
        ({"x-at-most": {"low": "high"}}, {"low": 2, "high": 2}, []),
        ({"x-at-most": {"low": "high"}}, {"low": 3, "high": 2}, [": low must not be above high"]),
        ({"x-at-most": {"low": "high"}}, {"low": "90m", "high": "1h"}, [": low must not be above high"]),
        ({"x-at-most": {"low": "high"}}, {"low": "5m", "high": "1h"}, []),
        ({"x-at-most": {"low": "high"}}, {"low": 3}, []),
        (
            {"x-at-most": {"a.*": "b.*"}},
            {"a": {"x": "1Gi", "y": 5}, "b": {"x": "1Mi"}},
            [": a.x must not be above b.x"],
        ),
        ({"x-at-most": 5, "x-unique": "name"}, {}, []),
    ],
)
def test_a_keyword_of_ours_refuses(schema: dict[str, Any], value: Any, messages: list[str]) -> None:
    assert said(schema, value) == messages


def test_the_words_beside_a_schema_are_said_and_the_nearest_win() -> None:
    schema = {
        "x-source": "a page",
        "x-message": "is wrong",
        "properties": {"a": {"minimum": 1, "x-message": "is too small"}, "b": {"maximum": 1}},
    }
    assert said(schema, {"a": 0, "b": 2}) == ["a: is too small", "b: is wrong"]
    assert said({"x-source": "a page", "minimum": 1}, 0) == [": must be at least 1"]
    assert said({"minimum": 1}, 0) == [": not ours"]


def test_a_number_beyond_its_type_does_not_fit() -> None:
    """The API server cannot read it: a replica count is an int32."""
    manifest: Manifest = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "web"},
        "spec": {"replicas": 2**31, "selector": {}, "template": {}},
    }
    item = Object(identify(manifest, "workload"), manifest, "file.yaml")
    found = check((item,), plan(sources()), today=TODAY).findings
    assert [one.message for one in found if one.path == "/spec/replicas"] == [f"must be at most {2**31 - 1}"]
