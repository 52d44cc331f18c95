"""Argo CD itself: where it finds the workload cluster, as whom it acts there, and what its projects keep out of it."""

import json
import re
from collections.abc import Iterator
from typing import Any

from generator.annotation import SECRET_TYPE
from generator.check.built import Built, Check, fault
from generator.check.google.resource import google_name
from generator.field import listed, mapping, numbered, pointer, text
from generator.finding import Finding
from generator.manifest import Object

_CLUSTER_UNITS = ("gke", "fleet")
_GATEWAY = "https://connectgateway.googleapis.com/"
_MEMBERSHIP = re.compile(
    rf"{re.escape(_GATEWAY)}v1/projects/(?P<number>[0-9]+)/locations/(?P<location>[^/]+)/gkeMemberships/(?P<name>[^/]+)"
)
_SERVER = "/stringData/server"
_GATEWAY_ROLE = re.compile(r"roles/gkehub\.gateway(Editor|Admin)")
_CLUSTER_ROLE = re.compile(r"roles/container\.\w+|(projects|organizations)/.+")
_APPLICATION = {"group": "argoproj.io", "kind": "Application"}


def argo_cd_finds_the_cluster(built: Built) -> Iterator[Finding]:
    """An address of Connect gateway is that of a membership that is rendered, in the environment's own project."""
    number = built.plan.environment.gcp.project_number
    for secret, server in _clusters(built):
        if not server.startswith(_GATEWAY):
            continue
        found = _MEMBERSHIP.fullmatch(server)
        if not found:
            message = f"must be {_GATEWAY}v1/projects/<number>/locations/<location>/gkeMemberships/<name>"
            yield fault(secret, _SERVER, message, rule="argocd-address")
            continue
        if found["number"] != number:
            message = f"must name the environment's project by gcp.projectNumber ({number})"
            yield fault(secret, _SERVER, message, rule="argocd-address")
        if _is_ours(built) and (found["location"], found["name"]) not in _memberships(built):
            message = f"no GKEHubMembership {found['name']} in {found['location']} is rendered: nothing answers there"
            hint = "unit fleet renders codemie-gke in global; look for a patch of it"
            yield fault(secret, _SERVER, message, rule="argocd-address", hint=hint)


def argo_cd_may_act_on_the_cluster(built: Built) -> Iterator[Finding]:
    """Who asks for a token as a Google account has the roles that take it to the API server."""
    identity = built.plan.environment.argocd.identity
    roles = [
        text(item.manifest, "spec", "role")
        for item in built.google
        if item.id.kind == "IAMPolicyMember" and text(item.manifest, "spec", "member") == f"serviceAccount:{identity}"
    ]
    for secret, server in _clusters(built) if _is_ours(built) else ():
        if text(_config(secret), "execProviderConfig", "command") != "argocd-k8s-auth":
            continue
        needed = {"roles/gkehub.gatewayEditor": _GATEWAY_ROLE} if server.startswith(_GATEWAY) else {}
        for role, sufficient in {**needed, "roles/container.admin": _CLUSTER_ROLE}.items():
            if not any(sufficient.fullmatch(granted) for granted in roles):
                message = f"Argo CD acts there as {identity}, which has no {role}"
                yield fault(secret, _SERVER, message, rule="argocd-access", hint="unit fleet grants it")


def projects_keep_out_of_argo_cd(built: Built) -> Iterator[Finding]:
    """Only the root reaches Argo CD's namespace, and makes Applications there; no project allows anything by `*`."""
    env = built.plan.environment
    for project in built.of_kind("AppProject"):
        spec = mapping(project.manifest, "spec")
        root = project.id.name == f"{env.name}-root"
        if root and (
            listed(spec, "namespaceResourceWhitelist") != [_APPLICATION] or spec.get("clusterResourceWhitelist")
        ):
            message = "the root's project must allow Applications only: who writes argocd/apps/ could widen a project"
            yield fault(project, "/spec/namespaceResourceWhitelist", message, rule="argocd-project")
        for index, destination in numbered(spec, "destinations"):
            if not root and text(destination, "namespace") == env.argocd.namespace:
                message = "must not be Argo CD's namespace: who makes objects there is its administrator"
                path = f"/spec/destinations/{index}/namespace"
                yield fault(project, path, message, rule="argocd-project")
        for path, value in _allowed_names(spec):
            if "*" in value:
                yield fault(project, path, "must be a name, not a pattern", rule="argocd-project")


def _allowed_names(spec: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a project allows by name: repositories, clusters, namespaces, kinds."""
    for index, source in enumerate(listed(spec, "sourceRepos")):
        yield f"/spec/sourceRepos/{index}", str(source)
    for field, keys in (
        ("destinations", ("server", "name", "namespace")),
        ("clusterResourceWhitelist", ("group", "kind")),
        ("namespaceResourceWhitelist", ("group", "kind")),
    ):
        for index, item in numbered(spec, field):
            for key in keys:
                yield pointer("spec", field, index, key), text(item, key)


def _is_ours(built: Built) -> bool:
    """Whether cluster and way to it are made here; a project without these units has made them elsewhere."""
    return all(built.plan.named(unit) for unit in _CLUSTER_UNITS)


def _clusters(built: Built) -> Iterator[tuple[Object, str]]:
    """Yield the Secrets that tell Argo CD a cluster, and the address in each."""
    for secret in built.of_kind("Secret"):
        if text(secret.manifest, "metadata", "labels", SECRET_TYPE) == "cluster":
            yield secret, text(secret.manifest, "stringData", "server")


def _config(secret: Object) -> Any:
    try:
        return json.loads(text(secret.manifest, "stringData", "config"))
    except ValueError:
        return None


def _memberships(built: Built) -> set[tuple[str, str]]:
    return {
        (text(item.manifest, "spec", "location"), google_name(item)[0])
        for item in built.google
        if item.id.kind == "GKEHubMembership"
    }


RULES: tuple[Check, ...] = (
    argo_cd_finds_the_cluster,
    argo_cd_may_act_on_the_cluster,
    projects_keep_out_of_argo_cd,
)
