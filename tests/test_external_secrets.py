"""Secrets: Secret Manager is the source, an ExternalSecret brings each value, and nobody reads more than is his."""

from typing import Any

import pytest
from project import ADDON, INFRA, component, discovered, plan, printed, sources
from rendering import found, pods, refused, rendered

from generator.errors import InputInvalid
from generator.manifest import Manifest

WEB = "templates/components/web/component.yaml"
API = "templates/components/api/component.yaml"
OWN = "components/web/overlay/externalsecrets.yaml"
SHARED = "components/shared-secrets/overlay"
DECLARED = "from: <unit> where another unit declares the Secret, else keys: {<key>: {source: …}}"
IN_CLUSTER = "argocd: {topology: in-cluster}\nexisting: {cluster: {name: management}}\n"


def external_secret(name: str, *data: Manifest, template: Manifest | None = None) -> Manifest:
    target: Manifest = {"name": name, "creationPolicy": "Owner", "deletionPolicy": "Retain"}
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": name, "namespace": "codemie"},
        "spec": {
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "SecretStore", "name": "secret-manager"},
            "target": {**target, **({"template": template} if template else {})},
            "data": list(data),
        },
    }


def shared(manifest: Manifest) -> Manifest:
    """Return an ExternalSecret that several units read: Argo CD asks before it goes."""
    options = {"argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm"}
    return {**manifest, "metadata": {**manifest["metadata"], "annotations": options}}


def value(key: str, of: str, **remote: str) -> Manifest:
    policies = {"conversionStrategy": "Default", "decodingStrategy": "None", "metadataPolicy": "None"}
    policies["nullBytePolicy"] = "Ignore"
    return {"secretKey": key, "remoteRef": {"key": of, **remote, **policies}}


def copied(key: str, of: str, namespace: str) -> Manifest:
    store = {"storeRef": {"kind": "SecretStore", "name": namespace}}
    return {**value(key, of, property=key), "sourceRef": store}


def template(kind: str = "Opaque", **data: str) -> Manifest:
    head = {"engineVersion": "v2", "mergePolicy": "Merge", "type": kind}
    return {**head, "data": data} if data else head


def unit(name: str, secrets: str, more: str = "") -> dict[str, str]:
    return {**component(name, f"{more}secrets: {secrets}\n"), **pods(name)}


def elsewhere(name: str, namespace: str, secrets: str) -> dict[str, str]:
    """Return a component of another namespace."""
    files = unit(name, secrets)
    path = f"templates/components/{name}/component.yaml"
    return {**files, path: files[path].replace("namespace: codemie", f"namespace: {namespace}")}


def test_the_secret_of_one_unit_stands_with_it_and_is_filled_from_secret_manager() -> None:
    tree = rendered(**unit("web", "{web-database: {keys: {password: {source: random, length: 32}}}}"))
    assert tree[OWN] == [external_secret("web-database", value("password", "web-database-password"))]
    assert f"{SHARED}/externalsecrets.yaml" not in tree


@pytest.mark.parametrize(
    ("key", "made", "of"),
    [
        ("password", "{source: random}", "database-password"),
        ("PG_PASS", "{source: random}", "database-pg-pass"),
        ("ca.crt", "{source: external}", "database-ca-crt"),
        (".dockerconfigjson", "{source: external}", "database-dockerconfigjson"),
        ("hash", "{source: bcrypt}", "database-hash"),
        ("seed", "{source: nkey}", "database-seed"),
        ("password", "{source: random, id: codemie-database-password}", "codemie-database-password"),
    ],
)
def test_a_value_is_found_under_its_id_or_under_secret_and_key(key: str, made: str, of: str) -> None:
    tree = rendered(**unit("web", f"{{database: {{keys: {{{key}: {made}}}}}}}"))
    assert tree[OWN] == [external_secret("database", value(key, of))]


def test_constants_and_type_are_merged_into_what_comes_from_the_store() -> None:
    secrets = "{database: {keys: {password: {source: random}, user: {source: constant, value: web}}, type: kubernetes.io/basic-auth}}"
    made = template("kubernetes.io/basic-auth", user="web")
    assert rendered(**unit("web", secrets))[OWN] == [
        external_secret("database", value("password", "database-password"), template=made)
    ]


