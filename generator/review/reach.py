"""What can be reached from outside: a route's addresses, what answers there, whether oauth2-proxy guards it. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from generator import yamlio
from generator.errors import InputInvalid
from generator.field import listed, mapping, numbered, text
from generator.kinds import ABSENT, Impact
from generator.manifest import Object
from generator.review.change import Difference, Verdict
from generator.review.judge import beside
from generator.review.side import Side, kind_and_name

_CONFIG_FLAG = "--alpha-config="
"""By this argument oauth2-proxy reads its upstreams; tests/oauth2_proxy_contract.py has their form."""
_REWRITTEN_PATH = re.compile(r"\^(.*)/\(\.\*\)\$")
_ROUTES = "https://gateway-api.sigs.k8s.io/reference/spec/#httproutematch"
_SOURCE = "https://oauth2-proxy.github.io/oauth2-proxy/configuration/alpha-config"


def with_addresses(verdicts: tuple[Verdict, ...], route: Object, side: Side) -> tuple[Verdict, ...]:
    """Return verdicts on a whole route, the worst with the addresses that it is about; on other kinds, as they are."""
    addresses = "; ".join(_addresses(route, side)) if route.id.kind == "HTTPRoute" else ""
    worst, *also = verdicts
    separator = "; still reachable: " if worst.impact is Impact.ORPHAN else ": "
    return (worst._replace(reason=f"{worst.reason}{separator}{addresses}"), *also) if addresses else verdicts


def of_removal(verdicts: tuple[Verdict, ...], route: Object, before: Side, after: Side) -> tuple[Verdict, ...]:
    """Return verdicts on an object that goes; on a route with its addresses, and who answers them from now on."""
    rules = [rule for _, rule in numbered(route.manifest, "spec", "rules")]
    with_all = with_addresses(verdicts, route, before)
    is_gone = route.id.kind == "HTTPRoute" and verdicts[0].impact is not Impact.ORPHAN
    return _with_takers(with_all, rules, route, before, after) if is_gone else with_all


def of_field(
    difference: Difference, verdicts: tuple[Verdict, ...], route: Object, before: Side, after: Side
) -> tuple[Verdict, ...]:
    """Return verdicts on a field; on a rule of a route that goes, who answers its addresses from now on."""
    is_rule = route.id.kind == "HTTPRoute" and difference.steps[:-1] == ("spec", "rules")
    is_gone = is_rule and difference.after is ABSENT and isinstance(difference.before, dict)
    return _with_takers(verdicts, [difference.before], route, before, after) if is_gone else verdicts


def _with_takers(
    verdicts: tuple[Verdict, ...], rules: list[dict[str, Any]], route: Object, before: Side, after: Side
) -> tuple[Verdict, ...]:
    """Return verdicts on rules that go: what another Service answers is open, and not away."""
    takers = [taker for rule in rules for taker in _takers(rule, route, before, after)]
    opened = "; ".join(taker for taker in takers if taker)
    if not opened:
        return verdicts
    verdict = Verdict(Impact.EXPOSURE, f"{opened}: look who may come there", _ROUTES)
    return beside(() if None not in takers else verdicts, [verdict])


def _takers(rule: dict[str, Any], route: Object, before: Side, after: Side) -> Iterator[str | None]:
    """Yield for each address of a rule which other Service answers it: of the longest path that has it.

    None where nobody does, and nothing where it is the same Service. A route that is new says itself what it opens.
    """
    served = _served(rule, route)
    for host, path in _host_paths(rule, route):
        found = [
            (len(prefix), _served(of_other, other), kind_and_name(other.id))
            for other in after.of_kind("HTTPRoute")
            if other.id in before.objects and _gates(other) & _gates(route)
            for _, of_other in numbered(other.manifest, "spec", "rules")
            for other_host, prefix in _host_paths(of_other, other)
            if other_host in (host, "every host") and f"{path}/".startswith(f"{prefix.rstrip('/')}/")
        ]
        _, service, taker = max(found, default=(0, "", ""))
        is_other = bool(taker) and service != served
        yield f"{host}{path} is answered by {service} from now on ({taker})" if is_other else "" if taker else None


def _host_paths(rule: dict[str, Any], route: Object) -> Iterator[tuple[str, str]]:
    hosts = [host for host in listed(route.manifest, "spec", "hostnames") if isinstance(host, str)] or ["every host"]
    paths = [text(match, "path", "value") or "/" for _, match in numbered(rule, "matches")] or ["/"]
    yield from ((host, path) for host in hosts for path in paths)


def _served(rule: dict[str, Any], route: Object) -> str:
    backends = [backend for _, backend in numbered(rule, "backendRefs")]
    names = [f"{text(backend, 'namespace') or route.id.namespace}/{text(backend, 'name')}" for backend in backends]
    return f"Service {', '.join(names)}" if names else "nobody"


def _gates(route: Object) -> set[tuple[str, str, str]]:
    """Return the listeners that a route is on."""
    parents = [parent for _, parent in numbered(route.manifest, "spec", "parentRefs")]
    here = route.id.namespace
    return {(text(one, "namespace") or here, text(one, "name"), text(one, "sectionName")) for one in parents}


def upstreams_verdicts(difference: Difference, config: Object, side: Side) -> Iterator[Verdict]:
    """Yield the effects of other upstreams in oauth2-proxy's configuration."""
    before, after = _upstreams(difference.before), _upstreams(difference.after)
    proxies = ", ".join(kind_and_name(reader.id) for reader in side.readers_of("ConfigMap", *config.id[3:]))
    opened = [f"{path} leads to {service}" for path, service in after.items() if before.get(path) != service]
    if opened:
        yield Verdict(Impact.EXPOSURE, f"reachable behind the sign-in of {proxies}: {', '.join(opened)}", _SOURCE)
    if closed := [path for path in before if path not in after]:
        yield Verdict(Impact.OUTAGE, f"no longer reachable behind {proxies}: {', '.join(closed)}", _SOURCE)


