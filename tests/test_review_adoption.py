"""What is taken over: every field of it is told with the worst that it may change, for nobody here sees what is there."""

from collections.abc import Iterator
from typing import Any

import pytest
from test_review_coverage import CONTRACTED, KINDS, bases, built

from generator.kinds import Impact, names
from generator.manifest import Manifest
from generator.review import Action, Change, Review, refusals, review
from generator.views.review import markdown, text

Steps = tuple[str | int, ...]
CNRM = "cnrm.cloud.google.com"
MADE = [name for name in CONTRACTED if KINDS.google(*name.split("/")) and name != f"iam.{CNRM}/IAMPolicyMember"]


def resource(group: str, kind: str, name: str = "ours", **spec: Any) -> Manifest:
    head = {"apiVersion": f"{group}.{CNRM}/v1beta1", "kind": kind, "metadata": {"name": name, "namespace": "prod"}}
    return {**head, "spec": spec}


def grant(kind: str, external: str) -> Manifest:
    return resource("iam", "IAMPolicyMember", f"on-{kind.lower()}", resourceRef={"kind": kind, "external": external})


def reviewed(before: list[Manifest], after: list[Manifest]) -> Review:
    return review("prod", map(built, before), map(built, after), KINDS)


def told(new: Manifest, *before: Manifest) -> dict[str, list[Change]]:
    """Return what is said of an object that is added, by path."""
    found: dict[str, list[Change]] = {}
    for change in reviewed(list(before), [*before, new]).changes:
        found.setdefault(change.path, []).append(change)
    return found


def impacts(new: Manifest, path: str) -> list[Impact]:
    return [impact for change in told(new)[path] for impact in change.impacts]


def is_taken_over(new: Manifest, *before: Manifest) -> bool:
    return told(new, *before)[""][0].action is Action.ADOPT


INSTANCE = resource("sql", "SQLInstance", resourceID="corp-sql", region="europe-west3", databaseVersion="POSTGRES_17")


def instance(**settings: Any) -> Manifest:
    return {**INSTANCE, "spec": {**INSTANCE["spec"], "settings": settings}}


def cluster(**spec: Any) -> Manifest:
    return resource("container", "ContainerCluster", resourceID="corp-gke", **spec)


