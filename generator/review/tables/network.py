"""Services, NetworkPolicies, Ingresses."""

from typing import Any

from generator.field import listed
from generator.manifest import Manifest
from generator.review import given
from generator.review.change import Impact
from generator.review.row import (
    Given,
    Row,
    Steps,
    When,
    added,
    always,
    away_from,
    changed,
    comes,
    goes,
    matches,
    numeral,
    removed,
    to,
    widened,
)

# A row of a table is a line.
# fmt: off
_SERVICE = "https://kubernetes.io/docs/concepts/services-networking/service/"
_GKE = "https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer-parameters"
_POLICY = "https://kubernetes.io/docs/concepts/services-networking/network-policies/"
_INGRESS = "https://kubernetes.io/docs/concepts/services-networking/ingress/"
_CORE = "kubernetes:pkg/apis/core/validation/validation.go"
_NETWORKING = "kubernetes:pkg/apis/networking/validation/validation.go"
_REMAKE = "make a second Service with another name, move its callers, then remove this one; or delete it and sync: it is away meanwhile"


def grown(before: Any, after: Any) -> bool:
    """A range has addresses that it had not."""
    return changed(before, after) and widened(before, after)


def shrunk(before: Any, after: Any) -> bool:
    """A range has only addresses that it had."""
    return changed(before, after) and not widened(before, after)


def _balances(_steps: Steps, old: Manifest, new: Manifest) -> bool:
    """The Service has a load balancer."""
    return bool(given.at(new or old, ("spec", "type")) == "LoadBalancer")


_PUBLIC = "a load balancer: public, unless annotated networking.gke.io/load-balancer-type: Internal"
_ELSEWHERE = "traffic goes to other pods from this moment, or to none"
_TEXT = "a number as text is taken for a name: the sync fails"
_UNQUOTE = "write the number without quotes"
_MAY_LOSE = "who had access through it may lose it: look who that is"
_LB = "metadata.annotations[networking.gke.io/load-balancer-type]"
_OLD_LB = "metadata.annotations[cloud.google.com/load-balancer-type]"
_RANGES = "spec.loadBalancerSourceRanges"