def _addresses(route: Object, side: Side) -> Iterator[str]:
    """Yield the addresses of a route, those that the same Services answer together."""
    addresses_by_answer: dict[str, list[str]] = {}
    for _, rule in numbered(route.manifest, "spec", "rules"):
        answers = [
            _answer(side, text(backend, "namespace") or route.id.namespace, text(backend, "name"))
            for _, backend in numbered(rule, "backendRefs")
        ]
        addresses_by_answer.setdefault(", ".join(answers), []).extend(map("".join, _host_paths(rule, route)))
    for answer, addresses in addresses_by_answer.items():
        yield f"{', '.join(addresses)} ({answer})" if answer else ", ".join(addresses)


def _answer(side: Side, namespace: str, name: str) -> str:
    """Return which Services answer requests to a Service: those behind it, where it is oauth2-proxy's."""
    for proxy in _sign_in_proxies(side, namespace, name):
        texts = [
            content for config in side.read_by_pods(proxy) for content in mapping(config.manifest, "data").values()
        ]
        services = dict.fromkeys(service for content in texts for service in _upstreams(content).values())
        return f"behind sign-in: {', '.join(services) or 'nothing'}"
    return f"Service {namespace}/{name}, not behind oauth2-proxy"


def _sign_in_proxies(side: Side, namespace: str, name: str) -> Iterator[Object]:
    """Yield the workloads behind a Service that are oauth2-proxy."""
    services = [one for one in side.of_kind("Service") if (one.id.namespace, one.id.name) == (namespace, name)]
    for service in services:
        if selector := mapping(service.manifest, "spec", "selector"):
            for pods in side.selected((service.id.cluster, namespace), {"matchLabels": selector}):
                containers = [container for _, container in numbered(pods.template, "spec", "containers")]
                arguments = [str(argument) for container in containers for argument in listed(container, "args")]
                if any(argument.startswith(_CONFIG_FLAG) for argument in arguments):
                    yield pods.owner


def _upstreams(content: object) -> dict[str, str]:
    """Return the Service of each path in the text of oauth2-proxy's configuration; of any other text, nothing."""
    result = {}
    if isinstance(content, str) and "upstreamConfig" in content:
        for _, upstream in numbered(_read(content), "upstreamConfig", "upstreams"):
            host = text(upstream, "uri").partition("://")[2].partition("/")[0].partition(":")[0]
            service, _, namespace = host.removesuffix(".svc.cluster.local").partition(".")
            result[_REWRITTEN_PATH.sub(r"\1/", text(upstream, "path"))] = f"Service {namespace}/{service}"
    return result


def _read(content: str) -> object:
    try:
        return yamlio.load(content, "").value
    except InputInvalid:
        return None
