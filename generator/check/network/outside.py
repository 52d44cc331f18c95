"""What pods need besides each other: DNS, Google, and load balancers that call them. No policy may close it.

Read as in `reachability`: whoever wrote a policy, or patched one, all that select a pod add up.
"""

from collections.abc import Iterator
from typing import Any

from generator.annotation import GOOGLE_ACCOUNT
from generator.catalog import OUTSIDE, Planned
from generator.check.built import Built, Check, Target
from generator.check.network.edge import backends, policy_targets
from generator.check.network.reachability import (
    Guarded,
    declared_pods,
    guarded_pods,
    pods_of_service,
    policy_fault,
    targets_of_service,
)
from generator.environment import Environment
from generator.field import at, listed, mapping, numbered, text
from generator.finding import Finding
from generator.manifest import Object
from generator.traffic import (
    ANY,
    CLOUD_SQL_PROXY_PORT,
    GOOGLE_APIS,
    MEMORYSTORE_PORT,
    METADATA,
    End,
    closed_ends,
    dns,
    load_balancers,
    places,
)

_API_SERVER = "the API server"
Need = tuple[str, End]
"""Pods by `namespace/workload`, and the other end."""


def what_pods_need_is_open(built: Built) -> Iterator[Finding]:
    """Policies let pods ask DNS, get tokens and call what is declared, and load balancers reach them."""
    pods = guarded_pods(built)
    called, calling = _by_pods(_called(built)), _by_pods(_calling(built))
    for name, guarded in sorted(pods.items()):
        ports = guarded.target.ports
        for ends, where in places(closed_ends(guarded.policies, "Egress", called.get(name, ()))).items():
            yield _closed(guarded, "/spec/egress", f"{name} calls {ends} ({where}), and is not let through")
        for ends, where in places(closed_ends(guarded.policies, "Ingress", calling.get(name, ()), ports)).items():
            yield _closed(guarded, "/spec/ingress", f"{ends} calls {name} ({where}), and is not let through")


def _closed(guarded: Guarded, path: str, message: str) -> Finding:
    hint = "the policy that is rendered for it lets it through: a patch, or another file, must leave that rule in"
    return policy_fault(guarded, path, message, rule="reach-outside", hint=hint)


def _by_pods(needs: Iterator[Need]) -> dict[str, list[End]]:
    found: dict[str, list[End]] = {}
    for name, end in needs:
        found.setdefault(name, []).append(end)
    return {name: list(dict.fromkeys(ends)) for name, ends in found.items()}


def _called(built: Built) -> Iterator[Need]:
    """Yield whom pods call outside."""
    env = built.plan.environment
    for target in built.targets:
        if not any(at(pods.spec, "hostNetwork") for pods in target.pods):
            yield from ((target.full_name, end) for resolver in env.resolvers for end in dns(resolver))
        if _acts_as_an_account(built, target):
            yield from ((target.full_name, end) for end in (*METADATA, GOOGLE_APIS))
    for planned in built.plan.units:
        for grant in planned.grants:
            for target in declared_pods(built, planned, grant.from_):
                yield from ((target.full_name, end) for end in (*METADATA, GOOGLE_APIS))
        yield from _declared(built, planned, env)


def _declared(built: Built, planned: Planned, env: Environment) -> Iterator[Need]:
    for connection in planned.connects:
        if connection.to in OUTSIDE:
            for target in declared_pods(built, planned, connection.from_):
                yield from ((target.full_name, end) for end in _ends(connection.to, env))


def _ends(target: str, env: Environment) -> Iterator[End]:
    """Yield the ends of an outside target. Of the internet nobody can say which part is called."""
    services = env.network.private_services
    match target:
        case "metadata":
            yield from METADATA
        case "google-apis":
            yield GOOGLE_APIS
        case "kube-apiserver":
            yield End(_API_SERVER, 443, cidr=env.network.control_plane)
        case "cloud-sql":
            yield End("Cloud SQL", CLOUD_SQL_PROXY_PORT, cidr=services, whole=False)
            yield from (GOOGLE_APIS, *METADATA)
        case "memorystore":
            yield End("Memorystore", MEMORYSTORE_PORT, cidr=services, whole=False)
        case "corporate":
            for name, system in sorted(env.egress.corporate_ranges.items()):
                for text_ in system.ranges:
                    yield from (
                        End(f"egress.corporateRanges.{name}", port_, cidr=text_, whole=False) for port_ in system.ports
                    )


def _acts_as_an_account(built: Built, target: Target) -> bool:
    for pods in target.pods:
        name = text(pods.spec, "serviceAccountName")
        account = built.find(pods.owner, "", "ServiceAccount", target.namespace, name)
        if account and text(account.manifest, "metadata", "annotations", GOOGLE_ACCOUNT):
            return True
    return False


def _calling(built: Built) -> Iterator[Need]:
    """Yield who calls pods from outside: load balancers of routes, those that Services are, and the API server."""
    env = built.plan.environment
    proxies = [env.network.proxy_only] if env.access.mode == "private" else []
    for _, service, number in backends(built):
        for name, port_of_pods in _behind(built, service, number):
            yield from ((name, end) for end in load_balancers(port_of_pods, *proxies))
        for name, port_of_pods in _checked(built, service):
            yield from ((name, end) for end in load_balancers(port_of_pods))
    for service in built.of_kind("Service"):
        if text(service.manifest, "spec", "type") == "LoadBalancer":
            yield from _balanced(built, service)
    for planned in built.plan.units:
        yield from _webhooks(planned, env)


def _balanced(built: Built, service: Object) -> Iterator[Need]:
    """Yield whom a load balancer that keeps addresses lets through: the ranges of its Service, or else somebody."""
    ranges = listed(service.manifest, "spec", "loadBalancerSourceRanges")
    for _, item in numbered(service.manifest, "spec", "ports"):
        for name, number in _behind(built, service, at(item, "port")):
            for cidr in ranges or [ANY]:
                yield name, End(f"the load balancer {service.id.name}", number, cidr=cidr, whole=bool(ranges))


def _webhooks(planned: Planned, env: Environment) -> Iterator[Need]:
    """Yield the pods that the API server asks: it calls by itself, or through its agents."""
    for declared in planned.unit.declaration.workloads:
        if number := declared.webhook:
            name = f"{planned.namespace}/{declared.name}"
            yield name, End(_API_SERVER, number, cidr=env.network.control_plane)
            yield name, End(_API_SERVER, number, label=("k8s-app", "konnectivity-agent"))


def _checked(built: Built, service: Object) -> Iterator[tuple[str, int]]:
    """Yield the pods behind a Service with the port that its health check asks."""
    for policy in built.of_kind("HealthCheckPolicy"):
        if policy_targets(policy, service):
            for config in mapping(policy.manifest, "spec", "default", "config").values():
                number = at(config, "port")
                for target in pods_of_service(built, service) if isinstance(number, int) else ():
                    yield target.full_name, number


def _behind(built: Built, service: Object, number: Any) -> Iterator[tuple[str, int]]:
    """Yield the pods behind a port of a Service, and their own port."""
    for target, port_of_pods in targets_of_service(built, service, number) if isinstance(number, int) else ():
        yield target.full_name, port_of_pods


RULES: tuple[Check, ...] = (what_pods_need_is_open,)