_SERVICES = (
    Row("", added, Impact.SAFE, "a new name in the cluster: nothing that runs today changes", _SERVICE),
    Row("", removed, Impact.OUTAGE, "its name and address are gone: whoever calls it gets no answer", _SERVICE),
    Row("spec.selector.**", always, Impact.OUTAGE, _ELSEWHERE, _SERVICE),
    Row("spec.type", to("LoadBalancer"), Impact.EXPOSURE, _PUBLIC, _GKE),
    Row("spec.type", to("NodePort"), Impact.EXPOSURE, "a port is open on every node", _SERVICE),
    Row("spec.type", away_from("LoadBalancer"), Impact.OUTAGE, "the load balancer and its address are given back", _GKE),
    Row("spec.type", to("ExternalName"), Impact.OUTAGE, "the name leads to another name: pods get nothing more", _SERVICE),
    Row("spec.type", always, Impact.SAFE, "a port on the nodes comes or goes; the address in the cluster stays", _SERVICE),
    Row("spec.externalName", always, Impact.OUTAGE, "the name leads elsewhere", _SERVICE),
    *(
        Row(path, when, impact, why, _GKE)
        for path in (_LB, _OLD_LB)
        for when, impact, why in (
            (away_from("Internal"), Impact.EXPOSURE, "the load balancer gets a public address"),
            (to("Internal"), Impact.OUTAGE, "the load balancer is made anew, with another address"),
        )
    ),
    Row("metadata.annotations[networking.gke.io/load-balancer-ip-addresses]", always, Impact.OUTAGE, "the load balancer gets another address", _GKE),
    Row("metadata.annotations[networking.gke.io/load-balancer-subnet]", always, Impact.OUTAGE, "the load balancer gets another address", _GKE),
    Row("metadata.annotations[networking.gke.io/internal-load-balancer-allow-global-access]", to("true"), Impact.EXPOSURE, "clients of every region of the network reach it", _GKE),
    Row("spec.loadBalancerIP", always, Impact.OUTAGE, "the load balancer gets another address", _GKE),
    Row("spec.loadBalancerClass", always, Impact.BLOCKED, "loadBalancerClass cannot change once set: the sync fails", _CORE, _REMAKE),
    Row(_RANGES, removed, Impact.EXPOSURE, "every address may reach the load balancer", _GKE),
    Row(_RANGES, added, Impact.UNKNOWN, "only these addresses reach the load balancer: look who is missing", _GKE),
    Row(_RANGES, changed, Impact.SAFE, "another order", _GKE),
    Row(f"{_RANGES}.*", grown, Impact.EXPOSURE, "more addresses may reach the load balancer", _GKE),
    Row(f"{_RANGES}.*", shrunk, Impact.UNKNOWN, f"fewer addresses reach the load balancer: {_MAY_LOSE}", _GKE),
    Row(f"{_RANGES}.*", added, Impact.EXPOSURE, "more addresses may reach the load balancer", _GKE, given=given.stood),
    Row(f"{_RANGES}.*", removed, Impact.EXPOSURE, "an empty list means every address may reach the load balancer", _GKE, given=given.emptied),
    Row(f"{_RANGES}.*", removed, Impact.UNKNOWN, f"fewer addresses reach the load balancer: {_MAY_LOSE}", _GKE),
    Row(f"{_RANGES}.*", added, Impact.UNKNOWN, f"only these addresses reach the load balancer: {_MAY_LOSE}", _GKE),
    Row("spec.externalIPs.*", comes, Impact.EXPOSURE, "traffic for this address ends in the cluster: CVE-2020-8554", _SERVICE),
    Row("spec.externalIPs.*", goes, Impact.OUTAGE, "traffic for this address is no longer taken", _SERVICE),
    Row("spec.externalIPs", always, Impact.SAFE, "the list of addresses", _SERVICE),
    Row("spec.clusterIP", comes, Impact.BLOCKED, "clusterIP cannot change once set: the sync fails", _CORE, _REMAKE),
    Row("spec.clusterIP", removed, Impact.SAFE, "no longer said; the Service keeps the one that it has", _CORE),
    Row("spec.clusterIPs.*", comes, Impact.BLOCKED, "clusterIPs cannot change once set: the sync fails", _CORE, _REMAKE),
    Row("spec.clusterIPs.**", always, Impact.SAFE, "no longer said; the Service keeps those that it has", _CORE),
    Row("spec.ipFamilies.0", changed, Impact.BLOCKED, "the first family of addresses cannot change: the sync fails", _CORE, _REMAKE),
    Row("spec.ipFamilies.**", always, Impact.UNKNOWN, "a second address comes or goes", _SERVICE),
    Row("spec.ipFamilyPolicy", always, Impact.UNKNOWN, "a second address comes or goes", _SERVICE),
    *(Row(f"spec.ports.*.{field}", numeral, Impact.BLOCKED, _TEXT, _CORE, _UNQUOTE) for field in ("port", "targetPort", "nodePort")),
    Row("spec.ports.*", removed, Impact.OUTAGE, "nobody answers on this port any more", _SERVICE),
    Row("spec.ports.*", added, Impact.EXPOSURE, "one more port is open on the load balancer", _GKE, given=_balances),
    Row("spec.ports.**", added, Impact.SAFE, "one more port", _SERVICE),
    *(
        Row(f"spec.ports.*.{field}", changed, Impact.OUTAGE, why, _SERVICE)
        for field, why in {
            "port": "callers of the old port get no answer",
            "protocol": "callers with the old protocol get no answer",
            "nodePort": "callers of the old port on the nodes get no answer",
            "targetPort": "traffic goes to another port of the pods: those that do not listen there yet do not answer",
        }.items()
    ),
    Row("spec.ports.**", goes, Impact.UNKNOWN, "how a port is reached, or spoken to", _SERVICE, but=("spec.ports",)),
    Row("spec.externalTrafficPolicy", away_from("Local"), Impact.OUTAGE, "pods see the addresses of nodes, no more of clients: rules that go by them refuse all", _SERVICE),
    Row("spec.externalTrafficPolicy", always, Impact.UNKNOWN, "only nodes with a pod answer from now on", _SERVICE),
    Row("spec.internalTrafficPolicy", always, Impact.UNKNOWN, "which node's pods answer", _SERVICE),
    Row("spec.sessionAffinity", away_from("ClientIP"), Impact.UNKNOWN, "a client no longer stays with one pod", _SERVICE),
    Row("spec.sessionAffinity", always, Impact.SAFE, "a client stays with one pod", _SERVICE),
    Row("spec.sessionAffinityConfig.**", always, Impact.SAFE, "how long a client stays with one pod", _SERVICE),
    Row("spec.publishNotReadyAddresses", always, Impact.UNKNOWN, "whether names of pods that are not ready resolve", _SERVICE),
    Row("spec.allocateLoadBalancerNodePorts", always, Impact.SAFE, "whether the nodes have a port for it", _SERVICE),
)


