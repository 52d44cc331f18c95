"""Reviews by hand for the tests of their views: one a reviewer could meet, large ones, hostile ones."""

from typing import Any

from generator.finding import Finding, Severity
from generator.manifest import ObjectId
from generator.review import Action, Change, Impact, Review

SQL = "https://cloud.google.com/sql/docs/postgres/instance-settings"
MOVED = "make a new instance in the new region, copy the data (docs/infrastructure.md), change the connections, delete the old"
FLUENT = ["pipeline:", "  inputs:", "  - name: tail", "    tag: kube.*", "    path: {}", "    mem_buf_limit: 5MB", ""]


def change(kind: str, name: str, unit: str, impact: Impact, **more: Any) -> Change:
    """Return a change of one object; what is not said is plain: modified, without a path."""
    id_ = ObjectId(more.pop("cluster", "workload"), more.pop("group", ""), kind, more.pop("namespace", "codemie"), name)
    display_path = more.pop("display_path", "")
    defaults: dict[str, Any] = {"action": Action.MODIFY, "before": None, "after": None, "reason": "it was changed"}
    path = "".join(f"/{step}" for step in display_path.split(".")) if display_path else ""
    return Change(
        **(defaults | {"id": id_, "unit": unit, "impact": impact, "display_path": display_path, "path": path} | more)
    )


def whole(action: Action, kind: str, name: str, unit: str, impact: Impact, **more: Any) -> Change:
    """Return an object that is added or removed."""
    manifest = {"kind": kind, "metadata": {"name": name}}
    sides = {"after": manifest} if action is Action.ADD else {"before": manifest}
    return change(kind, name, unit, impact, action=action, **sides, **more)


def review_of(environment: str, *changes: Change, **more: Any) -> Review:
    return Review(
        environment, tuple(sorted(changes, key=Change.order)), more.get("noise", {}), more.get("findings", ())
    )


def realistic() -> tuple[Review, ...]:
    """Return what dev, staging and prod would say of a bold pull request."""
    unread = Finding(
        rule="diff-unread",
        severity=Severity.WARNING,
        file="output/prod/components/nats/base/old.yaml",
        message="the old side cannot be read: what it holds shows as added",
        hint="the commit before this one may have it",
        environment="prod",
    )
    prod = [*_both("prod", 3), *_litellm(), *_prod_only()]
    return (
        review_of("dev", noise={"equal quantities": 2}),
        review_of("staging", *_both("staging", 2), noise={"equal quantities": 4}),
        review_of("prod", *prod, noise={"equal quantities": 2, "chart labels": 4}, findings=(unread,)),
    )


def _both(environment: str, replicas: int) -> list[Change]:
    """Return what changes in staging and in prod."""
    sql: dict[str, Any] = {
        "group": "sql.cnrm.cloud.google.com",
        "namespace": f"codemie-{environment}",
        "cluster": "hub",
    }
    text, files = "\n".join(FLUENT), ("/var/log/containers/*_codemie_*.log", "/var/log/containers/*.log")
    return [
        whole(
            Action.REMOVE,
            "SQLDatabase",
            "keycloak",
            "cloud-sql",
            Impact.DATA_LOSS,
            reason="the database and everything in it is deleted",
            source=SQL,
            instead="set deletion-policy abandon, merge that, then remove it",
            **sql,
        ),
        change(
            "SQLInstance",
            "codemie-postgresql",
            "cloud-sql",
            Impact.OUTAGE,
            display_path="spec.settings.tier",
            before="db-custom-2-8192",
            after="db-custom-8-32768",
            reason="the instance restarts: no connection for a minute or two",
            source=SQL,
            **sql,
        ),
        change(
            "ConfigMap",
            "fluent-bit-cm622bb992" if environment == "prod" else "fluent-bit-7f6k69m2bk",
            "fluent-bit",
            Impact.RESTART,
            namespace="fluentbit",
            display_path="data.fluent-bit.yaml",
            before=f"# {environment}\n" + text.format(files[0]),
            after=f"# {environment}\n" + text.format(files[1]),
            reason="rolls the pods of DaemonSet fluent-bit, which read it",
        ),
        *(
            change(
                "Deployment",
                name,
                unit,
                Impact.SCALE,
                group="apps",
                display_path="spec.replicas",
                before=replicas,
                after=replicas + 2,
                reason="more pods run; those that run are left alone",
            )
            for name, unit in (("codemie", "api"), ("codemie-ui", "ui"))
        ),
        change(
            "Deployment",
            "codemie",
            "api",
            Impact.SAFE,
            group="apps",
            display_path="metadata.labels.owner",
            after="platform",
            reason="a label that nothing selects by",
        ),
    ]


