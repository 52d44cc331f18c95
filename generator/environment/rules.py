"""What a schema cannot say about an environment. One rule, one function; adding one adds it to RULES."""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations

from msgspec.structs import replace

from generator.environment.model import Environment
from generator.finding import Finding, Severity, Where
from generator.schema import dotted, place
from generator.yamlio import Path

Marks = Mapping[Path, Where]
Rule = Callable[[Environment, Marks], Iterator[Finding]]

_PROXY_ONLY_PREFIX = 26
_HALF_OF_THE_INTERNET = 2**31
_SQL_CPUS = 96
_DOMAIN = 200


def ranges_do_not_overlap(env: Environment, marks: Marks) -> Iterator[Finding]:
    """No two ranges of the VPC overlap; the message names both lines."""
    net = env.network
    ranges: dict[Path, str] = {
        **{("network", key): text for key, text in net.own.items()},
        **{("network", "peered", name): text for name, text in net.peered.items()},
    }
    for (first, one), (second, other) in combinations(ranges.items(), 2):
        if ipaddress.IPv4Network(one).overlaps(ipaddress.IPv4Network(other)):
            at, before = place(second, marks), place(first, marks)
            told, with_, text = second, first, one
            if _inherited(at) and not _inherited(before):  # who wrote the environment is told there
                at, before, told, with_, text = before, at, first, second, other
            message = f"overlaps {dotted(with_)} ({text}, {before.file}:{before.line})"
            hint = "choose a range that is free; what is peered is fixed by the other side"
            yield Finding.at(at, "network-overlap", message, path=dotted(told), hint=hint)


def _inherited(where: Where) -> bool:
    return where.file.startswith("environments/profiles/")


def corporate_ranges_are_not_our_own(env: Environment, marks: Marks) -> Iterator[Finding]:
    """A corporate range that is, or lies inside, a range of the platform would open the platform itself to its pods."""
    for name, system in env.egress.corporate_ranges.items():
        for index, text in enumerate(system.ranges):
            for key, ours in env.network.own.items():
                if ipaddress.IPv4Network(text).subnet_of(ipaddress.IPv4Network(ours)):
                    path: Path = ("egress", "corporateRanges", name, "ranges", index)
                    taken = place(("network", key), marks)
                    message = f"lies in network.{key} ({ours}, {taken.file}:{taken.line}), which is the platform's own"
                    hint = (
                        "take it out, or give the platform another range; "
                        "what the platform has in a wider corporate range stays closed"
                    )
                    yield Finding.at(place(path, marks), "corporate-overlap", message, path=dotted(path), hint=hint)


def ranges_have_the_size_google_asks_for(env: Environment, marks: Marks) -> Iterator[Finding]:
    """GKE takes a /28 for the control plane; a proxy-only subnet is at least a /26."""
    net = env.network
    if not net.control_plane.endswith("/28"):
        path: Path = ("network", "controlPlane")
        yield Finding.at(place(path, marks), "network-size", "must be a /28", path=dotted(path))
    if ipaddress.IPv4Network(net.proxy_only).prefixlen > _PROXY_ONLY_PREFIX:
        path = ("network", "proxyOnly")
        yield Finding.at(place(path, marks), "network-size", "must be a /26 or larger", path=dotted(path))


