"""Networks, addresses, NAT, firewalls, private services. What stands at the edge is in cloud_edge."""

from typing import Any

from generator.manifest import Manifest
from generator.review.change import Impact
from generator.review.given import emptied
from generator.review.row import (
    Row,
    Steps,
    added,
    always,
    away_from,
    changed,
    comes,
    goes,
    lowered,
    narrowed,
    removed,
    several,
    to,
    widened,
)

_VPC = "https://cloud.google.com/vpc/docs"
_NETWORK = f"{_VPC}/create-modify-vpc-networks"
_SUBNET = f"{_VPC}/create-modify-vpc-networks#expand-subnet"
_ALIAS = f"{_VPC}/configure-alias-ip-ranges"
_FLOWS = f"{_VPC}/using-flow-logs"
_PROVIDER = "k8s-config-connector third_party/…/services/compute (ForceNew)"
_NAT = "https://cloud.google.com/nat/docs/set-up-manage-network-address-translation"
_PORTS = "https://cloud.google.com/nat/docs/ports-and-addresses"
_TUNE = "https://cloud.google.com/nat/docs/tune-nat-configuration"
_ROUTER = "https://cloud.google.com/network-connectivity/docs/router/how-to/advertising-overview"
_ADDRESS = f"{_VPC}/reserve-static-external-ip-address"
_FIREWALL = "https://cloud.google.com/firewall/docs/using-firewalls"
_LOGS = "https://cloud.google.com/firewall/docs/firewall-rules-logging"
_SERVICES = f"{_VPC}/configure-private-services-access"
_PEERING = "k8s-config-connector third_party/…/services/servicenetworking/resource_service_networking_connection.go"


def _moves(before: Any, after: Any) -> bool:
    """A range does not hold all that it held: it may only grow."""
    return changed(before, after) and widened(after, before)


def _grows(before: Any, after: Any) -> bool:
    return changed(before, after) and not widened(after, before)


def denies(manifest: Manifest, _steps: Steps) -> bool:
    """Whether a firewall rule keeps out what it names."""
    return bool(manifest.get("spec", {}).get("deny"))


def allows(manifest: Manifest, steps: Steps) -> bool:
    """Whether a firewall rule lets in what it names."""
    return not denies(manifest, steps)


_VPC_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.DATA_LOSS, "deletes the network: while anything is in it the deletion hangs, after that everything in it is cut", _NETWORK),
    Row("spec.routingMode", to("GLOBAL"), Impact.EXPOSURE, "what is connected by VPN or interconnect in one region reaches the subnets of all", _NETWORK),
    Row("spec.routingMode", to("REGIONAL"), Impact.OUTAGE, "what is connected by VPN or interconnect reaches its own region only", _NETWORK),
    Row("spec.deleteDefaultRoutesOnCreate", always, Impact.SAFE, "is read when the network is made", _NETWORK),
    Row("spec.networkFirewallPolicyEnforcementOrder", comes, Impact.EXPOSURE, "another sort of firewall rule decides first: what one lets in the other may have kept out", "https://cloud.google.com/firewall/docs/firewall-policies-overview"),
    *several("spec", "internalIpv6Range networkProfile", always, Impact.BLOCKED, "cannot be changed: the webhook refuses it", _PROVIDER),
    Row("spec.enableUlaInternalIpv6", to(False), Impact.BLOCKED, "cannot be taken back", _PROVIDER, "leave it on"),
)  # fmt: skip

