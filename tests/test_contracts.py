"""Contracts of custom kinds: what they refuse, where that is told, and that they say what the real CRDs say."""

import copy
import functools
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from command import ENVIRONMENTS, ROOT, copy_project, edit, run, snapshot
from product import build

from generator.check.schema import contract, kubernetes_schema
from generator.check.schema.contract import Contracts
from generator.finding import Finding
from generator.kinds import Impact, Kinds, definitions, names, project_files, shipped
from generator.kinds.crd.custom_resource import is_immutable
from generator.kinds.text import text
from generator.manifest import Manifest, Object, identify

VERSION = "1.34"
CRDS = ROOT / os.environ.get("SHARED", "../shared") / "crds"
KINDS = [(name, version) for name in names() for version in shipped(name).contract]
SHIPPED = Contracts(Kinds({}), VERSION)
JUDGED_BY = {"Issuer": "ClusterIssuer"}
"""Kinds whose CRD has the same spec as another one's."""
WITHOUT_CRD = frozenset({"RedisInstance"})
"""Written by hand after k8s-config-connector config/crds/resources/…redisinstances.redis.cnrm.cloud.google.com.yaml."""

IMMUTABLE_WITHOUT_THE_WORD = {
    "ArtifactRegistryRepository": {"format", "kmsKeyRef", "mode", "remoteRepositoryConfig", "resourceID"},
    "ComputeAddress": {"location", "networkRef", "subnetworkRef"},
    "ComputeFirewall": {"networkRef"},
    "ComputeNetwork": {"resourceID"},
    "ComputeRouter": {"networkRef"},
    "ComputeRouterNAT": {"routerRef"},
    "ComputeManagedSSLCertificate": {"projectRef"},
    "ComputeSecurityPolicy": {"resourceID"},
    "ComputeSubnetwork": {"networkRef"},
    "ContainerCluster": {"networkRef", "subnetworkRef"},
    "ContainerNodePool": {
        "clusterRef",
        "initialNodeCount",
        "maxPodsPerNode",
        "networkConfig/createPodRange",
        "networkConfig/podIpv4CidrBlock",
        "networkConfig/podRange",
        "nodeConfig/serviceAccountRef",
        "placementPolicy",
    },
    "CertificateManagerCertificate": {"projectRef"},
    "CertificateManagerCertificateMap": {"projectRef", "resourceID"},
    "CertificateManagerCertificateMapEntry": {"mapRef", "projectRef"},
    "CertificateManagerDNSAuthorization": {"projectRef", "resourceID"},
    "DNSRecordSet": {"managedZoneRef"},
    "GKEBackupBackupPlan": {"projectRef", "resourceID"},
    "GKEHubMembership": {"endpoint/gkeCluster/resourceRef"},
    "KMSCryptoKey": {"keyRingRef"},
    "RedisInstance": {"authorizedNetworkRef"},
    "SQLDatabase": {"instanceRef"},
    "SQLInstance": {"encryptionKMSCryptoKeyRef", "instanceType", "masterInstanceRef"},
    "SQLUser": {"instanceRef"},
    "SecretManagerSecret": {"resourceID", "rotation/rotationPeriod", "ttl"},
    "SecretManagerSecretVersion": {"resourceID", "secretData", "secretRef"},
    "Service": {"projectRef"},
    "ServiceIdentity": {"projectRef", "resourceID"},
    "ServiceNetworkingConnection": {"networkRef"},
    "StorageBucket": {"location"},
}
"""Config Connector never says it of references and has lost it elsewhere: its provider recreates (ForceNew), so the
webhook, or Google, refuses the change."""

MUTABLE_IN_SPITE_OF_THE_WORD = {
    "ContainerCluster": {"ipAllocationPolicy"},  # its pod ranges may grow; what may not change is marked one by one
    # the provider has no ForceNew for either: GKE changes them in place
    "ContainerNodePool": {"nodeConfig/labels", "nodeConfig/workloadMetadataConfig"},
}
DEFAULTS_OF_EARLIER_RELEASES = {"conversionStrategy": "Default", "decodingStrategy": "None", "metadataPolicy": "None"}
"""External Secrets took these out of its CRD; releases that are in use fill them in."""


