"""What templates/ offers: component.yaml -> Unit; Plan = Environment x enabled Units."""

from generator.catalog.common_keys import Autoscaling, Common, Image, Resources
from generator.catalog.discover import Discovered, discover
from generator.catalog.linter import KUBE_SCORE, linter
from generator.catalog.plan import Plan, Planned, make_plan
from generator.catalog.route import Route, routes
from generator.catalog.settings import deep_merge, freeze, schemas
from generator.catalog.unit import (
    EDGE,
    NAMESPACES,
    OUTSIDE,
    SHARED_SECRETS,
    SIGN_IN,
    Connection,
    DeclaredWorkload,
    Exposure,
    Metrics,
    Need,
    Secret,
    SecretKey,
    Unit,
)

__all__ = [
    "EDGE",
    "KUBE_SCORE",
    "NAMESPACES",
    "OUTSIDE",
    "SHARED_SECRETS",
    "SIGN_IN",
    "Autoscaling",
    "Common",
    "Connection",
    "DeclaredWorkload",
    "Discovered",
    "Exposure",
    "Image",
    "Metrics",
    "Need",
    "Plan",
    "Planned",
    "Resources",
    "Route",
    "Secret",
    "SecretKey",
    "Unit",
    "deep_merge",
    "discover",
    "freeze",
    "linter",
    "make_plan",
    "routes",
    "schemas",
]
