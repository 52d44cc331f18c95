"""Argo CD: an Application per unit, what the root Application syncs, and the bootstrap folder a person applies."""

from typing import Any

import msgspec

from generator.catalog import NAMESPACES, Plan, Planned, deep_merge
from generator.finding import Finding, Result
from generator.manifest import HUB, Manifest
from generator.render.kustomization import document, kustomization, labels
from generator.render.template.fill import thaw
from generator.render.template.templates import Templates
from generator.tree import File, Sources

APPS = "argocd/apps"
BOOTSTRAP = "bootstrap"
_FOLDER = "templates/argocd"
_IN_CLUSTER = "https://kubernetes.default.svc"
_BOOTSTRAPPED = [
    {"group": "", "kind": "ServiceAccount", "name": "secrets"},
    {"group": "core.cnrm.cloud.google.com", "kind": "ConfigConnectorContext"},
    {"group": "external-secrets.io", "kind": "SecretStore", "name": "secret-manager"},
]
"""What a person applies to the environment's namespace: no Application owns it, and that is right."""
_ORDER = {"sortOptions": {"order": "legacy"}}
"""The Namespace first, projects before the root: `kubectl apply -k` applies in the order of the build.

Without this the order is that of the files. No labels of the environment: environments on one hub share Argo CD's own
objects, and would overwrite each other's labels there.
"""
_RETRY = {"limit": 5, "maxDuration": "3m"}
_RETRY_INFRA = {"limit": 10, "maxDuration": "10m"}


def files(
    plan: Plan,
    objects: dict[str, list[Manifest]],
    templates: Templates,
    sources: Sources,
    env_view: Any,
) -> Result[list[File]]:
    """Return argocd/apps/ and bootstrap/; the AppProjects follow from `objects`, the objects of each unit."""
    pairs = labels(plan.environment.labels)
    result: list[File] = []
    findings: list[Finding] = []
    for planned in plan.units:
        template = f"{_FOLDER}/{'chart' if planned.unit.declaration.chart else 'application'}.yaml.j2"
        context = {"env": env_view, "unit": {"name": planned.name}, "application": _application(plan, planned)}
        documents, found = templates.documents(template, context)
        findings += found
        result.append(File(f"{APPS}/{planned.name}.yaml", document(template, *documents), template))
    result.append(kustomization(APPS, [f"{p.name}.yaml" for p in plan.units], {"labels": pairs}))

    hub = plan.environment.argocd.topology == "hub"
    view = {"projects": _projects(plan, objects), "hub": hub, "clusterServer": _cluster_server(plan)}
    resources = []
    for path in sources.below(f"{_FOLDER}/{BOOTSTRAP}"):
        name = path.rsplit("/", 1)[1].removesuffix(".j2")
        documents, found = templates.documents(path, {"env": env_view, "argocd": view})
        findings += found
        if documents:
            resources.append(name)
            result.append(File(f"{BOOTSTRAP}/{name}", document(path, *documents), path))
    return Result([*result, kustomization(BOOTSTRAP, resources, _ORDER)], tuple(findings))


def _application(plan: Plan, planned: Planned) -> dict[str, Any]:
    """Return what the Application templates see of a unit."""
    env = plan.environment
    infra = planned.unit.kind == "infra"
    folder = f"infra/{planned.name}" if infra else f"components/{planned.name}/overlay"
    base = not infra and planned.name != NAMESPACES
    # A project matches an Application's own namespace too: one without any takes a namespace of the project.
    destination = {**_cluster(plan, planned), "namespace": planned.namespace or _home(plan)}
    chart = planned.unit.declaration.chart
    return {
        "name": f"{env.name}-{planned.name}",
        "wave": planned.wave,
        "project": _project(plan, planned),
        "destination": destination,
        "path": f"{env.gitops.path}/{env.name}/{folder}",
        "watched": ".;../base" if base else ".",
        "infra": infra,
        "cascade": planned.name != planned.unit.origin,
        # A Secret waits for the right to read its values: it comes with the infrastructure, and takes Google minutes.
        "retry": _RETRY_INFRA if infra or planned.secrets else _RETRY,
        "chart": _chart(planned, msgspec.to_builtins(chart)) if chart else None,
    }


def _chart(planned: Planned, chart: dict[str, Any]) -> dict[str, Any]:
    """Return the chart with the environment's repository and version, and with its typed values laid over ours."""
    values = thaw(planned.values)
    typed = {key: values[key] for key in planned.unit.values["properties"]}
    result: dict[str, Any] = deep_merge(chart, values.get("chart", {}))
    return {**result, "values": deep_merge(result.get("values", {}), typed)}


def _project(plan: Plan, planned: Planned) -> str:
    if planned.unit.kind == "infra":
        return f"{plan.environment.name}-infra"
    if planned.unit.kind == "addon" or planned.name == NAMESPACES:
        return f"{plan.environment.name}-platform"
    return f"{plan.environment.name}-apps"


