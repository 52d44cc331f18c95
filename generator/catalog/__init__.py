"""What templates/ offers: component.yaml -> Unit; Plan = Environment x enabled Units."""

from generator.catalog.discover import Discovered, discover
from generator.catalog.plan import Plan, Planned, make_plan
from generator.catalog.settings import deep_merge, freeze, schemas
from generator.catalog.unit import (
    NAMESPACES,
    OUTSIDE,
    Common,
    Connection,
    DeclaredWorkload,
    Exposure,
    Image,
    Need,
    Resources,
    Unit,
)

__all__ = [
    "NAMESPACES",
    "OUTSIDE",
    "Common",
    "Connection",
    "DeclaredWorkload",
    "Discovered",
    "Exposure",
    "Image",
    "Need",
    "Plan",
    "Planned",
    "Resources",
    "Unit",
    "deep_merge",
    "discover",
    "freeze",
    "make_plan",
    "schemas",
]
