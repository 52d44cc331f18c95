"""What templates/ offers: component.yaml -> Unit; Plan = Environment x enabled Units."""

from generator.catalog.common_keys import Autoscaling, Common, Image, Resources
from generator.catalog.database import PROXY, Database
from generator.catalog.discover import Discovered, discover
from generator.catalog.google import BUCKET, Resource, cluster, google, google_problems
from generator.catalog.linter import KUBE_SCORE, linter
from generator.catalog.made_elsewhere import DeclaredWorkload
from generator.catalog.plan import Plan, Planned, make_plan
from generator.catalog.route import Route, routes
from generator.catalog.secret_variables import secret_id, variable_path, variables_secret
from generator.catalog.settings import Settings, freeze, offers, schemas, written
from generator.catalog.unit import (
    EDGE,
    NAMESPACES,
    OUTSIDE,
    SHARED_SECRETS,
    SIGN_IN,
    Connection,
    Exposure,
    Grant,
    Metrics,
    Need,
    Secret,
    SecretKey,
    Unit,
)
from generator.environment import deep_merge

__all__ = [
    "BUCKET",
    "EDGE",
    "KUBE_SCORE",
    "NAMESPACES",
    "OUTSIDE",
    "PROXY",
    "SHARED_SECRETS",
    "SIGN_IN",
    "Autoscaling",
    "Common",
    "Connection",
    "Database",
    "DeclaredWorkload",
    "Discovered",
    "Exposure",
    "Grant",
    "Image",
    "Metrics",
    "Need",
    "Plan",
    "Planned",
    "Resource",
    "Resources",
    "Route",
    "Secret",
    "SecretKey",
    "Settings",
    "Unit",
    "cluster",
    "deep_merge",
    "discover",
    "freeze",
    "google",
    "google_problems",
    "linter",
    "make_plan",
    "offers",
    "routes",
    "schemas",
    "secret_id",
    "variable_path",
    "variables_secret",
    "written",
]