def schema(name: str, version: str) -> dict[str, Any]:
    """Return a shipped contract with its definitions."""
    group, kind = name.split("/")
    found = SHIPPED.of({"apiVersion": f"{group}/{version}", "kind": kind})
    assert found is not None
    made: dict[str, Any] = found.schema
    return made


def resolved(node: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = whole["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return node


def judged(manifest: Manifest, texts: dict[str, str] | None = None) -> list[Finding]:
    item = Object(identify(manifest, "hub"), manifest, "file.yaml")
    found = Contracts(Kinds(texts or {}), VERSION).of(manifest)
    assert found is not None
    return list(contract.check(item, found))


# ── the files ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", names())
def test_a_kind_file_is_written_in_one_way(name: str) -> None:
    written = (ROOT / f"generator/kinds/{name}.yaml").read_text()
    plain = "".join(line for line in written.splitlines(keepends=True) if not line.lstrip().startswith("#"))
    assert plain == text(yaml.load(written, yaml.CSafeLoader)), "text() of generator/kinds/text.py writes it"


KNOWN = {"type", "required", "additionalProperties", "properties", "items", "enum", "pattern", "$ref", "oneOf"}
KNOWN |= {"x-kubernetes-list-map-keys", "x-kubernetes-list-type"}
KNOWN |= {"minimum", "maximum", "maxLength", "minItems", "maxItems", "const", "default", "x-default"}


@pytest.mark.parametrize("name", [*(name for name, _ in KINDS), "definitions"])
def test_a_contract_is_closed(name: str) -> None:
    closed = [value for value in definitions().values() if value.get("additionalProperties") is False]
    for value in closed if name == "definitions" else shipped(name).contract.values():
        for node in nodes({"additionalProperties": False, **value}):
            assert node.keys() <= KNOWN
            assert node.get("additionalProperties") is False or "properties" not in node
            assert set(node.get("required", ())) <= node.get("properties", {}).keys()


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a schema and all below it."""
    yield node
    for below in node.get("properties", {}).values():
        yield from nodes(below)
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield from nodes(node[key])


def test_every_object_of_the_examples_is_judged_and_passes() -> None:
    seen = set()
    for environment in ENVIRONMENTS:
        for item in build(environment).objects:
            if not kubernetes_schema.covered(item, VERSION):
                assert judged(item.manifest) == []
                seen.add(item.id.kind)
    assert seen > {"Application", "Elasticsearch", "ExternalSecret", "HTTPRoute", "PodMonitoring", "SQLInstance"}


# ── mutants ─────────────────────────────────────────────────────────────────────────────────────────────────────────

TEXTS = [
    "some",
    "/",
    "a.",
    "10s",
    "02:00",
    "1.2.3",
    "roles/x",
    "allow",
    "deny(403)",
    "POSTGRES_17",
    "Some=b",
    "10.0.0.0/8",
]


def example(node: dict[str, Any], whole: dict[str, Any]) -> Any:
    """Return a value of a schema that has every field, as far as there may be all of them."""
    node = resolved(node, whole)
    kind = node.get("type")
    if "const" in node or "enum" in node:
        return node.get("const") or node["enum"][0]
    if isinstance(kind, list) and "null" in kind and "properties" in node:  # of Kubernetes
        return {"name": "some"} if "name" in node["properties"] else {}
    if kind == "object":
        fields = node.get("properties", {})
        unwanted = [name for branch in node.get("oneOf", ())[1:] for name in branch["required"]]
        return {name: example(below, whole) for name, below in fields.items() if name not in unwanted}
    if kind == "array":
        return [example(node["items"], whole)] * node.get("minItems", 1)
    if kind == "string":
        return next(one for one in TEXTS if re.search(node.get("pattern", ""), one))
    return {"boolean": True, "integer": node.get("minimum", 1), "number": 0.5}.get(str(kind), "some")


def mutants(value: Any, node: dict[str, Any], whole: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (pointer of the mistake, copy of `value` with it): each field misspelt, of a wrong type, of a wrong enum."""
    node = resolved(node, whole)
    if isinstance(value, dict):
        for name, item in value.items():
            closed = node.get("additionalProperties") is False
            below = node.get("properties", {}).get(name)
            if closed:
                yield f"{path}/{name}x", {**{k: v for k, v in value.items() if k != name}, f"{name}x": item}
            if below:
                kind = resolved(below, whole).get("type")
                yield (
                    f"{path}/{name}",
                    {**value, name: [["of", "no"], "type"] if "object" in (kind or ()) else {"of": "no type"}},
                )
                if "enum" in below:
                    yield f"{path}/{name}", {**value, name: "IN_NO_ENUM"}
                for where, mutant in mutants(item, below, whole, f"{path}/{name}"):
                    yield where, {**value, name: mutant}
    elif isinstance(value, list) and value:
        for where, mutant in mutants(value[0], node["items"], whole, f"{path}/0"):
            yield where, [mutant, *value[1:]]


@pytest.mark.parametrize(("name", "version"), KINDS)
def test_every_field_that_is_misspelt_or_of_a_wrong_type_or_enum_is_refused(name: str, version: str) -> None:
    whole = schema(name, version)
    good = example(whole, whole)
    assert [f"{item.path} {item.message}" for item in judged(good) if item.rule == "contract"] == []
    count = 0
    spec = whole["properties"]["spec"]
    for where, mutant in mutants(good["spec"], spec, whole, "/spec"):
        found = judged({**good, "spec": copy.deepcopy(mutant)})
        assert where in {item.path for item in found if item.rule == "contract"}, where
        count += 1
    assert count >= 3


def test_messages_say_what_is_meant() -> None:
    address = {
        "apiVersion": "compute.cnrm.cloud.google.com/v1beta1",
        "kind": "ComputeAddress",
        "metadata": {"name": "x", "namespace": "y", "anotations": {}},
        "spec": {
            "adressType": "INTERNAL",
            "prefixLength": 99,
            "networkRef": {"name": "a", "external": "b"},
            "zone": "z",
        },
    }
    assert sorted((item.path, item.message, item.hint) for item in judged(address)) == [
        ("/metadata/anotations", "unknown field", "did you mean annotations?"),
        ("/spec", "the field location is missing", ""),
        ("/spec/adressType", "unknown field", "did you mean addressType?"),
        ("/spec/networkRef", "needs exactly one of name, external", ""),
        ("/spec/prefixLength", "must be at most 30", ""),
        (
            "/spec/zone",
            "unknown field",
            "a field that your cluster knows: `codemie-manifests schemas import` takes its CRD",
        ),
    ]
    assert {(item.rule, item.file, item.object) for item in judged(address)} == {
        ("contract", "file.yaml", "ComputeAddress y/x")
    }


def test_pods_inside_a_custom_resource_are_judged_by_the_schemas_of_kubernetes() -> None:
    kibana = build("prod").one("Kibana", "kibana")
    manifest = copy.deepcopy(kibana)
    manifest["spec"]["podTemplate"]["spec"]["containers"][0]["redinessProbe"] = {}
    assert [item.path for item in judged(manifest)] == ["/spec/podTemplate/spec/containers/0/redinessProbe"]


def test_a_default_left_out_of_a_list_item_is_told_with_its_value() -> None:
    routes = copy.deepcopy(build("prod").of("HTTPRoute"))
    manifest = next(route for route in routes if "backendRefs" in route["spec"]["rules"][0])
    backend = manifest["spec"]["rules"][0]["backendRefs"][0]
    del backend["weight"], backend["group"]
    assert [(item.rule, item.path, item.hint.split(":")[0:2]) for item in judged(manifest)] == [
        ("contract-default", "/spec/rules/0/backendRefs/0/group", ["write group", ' ""']),
        ("contract-default", "/spec/rules/0/backendRefs/0/weight", ["write weight", " 1"]),
    ]


# ── template:line ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path)


def refused(project: Path, environment: str = "prod") -> str:
    before = snapshot(project / "output")
    done = run("render", environment, cwd=project)
    assert done.returncode == 4
    assert snapshot(project / "output") == before
    return done.stderr


def line(file: Path, holds: str) -> int:
    (number,) = [number for number, row in enumerate(file.read_text().splitlines(), 1) if holds in row]
    return number


def test_a_mistake_in_a_template_is_told_at_its_line(project: Path) -> None:
    network = project / "templates/infra/vpc/network.yaml.j2"
    instance = project / "templates/infra/cloud-sql/instance.yaml.j2"
    edit(network, "routingMode:", "routingmode:")
    edit(instance, "ipv4Enabled: false", 'ipv4Enabled: "no"')
    edit(instance, "updateTrack: stable", "updateTrack: Stable")
    told = [line for line in refused(project).splitlines() if not line.endswith("[hardening]")]
    assert (
        told
        == (
            f"templates/infra/cloud-sql/instance.yaml.j2:{line(instance, 'ipv4Enabled')}: SQLInstance "
            "codemie-prod/codemie-postgresql: /spec/settings/ipConfiguration/ipv4Enabled: must be boolean [contract]\n"
            f"templates/infra/cloud-sql/instance.yaml.j2:{line(instance, 'updateTrack')}: SQLInstance "
            "codemie-prod/codemie-postgresql: /spec/settings/maintenanceWindow/updateTrack: "
            "must be one of canary, stable, week5 [contract]\n"
            f"templates/infra/vpc/network.yaml.j2:{line(network, 'routingmode')}: ComputeNetwork "
            "codemie-prod/codemie-cluster-network: /spec/routingmode: unknown field [contract]\n"
            "  hint: did you mean routingMode?\n"
        ).splitlines()
    )


def test_the_line_leads_through_statements_comments_and_includes(project: Path) -> None:
    unit = project / "templates/components/edge/overlay"
    (unit / "extra.yaml.j2").write_text(
        "{# twice #}\n{% for name in ['one', 'two'] %}\n---\n{% if true -%}\n\napiVersion: networking.gke.io/v1\n"
        "kind: GCPBackendPolicy\nmetadata: {name: '{{ name }}', namespace: edge}\nspec:\n  default:\n"
        "{% if name == 'two' %}\n\n    timeoutSec: long\n{% endif %}\n    logging: {}\n  targetRef:\n"
        "    kind: Service\n    name: x\n    group: ''\n{% endif %}\n{% endfor %}\n"
    )
    told = refused(project)
    where = "templates/components/edge/overlay/extra.yaml.j2"
    assert f"{where}:13: GCPBackendPolicy edge/two: /spec/default/timeoutSec: must be integer [contract]\n" in told
    (unit / "extra.yaml.j2").write_text(
        "apiVersion: networking.gke.io/v1\nkind: GCPBackendPolicy\nmetadata: {name: x, namespace: edge}\nspec:\n"
        "  targetRef:\n    name: x\n{% include 'templates/components/edge/overlay/extra.txt.j2' %}\n"
    )
    (unit / "extra.txt.j2").write_text("    kind: Service\n    {# a comment\n of two lines #}\n    grup: ''\n")
    assert "templates/components/edge/overlay/extra.txt.j2:4: GCPBackendPolicy edge/x: /spec/targetRef/grup" in refused(
        project
    )


def test_a_patch_is_told_where_it_is_written(project: Path) -> None:
    patch = project / "templates/components/kibana/overlay/kibana.patch.yaml.j2"
    patch.write_text(
        patch.read_text() + "- {op: add, path: /spec/secureSettings/-, value: {secretName: x, entry: []}}\n"
    )
    where = f"templates/components/kibana/overlay/kibana.patch.yaml.j2:{line(patch, 'entry: []')}: "
    assert where in refused(project)


def test_a_variable_is_told_where_it_is_written(project: Path) -> None:
    variables = project / "templates/components/api/overlay/env.yaml.j2"
    edit(variables, '{name: MCP_CONNECT_ENABLED, value: "true"}', "{name: MCP_CONNECT_ENABLED, value: true}")
    more = "components:\n  api: {secretEnv: {SEARCH_API_KEY: {source: external, id: search-key}}}\n"  # stands before it in the container
    edit(project / "environments/prod.yaml", "components:\n", more)
    where = f"templates/components/api/overlay/env.yaml.j2:{line(variables, 'MCP_CONNECT_ENABLED')}: "
    assert f"{where}Deployment codemie/codemie: /spec/template/spec/containers/0/env" in refused(project)


def test_a_patch_of_the_environment_is_told_at_its_line(project: Path) -> None:
    file = project / "environments/prod.yaml"
    patch = "  more:\n    target: {unit: vpc, kind: ComputeNetwork, name: codemie-cluster-network}\n    ops:\n"
    patch += "      - {op: add, path: /spec/mtuu, value: 1500}\n"
    patches = "patches:\n"
    written = file.read_text()
    file.write_text(written.replace(patches, patches + patch) if patches in written else written + patches + patch)
    assert f"environments/prod.yaml:{line(file, 'mtuu')}: ComputeNetwork" in refused(project)


def test_what_is_derived_is_told_in_the_file_it_would_be_in(project: Path) -> None:
    crd = CRD.replace("example.com", "monitoring.googleapis.com").replace("Thing", "PodMonitoring")
    (project / "crd.yaml").write_text(crd)
    imported(project, "crd.yaml")
    where = r"^output/prod/components/oauth2-proxy/overlay/podmonitoring\.yaml:(\d+): PodMonitoring oauth2-proxy/oauth2-proxy: "
    found = re.search(where + "/spec/endpoints: unknown field", refused(project), re.MULTILINE)
    assert found
    file = project / "output/prod/components/oauth2-proxy/overlay/podmonitoring.yaml"
    assert file.read_text().splitlines()[int(found[1]) - 1] == "  endpoints:"


# ── schemas import ──────────────────────────────────────────────────────────────────────────────────────────────────

CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  names: {kind: Thing, plural: things}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          description: A thing.
          required: [spec]
          properties:
            apiVersion: {type: string}
            kind: {type: string}
            metadata: {type: object}
            spec:
              type: object
              required: [size]
              properties:
                size: {type: string, description: Immutable. The size., enum: [small, large]}
                port: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}
                note: {type: string, nullable: true, pattern: "^(?<!x)a$"}
                ratio: {type: number, minimum: 0, exclusiveMinimum: true}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true}
                parts:
                  type: array
                  default: []
                  items:
                    type: object
                    properties:
                      weight: {type: integer, default: 1}
                      labels: {type: object, additionalProperties: {type: string}}
            status: {type: object}
    - {name: v1alpha1, served: false, storage: false, schema: {openAPIV3Schema: {type: object}}}
