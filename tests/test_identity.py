"""Who may do what in Google Cloud: what is granted is what units declare, on the narrowest thing, and no more.

Both sides are read from built objects: pods and what they read on one, grants and secrets on the other.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from product import Built, build

from generator.manifest import Manifest
from lint.variants import IN_CLUSTER, VARIANTS

EMAIL = "iam.gke.io/gcp-service-account"
KINDS = {
    "project": "Project",
    "cloud-sql": "Project",
    "other-buckets": "Project",
    "kms-key": "KMSCryptoKey",
    "dns-zone": "DNSManagedZone",
    "bucket": "StorageBucket",
}
OWN = {
    # roles that no `identity` declares: those of infra units themselves, by the unit's file
    "bastion": {
        "roles/compute.osLogin",
        "roles/container.clusterViewer",
        "roles/iam.serviceAccountUser",
        "roles/iap.tunnelResourceAccessor",
        "roles/logging.logWriter",
        "roles/monitoring.metricWriter",
        *(f"projects/example-codemie-{name}/roles/codemieBastionUser" for name in ("prod", "staging")),
    },
    "fleet": {"roles/container.admin", "roles/gkehub.gatewayEditor", "roles/gkehub.viewer"},
    "gke": {
        "roles/artifactregistry.reader",
        "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        "roles/container.defaultNodeServiceAccount",
    },
    "iam": {"roles/iam.serviceAccountTokenCreator", "roles/iam.workloadIdentityUser"},
    "secrets": {"roles/secretmanager.secretAccessor"},
    "workload-identity": {"roles/iam.workloadIdentityUser"},
}
NARROW = (
    # what on a project would be everybody's secret, key or account
    "roles/secretmanager.secretAccessor",
    "roles/cloudkms.cryptoKeyEncrypterDecrypter",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.workloadIdentityUser",
    "roles/storage.objectAdmin",
    "roles/storage.objectCreator",
)


def variant(name: str) -> Built:
    it = VARIANTS[name]
    return build(it.example, it.more, it.profiles)


def members(it: Built) -> Iterator[tuple[str, Manifest]]:
    """Yield every grant with the unit whose file it is in."""
    for item in it.objects:
        if item.id.kind == "IAMPolicyMember":
            unit = re.search(r"/infra/([^/]+)/|^infra/([^/]+)/|infra/([^/]+)/", item.file)
            assert unit, item.file
            yield next(part for part in unit.groups() if part), item.manifest


def pods(it: Built) -> dict[str, tuple[str, str]]:
    """Return the ServiceAccount that acts as each Google account, or as itself for a chart's pods."""
    found = {}
    for item in it.objects:
        email = (
            item.manifest["metadata"].get("annotations", {}).get(EMAIL, "") if item.id.kind == "ServiceAccount" else ""
        )
        if email.endswith(f"@{it.plan.environment.gcp.project}.iam.gserviceaccount.com"):
            found[email.partition("@")[0]] = (item.id.namespace, item.id.name)
    return found


def granted(it: Built) -> set[tuple[tuple[str, str], str, str, bool]]:
    """Return what pods have: their ServiceAccount, the role, the kind it is on, whether a condition narrows it."""
    acting, found = pods(it), set()
    for _, grant in members(it):
        spec = grant["spec"]
        account = spec.get("memberFrom", {}).get("serviceAccountRef", {}).get("name", "")
        principal = re.fullmatch(r"principal://\S+/subject/ns/([^/]+)/sa/([^/]+)", spec.get("member", ""))
        who = (principal[1], principal[2]) if principal else acting.get(account)
        if who and who[1] != "secrets":
            found.add((who, spec["role"], spec["resourceRef"]["kind"], "condition" in spec))
    return found


def declared(it: Built) -> set[tuple[str, str, str, bool]]:
    """Return what units declare: unit, role, kind, condition."""
    public = it.plan.environment.dns.visibility == "public"
    return {
        (
            planned.name,
            grant.role,
            KINDS[grant.resource.partition(":")[0]] if grant.resource != "dns-zone" or public else "Project",
            grant.resource in ("cloud-sql", "other-buckets"),
        )
        for planned in it.plan.units
        for grant in planned.grants
    }


def unit_of(it: Built, who: tuple[str, str]) -> str:
    """Return the unit whose folder the ServiceAccount is in; a chart's is named like the unit."""
    for item in it.objects:
        if item.id.kind == "ServiceAccount" and (item.id.namespace, item.id.name) == who:
            found = re.search(r"components/([^/]+)/", item.file)
            assert found
            return found[1]
    return who[1]