def test_a_type_alone_needs_a_template_without_data() -> None:
    secrets = (
        "{pull: {keys: {.dockerconfigjson: {source: external, id: registry}}, type: kubernetes.io/dockerconfigjson}}"
    )
    assert rendered(**unit("web", secrets))[OWN] == [
        external_secret(
            "pull", value(".dockerconfigjson", "registry"), template=template("kubernetes.io/dockerconfigjson")
        )
    ]


def test_the_secret_of_two_units_of_a_namespace_stands_once_with_all_its_keys() -> None:
    web = "{cache: {keys: {password: {source: random}}}, own: {keys: {a: {source: random}}}}"
    api = "{cache: {keys: {user: {source: external}, password: {source: random}}}}"
    tree = rendered(**unit("web", web), **unit("api", api))
    assert tree[f"{SHARED}/externalsecrets.yaml"] == [
        shared(external_secret("cache", value("password", "cache-password"), value("user", "cache-user")))
    ]
    assert found(tree, "ExternalSecret").keys() == {"cache", "own"}
    assert tree[OWN] == [external_secret("own", value("a", "own-a"))]
    assert "components/api/overlay/externalsecrets.yaml" not in tree


def test_a_secret_is_declared_once_and_another_unit_refers_to_it() -> None:
    web = "{cache: {type: example.com/cache, keys: {password: {source: random}, user: {source: external}}}}"
    alike = rendered(**unit("web", web), **unit("api", web))
    assert rendered(**unit("web", web), **unit("api", "{cache: {from: web}}")) == alike


def test_a_reference_to_a_secret_has_a_condition_of_its_own() -> None:
    web = "{cache: {keys: {password: {source: random}}, when: {env: tls.source, is: cert-manager}}}"
    tree = rendered(**unit("web", web), **unit("api", "{cache: {from: web}}"))
    assert tree["components/api/overlay/externalsecrets.yaml"] == [
        external_secret("cache", value("password", "cache-password"))
    ]


@pytest.mark.parametrize(
    ("api", "said"),
    [
        (
            "{cache: {from: wep}}",
            ".from: unit wep does not declare Secret cache [unit-invalid]\n  hint: web does\n",
        ),
        (
            "{store: {from: web}}",
            ".from: unit web does not declare Secret store [unit-invalid]\n  hint: write its keys here\n",
        ),
        (
            "{cache: {from: api}}",
            ".from: unit api does not declare Secret cache [unit-invalid]\n  hint: web does\n",
        ),
        ("{cache: {}}", f": has neither keys nor from [unit-invalid]\n  hint: {DECLARED}\n"),
        (
            "{cache: {from: web, keys: {password: {source: random}}}}",
            f": has both from and keys [unit-invalid]\n  hint: {DECLARED}\n",
        ),
    ],
)
def test_a_reference_leads_to_a_declaration(api: str, said: str) -> None:
    web = "{cache: {keys: {password: {source: random}}}}"
    with pytest.raises(InputInvalid) as caught:
        discovered(sources(**unit("web", web), **unit("api", api)))
    assert printed(caught.value).partition("secrets.")[2].endswith(said)


def test_secrets_of_one_name_in_two_namespaces_are_two() -> None:
    secrets = "{cache: {keys: {password: {source: random}}}}"
    tree = rendered(**unit("web", secrets), **elsewhere("api", "elastic", secrets))
    own = external_secret("cache", value("password", "cache-password"))
    other: Any = {**own, "metadata": {"name": "cache", "namespace": "elastic"}}
    assert [tree[f"components/{name}/overlay/externalsecrets.yaml"] for name in ("web", "api")] == [[own], [other]]


def test_the_secret_of_an_add_on_stands_in_shared_secrets_since_a_chart_has_no_overlay() -> None:
    addon = ADDON.replace("operators", "codemie") + "secrets: {licence: {keys: {key: {source: external}}}}\n"
    tree = rendered(**{"templates/addons/operator/component.yaml": addon})
    assert tree[f"{SHARED}/externalsecrets.yaml"] == [external_secret("licence", value("key", "licence-key"))]


