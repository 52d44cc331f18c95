"""Time zones of the IANA database, as a package has them and not the machine: each machine knows the same."""

import functools
import importlib.resources


def is_time_zone(text: str) -> bool:
    """Whether a text names a zone of the IANA database."""
    return text in time_zones()


@functools.cache
def time_zones() -> frozenset[str]:
    """Return the names of all zones."""
    return frozenset(importlib.resources.files("tzdata").joinpath("zones").read_text().split())
