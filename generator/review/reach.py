"""What is reached from outside: the addresses of a route, who answers there, and whether oauth2-proxy stands before it. Pure."""

import re
from collections.abc import Iterator

from generator import yamlio
from generator.errors import InputInvalid
from generator.field import listed, mapping, numbered, text
from generator.kinds import Impact
from generator.manifest import Object
from generator.review.change import Difference, Verdict
from generator.review.side import Side
from generator.review.side import identity as named

_FLAG = "--alpha-config="
"""By this argument oauth2-proxy reads its upstreams; tests/oauth2_proxy_contract.py has their form."""
_PATTERN = re.compile(r"\^(.*)/\(\.\*\)\$")
_SOURCE = "https://oauth2-proxy.github.io/oauth2-proxy/configuration/alpha-config"


def with_addresses(verdict: Verdict, route: Object, side: Side) -> Verdict:
    """Return a verdict on a whole route with the addresses that it is about; on other kinds, as it is."""
    said = "; ".join(_addresses(route, side)) if route.id.kind == "HTTPRoute" else ""
    leads = "; still reachable: " if verdict.impact is Impact.ORPHAN else ": "
    return verdict._replace(reason=f"{verdict.reason}{leads}{said}") if said else verdict


def of_upstreams(found: Difference, config: Object, side: Side) -> Verdict | None:
    """Return what it does that oauth2-proxy hands requests on to others than before; None if it does not."""
    before, after = _upstreams(found.before), _upstreams(found.after)
    proxies = ", ".join(named(reader.id) for reader in side.consumers("ConfigMap", *config.id[3:]))
    opened = [f"{path} leads to {service}" for path, service in after.items() if before.get(path) != service]
    if opened:
        return Verdict(Impact.EXPOSURE, f"reachable behind the sign-in of {proxies}: {', '.join(opened)}", _SOURCE)
    if closed := [path for path in before if path not in after]:
        return Verdict(Impact.OUTAGE, f"no longer reachable behind {proxies}: {', '.join(closed)}", _SOURCE)
    return None


def _addresses(route: Object, side: Side) -> Iterator[str]:
    """Yield the addresses of a route, those with one answer together."""
    hosts = [host for host in listed(route.manifest, "spec", "hostnames") if isinstance(host, str)] or ["every host"]
    found: dict[str, list[str]] = {}
    for _, rule in numbered(route.manifest, "spec", "rules"):
        paths = [text(match, "path", "value") or "/" for _, match in numbered(rule, "matches")] or ["/"]
        answers = [
            _answer(side, text(backend, "namespace") or route.id.namespace, text(backend, "name"))
            for _, backend in numbered(rule, "backendRefs")
        ]
        found.setdefault(", ".join(answers), []).extend(f"{host}{path}" for host in hosts for path in paths)
    for answer, addresses in found.items():
        yield f"{', '.join(addresses)} ({answer})" if answer else ", ".join(addresses)


def _answer(side: Side, namespace: str, name: str) -> str:
    """Return which Services answer what a Service takes: those behind it, where it is oauth2-proxy's."""
    for proxy in _proxies(side, namespace, name):
        texts = [item for config in side.read_by(proxy) for item in mapping(config.manifest, "data").values()]
        services = dict.fromkeys(service for item in texts for service in _upstreams(item).values())
        return f"behind sign-in: {', '.join(services) or 'nothing'}"
    return f"Service {namespace}/{name}, not behind oauth2-proxy"


def _proxies(side: Side, namespace: str, name: str) -> Iterator[Object]:
    """Yield the workloads behind a Service that are oauth2-proxy."""
    here = [built for built in side.objects.values() if built.id.namespace == namespace]
    selectors = [mapping(built.manifest, "spec", "selector") for built in here if built.id[2::2] == ("Service", name)]
    for built in here:
        for pods in side.pod_templates(built):
            labels = mapping(pods, "metadata", "labels")
            chosen = any(selector and selector.items() <= labels.items() for selector in selectors)
            words = [word for _, item in numbered(pods, "spec", "containers") for word in listed(item, "args")]
            if chosen and any(isinstance(word, str) and word.startswith(_FLAG) for word in words):
                yield built


def _upstreams(content: object) -> dict[str, str]:
    """Return the Service of each path in the text of oauth2-proxy's configuration; of any other text, nothing."""
    result = {}
    if isinstance(content, str) and "upstreamConfig" in content:
        for _, upstream in numbered(_read(content), "upstreamConfig", "upstreams"):
            host = text(upstream, "uri").partition("://")[2].partition("/")[0].partition(":")[0]
            service, _, namespace = host.removesuffix(".svc.cluster.local").partition(".")
            result[_PATTERN.sub(r"\1/", text(upstream, "path"))] = f"Service {namespace}/{service}"
    return result


def _read(content: str) -> object:
    try:
        return yamlio.load(content, "").value
    except InputInvalid:
        return None
