"""A model of the way of a request through built objects: Gateway, HTTPRoutes, and the sign-in proxy behind them.

As the Gateway API and oauth2-proxy 7.15 say. It follows what a route matches by host and path; a route that matches by
anything else, or has a filter it does not know, is an error, so that no test passes by what the model leaves out.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import yaml

from generator.manifest import Manifest

OWN_PATHS = ("/ping", "/ready", "/robots.txt")
"""What oauth2-proxy answers itself, beside everything below /oauth2/."""


class Answer(NamedTuple):
    """Who answers a request: `service` (namespace/name:port) sees `path`; empty for the Gateway's own redirect."""

    service: str
    path: str
    signed_in: bool = False
    injected: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    policy: str = ""
    """The Cloud Armor policy before it; empty: whoever reaches the load balancer may call."""


class Objects:
    """Built objects by kind."""

    def __init__(self, manifests: list[Manifest]) -> None:
        self.manifests = manifests

    def of(self, *kinds: str) -> list[Manifest]:
        """Return the objects of these kinds."""
        return [manifest for manifest in self.manifests if manifest["kind"] in kinds]

    def find(self, kind: str, namespace: str, name: str) -> Manifest | None:
        """Return one object."""
        named = [item for item in self.of(kind) if item["metadata"]["name"] == name]
        return next((item for item in named if item["metadata"].get("namespace", "") == namespace), None)

    def service(self, namespace: str, name: str, port: int) -> str:
        """Return a Service port as text; empty if there is none."""
        found = self.find("Service", namespace, name)
        ports = found["spec"]["ports"] if found else []
        return f"{namespace}/{name}:{port}" if any(item["port"] == port for item in ports) else ""


def answer(manifests: list[Manifest], host: str, path: str, scheme: str = "https") -> Answer | None:
    """Return who answers `scheme://host/path`; None: nobody."""
    objects = Objects(manifests)
    found = [match for match in _matches(objects, scheme) if match.takes(host, path)]
    if not found:
        return None
    best = min(found, key=lambda match: match.rank())
    policy = ""
    removed: tuple[str, ...] = ()
    seen = path
    for item in best.rule.get("filters", []):
        if item["type"] == "RequestRedirect":
            return Answer("", f"{item['requestRedirect']['scheme']}://{host}{path}")
        if item["type"] == "RequestHeaderModifier":
            removed = tuple(item["requestHeaderModifier"].get("remove", ()))
        elif item["type"] == "URLRewrite":
            seen = _rewritten(path, best.path["value"], item["urlRewrite"]["path"])
        elif item["type"] != "ResponseHeaderModifier":  # which is of no matter to who answers
            raise NotImplementedError(item["type"])
    (backend,) = best.rule["backendRefs"]
    service = objects.service(best.namespace, backend["name"], backend["port"])
    if not service or backend.get("namespace", best.namespace) != best.namespace:
        return None  # no ReferenceGrants here
    policy = _policy(objects, best.namespace, backend["name"])
    return _behind(objects, Answer(service, seen, removed=removed, policy=policy), best.namespace, backend["name"])


class Match(NamedTuple):
    """One match of one rule of a route, under one host name that route and listener have in common."""

    namespace: str
    name: str
    hostname: str
    path: dict[str, str]
    rule: dict[str, Any]
    order: int

    def takes(self, host: str, path: str) -> bool:
        """Whether it takes a request; query and fragment are no part of `path`."""
        if not _host_matches(self.hostname, host):
            return False
        if self.path["type"] == "Exact":
            return path == self.path["value"]
        prefix = self.path["value"].rstrip("/")
        return path == prefix or path.startswith(prefix + "/")

    def rank(self) -> tuple[Any, ...]:
        """Return its place among all that take a request: the most specific host, exact before prefix, the longest."""
        wildcard = self.hostname.startswith("*.")
        exact = self.path["type"] == "Exact"
        return (
            wildcard,
            -len(self.hostname),
            not exact,
            -len(self.path["value"]),
            self.namespace,
            self.name,
            self.order,
        )


def _matches(objects: Objects, scheme: str) -> Iterator[Match]:
    for gateway in objects.of("Gateway"):
        for listener in gateway["spec"]["listeners"]:
            if listener["protocol"] == scheme.upper():
                for route in objects.of("HTTPRoute"):
                    if _attached(objects, gateway, listener, route):
                        yield from _of_route(route, listener.get("hostname", ""))


def _attached(objects: Objects, gateway: Manifest, listener: dict[str, Any], route: Manifest) -> bool:
    namespace = route["metadata"]["namespace"]
    own = gateway["metadata"]["namespace"]
    named = any(
        (parent["name"], parent.get("namespace", namespace)) == (gateway["metadata"]["name"], own)
        and parent.get("sectionName", listener["name"]) == listener["name"]
        for parent in route["spec"]["parentRefs"]
    )
    allowed = listener.get("allowedRoutes", {}).get("namespaces", {})
    if allowed.get("from", "Same") != "Selector":
        return named and (allowed.get("from", "Same") == "All" or namespace == own)
    found = objects.find("Namespace", "", namespace)
    labels = {**(found["metadata"].get("labels", {}) if found else {}), "kubernetes.io/metadata.name": namespace}
    return named and _selected(labels, allowed["selector"])