_SUBNET_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.DATA_LOSS, "deletes the subnet: while anything has an address in it the deletion hangs", _SUBNET),
    Row("spec.ipCidrRange", _moves, Impact.BLOCKED, "a subnet only grows: it must hold all of its old range, else the object is UpdateFailed", _SUBNET),
    Row("spec.ipCidrRange", added, Impact.UNKNOWN, "must be the range that the subnet has, or hold it: it only grows", _SUBNET),
    Row("spec.ipCidrRange", _grows, Impact.SCALE, "more addresses for nodes; look that firewall rules and peers elsewhere know the whole range. It cannot be taken back", _SUBNET),
    *several("spec", "secondaryIpRange secondaryIpRange.* secondaryIpRange.*.ipCidrRange secondaryIpRange.*.rangeName", added, Impact.SCALE, "one more range for pods or Services; it must overlap none that the network knows", _ALIAS),
    *(Row(f"spec.secondaryIpRange.*{path}", removed, Impact.BLOCKED, "a range that a cluster uses cannot be taken away", _ALIAS, alone=True) for path in ("", ".ipCidrRange", ".rangeName")),
    *several("spec.secondaryIpRange.*", "ipCidrRange rangeName", changed, Impact.BLOCKED, "a range that a cluster uses cannot be changed", _ALIAS),
    Row("spec.privateIpGoogleAccess", to(False), Impact.OUTAGE, "nodes without a public address do not reach Google's APIs and registries by their private way any more", f"{_VPC}/configure-private-google-access"),
    Row("spec.privateIpGoogleAccess", comes, Impact.SAFE, "nodes without a public address reach Google's APIs and registries", f"{_VPC}/configure-private-google-access"),
    Row("spec.role", comes, Impact.OUTAGE, "internal load balancers take their proxies from another subnet: connections are cut", "https://cloud.google.com/load-balancing/docs/proxy-only-subnets"),
    Row("spec.stackType", comes, Impact.UNKNOWN, "machines in it may have IPv6 addresses, for which other firewall rules hold", _SUBNET),
    Row("spec.logConfig", removed, Impact.EXPOSURE, "flow logs are not managed any more: look that they are still on", _FLOWS),
    *several("spec.logConfig", "flowSampling", lowered, Impact.UNKNOWN, "flow logs say less", _FLOWS),
    Row("spec.logConfig.metadata", to("EXCLUDE_ALL_METADATA"), Impact.UNKNOWN, "flow logs say less: no names of machines", _FLOWS),
    Row("spec.logConfig.filterExpr", comes, Impact.UNKNOWN, "flow logs are kept for what matches only", _FLOWS),
    *several("spec.logConfig", "flowSampling aggregationInterval metadata metadataFields metadataFields.*", always, Impact.SAFE, "how much flow logs say, and cost", _FLOWS),
)  # fmt: skip

_ROUTER_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.OUTAGE, "deletes the router with its NAT: pods do not reach the internet any more", _NAT),
    Row("spec.description", always, Impact.SAFE, "a text for people"),
    Row("spec.bgp.asn", always, Impact.OUTAGE, "BGP sessions are made anew, and fail until the other side knows the number", _ROUTER),
    Row("spec.bgp.keepaliveInterval", always, Impact.OUTAGE, "BGP sessions are made anew", _ROUTER),
    Row("spec.bgp.advertiseMode", comes, Impact.OUTAGE, "other ranges are told to the other side: who is not told of any more is not reached from there", _ROUTER),
    *several("spec.bgp", "advertisedGroups.* advertisedIpRanges.* advertisedIpRanges.*.range", goes, Impact.OUTAGE, "who is not told of any more is not reached from the other side", _ROUTER),
    *several("spec.bgp", "advertisedGroups advertisedGroups.* advertisedIpRanges advertisedIpRanges.* advertisedIpRanges.*.range", added, Impact.EXPOSURE, "the other side is told of more ranges, and reaches them", _ROUTER),
    Row("spec.bgp.advertisedIpRanges.*.description", always, Impact.SAFE, "a text for people"),
    Row("spec.encryptedInterconnectRouter", always, Impact.BLOCKED, "cannot be changed: the webhook refuses it", _PROVIDER),
)  # fmt: skip

