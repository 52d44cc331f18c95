"""Routes: what is reached from outside, flattened from the `exposes` of all enabled units."""

from typing import Literal

import msgspec

from generator.catalog.plan import Plan
from generator.catalog.unit import Health


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One host (the label before the domain) and path prefix, and the Service port it reaches after the rewrite.

    `entry` says which entry of the unit's `exposes` it comes from.
    """

    host: str
    path: str
    rewrite: str | None
    auth: Literal["oauth2", "own", "none"]
    ranges: Literal["allowed", "admin", "webhook"]
    unit: str
    entry: int
    namespace: str
    service: str
    port: int
    health: Health | None

    @property
    def behind_sign_in(self) -> bool:
        """Whether oauth2-proxy stands before it, and not the Gateway alone."""
        return self.auth == "oauth2"


def routes(plan: Plan) -> tuple[Route, ...]:
    """Return all routes by host, the longest path first: the order in which a request is matched."""
    found = [
        Route(
            host=exposure.host,
            path=path.path,
            rewrite=path.rewrite,
            auth=exposure.auth,
            ranges=exposure.ranges,
            unit=planned.name,
            entry=planned.unit.declaration.exposes.index(exposure),
            namespace=planned.namespace,
            service=exposure.service or planned.name,
            port=exposure.port,
            health=exposure.health,
        )
        for planned in plan.units
        for exposure in planned.exposes
        if exposure.protocol == "http"
        for path in exposure.paths
    ]
    return tuple(sorted(found, key=lambda route: (route.host, -len(route.path), route.path, route.unit)))