"""
THING = {
    "apiVersion": "example.com/v1",
    "kind": "Thing",
    "metadata": {"name": "x"},
    "spec": {
        "size": "small",
        "port": "http",
        "note": None,
        "free": {"any": 1},
        "parts": [{"weight": 2, "labels": {"a": "b"}}],
    },
}


SIZE = "spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.size"


def imported(project: Path, *files: str) -> dict[str, str]:
    done = run("schemas", "import", *files, cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    found = {path: content.decode() for path, content in snapshot(project / "kinds").items()}
    assert {f"kinds/{path}" for path in found} >= set(done.stdout.split())
    return {f"kinds/{path}": content for path, content in found.items()}


def test_a_crd_becomes_a_closed_contract(project: Path) -> None:
    (project / "thing.yaml").write_text(CRD)
    texts = imported(project, "thing.yaml")
    assert list(texts) == ["kinds/example.com/Thing.yaml"]
    assert "The size" not in texts["kinds/example.com/Thing.yaml"]
    assert judged(THING, texts) == []
    spec = {"size": "huge", "prt": 1, "ratio": 0, "parts": [{"labels": {"a": 1}}]}
    assert sorted(
        (item.rule, item.path, item.message) for item in judged({**THING, "spec": spec, "status": {}}, texts)
    ) == [
        ("contract", "/spec/parts/0/labels/a", "must be string"),
        ("contract", "/spec/prt", "unknown field"),
        ("contract", "/spec/ratio", "does not fit its contract (exclusiveMinimum)"),
        ("contract", "/spec/size", "must be one of small, large"),
        ("contract", "/status", "unknown field"),
        ("contract-default", "/spec/parts/0/weight", "the default 1 inside a list item is not written out"),
    ]
    made = yaml.safe_load(texts["kinds/example.com/Thing.yaml"])
    assert made["immutable"] == ["spec.size"]
    assert made["contract"]["v1"]["properties"]["spec"]["properties"]["size"] == {
        "type": "string",
        "enum": ["small", "large"],
    }


def test_a_crd_of_the_cluster_makes_a_kind_in_no_namespace(project: Path) -> None:
    """Of a kind that is shipped, the shipped file says it."""
    of_cluster = CRD.replace("scope: Namespaced", "scope: Cluster")
    issuer = of_cluster.replace("example.com", "cert-manager.io").replace("kind: Thing", "kind: ClusterIssuer")
    (project / "crds.yaml").write_text(f"{of_cluster}---\n{issuer}")
    made = {path: yaml.safe_load(text).get("scope") for path, text in imported(project, "crds.yaml").items()}
    assert made == {"kinds/cert-manager.io/ClusterIssuer.yaml": None, "kinds/example.com/Thing.yaml": "cluster"}


def test_what_kubectl_lists_and_several_documents_give_the_same_files_at_any_time(project: Path) -> None:
    (project / "one.yaml").write_text(CRD)
    (project / "more.yaml").write_text(f"---\napiVersion: v1\nkind: ConfigMap\n---\n{CRD}")
    listed = {"apiVersion": "v1", "kind": "List", "items": [yaml.safe_load(CRD)]}
    (project / "list.json").write_text(json.dumps(listed))
    first = imported(project, "one.yaml")
    assert imported(project, "more.yaml") == first
    assert imported(project, "list.json", "one.yaml") == first
    assert not [path.name for path in project.iterdir() if path.name.startswith(".kinds")]


def test_the_projects_own_contract_wins_and_covers_what_none_did(project: Path) -> None:
    vpc = project / "templates/infra/vpc"
    (vpc / "thing.yaml.j2").write_text(yaml.safe_dump({**THING, "metadata": {"name": "x", "namespace": "codemie-dev"}}))
    done = run("render", "dev", cwd=project)
    assert "1 objects of custom kinds are not covered, no contract validated them: Thing.example.com (1)" in done.stderr
    (project / "thing.yaml").write_text(CRD)
    network = CRD.replace("example.com", "compute.cnrm.cloud.google.com").replace("Thing", "ComputeNetwork")
    (project / "network.yaml").write_text(network.replace("name: v1\n", "name: v1beta1\n"))
    imported(project, "thing.yaml")
    assert "not-covered" not in run("render", "dev", cwd=project).stderr
    edit(vpc / "thing.yaml.j2", "size: small", "size: tiny")
    assert "vpc/thing.yaml.j2:" in refused(project, "dev")
    edit(vpc / "thing.yaml.j2", "size: tiny", "size: small")
    imported(project, "network.yaml")
    assert "/spec/routingMode: unknown field [contract]" in refused(project, "dev")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a: [", "crd.yaml:2:1: is not YAML"),
        ("kind: ConfigMap\n", "crd.yaml: holds no CustomResourceDefinition [schema-import]"),
        ("", "crd.yaml: holds no CustomResourceDefinition [schema-import]"),
        (
            CRD.replace("served: true", "served: false"),
            "crd.yaml:8:3: {} spec.versions: has no version with served: true",
        ),
        (
            CRD.replace("storage: true", "storage: false"),
            "crd.yaml:8:3: {} spec.versions: must have exactly one version with",
        ),
        (
            CRD.replace("served: true", 'served: "yes"'),
            "crd.yaml:10:7: {} spec.versions[0].served: must be true or false",
        ),
        (
            CRD.replace("openAPIV3Schema", "schema"),
            "crd.yaml:12:7: {} spec.versions[0].schema.openAPIV3Schema: is missing",
        ),
        (CRD.replace("group: example.com", "group: ../../x.y"), "crd.yaml:5:3: {} spec.group: must match"),
        (CRD.replace("kind: Thing", "kind: ../Thing"), "crd.yaml:6:11: {} spec.names.kind: must match"),
        (CRD.replace("name: v1\n", "name: ../v1\n"), "crd.yaml:9:7: {} spec.versions[0].name: must match"),
        (CRD.replace("name: v1alpha1", "name: v1"), "crd.yaml:8:3: {} spec.versions: has the same version twice"),
        (CRD.replace("extensions.k8s.io/v1", "extensions.k8s.io/v1beta1"), "crd.yaml:1:1: {} apiVersion: must be"),
        (CRD.replace("  names: {kind: Thing, plural: things}\n", ""), "{} spec.names: is missing"),
        (CRD.replace("[small, large]", "small"), f"crd.yaml:25:73: {{}} {SIZE}.enum: must be a list"),
        (CRD.replace("size: {type: string", "size: {type: text"), f"crd.yaml:25:24: {{}} {SIZE}.type: must be one of"),
        (
            CRD.replace("size: {type: string,", "size: {$ref: x,"),
            f"crd.yaml:25:24: {{}} {SIZE}.$ref: is not allowed here",
        ),
        (CRD.replace("properties:\n                size", "required:\n                size"), "crd.yaml:24:15: {} "),
        (CRD.replace("{type: string, nullable", "[string, {nullable").replace('a$"}', 'a$"}]'), "note: must be a map"),
        (
            CRD.replace("labels: {type: object", "labels: {type: object, properties: [true]"),
            "labels.properties: must be",
        ),
        (
            CRD.replace("kind: Thing", "kind: THING") + "---\n" + CRD,
            "makes kinds/example.com/Thing.yaml, which another",
        ),
    ],
    ids=range(20),
)
def test_what_cannot_be_imported_is_told_and_nothing_is_written(project: Path, content: str, told: str) -> None:
    (project / "crd.yaml").write_text(content)
    (project / "good.yaml").write_text(CRD)
    before = snapshot(project)
    elsewhere = {"XDG_CACHE_HOME": str(project.with_name(f"{project.name}-cache"))}
    done = run("schemas", "import", "good.yaml", "crd.yaml", cwd=project, env=elsewhere)
    assert (done.returncode, done.stdout) == (2, "")
    assert told.replace("{}", "CustomResourceDefinition things.example.com:") in done.stderr
    assert snapshot(project) == before


def test_a_file_that_is_not_there_and_a_folder_that_is_no_project_are_told(project: Path, tmp_path: Path) -> None:
    done = run("schemas", "import", "crd.yaml", "templates", cwd=project)
    assert done.returncode == 2
    assert "crd.yaml: there is no such file [file]\n" in done.stderr
    assert "templates: is not a regular file [file]\n" in done.stderr
    (tmp_path / "crd.yaml").write_text(CRD)
    (tmp_path / "empty").mkdir()
    done = run("schemas", "import", "../crd.yaml", cwd=tmp_path / "empty")
    assert (done.returncode, list((tmp_path / "empty").iterdir())) == (2, [])
    assert "templates/: there is no such folder" in done.stderr


def test_a_contract_that_is_none_is_told(project: Path) -> None:
    file = project / "kinds/compute.cnrm.cloud.google.com/ComputeNetwork.yaml"
    outside = "has a $ref to something outside; a contract may refer only to its own #/$defs/… or those of Kubernetes"
    for broken, said in {
        "{": "is not YAML: a value is missing",
        "[]": ": must be a map",
        "{type: 5}": ".type: is not a self-contained JSON Schema",
        '{$ref: "#/$defs/none"}': ": is not a self-contained JSON Schema",
        '{$ref: "http://127.0.0.1:9/x"}': f".$ref: {outside}",
        '{$ref: "file:///etc/passwd"}': f".$ref: {outside}",
        '{$ref: "other.json"}': f".$ref: {outside}",
        '{$ref: "#"}': f".$ref: {outside}",
        '{$dynamicRef: "http://127.0.0.1:9/#x"}': f".$dynamicRef: {outside}",
        '{$id: "http://127.0.0.1:9/x"}': f".$id: {outside}",
        '{$schema: "http://127.0.0.1:9/x"}': f".$schema: {outside}",
        '{properties: {spec: {items: {$ref: "a#/$defs/b"}}}}': f".properties.spec.items.$ref: {outside}",
        '{$ref: "#/$defs/a", $defs: {a: {$ref: "#/$defs/b"}, b: {$ref: "#/$defs/a"}}}': (
            ".$defs: forms a cycle: a -> b -> a"
        ),
        '{"items": ' * 5000 + "{}" + "}" * 5000: "is nested more than 50 levels",
    }.items():
        (found,) = project_files({file.relative_to(project).as_posix(): f"contract:\n  v1beta1: {broken}\n"}).problems
        assert said in f"{found.path}: {found.message}".removeprefix("contract.v1beta1")
    file.parent.mkdir(parents=True)
    file.write_text('contract: {v1beta1: {$ref: "http://127.0.0.1:9/x"}}')
    done = run("render", "prod", cwd=project)
    assert done.returncode == 2
    assert f"{file.relative_to(project)}:1:22: contract.v1beta1.$ref: {outside} [kind-file]" in done.stderr


# ── the real CRDs ───────────────────────────────────────────────────────────────────────────────────────────────────


@functools.cache
def crds() -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return {(group, version, kind): schema} of the real CRDs; three of GKE are plain JSON schemas."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for file in sorted(CRDS.rglob("*.yaml")):
        for crd in yaml.load_all(file.read_text(), yaml.CSafeLoader):
            for version in crd["spec"]["versions"] if crd else ():
                spec = crd["spec"]
                found[spec["group"], version["name"], spec["names"]["kind"]] = version["schema"]["openAPIV3Schema"]
    for file in CRDS.rglob("*.json"):
        group, kind, version = file.stem.split("_")
        found[group, version, kind] = json.loads(file.read_text())
    return found


Node = dict[str, Any]


class Fixed(NamedTuple):
    """The paths of fields that cannot change: what a kind file lists as immutable, and what its rows always block."""

    listed: frozenset[str]
    blocked: frozenset[str]


def compare(
    own: Node, real: Node, whole: Node, path: str, fixed: Fixed, above: tuple[str, ...] = (), at: str = "spec"
) -> Iterator[str]:
    """Yield what a contract says otherwise than the CRD. `above` says whether it is in something immutable, in a list.

    `at` is the path of the field as a kind file writes it, and `fixed` are those of fields that cannot change.
    """
    below = (*above, "immutable") if at in fixed.listed | fixed.blocked else above
    yield from (f"{path}: {told}" for told in marks(own, real, path, above, marked=at in fixed.listed, below=below))
    if own.get("$ref", "").startswith("#/$defs/io.k8s."):
        assert real["type"] == "object"
        return
    node = resolved(own, whole)
    types = ["integer", "string"] if real.get("x-kubernetes-int-or-string") else real.get("type")
    if node.get("type", types) != types:
        yield f"{path}: is {types} there"
    allowed = real.get("enum") or described(real)
    if allowed and not set(node.get("enum", ())) <= set(allowed):
        yield f"{path}: {allowed} are allowed there"
    if missing := set(real.get("required", ())) - set(node.get("required", ())):
        yield f"{path}: {missing} are required there"
    if isinstance(node.get("items"), dict):
        yield from compare(node["items"], real["items"], whole, path, fixed, (*below, "list"), f"{at}.*")
    for name, item in node.get("properties", {}).items():
        if name in real.get("properties", {}):
            yield from compare(item, real["properties"][name], whole, f"{path}/{name}", fixed, below, f"{at}.{name}")
        else:
            yield f"{path}/{name}: is no field there"


def marks(
    own: Node, real: Node, path: str, above: tuple[str, ...], *, marked: bool, below: tuple[str, ...]
) -> Iterator[str]:
    """Yield which marks of a field the CRD denies, and which it has and the contract has not."""
    kind, _, field = path.partition("/")
    immutable = is_immutable(real)
    if marked and not immutable and field not in IMMUTABLE_WITHOUT_THE_WORD.get(kind, ()):
        yield "is not immutable there"
    if immutable and not ("immutable" in below or field in MUTABLE_IN_SPITE_OF_THE_WORD.get(kind, ())):
        yield "is immutable there"
    default = own.get("x-default" if "list" in above else "default")
    if "default" in real and default != real["default"]:
        yield f"has the default {real['default']} there"
    if default is not None and "default" not in real and default != DEFAULTS_OF_EARLIER_RELEASES.get(Path(field).name):
        yield "has no default there"


def described(real: dict[str, Any]) -> list[str]:
    """Return the values that a description lists."""
    found = re.search(r"[Pp]ossible values?:?[^\[]{0,9}\[([^\]]*)\]", real.get("description", ""))
    return re.findall(r'"([^"]+)"', found[1]) if found else []


@pytest.mark.skipif(
    not CRDS.is_dir(), reason=f"the real CRDs are not in {CRDS} (SHARED names another folder than ../shared)"
)
@pytest.mark.parametrize(("name", "version"), KINDS)
def test_a_contract_says_what_the_real_crd_says(name: str, version: str) -> None:
    group, kind = name.split("/")
    real = crds().get((group, version, JUDGED_BY.get(kind, kind))) or crds().get((group, version, kind.lower()))
    if real is None and kind in WITHOUT_CRD:
        pytest.skip(f"{CRDS} has no CRD of it")
    assert real is not None
    rows = [row for row in Kinds({}).rows(group, kind) if row.impact is Impact.BLOCKED]
    always = [path for row in rows if (row.word, len(row.tests)) == ("always", 1) for path in row.paths]
    fixed = Fixed(frozenset(shipped(name).immutable), frozenset(path.removesuffix(".**") for path in always))
    whole = schema(name, version)
    assert list(compare(whole["properties"]["spec"], real["properties"]["spec"], whole, kind, fixed)) == []