@pytest.mark.parametrize("name", VARIANTS)
def test_what_is_granted_to_pods_is_what_units_declare(name: str) -> None:
    it = variant(name)
    assert {(unit_of(it, who), *rest) for who, *rest in granted(it)} == declared(it)


@pytest.mark.parametrize("name", VARIANTS)
def test_roles_are_of_pods_or_of_an_infra_unit_itself(name: str) -> None:
    it = variant(name)
    of_pods = {role for _, role, _, _ in granted(it)}
    for unit, grant in members(it):
        role = grant["spec"]["role"]
        assert role in OWN.get(unit, set()) | of_pods, (unit, role)
        assert role not in ("roles/owner", "roles/editor", "roles/viewer")
        if role in NARROW:
            assert grant["spec"]["resourceRef"]["kind"] != "Project", (unit, role)


@pytest.mark.parametrize("name", VARIANTS)
def test_an_account_is_one_workloads_alone(name: str) -> None:
    it = variant(name)
    acting = [
        item.manifest["metadata"]["annotations"][EMAIL]
        for item in it.objects
        if item.id.kind == "ServiceAccount"
        and EMAIL in item.manifest["metadata"].get("annotations", {})
        and item.id.namespace != it.plan.environment.argocd.namespace  # Argo CD's pods share its one identity
    ]
    assert len(acting) == len(set(acting))
    accounts = {item["metadata"]["name"] for item in it.of("IAMServiceAccount")}
    assert all(6 <= len(account) <= 30 for account in accounts)
    assert set(pods(it)) <= accounts


# Secrets: what a pod reads, traced to the one value in Secret Manager and to who may read that.


def references(node: Any) -> Iterator[tuple[str, str]]:
    """Yield every Secret that is named below, with the key, or '' for all of it."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        yield from named(node)
        for item in node.values():
            yield from references(item)


def named(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the Secrets that this map itself names: as one key, as files, to pull images, to serve TLS."""
    if "secretKeyRef" in node:
        yield node["secretKeyRef"]["name"], node["secretKeyRef"]["key"]
    if "secretName" in node:
        yield from ((node["secretName"], entry["key"]) for entry in node.get("items") or [{"key": ""}])
    if isinstance(node.get("secret"), dict) and "name" in node["secret"]:  # of a projected volume
        yield from ((node["secret"]["name"], entry["key"]) for entry in node["secret"].get("items") or [{"key": ""}])
    yield from ((entry["name"], ".dockerconfigjson") for entry in node.get("imagePullSecrets", []))
    for entry in node.get("certificateRefs", []):
        yield from ((entry["name"], part) for part in ("tls.crt", "tls.key"))


def external_secrets(it: Built) -> dict[tuple[str, str, str], Manifest]:
    return {
        (item.id.cluster, item.id.namespace, item.manifest["spec"]["target"]["name"]): item.manifest
        for item in it.objects
        if item.id.kind == "ExternalSecret"
    }


def keys_read(it: Built) -> Iterator[tuple[str, str, str, str]]:
    """Yield cluster, namespace, Secret and key of all that is read, but what operators make."""
    made = external_secrets(it)
    for item in it.objects:
        if item.id.kind in ("ExternalSecret", "CustomResourceDefinition"):
            continue
        for name, key in references(item.manifest):
            if (item.id.cluster, item.id.namespace, name) not in made:
                assert name == "codemie-tls" or name.startswith("elasticsearch-es-"), (str(item.id), name)
                continue
            spec = made[item.id.cluster, item.id.namespace, name]["spec"]
            constants = spec["target"].get("template", {}).get("data", {})
            every = {entry["secretKey"] for entry in spec["data"]} | set(constants)
            assert not key or key in every, (str(item.id), name, key)
            yield from ((item.id.cluster, item.id.namespace, name, one) for one in ([key] if key else sorted(every)))


