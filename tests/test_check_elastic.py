"""Kibana beside its Elasticsearch: newer is refused, the same and older are not."""

import pytest
from objects import made, said, world


def told(kibana: str, elasticsearch: str, name: str = "logs") -> str:
    spec = {"version": kibana, "elasticsearchRef": {"name": name}}
    pair = (
        made("Kibana", "board", {"spec": spec}, "kibana.k8s.elastic.co/v1"),
        made("Elasticsearch", "logs", {"spec": {"version": elasticsearch}}, "elasticsearch.k8s.elastic.co/v1"),
    )
    return said(world(*pair))


def test_a_newer_kibana_is_refused() -> None:
    assert (
        "Kibana codemie/board: /spec/version: is newer than that of Elasticsearch codemie/logs [kibana-version]\n"
        "  hint: give both the same version; ECK upgrades Elasticsearch first\n"
    ) in told("8.20.0", "8.19.9")


@pytest.mark.parametrize("kibana", ["8.19.9", "8.19.10", "8.9.20", "7.17.29"])
def test_the_same_another_patch_and_an_older_one_are_taken(kibana: str) -> None:
    assert "[kibana-version]" not in told(kibana, "8.19.9")


def test_another_elasticsearch_is_not_its_own() -> None:
    assert "[kibana-version]" not in told("9.1.0", "8.19.9", name="other")