def _cluster(plan: Plan, planned: Planned) -> dict[str, str]:
    """Return how Applications address a unit's cluster: the workload cluster by name, since its URL may change."""
    env = plan.environment
    if planned.cluster == HUB or env.argocd.topology == "in-cluster":
        return {"server": _IN_CLUSTER}
    return {"name": f"codemie-{env.name}"}


def _cluster_server(plan: Plan) -> str:
    """Return the API server of the workload cluster; Connect gateway's address is known before the cluster exists."""
    env = plan.environment
    if env.argocd.cluster_address != "connect-gateway":
        return env.argocd.cluster_address
    number = env.gcp.project_number
    return f"https://connectgateway.googleapis.com/v1/projects/{number}/locations/global/gkeMemberships/codemie-gke"


def _projects(plan: Plan, objects: dict[str, list[Manifest]]) -> list[dict[str, Any]]:
    """Return the AppProjects: `root` may create only Applications; the others only what is rendered, where it is."""
    env = plan.environment
    windows = [
        {**msgspec.to_builtins(window), "applications": ["*"]} for _, window in sorted(env.argocd.sync_windows.items())
    ]
    annotations = {
        f"notifications.argoproj.io/subscribe.{s.trigger}.{s.service}": ";".join(s.recipients)
        for _, s in sorted(env.argocd.notifications.items())
    }
    root: dict[str, Any] = {
        "name": f"{env.name}-root",
        "description": "The root Application: creates Applications, nothing else",
        "sourceRepos": [env.gitops.repository],
        "destinations": [{"server": _IN_CLUSTER, "namespace": env.argocd.namespace}],
        "clusterKinds": [],
        "namespacedKinds": [{"group": "argoproj.io", "kind": "Application"}],
        "annotations": annotations,
        "syncWindows": [],
        "orphans": None,  # Argo CD's own objects live in its namespace
    }
    result = [root]
    for name, description in (
        ("infra", "Google Cloud resources, through Config Connector"),
        ("platform", "Operators, namespaces and other cluster-scoped objects"),
        ("apps", "The components of AI/Run CodeMie"),
    ):
        units = [p for p in plan.units if _project(plan, p) == f"{env.name}-{name}"]
        result.append(
            {
                "name": f"{env.name}-{name}",
                "description": description,
                **_allowed(plan, units, objects),
                "annotations": annotations,
                "syncWindows": windows,
                "orphans": {"warn": True, "ignore": _BOOTSTRAPPED} if name == "infra" else {"warn": True},
            }
        )
    return result


def _home(plan: Plan) -> str:
    """Return a namespace that stays when a unit is switched on: the first of those that all environments have."""
    always = {planned.namespace for planned in plan.units if not planned.unit.declaration.optional}
    namespaces = plan.namespaces()
    return next((name for name in namespaces if name in always), namespaces[0])


def _allowed(plan: Plan, units: list[Planned], objects: dict[str, list[Manifest]]) -> dict[str, Any]:
    """Return sources, destinations and kinds of a project, from its units and their objects."""
    repositories = {plan.environment.gitops.repository}
    destinations: list[dict[str, str]] = []
    cluster_kinds: set[tuple[str, str, str]] = set()
    namespaced: set[tuple[str, str]] = set()
    charts = False
    for planned in units:
        manifests = objects[planned.name]
        namespaces = {m["metadata"].get("namespace", "") for m in manifests} | {planned.namespace}
        destinations += [{**_cluster(plan, planned), "namespace": name} for name in namespaces if name]
        for manifest in manifests:
            kind = (manifest["apiVersion"].rpartition("/")[0], manifest["kind"])
            if "namespace" in manifest["metadata"]:
                namespaced.add(kind)
            else:
                cluster_kinds.add((*kind, manifest["metadata"]["name"]))
        if chart := planned.unit.declaration.chart:
            charts = True
            repositories.add(_chart(planned, msgspec.to_builtins(chart))["repository"])
            cluster_kinds |= {(kind.group, kind.kind, kind.name) for kind in chart.kinds}
        elif planned.unit.kind == "component":
            namespaced.add(("", "ConfigMap"))  # generated ones, with a hash in their name
    unique = {tuple(sorted(destination.items())): destination for destination in destinations}
    return {
        "sourceRepos": sorted(repositories),
        "destinations": [unique[key] for key in sorted(unique)],
        "clusterKinds": [{"group": group, "kind": kind, "name": name} for group, kind, name in sorted(cluster_kinds)],
        # A chart brings kinds we do not see before it is rendered: its project allows all namespaced ones.
        "namespacedKinds": [] if charts else [{"group": group, "kind": kind} for group, kind in sorted(namespaced)],
    }