def access_is_not_open_by_accident(env: Environment, marks: Marks) -> Iterator[Finding]:
    """`public` lists who may come in, and the list is not most of the internet, however it is split."""
    for key, by_name in (
        ("allowedRanges", env.access.allowed_ranges),
        ("adminRanges", env.access.admin_ranges),
        ("webhookRanges", env.access.webhook_ranges),
        ("controlPlaneRanges", env.access.control_plane_ranges),
    ):
        path: Path = ("access", key)
        nets = [ipaddress.IPv4Network(text) for texts in by_name.values() for text in texts]
        reach = sum(net.num_addresses for net in ipaddress.collapse_addresses(nets))
        if reach >= _HALF_OF_THE_INTERNET and not env.access.allow_whole_internet:
            yield Finding.at(
                place(path, marks),
                "access-open",
                "together these ranges are half of the internet or more",
                path=dotted(path),
                hint="list your offices and VPNs; if you mean it, set access.allowWholeInternet: true",
            )
    if env.access.mode == "public" and not env.access.allowed_ranges:
        path = ("access", "allowedRanges")
        hint = "name the ranges of your offices and VPNs, e.g. office: [203.0.113.0/24]"
        yield Finding.at(
            place(path, marks), "access-empty", "is empty: nobody could sign in", path=dotted(path), hint=hint
        )


def argo_cd_reaches_the_control_plane(env: Environment, marks: Marks) -> Iterator[Finding]:
    """In public an address of the API server answers listed ranges only; Connect gateway and a DNS endpoint ask for none."""
    address = env.argocd.cluster_address
    asks_for_none = address == "connect-gateway" or ".gke.goog" in address
    public = env.access.mode == "public"
    if public and _makes_cluster(env) and not asks_for_none and not env.access.control_plane_ranges:
        path: Path = ("argocd", "clusterAddress")
        message = "Argo CD cannot reach it: access.controlPlaneRanges is empty"
        hint = "add the range that Argo CD connects from to it, or leave argocd.clusterAddress at connect-gateway"
        yield Finding.at(place(path, marks), "control-plane-closed", message, path=dotted(path), hint=hint)


def control_plane_ranges_are_for_our_public_cluster(env: Environment, marks: Marks) -> Iterator[Finding]:
    """A private API server is not on the internet, and a cluster only referred to keeps its own list: a warning."""
    if not env.access.control_plane_ranges or (env.access.mode == "public" and _makes_cluster(env)):
        return
    if env.access.mode == "private":
        message = "has no effect: the API server of a private environment is not on the internet"
        hint = "take them away; people come through the bastion or from network.peered"
    else:
        message = "has no effect: existing.cluster is only referred to, and keeps its own list"
        hint = "take them away, and set the authorized networks where that cluster is made"
    path: Path = ("access", "controlPlaneRanges")
    told = Finding.at(place(path, marks), "control-plane-unused", message, path=dotted(path), hint=hint)
    yield replace(told, severity=Severity.WARNING)


def _makes_cluster(env: Environment) -> bool:
    """Whether the cluster is ours, made or taken over, so that we write what reaches its API server."""
    return env.existing.cluster is None or env.existing.cluster.adopt


def the_bastion_is_for_private(env: Environment, marks: Marks) -> Iterator[Finding]:
    """The bastion is the way into what is private. Who is named for one that is not there gets nothing: a warning."""
    on = env.infra.get("bastion", {}).get("enabled") is True
    if on and env.access.mode == "public":
        path: Path = ("infra", "bastion", "enabled")
        hint = "people come from access.allowedRanges; take it away, or extend profile `private`"
        message = "is for a private environment"
        yield Finding.at(place(path, marks), "bastion-access", message, path=dotted(path), hint=hint)
    elif not on and env.access.bastion.members:
        path = ("access", "bastion", "members")
        message = "has no effect: there is no bastion"
        hint = "" if env.access.mode == "public" else "infra: {bastion: {enabled: true}}"
        told = Finding.at(place(path, marks), "bastion-access", message, path=dotted(path), hint=hint)
        yield replace(told, severity=Severity.WARNING)


