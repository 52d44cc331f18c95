"""Paths that the UI's router takes, as people have them in their address bar: what a name may hold is in them."""

import re
from pathlib import Path

import yaml

ROUTES: list[str] = yaml.safe_load((Path(__file__).parent / "data/ui-routes.yaml").read_text())["routes"]
NAMES = (
    "5f0c1d1e-9a4b-4d43-8b5e-3f2a6c7d8e9f",  # an id
    "ai.run",  # a project's name may be an address, or look like a file
    "ada@example.com",
    "report.js",
    "a%20name%2Fwith%20%C3%BC",  # encoded by the UI
    "t" * 600,  # the token of a shared chat is longer than a file's name may be
)
PATHS = sorted({re.sub(r":\w+", name, route) for route in ROUTES for name in NAMES})
"""Every route; one with a parameter under each of the names."""