def _direction(rules: str, peers: str, who: str, none: str) -> tuple[Row, ...]:
    """Return the rows of the rules of one direction."""
    rule, peer, port = f"spec.{rules}.*", f"spec.{rules}.*.{peers}.*", f"spec.{rules}.*.ports.*"
    opens: list[tuple[str, When, str]] = [
        (rule, added, f"{who}: those named here"),
        (f"{rule}.{peers}", removed, f"{who}: everyone"),
        (peer, added, f"{who}: those named here"),
        (f"{peer}.ipBlock.cidr", grown, f"{who}: more addresses"),
        (f"{peer}.ipBlock.except.**", goes, f"{who}: more addresses"),
        (f"{peer}.*.matchLabels.*", goes, f"{who}: pods or namespaces with other labels"),
        (f"{peer}.*.matchExpressions.**", always, f"{who}: pods or namespaces with other labels"),
        (f"{peer}.podSelector", removed, f"{who}: every pod of these namespaces"),
        (f"{peer}.namespaceSelector", added, f"{who}: pods of other namespaces"),
        (f"{rule}.ports", removed, f"{who}: on every port"),
        (port, added, f"{who}: on one more port"),
        (f"{port}.*", changed, f"{who}: on another port"),
        (f"{port}.endPort", comes, f"{who}: on more ports"),
        (f"{port}.port", removed, f"{who}: on every port"),
    ]
    where = [Row(path, when, Impact.EXPOSURE, why, _POLICY, given=_known(path, peers)) for path, when, why in opens]
    last = [
        Row(f"{rule}.{name}.*", removed, Impact.EXPOSURE, f"{who}: an empty list means everyone, or every port", _POLICY, given=given.emptied)
        for name in (peers, "ports")
    ]
    lists = (f"spec.{rules}", f"{rule}.{peers}", f"{rule}.ports")
    closed = [
        Row(f"spec.{rules}", removed, Impact.OUTAGE, f"no rule is left: {none}", _POLICY, given=_still_closed(rules.title())),
        Row(f"{rule}", removed, Impact.OUTAGE, f"no rule is left: {none}", _POLICY, given=given.emptied),
    ]
    return (
        *where,
        *last,
        *closed,
        *(Row(path, changed, Impact.SAFE, "another order", _POLICY) for path in lists),
        Row(f"{port}.port", numeral, Impact.BLOCKED, _TEXT, _NETWORKING, _UNQUOTE),
        Row(f"spec.{rules}.**", always, Impact.UNKNOWN, f"less traffic is allowed: {_MAY_LOSE}", _POLICY, given=_not_reordered(lists)),
    )