_CUT = "connections that go out through the NAT are cut, and made again"
_NAT_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.OUTAGE, "machines without a public address do not reach the internet any more", _NAT),
    Row("spec.natIps.*", goes, Impact.OUTAGE, "connections from that address are cut, and who lets in only that address does not let us in any more; move it to drainNatIps first", _NAT),
    Row("spec.natIps.*", added, Impact.OUTAGE, "calls go out from this address too: who has an allow-list elsewhere refuses them until it is on it", _NAT),
    Row("spec.natIps", added, Impact.OUTAGE, "calls go out from these addresses: who has an allow-list elsewhere refuses them until they are on it", _NAT),
    Row("spec.natIps.*.**", always, Impact.OUTAGE, "calls go out from another address: who has an allow-list elsewhere refuses them", _NAT),
    Row("spec.natIpAllocateOption", to("AUTO_ONLY"), Impact.OUTAGE, "Google picks the addresses from now on: who lets in only ours does not let us in any more", _NAT),
    Row("spec.natIpAllocateOption", comes, Impact.OUTAGE, f"calls go out from the addresses that are reserved; {_CUT}", _NAT),
    *several("spec", "drainNatIps drainNatIps.** drainNatIps.*", always, Impact.SAFE, "addresses that take no new connections and keep those there are", _NAT),
    Row("spec.sourceSubnetworkIpRangesToNat", comes, Impact.OUTAGE, "other subnets reach the internet: who is not named any more does not", _NAT),
    *several("spec", "subnetwork.* subnetwork.*.secondaryIpRangeNames.* subnetwork.*.sourceIpRangesToNat.* subnetwork.*.subnetworkRef.**", goes, Impact.OUTAGE, "who is not named any more does not reach the internet", _NAT),
    *several("spec", "subnetwork subnetwork.* subnetwork.*.secondaryIpRangeNames subnetwork.*.secondaryIpRangeNames.* subnetwork.*.sourceIpRangesToNat subnetwork.*.sourceIpRangesToNat.* subnetwork.*.subnetworkRef.**", added, Impact.EXPOSURE, "more subnets reach the internet", _NAT),
    *several("spec", "minPortsPerVm maxPortsPerVm", lowered, Impact.OUTAGE, "a node may have fewer connections at the same time: those over it are cut, later ones fail when it is busy", _PORTS),
    *several("spec", "minPortsPerVm maxPortsPerVm", comes, Impact.SCALE, "a node may have more connections at the same time; each takes ports of the addresses, of which 64512 are in one", _PORTS),
    *several("spec", "enableDynamicPortAllocation enableEndpointIndependentMapping", added, Impact.UNKNOWN, "connections are cut if it was not so before", _TUNE),
    *several("spec", "enableDynamicPortAllocation enableEndpointIndependentMapping", changed, Impact.OUTAGE, f"ports are given out in another way: {_CUT}", _TUNE),
    *several("spec", "icmpIdleTimeoutSec tcpEstablishedIdleTimeoutSec tcpTimeWaitTimeoutSec tcpTransitoryIdleTimeoutSec udpIdleTimeoutSec", lowered, Impact.UNKNOWN, "connections that say nothing for so long are cut", _TUNE),
    *several("spec", "icmpIdleTimeoutSec tcpEstablishedIdleTimeoutSec tcpTimeWaitTimeoutSec tcpTransitoryIdleTimeoutSec udpIdleTimeoutSec", comes, Impact.SAFE, "how long a connection that says nothing keeps its port", _TUNE),
    Row("spec.logConfig.enable", to(False), Impact.UNKNOWN, "connections are not logged any more", "https://cloud.google.com/nat/docs/monitoring"),
    *several("spec.logConfig", "enable filter", always, Impact.SAFE, "which connections are logged", "https://cloud.google.com/nat/docs/monitoring"),
    *several("spec", "endpointTypes.** type", always, Impact.BLOCKED, "cannot be changed: the webhook refuses it", _PROVIDER),
)  # fmt: skip

