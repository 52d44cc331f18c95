"""What each kind of object is: one YAML file per kind, the only list of kinds. Pure but for reading shipped files."""

from generator.kinds.contract import Contract
from generator.kinds.crd import kind_files
from generator.kinds.google import Form, Google, Reference, RequiredField, Said, SaidOf, Where
from generator.kinds.impact import ABSENT, Edit, Impact, found
from generator.kinds.kind import Kind, Leads
from generator.kinds.kinds import Kinds, named
from generator.kinds.path import every, matches, parts
from generator.kinds.project_files import project_files
from generator.kinds.row import Row
from generator.kinds.shipped import definitions, names, shipped
from generator.kinds.vocabulary import reordered
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
    "PodFacts",
    "Reference",
    "RequiredField",
    "Row",
    "Said",
    "SaidOf",
    "Where",
    "definitions",
    "every",
    "found",
    "kind_files",
    "matches",
    "named",
    "names",
    "parts",
    "project_files",
    "reordered",
    "shipped",
]