def _litellm() -> list[Change]:
    """Return what goes with a unit that is switched off."""
    kinds = ("Deployment", "Service", "ServiceAccount", "NetworkPolicy", "ExternalSecret", "HTTPRoute")
    objects = [(kind, f"litellm{more}") for kind in kinds for more in ("", "-bootstrap")]
    gone = "Argo CD deletes it with the next sync"
    application = whole(
        Action.REMOVE, "Application", "prod-litellm", "litellm", Impact.OUTAGE, reason=gone, group="argoproj.io"
    )
    return [application] + [
        whole(Action.REMOVE, kind, name, "litellm", Impact.OUTAGE, reason=gone, namespace="litellm")
        for kind, name in objects
    ]


def _prod_only() -> list[Change]:
    pool: dict[str, Any] = {
        "group": "container.cnrm.cloud.google.com",
        "namespace": "codemie-prod",
        "action": Action.RENAME,
    }
    new = "main-e2-standard-16-100"
    return [
        change(
            "SQLInstance",
            "codemie-postgresql",
            "cloud-sql",
            Impact.BLOCKED,
            group="sql.cnrm.cloud.google.com",
            cluster="hub",
            namespace="codemie-prod",
            display_path="spec.region",
            before="europe-west3",
            after="europe-west4",
            reason="is accepted and ignored: the instance stays in the region that it was made in, and the object says Ready",
            source="seen with the controllers of Config Connector 1.155",
            instead=MOVED,
        ),
        change(
            "ContainerNodePool",
            new,
            "gke",
            Impact.OUTAGE,
            display_path="metadata.name",
            before="main-e2-standard-8-100",
            after=new,
            reason="a new pool is made, and the old one goes with all its pods",
            **pool,
        ),
        change(
            "ContainerNodePool",
            new,
            "gke",
            Impact.SAFE,
            display_path="spec.nodeConfig.machineType",
            before="e2-standard-8",
            after="e2-standard-16",
            reason="part of the new object",
            **pool,
        ),
        change(
            "ComputeSecurityPolicy",
            "codemie-allowed-ranges",
            "edge-addresses",
            Impact.EXPOSURE,
            namespace="codemie-prod",
            display_path="spec.rule[1000].match.config.srcIpRanges[2]",
            after="198.51.100.0/24",
            reason="256 more addresses reach the platform",
            source="https://cloud.google.com/armor/docs/security-policy-overview",
        ),
        change(
            "NetworkPolicy",
            "codemie",
            "api",
            Impact.UNKNOWN,
            display_path="spec.egress[12]",
            before={"ports": [{"port": 4000, "protocol": "TCP"}], "to": [{"podSelector": {"matchLabels": {"a": "b"}}}]},
            reason="no table says what this does: look it up before you merge",
        ),
        change(
            "MonitoringAlertPolicy",
            "codemie-cloud-sql-connections",
            "monitoring",
            Impact.UNKNOWN,
            namespace="codemie-prod",
            display_path="spec.conditions[0].conditionPrometheusQueryLanguage.query",
            before='sum(database_postgresql_num_backends{database_id="example-codemie-prod:codemie-postgresql"}) > 400',
            after='sum(database_postgresql_num_backends{database_id="example-codemie-prod:codemie-postgresql"}) > 500',
            reason="no table says what this does: look it up before you merge",
        ),
    ]


def new_environment(count: int = 357) -> Review:
    """Return a first review: everything is added."""
    kinds = ("IAMPolicyMember", "NetworkPolicy", "Service")
    added: dict[str, Any] = {"reason": "a new object"}
    objects = [
        whole(Action.ADD, kinds[at % 3], f"one-{at}", f"unit-{at % 7}", Impact.SAFE, **added) for at in range(count - 1)
    ]
    project = whole(Action.ADD, "AppProject", "lab-apps", "", Impact.SAFE, namespace="argocd", **added)
    return review_of("lab", project, *objects)


def large(count: int = 7_581) -> Review:
    """Return as many changes as somebody once met, no two alike, of all impacts."""
    impacts = list(Impact)
    return review_of(
        "prod",
        *(
            change(
                "ConfigMap",
                f"config-{at}",
                f"unit-{at % 40}",
                impacts[at % len(impacts)],
                display_path=f"data.key-{at}",
                before=f"old {at}\n" + "x" * (at % 300),
                after=f"new {at}\n" + "x" * (at % 300) + "\nmore",
                reason=f"reason {at % 50}",
            )
            for at in range(count)
        ),
    )
