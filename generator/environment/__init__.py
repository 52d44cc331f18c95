"""What the user writes: files -> Environment."""

from generator.environment.layers import choose, extending, known, names
from generator.environment.load import Loaded, load
from generator.environment.model import Adopted, Committer, Environment, Mirror
from generator.environment.schema import UnitSchemas, editor_schema

__all__ = [
    "Adopted",
    "Committer",
    "Environment",
    "Loaded",
    "Mirror",
    "UnitSchemas",
    "choose",
    "editor_schema",
    "extending",
    "known",
    "load",
    "names",
]