@pytest.mark.parametrize("name", VARIANTS)
def test_every_key_that_is_read_has_a_secret_that_exactly_its_reader_may_read(name: str) -> None:
    it = variant(name)
    made, project = external_secrets(it), it.plan.environment.gcp.project
    stores = {
        (item.id.cluster, item.id.namespace): item.manifest
        for item in it.objects
        if item.id.kind == "SecretStore" and "gcpsm" in item.manifest["spec"]["provider"]
    }
    accounts = {
        (item.id.cluster, item.id.namespace, item.id.name): item.manifest["metadata"]["annotations"][EMAIL]
        for item in it.objects
        if item.id.kind == "ServiceAccount" and EMAIL in item.manifest["metadata"].get("annotations", {})
    }
    reading: set[tuple[str, str]] = set()
    read = list(keys_read(it))
    assert len(read) > 10
    for cluster, namespace, secret, key in read:
        spec = made[cluster, namespace, secret]["spec"]
        entries = [entry for entry in spec["data"] if entry["secretKey"] == key]
        if not entries:
            assert key in spec["target"]["template"]["data"]
        elif "sourceRef" not in entries[0]:
            identity = stores[cluster, namespace]["spec"]["provider"]["gcpsm"]["auth"]["workloadIdentity"]
            email = accounts[cluster, namespace, identity["serviceAccountRef"]["name"]]
            assert email.endswith(f"@{project}.iam.gserviceaccount.com")
            reading.add((entries[0]["remoteRef"]["key"], email.partition("@")[0]))
    may_read = set()
    for _, grant in members(it):
        if grant["spec"]["role"] == "roles/secretmanager.secretAccessor":
            on = grant["spec"]["resourceRef"]
            assert on["kind"] == "SecretManagerSecret"
            may_read.add((on["name"], grant["spec"]["memberFrom"]["serviceAccountRef"]["name"]))
    there = {item["metadata"]["name"] for item in it.of("SecretManagerSecret")}
    assert may_read == reading
    assert there == {secret for secret, _ in reading}


def test_the_api_makes_buckets_and_stays_out_of_those_of_others() -> None:
    for example in ("dev", "prod"):
        it = build(example)
        (grant,) = [grant["spec"] for _, grant in members(it) if grant["spec"]["role"] == "roles/storage.admin"]
        project = it.plan.environment.gcp.project
        excluded = re.fullmatch(
            r'!resource\.name\.startsWith\("projects/_/buckets/(.+)"\)', grant["condition"]["expression"]
        )
        assert excluded
        assert excluded[1] == f"{project}-codemie-"
        assert all(bucket["spec"]["resourceID"].startswith(excluded[1]) for bucket in it.of("StorageBucket"))


def test_no_value_of_a_secret_is_rendered() -> None:
    for example in ("dev", "staging", "prod"):
        assert build(example).of("SecretManagerSecretVersion") == []
        for item in build(example).of("Secret"):
            assert item["metadata"]["labels"] == {"argocd.argoproj.io/secret-type": "cluster"}


def test_the_hub_reads_passwords_of_databases_and_nothing_else() -> None:
    may_read = {
        grant["spec"]["resourceRef"]["name"]
        for _, grant in members(build("prod"))
        if grant["spec"].get("memberFrom", {}).get("serviceAccountRef", {}).get("name") == "codemie-hub-secrets"
        and grant["spec"]["role"] == "roles/secretmanager.secretAccessor"
    }
    assert may_read == {"codemie-database-password", "litellm-database-password"}
    (binding,) = [
        grant
        for _, grant in members(build("prod"))
        if grant["metadata"]["name"] == "codemie-hub-secrets-workload-identity-user"
    ]
    assert binding["spec"]["member"] == "serviceAccount:example-codemie-hub.svc.id.goog[codemie-prod/secrets]"


def test_with_one_cluster_its_own_store_reads_them() -> None:
    it = build("prod", IN_CLUSTER)
    assert "codemie-hub-secrets" not in {item["metadata"]["name"] for item in it.of("IAMServiceAccount")}
    readers = {
        grant["spec"]["memberFrom"]["serviceAccountRef"]["name"]
        for _, grant in members(it)
        if grant["spec"]["resourceRef"].get("name") == "litellm-database-password"
    }
    assert readers == {"codemie-codemie-prod-secrets", "codemie-litellm-secrets"}


def test_pods_of_cert_manager_write_to_the_one_zone() -> None:
    it = build("dev", "tls: {source: cert-manager}\n")
    (grant,) = [grant for _, grant in members(it) if grant["spec"]["role"] == "roles/dns.admin"]
    assert grant["spec"]["resourceRef"]["kind"] == "DNSManagedZone"
    pool = "projects/100000000001/locations/global/workloadIdentityPools/example-codemie-dev.svc.id.goog"
    assert grant["spec"]["member"] == f"principal://iam.googleapis.com/{pool}/subject/ns/cert-manager/sa/cert-manager"