def what_needs_redis_has_it(env: Environment, marks: Marks) -> Iterator[Finding]:
    """Pods of the API share the count of webhook calls, and sign-in to SharePoint, in Redis (docs/redis.md): a warning."""
    api = env.components.get("api", {})
    if api.get("redis", "none") != "none":
        return
    part = "features:sharepointCodeMieOAuth"
    missed: dict[Path, str] = {}
    if env.access.webhook_ranges:
        missed["access", "webhookRanges"] = "webhooks are let in without a limit, and each call logs an error"
    if api.get("customerComponents", {}).get(part, {}).get("enabled") is True:
        missed["components", "api", "customerComponents", part] = "sign-in to SharePoint fails"
    for path, follows in missed.items():
        message = f"needs components.api.redis: without it, {follows}"
        hint = "components: {api: {redis: in-cluster}}, or memorystore"
        told = Finding.at(place(path, marks), "redis-missing", message, path=dotted(path), hint=hint)
        yield replace(told, severity=Severity.WARNING)


def certificate_source_fits_access(env: Environment, marks: Marks) -> Iterator[Finding]:
    """A Google-managed certificate is validated from the internet; cert-manager needs its issuer named."""
    path: Path = ("tls", "source")
    if env.access.mode == "private" and env.tls.source == "google-managed":
        hint = "use secret-manager, or cert-manager with tls.issuer"
        yield Finding.at(
            place(path, marks), "tls-source", "google-managed works in public only", path=dotted(path), hint=hint
        )
    if env.tls.source != "cert-manager" and env.tls.issuer == "ca":
        path = ("tls", "issuer")
        hint = "leave it out, or set tls.source: cert-manager"
        yield Finding.at(place(path, marks), "tls-issuer", "ca is for cert-manager", path=dotted(path), hint=hint)
    if env.tls.source == "cert-manager" and env.tls.issuer is None:
        path = ("tls", "issuer")
        hint = "ca: a private authority; public-zone: DNS-01 through a public Cloud DNS zone"
        yield Finding.at(place(path, marks), "tls-issuer", "is missing for cert-manager", path=dotted(path), hint=hint)


def private_zones_are_private(env: Environment, marks: Marks) -> Iterator[Finding]:
    """A private environment has no public zone: its names and addresses are nobody's business outside."""
    if env.access.mode == "private" and env.dns.visibility == "public":
        path: Path = ("dns", "visibility")
        hint = "dns: {visibility: private}, as profile `private` says"
        yield Finding.at(
            place(path, marks), "dns-visibility", "is public in a private environment", path=dotted(path), hint=hint
        )


def locations_are_in_the_region(env: Environment, marks: Marks) -> Iterator[Finding]:
    """Zones and the cluster's location belong to gcp.region."""
    region = env.gcp.region
    places: dict[Path, str] = {("gcp", "zones", i): zone for i, zone in enumerate(env.gcp.zones)}
    places[("gke", "location")] = env.gke.location
    for path, location in places.items():
        if location != region and not location.startswith(region + "-"):
            yield Finding.at(place(path, marks), "location", f"is not in gcp.region ({region})", path=dotted(path))
    for i, zone in enumerate(env.gcp.zones):
        if zone in env.gcp.zones[:i]:
            path = ("gcp", "zones", i)
            yield Finding.at(place(path, marks), "location", "stands in the list twice", path=dotted(path))


def node_pools_can_scale(env: Environment, marks: Marks) -> Iterator[Finding]:
    """A node pool's minimum is not above its maximum."""
    for name, pool in env.gke.node_pools.items():
        if pool.min_nodes > pool.max_nodes:
            path: Path = ("gke", "nodePools", name, "minNodes")
            yield Finding.at(place(path, marks), "node-pool", "is above maxNodes", path=dotted(path))


def in_cluster_topology_names_its_cluster(env: Environment, marks: Marks) -> Iterator[Finding]:
    """Argo CD that lives in the workload cluster cannot create it."""
    if env.argocd.topology == "in-cluster" and env.existing.cluster is None:
        path: Path = ("existing", "cluster")
        hint = "name the GKE cluster that Argo CD and Config Connector run in"
        yield Finding.at(
            place(path, marks),
            "existing-cluster",
            "is missing for argocd.topology in-cluster",
            path=dotted(path),
            hint=hint,
        )


