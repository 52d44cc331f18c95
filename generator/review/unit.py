"""The unit that an object is of, by the file it was built of. Pure."""

import re

from generator.manifest import Object

_UNIT = re.compile(r"(?:components|infra|addons)/([^/]+)/.*|argocd/apps/([^/]+)\.yaml")


def unit_of(built: Object) -> str:
    """Return the unit of an object; '' for what belongs to none, such as AppProjects."""
    found = _UNIT.fullmatch(built.place)
    return (found[1] or found[2]) if found else ""