def account(namespace: str, name: str) -> Manifest:
    email = f"{name}@lab-project.iam.gserviceaccount.com"
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {
            "name": "secrets",
            "namespace": namespace,
            "annotations": {"iam.gke.io/gcp-service-account": email},
        },
        "automountServiceAccountToken": False,
    }


def store(namespace: str, cluster: str = "codemie-gke") -> Manifest:
    identity = {
        "clusterProjectID": "lab-project",
        "clusterLocation": "europe-west3",
        "clusterName": cluster,
        "serviceAccountRef": {"name": "secrets"},
    }
    provider = {"gcpsm": {"projectID": "lab-project", "auth": {"workloadIdentity": identity}}}
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "SecretStore",
        "metadata": {"name": "secret-manager", "namespace": namespace},
        "spec": {"provider": provider},
    }


TWO = {
    **unit("web", "{database: {keys: {password: {source: random}}}}"),
    **elsewhere("search", "elastic", "{admin: {keys: {password: {source: random}}}}"),
    **elsewhere("drawing", "diagrams", "{}"),
}


@pytest.mark.parametrize(
    ("lab", "cluster", "more"),
    [
        ("", "codemie-gke", []),
        ("existing: {cluster: {name: older}}\n", "older", []),
        (IN_CLUSTER, "management", [("codemie-lab", "codemie-codemie-lab-secrets")]),
    ],
)
def test_each_namespace_with_secrets_has_a_store_and_an_account(
    lab: str, cluster: str, more: list[tuple[str, str]]
) -> None:
    """With one cluster the infrastructure's namespace has them too: Config Connector reads passwords there."""
    accounts = [("codemie", "codemie-codemie-secrets"), *more, ("elastic", "codemie-elastic-secrets")]
    tree = rendered(lab, **TWO)
    assert tree[f"{SHARED}/secretstores.yaml"] == [store(namespace, cluster) for namespace, _ in accounts]
    assert tree[f"{SHARED}/serviceaccounts.yaml"] == [account(*item) for item in accounts]
    assert f"{SHARED}/roles.yaml" not in tree


COPY = "{search: {keys: {ca.crt: {source: copy, namespace: elastic, of: certificates}, user: {source: constant, value: web}}}}"


def test_a_copy_is_read_from_the_cluster_through_a_store_of_its_own() -> None:
    tree = rendered(**unit("web", COPY), **elsewhere("search", "elastic", "{}"))
    assert tree[OWN] == [
        external_secret("search", copied("ca.crt", "certificates", "elastic"), template=template(user="web"))
    ]
    authority = {"type": "ConfigMap", "name": "kube-root-ca.crt", "key": "ca.crt"}
    provider = {
        "remoteNamespace": "elastic",
        "server": {"url": "https://kubernetes.default.svc", "caProvider": authority},
        "auth": {"serviceAccount": {"name": "secrets"}},
    }
    assert tree[f"{SHARED}/secretstores.yaml"] == [
        store("codemie"),
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "SecretStore",
            "metadata": {"name": "elastic", "namespace": "codemie"},
            "spec": {"provider": {"kubernetes": provider}},
        },
    ]


def test_who_copies_may_get_that_one_secret_and_no_other() -> None:
    tree = rendered(**unit("web", COPY), **elsewhere("ui", "web", COPY), **elsewhere("search", "elastic", "{}"))
    metadata = {"name": "copy-certificates", "namespace": "elastic"}
    rule = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["certificates"], "verbs": ["get"]}
    group = "rbac.authorization.k8s.io"
    assert tree[f"{SHARED}/roles.yaml"] == [
        {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": metadata, "rules": [rule]},
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "copy-certificates"},
            "subjects": [
                {"kind": "ServiceAccount", "name": "secrets", "namespace": namespace}
                for namespace in ("codemie", "web")
            ],
        },
    ]


@pytest.mark.parametrize(
    ("web", "place", "what"),
    [
        ("{password: {source: random, id: other}}", "3:29", "keys.password"),
        ("{password: {source: external}}", "3:29", "keys.password"),
        ("{password: {source: random}}, type: kubernetes.io/basic-auth", "3:58", "type"),
    ],
)
def test_two_units_that_declare_one_secret_differently_are_told_where(web: str, place: str, what: str) -> None:
    api = "{database: {keys: {password: {source: random}}}}"
    assert refused(**unit("web", f"{{database: {{keys: {web}}}}}"), **unit("api", api)) == (
        f"{WEB}:{place}: web: secrets.database: api declares {what} of the same Secret differently [secret-conflict]\n"
    )