def a_cluster_does_not_adopt_itself(env: Environment, marks: Marks) -> Iterator[Finding]:
    """Taken over by the Argo CD that runs in it, a cluster could lose the very pool that Argo CD runs on."""
    there = env.existing.cluster
    if env.argocd.topology == "in-cluster" and there is not None and there.adopt:
        path: Path = ("existing", "cluster", "adopt")
        hint = "leave adopt out: the cluster is referred to, and gets node pools beside its own"
        message = "must be false for argocd.topology in-cluster"
        yield Finding.at(place(path, marks), "existing-cluster", message, path=dotted(path), hint=hint)


def sql_tier_exists(env: Environment, marks: Marks) -> Iterator[Finding]:
    """Cloud SQL sells one vCPU or an even number up to 96, with 0.9 to 6.5 GB each, 3.75 GB or more in steps of 256 MB."""
    match = re.fullmatch(r"db-custom-([0-9]+)-([0-9]+)", env.database.tier)
    if match is None:
        return
    cpus, memory = int(match[1]), int(match[2])
    message = ""
    if cpus > _SQL_CPUS or (cpus > 1 and cpus % 2):
        message = f"must have 1 vCPU or an even number up to {_SQL_CPUS}"
    elif memory % 256 or not max(3840, 922 * cpus) <= memory <= 6656 * cpus:
        lowest = -(-max(3840, 922 * cpus) // 256) * 256
        message = f"must have {lowest} to {6656 * cpus} MiB for its vCPUs, in steps of 256"
    if message:
        path: Path = ("database", "tier")
        hint = "db-custom-<vCPUs>-<MiB>, such as db-custom-2-8192"
        yield Finding.at(place(path, marks), "sql-tier", message, path=dotted(path), hint=hint)


def hosts_fit_into_dns(env: Environment, marks: Marks) -> Iterator[Finding]:
    """A DNS name has at most 253 characters, and the hosts of units stand before the domain."""
    if len(env.domain) > _DOMAIN:
        hint = "units add their host before it, and a DNS name ends at 253"
        message = f"must be at most {_DOMAIN} characters"
        yield Finding.at(place(("domain",), marks), "domain-length", message, path="domain", hint=hint)


def git_takes_branch_and_name(env: Environment, marks: Marks) -> Iterator[Finding]:
    """Git refuses some branch names (git-check-ref-format), and a line end in a name would add lines to a commit."""
    branch, path = env.gitops.branch, ("gitops", "branch")
    if re.search(r"\.\.|//|/\.|^refs/|[./]$|\.lock(/|$)", branch):
        hint = "such as main or env/prod: no refs/, no two dots or slashes together, none at the end"
        message = "is no branch name that git takes"
        yield Finding.at(place(path, marks), "git-name", message, path=dotted(path), hint=hint)
    who = env.gitops.commit
    if who and not re.fullmatch(r"[^<>\t\n]*[^<>\s][^<>\t\n]*", who.name):
        path_: Path = ("gitops", "commit", "name")
        hint = "the name of a person or a robot; the address stands in gitops.commit.email"
        message = "must be one line without < and >"
        yield Finding.at(place(path_, marks), "git-name", message, path=dotted(path_), hint=hint)


RULES: tuple[Rule, ...] = (
    ranges_do_not_overlap,
    corporate_ranges_are_not_our_own,
    ranges_have_the_size_google_asks_for,
    access_is_not_open_by_accident,
    argo_cd_reaches_the_control_plane,
    control_plane_ranges_are_for_our_public_cluster,
    the_bastion_is_for_private,
    what_needs_redis_has_it,
    certificate_source_fits_access,
    private_zones_are_private,
    locations_are_in_the_region,
    node_pools_can_scale,
    in_cluster_topology_names_its_cluster,
    a_cluster_does_not_adopt_itself,
    sql_tier_exists,
    hosts_fit_into_dns,
    git_takes_branch_and_name,
)
