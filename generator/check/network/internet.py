"""What is open to the internet is open to it alone: what the VPC and its peers use inside is left out."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from generator.check.built import Built, Check, fault
from generator.environment import Environment
from generator.field import listed, mapping, numbered, text
from generator.finding import Finding
from generator.google import addresses
from generator.notation.address import ipv4_network

_LINK_LOCAL = "169.254.0.0/16"


def the_internet_is_not_the_vpc(built: Built) -> Iterator[Finding]:
    """A policy that lets pods call the internet leaves out the platform, its peers and the metadata server."""
    inside = _inside(built.plan.environment)
    for policy in built.of_kind("NetworkPolicy"):
        for number, rule in numbered(policy.manifest, "spec", "egress"):
            for index, peer in numbered(rule, "to"):
                block = mapping(peer, "ipBlock")
                opened = ipv4_network(text(block, "cidr"))
                if opened and addresses.public(str(opened)):
                    left_out = [net for item in listed(block, "except") if (net := ipv4_network(item))]
                    inner = [net for net in inside if net.overlaps(opened)]
                    missing = [str(net) for net in inner if not any(net.subnet_of(outer) for outer in left_out)]
                    if missing:
                        path = f"/spec/egress/{number}/to/{index}/ipBlock"
                        message = f"opens the internet, and with it what is used inside: {', '.join(missing)}"
                        hint = "list these ranges in except; in-house systems have a rule of their own"
                        yield fault(policy, path, message, rule="internet-private", hint=hint)


def _inside(env: Environment) -> list[IPv4Network]:
    used = [*env.network.own.values(), *env.network.peered.values(), _LINK_LOCAL]
    return [IPv4Network(item) for item in addresses.joined(used)]


RULES: tuple[Check, ...] = (the_internet_is_not_the_vpc,)