_REACH = ("spec.sourceRanges.*", "spec.destinationRanges.*")
_WHO = "sourceTags.* sourceServiceAccounts.* targetTags.* targetServiceAccounts.*"
_FIREWALL_ROWS: tuple[Row, ...] = (
    Row("", added, Impact.EXPOSURE, "lets in what it names", _FIREWALL, where=allows),
    Row("", added, Impact.OUTAGE, "keeps out what it names, before rules with a higher number", _FIREWALL, where=denies),
    Row("", removed, Impact.OUTAGE, "what it let in is not let in any more, unless another rule does", _FIREWALL, where=allows),
    Row("", removed, Impact.EXPOSURE, "what it kept out is let in, if another rule does", _FIREWALL, where=denies),
    *(Row(path, to("0.0.0.0/0", "::/0"), Impact.EXPOSURE, "the rule lets in every address there is, the whole internet", _FIREWALL, where=allows) for path in _REACH),
    *(Row(path, widened, Impact.EXPOSURE, "more addresses are let in", _FIREWALL, where=allows, alone=True) for path in _REACH),
    *(Row(path, removed, Impact.EXPOSURE, "an empty list means every address there is, the whole internet", _FIREWALL, where=allows, given=emptied, alone=True) for path in _REACH),
    *(Row(path, narrowed, Impact.UNKNOWN, "who is not in the ranges any more is not let in by this rule", _FIREWALL, where=allows, alone=True) for path in _REACH),
    *(Row(path, narrowed, Impact.EXPOSURE, "who is not in the ranges any more is not kept out by this rule", _FIREWALL, where=denies, alone=True) for path in _REACH),
    *(Row(path, widened, Impact.OUTAGE, "more addresses are kept out", _FIREWALL, where=denies, alone=True) for path in _REACH),
    *(Row(path, always, Impact.UNKNOWN, "the rule holds for this range", _FIREWALL) for path in _REACH),
    *(Row(f"spec.{path}", added, Impact.EXPOSURE, "the rule keeps out these addresses only", _FIREWALL, where=denies) for path in ("sourceRanges", "destinationRanges")),
    *several("spec", "sourceRanges destinationRanges", added, Impact.UNKNOWN, "the rule holds for these addresses only", _FIREWALL),
    *several("spec", _WHO, always, Impact.EXPOSURE, "the rule holds for other machines: look which ones have the tag or the account", _FIREWALL),
    *several("spec", "sourceServiceAccounts.*.** targetServiceAccounts.*.**", always, Impact.EXPOSURE, "the rule holds for other machines: look which ones have the account", _FIREWALL),
    *several("spec", "allow.* allow.*.protocol", comes, Impact.EXPOSURE, "more ports or protocols are let in", _FIREWALL),
    Row("spec.allow.*.ports.*", comes, Impact.EXPOSURE, "more ports are let in", _FIREWALL, alone=True),
    Row("spec.allow.*.ports.*", added, Impact.UNKNOWN, "this port is let in", _FIREWALL),
    *several("spec", "allow.*.ports", added, Impact.UNKNOWN, "only these ports are let in", _FIREWALL),
    Row("spec.allow.*.ports.*", removed, Impact.EXPOSURE, "an empty list means every port of the protocol", _FIREWALL, given=emptied, alone=True),
    Row("spec.allow.*.ports", removed, Impact.EXPOSURE, "every port of the protocol is let in", _FIREWALL, alone=True),
    *several("spec", "allow.* allow.*.protocol allow.*.ports.*", goes, Impact.UNKNOWN, "who came by that port or protocol is not let in by this rule any more", _FIREWALL),
    Row("spec.deny.*.ports.*", goes, Impact.EXPOSURE, "the port is let in, if another rule lets it in", _FIREWALL, alone=True),
    Row("spec.deny.*.ports.*", removed, Impact.UNKNOWN, "goes with the rest", _FIREWALL),
    *several("spec", "deny.* deny.*.protocol", goes, Impact.EXPOSURE, "what was kept out is let in, if another rule does", _FIREWALL),
    *several("spec", "deny.* deny.*.protocol", added, Impact.OUTAGE, "more is kept out", _FIREWALL),
    Row("spec.deny.*.ports.*", added, Impact.OUTAGE, "more ports are kept out", _FIREWALL, alone=True),
    Row("spec.deny.*.ports.*", added, Impact.UNKNOWN, "this port is kept out", _FIREWALL),
    Row("spec.deny.*.ports", added, Impact.EXPOSURE, "only these ports are kept out, no longer all", _FIREWALL, alone=True),
    Row("spec.deny.*.ports", removed, Impact.OUTAGE, "every port of the protocol is kept out", _FIREWALL, alone=True),
    Row("spec.disabled", to(True), Impact.OUTAGE, "the rule does nothing: what it let in is not let in any more", _FIREWALL, where=allows),
    Row("spec.disabled", to(True), Impact.EXPOSURE, "the rule does nothing: what it kept out is let in, if another rule does", _FIREWALL, where=denies),
    Row("spec.disabled", away_from(True), Impact.EXPOSURE, "the rule works: what it names is let in", _FIREWALL, where=allows),
    Row("spec.disabled", away_from(True), Impact.OUTAGE, "the rule works: what it names is kept out", _FIREWALL, where=denies),
    Row("spec.disabled", to(False), Impact.SAFE, "the rule works, which is the default", _FIREWALL),
    Row("spec.priority", comes, Impact.EXPOSURE, "the rule decides before or after others than it did: read it beside those of its direction", _FIREWALL),
    Row("spec.networkRef.**", always, Impact.BLOCKED, "a rule cannot move to another network: Google refuses it, the webhook does not", _FIREWALL),
    *several("spec", "logConfig logConfig.metadata", always, Impact.SAFE, "which connections are logged", _LOGS),
    Row("spec.description", always, Impact.SAFE, "a text for people"),
    Row("spec.enableLogging", to(False), Impact.UNKNOWN, "connections are not logged any more", _LOGS),
    Row("spec.enableLogging", comes, Impact.SAFE, "connections are logged", _LOGS),
)  # fmt: skip

