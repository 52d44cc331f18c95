"""How many ranges a list takes: authorized networks, rules of Cloud Armor and of the firewall.

https://docs.cloud.google.com/kubernetes-engine/docs/how-to/authorized-networks#limitations,
https://docs.cloud.google.com/armor/quotas and https://docs.cloud.google.com/firewall/docs/quotas. Read on 2026-11-30.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from generator.check.built import Built, Check, fault
from generator.environment import Fault, as_finding
from generator.field import listed, numbered
from generator.finding import Finding, Severity
from generator.manifest import Object
from generator.yamlio import Path

_NETWORKS = 100
_OF_A_RULE = 10
_RULES = 200
"""The quota of a project that never asked for more."""
_SOURCES = 5000


def authorized_networks_are_not_too_many(built: Built) -> Iterator[Finding]:
    """GKE takes 100 authorized networks, the nodes' own range among them."""
    env = built.plan.environment
    public = env.access.mode == "public"
    path: Path = ("access", "controlPlaneRanges") if public else ("network", "peered")
    for cluster in built.of_kind("ContainerCluster"):
        count = len(listed(cluster.manifest, "spec", "masterAuthorizedNetworksConfig", "cidrBlocks"))
        if count > _NETWORKS:
            message = f"makes {count} authorized networks of the control plane, the nodes' own among them; "
            message += f"GKE takes {_NETWORKS}"
            hint = "list larger ranges, or let people come by Connect gateway or the DNS endpoint, which need no list"
            ours = (
                sum(len(texts) for texts in env.access.control_plane_ranges.values())
                if public
                else len(env.network.peered)
            )
            if ours < _NETWORKS:
                pointer = "/spec/masterAuthorizedNetworksConfig/cidrBlocks"
                yield fault(cluster, pointer, message, rule="authorized-networks", hint=hint)
            else:
                yield as_finding(Fault("authorized-networks", path, message, hint), built.plan.marks)


def armor_takes_all_ranges(built: Built) -> Iterator[Finding]:
    """A rule of Cloud Armor takes ten ranges; a project has 200 rules, unless it asked for more: a warning."""
    rules = 0
    policies = sorted(item for item in built.google if item.id.kind == "ComputeSecurityPolicy")
    for item in policies:
        for index, rule in numbered(item.manifest, "spec", "rule"):
            rules += 1
            if len(listed(rule, "match", "config", "srcIpRanges")) > _OF_A_RULE:
                path, message = f"/spec/rule/{index}/match/config/srcIpRanges", f"must hold at most {_OF_A_RULE} ranges"
                yield fault(item, path, message, rule="armor-ranges", hint="make a second rule for the others")
    if rules > _RULES:
        most = max(policies, key=lambda item: len(listed(item.manifest, "spec", "rule")))
        message = f"all policies together have {rules} rules, and a project has {_RULES} unless it asked for more"
        hint = "list larger ranges in access, or ask for more of quota SECURITY_POLICY_RULES"
        yield replace(fault(most, "/spec/rule", message, rule="armor-rules", hint=hint), severity=Severity.WARNING)


def firewall_rules_take_all_sources(built: Built) -> Iterator[Finding]:
    """A rule of the firewall takes 5000 ranges; a load balancer's sources become such a rule."""
    for item in (*built.of_kind("ComputeFirewall"), *built.of_kind("Service")):
        yield from _too_many(item, "sourceRanges" if item.id.kind == "ComputeFirewall" else "loadBalancerSourceRanges")


def _too_many(item: Object, field: str) -> Iterator[Finding]:
    if len(listed(item.manifest, "spec", field)) > _SOURCES:
        message = f"must hold at most {_SOURCES} ranges: a rule of the firewall takes no more"
        yield fault(item, f"/spec/{field}", message, rule="firewall-ranges", hint="list larger ranges")


RULES: tuple[Check, ...] = (
    authorized_networks_are_not_too_many,
    armor_takes_all_ranges,
    firewall_rules_take_all_sources,
)
