"""Who writes a Secret: pairs that cannot both do it, and neighbours that can."""

from typing import Any

import pytest
from objects import made, said, world

from generator.manifest import Manifest

NAME = "web-shared"


def external(name: str, policy: str | None = None, key: str = "password", target: str = NAME) -> Manifest:
    target_of: dict[str, Any] = {"name": target, **({"creationPolicy": policy} if policy else {})}
    data = [{"secretKey": key, "remoteRef": {"key": "lab-web"}}]
    spec = {"secretStoreRef": {"kind": "SecretStore", "name": "store"}, "target": target_of, "data": data}
    return made("ExternalSecret", name, {"spec": spec}, "external-secrets.io/v1")


def certificate(name: str) -> Manifest:
    spec = {"secretName": NAME, "dnsNames": ["lab.example.com"], "issuerRef": {"name": "ca"}}
    return made("Certificate", name, {"spec": spec}, "cert-manager.io/v1")


PLAIN = made("Secret", NAME, {"data": {"password": "eA=="}})
CLUSTER = made("Elasticsearch", "web", {"spec": {}}, "elasticsearch.k8s.elastic.co/v1")
TOO = f"writes the Secret {NAME} too [secret-owner]"
TWO_WRITERS = {
    "both own it": [external("a"), external("b")],
    "both own it, one of them in words": [external("a"), external("b", "Owner", "other")],
    "one owns it, the other one leaves it behind": [external("a"), external("b", "Orphan", "other")],
    "one owns it, the other one adds to it": [external("a"), external("b", "Merge", "other")],
    "each leaves it behind": [external("a", "Orphan"), external("b", "Orphan", "other")],
    "both add the same key": [external("a", "Merge"), external("b", "Merge")],
    "a Certificate writes it": [certificate("a"), external("b", key="other")],
    "two Certificates write it": [certificate("a"), certificate("b")],
    "it is rendered": [external("a", key="other"), PLAIN],
    "a rendered one has the key that is added": [external("a", "Merge"), PLAIN],
}
ONE_WRITER = {
    "each has its own": [external("a", target="a"), external("b", target="b")],
    "one writes none": [external("a"), external("b", "None")],
    "both add to it": [external("a", "Merge"), external("b", "Merge", "other"), PLAIN | {"data": {}}],
    "one adds to that of a Certificate": [certificate("a"), external("b", "Merge")],
}


@pytest.mark.parametrize("case", TWO_WRITERS)
def test_two_objects_cannot_write_one_secret(case: str) -> None:
    assert TOO in said(world(*TWO_WRITERS[case]))


@pytest.mark.parametrize("case", ONE_WRITER)
def test_others_can(case: str) -> None:
    assert "[secret-owner]" not in said(world(*ONE_WRITER[case]))


def test_a_secret_of_an_operator_is_its_own() -> None:
    found = said(world(CLUSTER, external("a", target="web-es-elastic-user", key="other")))
    assert (
        "ExternalSecret codemie/a: /spec/target/name: Elasticsearch codemie/web writes the Secret web-es-elastic-user too"
        " [secret-owner]\n"
        "  hint: give this one another Secret, or add keys with creationPolicy Merge to one that no ExternalSecret owns\n"
    ) in found


def test_another_namespace_has_other_secrets() -> None:
    elsewhere = external("b")
    elsewhere["metadata"]["namespace"] = "monitoring"
    assert "[secret-owner]" not in said(world(external("a"), elsewhere))
