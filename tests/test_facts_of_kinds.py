"""Facts of kinds: a project's own file adds to what is shipped, and takes nothing away."""

from collections.abc import Iterator

from generator.kinds import Impact, Kinds, names, parts, shipped

ROLLOUT = "pods: {template: spec.template, replicas: spec.replicas, surges: true}\n"
CLUSTER = """
state: true
google: {project: projectRef}
references: {spec.keyRef: {to: KMSCryptoKey, external: path, source: its CRD}}
"""
INSTANCE = """
hardening: [{path: spec.settings.edition, is: [ENTERPRISE_PLUS], must: ENTERPRISE_PLUS}]
references: {spec.settings.ipConfiguration.privateNetworkRef: ComputeRouter}
"""
DATAPROC, SQL = "dataproc.cnrm.cloud.google.com", "sql.cnrm.cloud.google.com"


def test_a_project_says_how_a_kind_of_its_own_runs_pods() -> None:
    pods = Kinds({"kinds/argoproj.io/Rollout.yaml": ROLLOUT}).of("argoproj.io", "Rollout").pods
    assert pods
    assert pods.pointer == "/spec/template"
    assert pods.count({"spec": {"replicas": 3}}) == 3


def test_a_project_says_how_a_kind_of_its_own_stands_for_a_resource() -> None:
    kinds = Kinds({f"kinds/{DATAPROC}/DataprocCluster.yaml": CLUSTER})
    google = kinds.google(DATAPROC, "DataprocCluster")
    assert google
    assert (google.project, google.is_kept) == ("projectRef", True)
    leads = kinds.references(DATAPROC, "DataprocCluster")["spec.keyRef"]
    form = kinds.form(leads.to, leads.external)
    assert form
    assert form.shown.startswith("projects/<project>/locations/")


def test_a_project_adds_rows_to_a_shipped_kind_and_takes_nothing_away() -> None:
    kinds, before = Kinds({f"kinds/{SQL}/SQLInstance.yaml": INSTANCE}), shipped(f"{SQL}/SQLInstance")
    after = kinds.of(SQL, "SQLInstance")
    assert after.hardening[:-1] == before.hardening
    assert after.hardening[-1].must == "ENTERPRISE_PLUS"
    assert after.references == before.references
    refused = Kinds({f"kinds/{SQL}/SQLInstance.yaml": f"google: {{removal: deleted}}{INSTANCE}"})
    assert refused.of(SQL, "SQLInstance") == before


def test_a_kind_of_any_group_of_config_connector_stands_for_a_resource_but_the_set_up_does_not() -> None:
    kinds = Kinds({})
    assert kinds.google("pubsub.cnrm.cloud.google.com", "PubSubTopic")
    assert not kinds.google("core.cnrm.cloud.google.com", "ConfigConnectorContext")
    assert not kinds.google("apps", "Deployment")


def test_pods_that_are_several_of_one_object_are_counted_together() -> None:
    pods = Kinds({}).of("elasticsearch.k8s.elastic.co", "Elasticsearch").pods
    assert pods
    assert pods.count({"spec": {"nodeSets": [{"count": 3}, {"count": 2}, {}]}}) == 6


def places() -> Iterator[tuple[str, str]]:
    """Yield every path of facts on Config Connector's kinds, with its file."""
    for name in names():
        facts = shipped(name)
        yield from ((name, path) for path in facts.references)
        demands = (*facts.hardening, *facts.protection)
        yield from ((name, demand.path) for demand in demands if demand.wanted != (None,))


def test_a_fact_is_about_a_field_that_the_contract_knows() -> None:
    unknown = [f"{name} {path}" for name, path in places() if not _is_known(name, path)]
    assert unknown == []


def _is_known(name: str, path: str) -> bool:
    (contract,) = shipped(name).contract.values()
    for step in parts(path):
        if "properties" not in contract and "items" not in contract:
            return True
        contract = contract["items"] if step == "*" else contract["properties"].get(step)
        if contract is None:
            return path.startswith("metadata.")
    return True


def test_what_cannot_change_is_said_once() -> None:
    for name in names():
        group, _, kind = name.replace("core/", "/").rpartition("/")
        rows = [
            row
            for row in Kinds({}).rows(group, kind)
            if row.impact is Impact.BLOCKED and (row.word, len(row.tests)) == ("always", 1)
        ]
        blocked = {path for row in rows for path in row.paths}
        said = set(shipped(name).immutable)
        assert not said & blocked, name
        assert not {f"{path}.**" for path in said} & blocked, name