# ── every kind ─────────────────────────────────────────────────────────────────────────────────────────────────────
def fields(value: Any, steps: Steps) -> Iterator[Steps]:
    """Yield the path of every value; a list is one, for it is managed as a whole."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from fields(item, (*steps, key))
    else:
        yield steps


def pointer(steps: Steps) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


@pytest.mark.parametrize("name", MADE)
def test_every_field_of_every_kind_that_is_taken_over_is_told(name: str) -> None:
    rows = KINDS.rows(*name.split("/"))
    for manifest, _ in bases(name):
        manifest["spec"]["resourceID"] = "theirs"
        found = told(manifest, grant(manifest["kind"], "projects/corp/things/theirs"))
        assert found[""][0].action is Action.ADOPT
        assert found[""][0].impact.rank <= Impact.UNKNOWN.rank
        for steps in fields(manifest["spec"], ("spec",)):
            if steps[1] not in ("resourceID", "projectRef"):
                for change in found[pointer(steps)]:
                    said = {row.source for row in rows if row.impact is Impact.SAFE and row.word != "reordered"}
                    assert change.impact is not Impact.SAFE or (change.source and change.source in said), steps


def test_no_kind_of_config_connector_is_taken_over_without_a_word() -> None:
    for group, _, kind in (name.partition("/") for name in [*names(), f"new.{CNRM}/NobodyKnows"]):
        if KINDS.google(group, kind) and group.endswith(CNRM) and not group.startswith("iam."):
            new = resource(group.removesuffix(f".{CNRM}"), kind, resourceID="theirs", some={"field": 1})
            found = told(new, grant(kind, "theirs"))
            assert found["/spec/some/field"][0].impact.rank <= Impact.UNKNOWN.rank, kind


def test_what_it_may_change_is_told_whatever_shape_it_has() -> None:
    shapes: list[Any] = [None, "text", 3, [], {}, [1]]
    shapes.append({"resourceID": "theirs", "a": None, "b": [[], {}, None, 1.5, "10.0.0.0/8"]})
    for spec in shapes:
        new = {**resource("storage", "StorageBucket", "theirs"), "spec": spec}
        assert is_taken_over(new, grant("StorageBucket", "theirs"))


# ── what is taken over ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "new",
    [
        INSTANCE,
        resource("compute", "ComputeNetwork", resourceID="corp-vpc"),
        resource("compute", "ComputeAddress", resourceID="old-address", location="global"),
        resource("monitoring", "MonitoringAlertPolicy", resourceID="1234567890"),
        resource("logging", "LoggingLogBucket", resourceID="_Default", retentionDays=30),
        resource("secretmanager", "SecretManagerSecretVersion", resourceID="1"),
        resource("pubsub", "PubSubTopic", resourceID="events"),
    ],
    ids=lambda new: new["kind"],
)
def test_what_says_another_name_than_its_own_takes_it_over(new: Manifest) -> None:
    assert is_taken_over(new)


@pytest.mark.parametrize(
    "new",
    [
        resource("compute", "ComputeNetwork"),
        resource("compute", "ComputeNetwork", resourceID="ours"),
        resource("sql", "SQLDatabase", resourceID="wiki"),
        resource("sql", "SQLUser", resourceID="wiki"),
        resource("storage", "StorageBucket", resourceID="example-dumps"),
        resource("serviceusage", "Service", resourceID="compute.googleapis.com"),
        resource("iam", "IAMCustomRole", resourceID="codemieBastionUser"),
        {**resource("x", "Widget", resourceID="theirs"), "apiVersion": "example.com/v1"},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "ours"}, "spec": {"resourceID": "theirs"}},
    ],
    ids=lambda new: f"{new['kind']} {new.get('spec', {}).get('resourceID', '')}",
)
def test_what_only_names_what_it_makes_is_added(new: Manifest) -> None:
    assert not is_taken_over(new)


@pytest.mark.parametrize(
    ("new", "names_it"),
    [
        (resource("storage", "StorageBucket", resourceID="corp-files"), grant("StorageBucket", "corp-files")),
        (
            resource("container", "ContainerCluster", "corp-gke"),
            resource("container", "ContainerNodePool", "pool", clusterRef={"external": "corp-gke"}),
        ),
        (
            resource("compute", "ComputeNetwork", "corp-vpc"),
            resource(
                "compute", "ComputeFirewall", "in", networkRef={"external": "projects/a/global/networks/corp-vpc"}
            ),
        ),
        (
            resource("iam", "IAMServiceAccount", "reader"),
            resource(
                "container",
                "ContainerNodePool",
                "pool",
                nodeConfig={"serviceAccountRef": {"external": "reader@a.iam.gserviceaccount.com"}},
            ),
        ),
    ],
    ids=lambda manifest: manifest["kind"],
)
def test_what_others_name_as_there_is_taken_over(new: Manifest, names_it: Manifest) -> None:
    assert is_taken_over(new, names_it)
    (found,) = [
        change for change in reviewed([], [names_it, new]).changes if (change.id.kind, change.path) == (new["kind"], "")
    ]
    assert found.action is Action.ADOPT
    assert not is_taken_over(new)


def test_another_kind_of_the_same_name_is_not_what_others_name() -> None:
    assert not is_taken_over(resource("storage", "StorageBucket", "corp"), grant("SQLInstance", "corp"))


def test_a_removed_object_does_not_become_what_is_taken_over() -> None:
    """They are alike, and of one unit: that would be a rename, were the new one made."""
    spec = {"location": "europe-west3", "storageClass": "STANDARD", "uniformBucketLevelAccess": True}
    old, new = (resource("storage", "StorageBucket", name, resourceID=name, **spec) for name in ("dumps", "files"))
    on_it = grant("StorageBucket", "files")
    assert {change.action for change in reviewed([old], [new]).changes} == {Action.RENAME}
    actions = {change.action for change in reviewed([old, on_it], [new, on_it]).changes}
    assert actions == {Action.REMOVE, Action.ADOPT}


def test_what_is_there_on_both_sides_is_compared_as_ever() -> None:
    old = resource("compute", "ComputeNetwork", resourceID="corp-vpc", routingMode="REGIONAL")
    (change,) = reviewed([old], [{**old, "spec": {**old["spec"], "routingMode": "GLOBAL"}}]).changes
    assert (change.action, change.before, change.after) == (Action.MODIFY, "REGIONAL", "GLOBAL")


# ── what it may change ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("new", "path", "expected"),
    [
        (instance(tier="db-custom-2-7680"), "/spec/settings/tier", "outage"),
        (instance(edition="ENTERPRISE"), "/spec/settings/edition", "outage"),
        (instance(databaseFlags=[{"name": "log_connections", "value": "on"}]), "/spec/settings/databaseFlags", "outage"),
        (instance(databaseFlags=[]), "/spec/settings/databaseFlags", "outage"),
        (INSTANCE, "/spec/region", "blocked"),
        (INSTANCE, "/spec/databaseVersion", "blocked outage"),  # an older one, a newer one
        (instance(diskSize=50), "/spec/settings/diskSize", "blocked scale"),
        (instance(deletionProtectionEnabled=True), "/spec/settings/deletionProtectionEnabled", "safe"),
        (instance(deletionProtectionEnabled=False), "/spec/settings/deletionProtectionEnabled", "data-loss"),
        (instance(tier="x"), "/spec/settings/deletionProtectionEnabled", "data-loss"),  # left out, it is off
        (instance(ipConfiguration={"sslMode": "ENCRYPTED_ONLY"}), "/spec/settings/ipConfiguration/sslMode", "outage exposure"),
        (cluster(networkRef={"external": "x"}), "/spec/networkRef/external", "blocked"),
        (cluster(location="europe-west3"), "/spec/location", "unknown"),  # elsewhere is another cluster
        (cluster(releaseChannel={"channel": "STABLE"}), "/spec/releaseChannel/channel", "outage"),
        (
            cluster(masterAuthorizedNetworksConfig={"cidrBlocks": [{"cidrBlock": "10.0.0.0/8"}]}),
            "/spec/masterAuthorizedNetworksConfig/cidrBlocks",
            "exposure",
        ),
        (
            cluster(masterAuthorizedNetworksConfig={"cidrBlocks": [{"cidrBlock": "10.0.0.0/8"}]}),
            "/spec/masterAuthorizedNetworksConfig",
            "outage",  # whoever is not listed
        ),
        (resource("logging", "LoggingLogBucket", resourceID="_Default", retentionDays=30), "/spec/retentionDays", "data-loss"),
        (resource("kms", "KMSKeyRing", resourceID="corp-ring", location="global"), "/spec/location", "unknown"),
        (resource("compute", "ComputeNetwork", resourceID="corp-vpc", routingMode="REGIONAL"), "/spec/routingMode", "outage"),
        (resource("pubsub", "PubSubTopic", resourceID="t", messageRetentionDuration="600s"), "/spec/messageRetentionDuration", "unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["kind"],
)  # fmt: skip
def test_a_field_may_do_the_worst_that_any_live_value_makes_of_it(new: Manifest, path: str, expected: str) -> None:
    assert " ".join(impacts(new, path))[: len(expected)] == expected


def test_the_default_pool_of_a_cluster_goes() -> None:
    new = cluster(initialNodeCount=1)
    new["metadata"] = {**new["metadata"], "annotations": {f"{CNRM}/remove-default-node-pool": "true"}}
    (change,) = told(new)[f"/metadata/annotations/{CNRM}~1remove-default-node-pool"]
    assert (change.impact, "default-pool" in change.reason) == (Impact.OUTAGE, True)


def test_annotations_on_how_an_object_is_managed_change_nothing_there() -> None:
    new = resource("compute", "ComputeNetwork", resourceID="corp-vpc")
    keys = ("project-id", "deletion-policy", "state-into-spec", "reconcile-interval-in-seconds")
    new["metadata"] = {**new["metadata"], "annotations": {f"{CNRM}/{key}": "x" for key in keys}}
    assert list(told(new)) == [""]


def test_the_object_has_the_worst_of_its_fields_and_says_whose_settings_change() -> None:
    (whole,) = told(INSTANCE)[""]
    assert whole.impact is Impact.DATA_LOSS or whole.impact is Impact.BLOCKED
    assert "takes over SQLInstance corp-sql" in whole.reason
    assert "falls back to the defaults" in whole.reason
    (whole,) = told(resource("kms", "KMSKeyRing", resourceID="corp-ring", location="global"))[""]
    assert (whole.impact, "what Git leaves out stays as it is" in whole.reason) == (Impact.UNKNOWN, True)
    assert "docs/adopting.md" in whole.instead


def test_an_object_that_opens_something_anyway_is_no_milder() -> None:
    new = resource("compute", "ComputeFirewall", resourceID="theirs", direction="INGRESS", allow=[{"protocol": "tcp"}])
    assert told(new)[""][0].impact.rank <= Impact.EXPOSURE.rank
    assert "the instance has a public address" in told(INSTANCE)[""][0].reason


def test_secrets_of_what_is_taken_over_are_masked() -> None:
    new = {**INSTANCE, "spec": {**INSTANCE["spec"], "rootPassword": {"value": "hunter2-hunter2"}}}
    assert "hunter2" not in repr(reviewed([], [new]))


# ── gates and views ────────────────────────────────────────────────────────────────────────────────────────────────
def test_it_is_published_only_once_somebody_accepts_what_it_may_lose() -> None:
    found = reviewed([], [instance(tier="db-custom-2-7680")])
    assert {finding.rule for finding in refusals(found, [])} == {"publish-impact"}
    assert not list(refusals(found, [Impact.DATA_LOSS, Impact.BLOCKED]))


def test_it_is_shown_under_its_object() -> None:
    found = reviewed([], [instance(tier="db-custom-2-7680", activationPolicy="ALWAYS", pricingPlan="PER_USE")])
    shown = text.text([found], 120)
    assert "data-loss  SQLInstance ours taken over (unit)\n" in shown
    assert (
        "             spec.settings.tier: ? -> db-custom-2-7680\n             why: if what is there differs: " in shown
    )
    assert "spec.settings.deletionProtectionEnabled: ? -> (left out)" in shown
    assert (
        "safe       SQLInstance ours taken over (unit)  spec.settings.activationPolicy, spec.settings.pricingPlan\n"
        in shown
    )
    shown = markdown.text([found])
    assert "**SQLInstance ours taken over (unit)**" in shown
    assert "@@ spec.settings.tier @@\n- ?\n+ db-custom-2-7680\n" in shown
    assert (
        "- **SQLInstance ours taken over (unit)**: `spec.settings.activationPolicy, spec.settings.pricingPlan`\n"
        in shown
    )
