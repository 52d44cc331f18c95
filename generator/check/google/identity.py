"""Who acts as whom, and who reads which secret: both sides are rendered, on two clusters, and name each other."""

import re
from collections.abc import Iterator, Mapping

from generator.annotation import GOOGLE_ACCOUNT
from generator.check.built import Built, Check, fault
from generator.check.google.resource import google_name
from generator.field import mapping, numbered, pointer, text
from generator.finding import Finding
from generator.manifest import Object

_ACCOUNT_AT = "/metadata/annotations" + pointer(GOOGLE_ACCOUNT)
_USER = "roles/iam.workloadIdentityUser"
_ACCESSOR = "roles/secretmanager.secretAccessor"
_ACTS = re.compile(r"serviceAccount:(?P<project>[^\s\[\]]+)\.svc\.id\.goog\[(?P<namespace>[^/\]]+)/(?P<name>[^/\]]+)\]")
_PODS, _ACCOUNTS, _SECRETS = "workload-identity", "iam", "secrets"
"""The units that render these sides: while one is on, all of its side must be there."""

Pod = tuple[str, str]
"""Namespace and name of a Kubernetes ServiceAccount."""


def accounts_of_pods_are_there(built: Built) -> Iterator[Finding]:
    """A ServiceAccount that names a Google account of the project finds it rendered, and bound to itself."""
    if not built.plan.named(_ACCOUNTS) or not built.plan.named(_PODS):
        return
    accounts = {google_name(item)[0] for item in built.google if item.id.kind == "IAMServiceAccount"}
    bound = {(pod, account) for _, pod, account in _bindings(built)}
    for item, account in _acting(built):
        pod = (item.id.namespace, item.id.name)
        if account not in accounts:
            message = f"no IAMServiceAccount {account} is rendered"
            yield fault(item, _ACCOUNT_AT, message, rule="identity-account")
        elif (pod, account) not in bound:
            message = f"{account} is not bound to it: Google would refuse its pods"
            yield fault(item, _ACCOUNT_AT, message, rule="identity-binding")


def only_who_asks_acts_as_an_account(built: Built) -> Iterator[Finding]:
    """A binding is for a ServiceAccount that names the account; any other would act as somebody else."""
    asking = {((item.id.namespace, item.id.name), account) for item, account in _acting(built)}
    for binding, pod, account in _bindings(built):
        if (pod, account) not in asking:
            message = f"ServiceAccount {'/'.join(pod)} does not act as {account}"
            hint = f"the annotation {GOOGLE_ACCOUNT} on it says as whom it acts"
            yield fault(binding, "/spec/member", message, rule="identity-stranger", hint=hint)


def secrets_are_there_for_their_readers(built: Built) -> Iterator[Finding]:
    """What an ExternalSecret reads from Secret Manager is rendered, and its store's account may read it."""
    if not built.plan.named(_SECRETS):
        return
    secrets = {google_name(item)[0] for item in built.google if item.id.kind == "SecretManagerSecret"}
    granted = {(secret, account) for _, secret, account in _accessors(built)}
    for item, path, secret, account in _read(built):
        if secret not in secrets:
            hint = f"unit {_SECRETS} renders what units declare in `secrets`"
            message = f"no SecretManagerSecret {secret} is rendered"
            yield fault(item, path, message, rule="secret-unknown", hint=hint)
        elif (secret, account) not in granted:
            message = f"{account or 'nobody'} acts for its store, and may not read {secret}"
            yield fault(item, path, message, rule="secret-access")


def only_readers_may_read_a_secret(built: Built) -> Iterator[Finding]:
    """Who may read a secret reads it: a grant for nobody is a way in that nobody looks after."""
    reading = {(secret, account) for _, _, secret, account in _read(built)}
    for grant, secret, account in _accessors(built):
        if (secret, account) not in reading:
            message = f"nothing that acts as {account or 'this member'} reads {secret}"
            yield fault(grant, "/spec", message, rule="secret-reader")


def _acting(built: Built) -> Iterator[tuple[Object, str]]:
    """Yield every ServiceAccount that acts as an account of the environment's project, with that account's id."""
    project = f"@{built.plan.environment.gcp.project}.iam.gserviceaccount.com"
    for item in built.of_kind("ServiceAccount"):
        email = text(item.manifest, "metadata", "annotations", GOOGLE_ACCOUNT)
        if email.endswith(project) and email != built.plan.environment.argocd.identity:  # that one is made by hand
            yield item, email.removesuffix(project)


def _bindings(built: Built) -> Iterator[tuple[Object, Pod, str]]:
    """Yield every grant by which pods act as an account: the grant, the pods' ServiceAccount, the account's id."""
    for item in built.google:
        spec = mapping(item.manifest, "spec")
        if item.id.kind == "IAMPolicyMember" and text(spec, "role") == _USER:
            member = _ACTS.fullmatch(text(spec, "member"))
            account = text(spec, "resourceRef", "name")
            yield item, (member["namespace"], member["name"]) if member else ("", ""), account


def _accessors(built: Built) -> Iterator[tuple[Object, str, str]]:
    """Yield every grant to read a secret: the grant, the secret's id, the reading account's."""
    for item in built.google:
        spec = mapping(item.manifest, "spec")
        if item.id.kind == "IAMPolicyMember" and text(spec, "role") == _ACCESSOR:
            named = text(spec, "resourceRef", "name")
            found = built.find_google(item, "SecretManagerSecret", item.id.namespace, named)
            secret = google_name(found)[0] if found else named
            yield item, secret, text(spec, "memberFrom", "serviceAccountRef", "name")


def _read(built: Built) -> Iterator[tuple[Object, str, str, str]]:
    """Yield what ExternalSecrets read from Secret Manager: object, pointer, id of the secret, account of the store."""
    stores = _stores(built)
    for item in built.of_kind("ExternalSecret"):
        default = text(item.manifest, "spec", "secretStoreRef", "name")
        for index, entry in numbered(item.manifest, "spec", "data"):
            store = text(entry, "sourceRef", "storeRef", "name") or default
            account = stores.get((item.id.cluster, item.id.namespace, store))
            if account is not None:
                yield item, f"/spec/data/{index}/remoteRef/key", text(entry, "remoteRef", "key"), account


def _stores(built: Built) -> Mapping[tuple[str, str, str], str]:
    """Return the account that each store of Secret Manager acts as, by cluster, namespace and name."""
    acting = {item.id: account for item, account in _acting(built)}
    found = {}
    for item in built.of_kind("SecretStore"):
        provider = mapping(item.manifest, "spec", "provider", "gcpsm")
        if provider:
            name = text(provider, "auth", "workloadIdentity", "serviceAccountRef", "name")
            account = built.find(item, "", "ServiceAccount", item.id.namespace, name)
            found[item.id.cluster, item.id.namespace, item.id.name] = acting.get(account.id, "") if account else ""
    return found


RULES: tuple[Check, ...] = (
    accounts_of_pods_are_there,
    only_who_asks_acts_as_an_account,
    secrets_are_there_for_their_readers,
    only_readers_may_read_a_secret,
)
