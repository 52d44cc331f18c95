"""Who acts as whom and reads what. Each rule: what it refuses in an environment that was changed at one place."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from product import build

from generator.check.built import Built
from generator.check.google import identity
from generator.manifest import Object
from generator.views import findings

EMAIL = "iam.gke.io/gcp-service-account"
Change = Callable[[dict[str, Any]], object]


def said(rule: str, changes: dict[tuple[str, str, str], Change | None]) -> str:
    """Return what a rule says of prod with these objects (kind, namespace, name) changed, or taken out."""
    it = build("prod")
    objects = []
    for item in it.objects:
        key = (item.id.kind, item.id.namespace, item.id.name)
        if key not in changes:
            objects.append(item)
        elif change := changes[key]:
            manifest = copy.deepcopy(item.manifest)
            change(manifest)
            objects.append(replace(item, manifest=manifest))
    assert changes.keys() <= {(item.id.kind, item.id.namespace, item.id.name) for item in it.objects}
    return told(rule, tuple(objects))


def told(rule: str, objects: tuple[Object, ...]) -> str:
    found = tuple(getattr(identity, rule)(Built(build("prod").plan, objects)))
    return findings.text(found)


NS = "codemie-prod"
USER = ("IAMPolicyMember", NS, "codemie-api-workload-identity-user")
ACCESS = ("IAMPolicyMember", NS, "codemie-database-password-codemie-codemie-secrets")
POD = ("ServiceAccount", "codemie", "codemie")


def test_nothing_is_wrong_with_the_examples() -> None:
    for rule in identity.RULES:
        assert told(rule.__name__, build("prod").objects) == ""


@pytest.mark.parametrize(
    ("rule", "changes", "expected"),
    [
        (
            "accounts_of_pods_are_there",
            {("IAMServiceAccount", NS, "codemie-api"): None},
            "no IAMServiceAccount codemie-api is rendered [identity-account]",
        ),
        (
            "accounts_of_pods_are_there",
            {USER: None},
            "codemie-api is not bound to it: Google would refuse its pods [identity-binding]",
        ),
        (
            "accounts_of_pods_are_there",
            {USER: lambda it: it["spec"].update(member="serviceAccount:example-codemie-prod.svc.id.goog[codemie/ui]")},
            "codemie-api is not bound to it: Google would refuse its pods [identity-binding]",
        ),
        (
            "only_who_asks_acts_as_an_account",
            {POD: lambda it: it["metadata"]["annotations"].pop(EMAIL)},
            "/spec/member: ServiceAccount codemie/codemie does not act as codemie-api [identity-stranger]",
        ),
        (
            "only_who_asks_acts_as_an_account",
            {USER: lambda it: it["spec"].update(member="user:somebody@example.com")},
            "/spec/member: ServiceAccount / does not act as codemie-api [identity-stranger]",
        ),
        (
            "secrets_are_there_for_their_readers",
            {("SecretManagerSecret", NS, "codemie-database-password"): None},
            "/spec/data/0/remoteRef/key: no SecretManagerSecret codemie-database-password is rendered [secret-unknown]",
        ),
        (
            "secrets_are_there_for_their_readers",
            {ACCESS: None},
            "codemie-codemie-secrets acts for its store, and may not read codemie-database-password [secret-access]",
        ),
        (
            "secrets_are_there_for_their_readers",
            {("ServiceAccount", "codemie", "secrets"): None},
            "nobody acts for its store, and may not read codemie-database-password [secret-access]",
        ),
        (
            "only_readers_may_read_a_secret",
            {ACCESS: lambda it: it["spec"]["memberFrom"]["serviceAccountRef"].update(name="codemie-api")},
            "/spec: nothing that acts as codemie-api reads codemie-database-password [secret-reader]",
        ),
        (
            "only_readers_may_read_a_secret",
            {ACCESS: lambda it: it["spec"].update(member="group:a@example.com", memberFrom={})},
            "/spec: nothing that acts as this member reads codemie-database-password [secret-reader]",
        ),
    ],
)
def test_it_is_refused(rule: str, changes: dict[tuple[str, str, str], Change | None], expected: str) -> None:
    assert expected in said(rule, changes)
