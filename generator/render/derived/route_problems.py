"""Exposures that contradict each other, share what they must not, or that the load balancer could not look after."""

from collections.abc import Iterator

from generator.catalog import SIGN_IN, Plan, Route, routes
from generator.finding import Finding
from generator.schema import place

_PREFIX = "/oauth2"
_ANSWERED = ("/ping", "/ready", "/robots.txt")
"""Paths that oauth2-proxy answers before it asks an upstream: proxy_prefix, ping_path, ready_path, robotsPath.

Source: oauthproxy.go.
"""
_OWN_HOST = "choose another host, one that no other unit exposes"


def route_problems(plan: Plan) -> Iterator[Finding]:
    """Yield what is wrong with the routes of all units together."""
    found = routes(plan)
    yield from _taken_twice(plan, found)
    yield from _shared_hosts(plan, found)
    yield from _narrowed(plan, found)
    yield from _hidden(plan, found)
    yield from _answered(plan, found)
    services: dict[tuple[str, str], Route] = {}
    for route in [route for route in found if not route.behind_sign_in]:
        if route.health is None:
            hint = "health: {port: <port of the pods>, path: …}"
            yield _fault(
                plan, route, "has no health, so the load balancer probes / on the serving port", "route-health", hint
            )
        same = services.setdefault((route.namespace, route.service), route)
        if (same.health, same.ranges) != (route.health, route.ranges):
            message = f"Service {route.service} is exposed twice with different health or ranges"
            yield _fault(
                plan,
                route,
                message,
                "route-policy",
                "its policies apply to the whole Service; add a second Service for the other",
            )


def _taken_twice(plan: Plan, found: tuple[Route, ...]) -> Iterator[Finding]:
    """Yield paths that two units expose on one host, both behind sign-in or both past it."""
    taken: dict[tuple[bool, str, str], Route] = {}
    for route in found:
        other = taken.setdefault((route.behind_sign_in, route.host, route.path), route)
        if other is not route:
            # What stands before sign-in follows from others: they are not to blame for its path.
            wrong, right = (other, route) if _is_sign_in(plan, route) else (route, other)
            if wrong.auth != "own" or right.unit == SIGN_IN or not _is_sign_in(plan, right):  # else below
                yield _fault(plan, wrong, f"{wrong.host}{wrong.path} is also exposed by {right.unit}", "route-twice")


def _shared_hosts(plan: Plan, found: tuple[Route, ...]) -> Iterator[Finding]:
    """Yield hosts that belong to another unit: to one that is no HTTP, or to one with a login of its own.

    What says `own` or `none` may be a part of that unit. The host of SIGN_IN is that of the platform.
    """
    platform = plan.named(SIGN_IN)
    owners = {
        exposure.host: (planned.name, "which has an IP address of its own")
        for planned in plan.units
        for exposure in planned.exposes
        if exposure.protocol == "tcp"
    }
    no_http = set(owners)
    for route in found:
        if route.auth == "own" and not _is_sign_in(plan, route) and not (platform and platform.unit.host == route.host):
            why = "which signs people in itself; pages of one host share cookies"
            owners.setdefault(route.host, (route.unit, why))
    for route in found:
        owner, why = owners.get(route.host, (route.unit, ""))
        asks = route.behind_sign_in or (route.host in no_http and not _is_sign_in(plan, route))
        if asks and route.unit != owner:
            yield _fault(plan, route, f"host {route.host} belongs to {owner}, {why}", "route-shared", _OWN_HOST)


def _narrowed(plan: Plan, found: tuple[Route, ...]) -> Iterator[Finding]:
    """Yield ranges behind sign-in that have no effect: one Service, with one policy, stands before all of a host."""
    for route in [route for route in found if route.behind_sign_in]:
        before = plan.sign_in(route.host)
        let_in = {exposure.ranges for exposure in before.exposes} if before else {route.ranges}
        if before and route.ranges not in let_in:
            message = (
                f"ranges: {route.ranges} has no effect: {before.name}, in front of {route.host}, has different ranges"
            )
            hint = "write the same ranges for everything behind sign-in on this host, or choose another host"
            yield _fault(plan, route, message, "route-policy", hint)


def _hidden(plan: Plan, found: tuple[Route, ...]) -> Iterator[Finding]:
    """Yield paths behind sign-in that a shorter one takes: oauth2-proxy tries those with a rewrite first."""
    behind = [route for route in found if route.behind_sign_in]
    for route in [route for route in behind if route.rewrite is None]:
        above = (other for other in behind if other.rewrite is not None and _is_below(route, other))
        if other := next(above, None):
            message = f"{route.host}{route.path} is never reached: {other.path} of {other.unit} has a rewrite"
            message += ", so it matches first"
            hint = f"{{path: {route.path}, rewrite: {route.path}}}: it changes nothing, and the longer path wins"
            yield _fault(plan, route, message, "route-hidden", hint)


def _answered(plan: Plan, found: tuple[Route, ...]) -> Iterator[Finding]:
    """Yield paths that sign-in itself answers; past sign-in only its prefix is one: a route there would replace it."""
    for route in [route for route in found if plan.sign_in(route.host) and not _is_sign_in(plan, route)]:
        inside = f"{route.path}/".startswith(f"{_PREFIX}/") or (route.behind_sign_in and route.path in _ANSWERED)
        if inside:
            message = f"{route.host}{route.path} is a path of the sign-in before {route.host}, which answers it itself"
            yield _fault(plan, route, message, "route-hidden", "choose another path")


def _is_below(route: Route, other: Route) -> bool:
    inside = route.path.startswith(f"{other.path.rstrip('/')}/") and route.path != other.path
    return inside and route.host == other.host


def _is_sign_in(plan: Plan, route: Route) -> bool:
    before = plan.sign_in(route.host)
    return before is not None and before.name == route.unit


def _fault(plan: Plan, route: Route, message: str, rule: str, hint: str = "") -> Finding:
    planned = plan.named(route.unit)
    where = place(("exposes", route.entry), planned.unit.marks if planned else {})
    return Finding.at(where, rule, message, path="exposes", hint=hint, object=route.unit)
