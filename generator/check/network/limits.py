"""How many there may be: authorized networks of a cluster, rules of Cloud Armor in a project.

https://docs.cloud.google.com/kubernetes-engine/docs/how-to/authorized-networks#limitations and
https://docs.cloud.google.com/armor/quotas. What one list of one object takes is said in kind files.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from generator.check.built import Built, Check, fault
from generator.environment import Environment, Fault, as_finding
from generator.field import listed
from generator.finding import Finding, Severity
from generator.yamlio import Path

_NETWORKS = 100
_RULES = 200
"""The quota of a project that never asked for more."""


def authorized_networks_are_not_too_many(built: Built) -> Iterator[Finding]:
    """GKE takes 100 authorized networks, the nodes' own range among them."""
    for cluster in built.of_kind("ContainerCluster"):
        count = len(listed(cluster.manifest, "spec", "masterAuthorizedNetworksConfig", "cidrBlocks"))
        path, written = _written(built.plan.environment)
        if count > _NETWORKS:
            message = f"makes {count} authorized networks with the nodes' own, and GKE takes {_NETWORKS}"
            hint = "list larger ranges, or let people come by Connect gateway or the DNS endpoint, which need no list"
            pointer = "/spec/masterAuthorizedNetworksConfig/cidrBlocks"
            yield (
                as_finding(Fault("authorized-networks", path, message, hint), built.plan.marks)
                if written >= _NETWORKS
                else fault(cluster, pointer, message, rule="authorized-networks", hint=hint)
            )


def _written(env: Environment) -> tuple[Path, int]:
    """Return where an environment says who reaches the API server, and how many it lists there."""
    if env.access.mode == "public":
        return ("access", "controlPlaneRanges"), sum(len(texts) for texts in env.access.control_plane_ranges.values())
    return ("network", "peered"), len(env.network.peered)


def projects_have_all_rules(built: Built) -> Iterator[Finding]:
    """A project has 200 rules of Cloud Armor, over all policies, unless it asked for more: a warning."""
    policies = [item for item in built.google if item.id.kind == "ComputeSecurityPolicy"]
    counts = [len(listed(item.manifest, "spec", "rule")) for item in policies]
    if sum(counts) > _RULES:
        longest = policies[counts.index(max(counts))]
        message = f"all policies together have {sum(counts)} rules; a project has {_RULES} unless it asked for more"
        hint = "list larger ranges in access, or ask Google for more of quota SECURITY_POLICY_RULES"
        yield replace(fault(longest, "/spec/rule", message, rule="armor-rules", hint=hint), severity=Severity.WARNING)


RULES: tuple[Check, ...] = (authorized_networks_are_not_too_many, projects_have_all_rules)