def _selected(labels: dict[str, str], selector: dict[str, Any]) -> bool:
    tests = [labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()]
    for item in selector.get("matchExpressions", []):
        inside = labels.get(item["key"]) in item.get("values", [])
        tests.append({"In": inside, "NotIn": not inside, "Exists": item["key"] in labels}[item["operator"]])
    return all(tests)


def _of_route(route: Manifest, listened: str) -> Iterator[Match]:
    metadata = route["metadata"]
    hostnames = [name for name in route["spec"].get("hostnames", [listened]) if _within(name, listened)]
    rules = list(enumerate(route["spec"]["rules"]))
    for hostname in hostnames:
        for order, rule in rules:
            for match in rule.get("matches", [{}]):
                if set(match) - {"path"}:
                    raise NotImplementedError(match)
                path = match.get("path", {"type": "PathPrefix", "value": "/"})
                yield Match(metadata["namespace"], metadata["name"], hostname, path, rule, order)


def _within(hostname: str, listened: str) -> bool:
    return not listened or hostname == listened or _host_matches(listened, hostname)


def _host_matches(pattern: str, host: str) -> bool:
    return not pattern or host == pattern or (pattern.startswith("*.") and host.endswith(pattern[1:]))


def _rewritten(path: str, prefix: str, rewrite: dict[str, str]) -> str:
    if rewrite["type"] != "ReplacePrefixMatch":
        raise NotImplementedError(rewrite["type"])
    rest = path[len(prefix.rstrip("/")) :]
    return (rewrite["replacePrefixMatch"].rstrip("/") + rest) or "/"


def _policy(objects: Objects, namespace: str, service: str) -> str:
    for policy in objects.of("GCPBackendPolicy"):
        target = policy["spec"]["targetRef"]
        if (policy["metadata"]["namespace"], target["kind"], target["name"]) == (namespace, "Service", service):
            return str(policy["spec"]["default"].get("securityPolicy", ""))
    return ""


def _behind(objects: Objects, reached: Answer, namespace: str, service: str) -> Answer | None:
    """Return who answers in the end: an upstream, where the Service is that of the sign-in proxy."""
    found = objects.find("Service", namespace, service)
    selector = found["spec"]["selector"] if found else {}
    for workload in objects.of("Deployment"):
        template = workload["spec"]["template"]
        if (
            workload["metadata"]["namespace"] == namespace
            and selector.items() <= template["metadata"]["labels"].items()
        ):
            arguments = [argument for item in template["spec"]["containers"] for argument in item.get("args", ())]
            if any(argument.startswith("--alpha-config=") for argument in arguments):
                return _through_proxy(objects, reached, _alpha(objects, namespace, template["spec"]))
    return reached


def _alpha(objects: Objects, namespace: str, spec: dict[str, Any]) -> dict[str, Any]:
    names = [volume["configMap"]["name"] for volume in spec["volumes"] if "configMap" in volume]
    maps = [objects.find("ConfigMap", namespace, name) for name in names]
    (text,) = [item["data"]["alpha.yaml"] for item in maps if item and "alpha.yaml" in item["data"]]
    alpha: dict[str, Any] = yaml.safe_load(text)
    return alpha


def _through_proxy(objects: Objects, reached: Answer, alpha: dict[str, Any]) -> Answer | None:
    if reached.path in OWN_PATHS or reached.path.startswith("/oauth2/"):
        return reached
    headers = alpha.get("injectRequestHeaders", [])
    injected = tuple(header["name"] for header in headers if header["values"])
    removed = (*reached.removed, *(header["name"] for header in headers if not header["values"]))
    upstreams = alpha["upstreamConfig"]["upstreams"]
    # Those that rewrite come first, then the longest path as it is written.
    for upstream in sorted(upstreams, key=lambda item: ("rewriteTarget" not in item, -len(item["path"]))):
        seen = _upstream_path(upstream, reached.path)
        if seen is not None:
            address = urlsplit(upstream["uri"])
            name, namespace = (address.hostname or "").split(".")[:2]
            service = objects.service(namespace, name, address.port or 80)
            found = reached._replace(service=service, path=seen, signed_in=True, injected=injected, removed=removed)
            return found if service else None
    return None


def _upstream_path(upstream: dict[str, Any], path: str) -> str | None:
    pattern, target = upstream["path"], upstream.get("rewriteTarget")
    if target is not None:
        expression = re.compile(pattern)
        replacement = re.sub(r"\$([0-9]+)", r"\\g<\1>", target)
        return expression.sub(replacement, path) if expression.search(path) else None
    return path if path == pattern or (pattern.endswith("/") and path.startswith(pattern)) else None