def test_units_of_two_namespaces_may_declare_a_name_differently() -> None:
    web = "{database: {keys: {password: {source: random}}}}"
    api = web.replace("random", "external, id: other")
    tree = rendered(**unit("web", web), **elsewhere("api", "elastic", api))
    assert OWN in tree
    assert "components/api/overlay/externalsecrets.yaml" in tree


SHAPE = "{source: constant, value: …} or {source: copy, namespace: …, of: …}; the others have neither"


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ("{source: constant}", "a constant has a value"),
        ("{source: random, value: x}", "value belongs to a constant"),
        ("{source: copy, of: x}", "a copy has a namespace"),
        ("{source: copy, namespace: elastic}", "a copy has a of"),
        ("{source: external, namespace: elastic}", "namespace belongs to a copy"),
        ("{source: constant, value: x, of: x}", "of belongs to a copy"),
        ("{source: constant, value: x, version: 2}", "version belongs to what is in Secret Manager"),
    ],
)
def test_a_key_has_what_its_source_needs_and_no_more(made: str, message: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        discovered(
            sources(
                **component(
                    "web", f"secrets:\n  database:\n    keys:\n      k.y: {made}\n      other: {{source: random}}\n"
                )
            )
        )
    assert printed(caught.value) == (
        f"{WEB}:6:7: secrets.database.keys.k.y: {message} [unit-invalid]\n  hint: {SHAPE}\n"
    )


def test_a_constant_holds_no_template_of_external_secrets() -> None:
    with pytest.raises(InputInvalid) as caught:
        discovered(sources(**component("web", "secrets: {a: {keys: {k: {source: constant, value: '{{ .x }}'}}}}\n")))
    assert "text without braces: it is a template to External Secrets" in printed(caught.value)


def test_a_secret_of_constants_only_is_refused_since_nobody_would_make_it() -> None:
    refused(**unit("web", "{database: {keys: {user: {source: constant, value: web}}}}"))


@pytest.mark.parametrize(("lab", "there"), [("", False), ("tls: {source: cert-manager, issuer: ca}\n", True)])
def test_a_secret_has_a_condition(lab: str, *, there: bool) -> None:
    secrets = "{authority: {keys: {ca.crt: {source: external}}, when: {env: tls.source, is: cert-manager}}}"
    tree = rendered(lab, **unit("web", secrets))
    assert ("authority" in found(tree, "ExternalSecret")) is there


def test_a_condition_that_fails_leaves_the_secret_to_the_other_unit() -> None:
    web = "{database: {keys: {password: {source: random}}}}"
    api = "{database: {keys: {password: {source: random}}, when: {unit: gone}}}"
    tree = rendered(**unit("web", web), **unit("api", api))
    assert tree[OWN] == [external_secret("database", value("password", "database-password"))]


def test_units_with_secrets_come_after_the_stores_and_those_after_external_secrets() -> None:
    files = {
        **unit("web", "{database: {keys: {password: {source: random}}}}"),
        **component("plain"),
        "templates/addons/external-secrets/component.yaml": ADDON,
        "templates/infra/workload-identity/component.yaml": INFRA,
    }
    planned = plan(sources(**files))
    assert {unit.name: (unit.wave, unit.needs) for unit in planned.units} == {
        "namespaces": (0, ()),
        "workload-identity": (0, ()),
        "external-secrets": (1, ("namespaces",)),
        "plain": (1, ("namespaces",)),
        "shared-secrets": (2, ("namespaces", "external-secrets", "workload-identity")),
        "web": (3, ("namespaces", "shared-secrets")),
    }


def test_without_secrets_there_is_no_store() -> None:
    assert not plan(sources(**component("web"))).named("shared-secrets")


def test_no_unit_is_called_like_a_derived_one() -> None:
    with pytest.raises(InputInvalid) as caught:
        discovered(sources(**component("shared-secrets")))
    assert printed(caught.value).startswith(
        "templates/components/shared-secrets: cannot be the name of a unit [unit-name]"
    )