def _not_reordered(lists: tuple[str, ...]) -> Given:
    """It is no list that is there on both sides: that differs by its order only."""
    return lambda steps, old, new: not (
        any(matches(path, steps) for path in lists) and given.at(old, steps) and given.at(new, steps)
    )


def _still_closed(policy_type: str) -> Given:
    """The policy is still about this direction."""
    return lambda _steps, _old, new: policy_type in listed(new, "spec", "policyTypes")


def _known(path: str, peers: str) -> Any:
    """Return what else must be so: what is added to a list that was not there narrows, and does not open."""
    depth = path.count(".") + 1
    if path.endswith((f"{peers}.*", "ports.*")):
        return lambda steps, old, _new: not old or (len(steps) == depth and given.stood(steps, old, _new))
    if path.endswith((f".{peers}", ".ports")):
        return lambda steps, _old, new: given.at(new, steps[:-1]) is not None
    if path.endswith(".namespaceSelector"):
        return given.stood
    if path.endswith(".podSelector"):
        return lambda steps, _old, new: bool(given.at(new, steps[:-1]))
    return given.existed


_POLICIES = (
    Row("", added, Impact.UNKNOWN, "the pods that it selects get no traffic that no policy allows", _POLICY),
    Row("", added, Impact.EXPOSURE, "it allows traffic: policies add up, so this opens what others had closed", _POLICY, given=lambda _steps, _old, new: any(given.at(new, ("spec", name)) for name in ("ingress", "egress"))),
    Row("", removed, Impact.EXPOSURE, "what it closed is open, unless another policy selects the same pods; what only it allowed is closed", _POLICY),
    Row("spec.podSelector.**", always, Impact.EXPOSURE, "it holds for other pods: those that it no longer selects are open", _POLICY, given=given.existed),
    Row("spec.policyTypes.*", goes, Impact.EXPOSURE, "this direction is no longer closed", _POLICY),
    Row("spec.policyTypes", removed, Impact.EXPOSURE, "without egress rules what goes out is no longer closed", _POLICY),
    Row("spec.policyTypes.*", added, Impact.UNKNOWN, f"this direction is closed but for the rules: {_MAY_LOSE}", _POLICY),
    Row("spec.policyTypes", always, Impact.SAFE, "which directions it is about", _POLICY),
    *_direction("ingress", "from", "more may reach its pods", "nobody may reach its pods"),
    *_direction("egress", "to", "its pods may reach more", "its pods may reach nobody, not even DNS"),
)

TABLE: dict[str, tuple[Row, ...]] = {
    "Service": _SERVICES,
    "NetworkPolicy.networking.k8s.io": _POLICIES,
    "Ingress.networking.k8s.io": (
        Row("", added, Impact.EXPOSURE, "its paths are reachable from outside", _INGRESS),
        Row("", removed, Impact.OUTAGE, "its hosts and paths are no longer reachable", _INGRESS),
        Row("spec.ingressClassName", always, Impact.OUTAGE, "another controller serves it, at another address", _INGRESS),
        Row("spec.tls.**", goes, Impact.EXPOSURE, "a host is served without its certificate", _INGRESS),
        Row("spec.tls.**", comes, Impact.UNKNOWN, "a host is served with another certificate", _INGRESS),
        Row("spec.rules.**", goes, Impact.OUTAGE, "a path no longer leads where it led", _INGRESS),
        Row("spec.rules.**", comes, Impact.EXPOSURE, "a path is reachable from outside", _INGRESS),
        Row("spec.defaultBackend.**", always, Impact.EXPOSURE, "what no rule names leads elsewhere", _INGRESS),
    ),
    "IngressClass.networking.k8s.io": (
        Row("spec.controller", always, Impact.BLOCKED, "the controller of an IngressClass cannot change: the sync fails", _NETWORKING, "make an IngressClass of another name"),
        Row("spec.parameters.**", always, Impact.UNKNOWN, "how its Ingresses are served", _INGRESS),
    ),
}
