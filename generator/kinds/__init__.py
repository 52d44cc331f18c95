"""What each kind of object is: one YAML file per kind, the only list of kinds. Pure but for reading shipped files."""

from generator.kinds.contract import Contract
from generator.kinds.crd import kind_files
from generator.kinds.google import Form, Google, Reference, RequiredField, Said, SaidOf, Where
from generator.kinds.impact import ABSENT, Edit, Impact, Steps, found
from generator.kinds.kind import Kind, Leads, Selects
from generator.kinds.kinds import Kinds, named
from generator.kinds.made import Made, made_of
from generator.kinds.mention import Mention, ResourceMention, mentions, resource_mentions
from generator.kinds.path import every, matches, parts
from generator.kinds.project_files import project_files
from generator.kinds.rows.row import Row
from generator.kinds.rows.vocabulary import reordered
from generator.kinds.shipped import definitions, names, shipped, validation
from generator.kinds.workload import PodFacts

__all__ = [
    "ABSENT",
    "Contract",
    "Edit",
    "Form",
    "Google",
    "Impact",
    "Kind",
    "Kinds",
    "Leads",
    "Made",
    "Mention",
    "PodFacts",
    "Reference",
    "RequiredField",
    "ResourceMention",
    "Row",
    "Said",
    "SaidOf",
    "Selects",
    "Steps",
    "Where",
    "definitions",
    "every",
    "found",
    "kind_files",
    "made_of",
    "matches",
    "mentions",
    "named",
    "names",
    "parts",
    "project_files",
    "reordered",
    "resource_mentions",
    "shipped",
    "validation",
]