_CONNECTION_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.DATA_LOSS, "cuts the private way to every database of the network at once, also while they are in use: Google does not refuse it", _PEERING),
    Row("spec.reservedPeeringRanges.*", removed, Impact.OUTAGE, "databases with addresses in that range are cut off", _SERVICES),
    Row("spec.reservedPeeringRanges.*", changed, Impact.OUTAGE, "databases with addresses in the old range are cut off", _SERVICES),
    Row("spec.reservedPeeringRanges.*.**", goes, Impact.OUTAGE, "databases with addresses in the old range are cut off", _SERVICES),
    *several("spec", "reservedPeeringRanges reservedPeeringRanges.* reservedPeeringRanges.*.**", added, Impact.SCALE, "one more range for databases that are made from now on", _SERVICES),
)  # fmt: skip

TABLE: dict[str, tuple[Row, ...]] = {
    "ComputeNetwork.compute.cnrm.cloud.google.com": _VPC_ROWS,
    "ComputeSubnetwork.compute.cnrm.cloud.google.com": _SUBNET_ROWS,
    "ComputeRouter.compute.cnrm.cloud.google.com": _ROUTER_ROWS,
    "ComputeRouterNAT.compute.cnrm.cloud.google.com": _NAT_ROWS,
    "ComputeAddress.compute.cnrm.cloud.google.com": (
        Row("", removed, Impact.DATA_LOSS, "gives the address away: it cannot be had again, DNS and allow-lists elsewhere point at a stranger", _ADDRESS),
    ),
    "ComputeFirewall.compute.cnrm.cloud.google.com": _FIREWALL_ROWS,
    "ServiceNetworkingConnection.servicenetworking.cnrm.cloud.google.com": _CONNECTION_ROWS,
}  # fmt: skip

INSTEAD = {
    "ComputeNetwork.compute.cnrm.cloud.google.com": "put it back; a network cannot be changed so: make a second one with a new name, and move cluster and database into it",
    "ComputeSubnetwork.compute.cnrm.cloud.google.com": "make a second subnet with a new name or a range of a new name, make new node pools in it, then delete the old one; growing the range is possible",
    "ComputeRouter.compute.cnrm.cloud.google.com": "make a second router and NAT with new names; two NATs cannot serve one subnet, so the switch takes a minute without internet",
    "ComputeRouterNAT.compute.cnrm.cloud.google.com": "make a second NAT with a new name; two cannot serve one subnet, so the switch takes a minute without internet",
    "ComputeAddress.compute.cnrm.cloud.google.com": "reserve a second address with a new name, tell DNS and allow-lists, move what uses the old one, then delete that",
    "ComputeFirewall.compute.cnrm.cloud.google.com": "make a new rule with a new name beside it, then delete the old one",
    "ServiceNetworkingConnection.servicenetworking.cnrm.cloud.google.com": "put it back: a network has one connection for each service, and databases hang on it; for another network make a new object with a new name",
}  # fmt: skip
