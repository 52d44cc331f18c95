"""What the user writes: files -> Environment."""

from generator.environment import addresses
from generator.environment.fault import Fault, as_finding, caused
from generator.environment.layers import choose, extending, known, names
from generator.environment.load import Loaded, load
from generator.environment.model import Adopted, Committer, Environment, Mirror
from generator.environment.schema import UnitSchemas, editor_schema
from generator.environment.settings import Offer, Offers, deep_merge, schemas

__all__ = [
    "Adopted",
    "Committer",
    "Environment",
    "Fault",
    "Loaded",
    "Mirror",
    "Offer",
    "Offers",
    "UnitSchemas",
    "addresses",
    "as_finding",
    "caused",
    "choose",
    "deep_merge",
    "editor_schema",
    "extending",
    "known",
    "load",
    "names",
    "schemas",
]
