"""What each kind of object is: a YAML file for each, the only list of kinds. Pure, but for reading the shipped files."""

from generator.kinds.google import Demand, Form, Google, Reference, Said, SaidOf, Where
from generator.kinds.impact import ABSENT, Edit, Impact, found
from generator.kinds.kind import FOLDER, UNKNOWN, Kind, Leads
from generator.kinds.kinds import Contract, Kinds, named
from generator.kinds.path import every, matches, parts
from generator.kinds.row import Row
from generator.kinds.shipped import cache_folder, definitions, names, shipped
from generator.kinds.workload import Pods

__all__ = [
    "ABSENT",
    "FOLDER",
    "UNKNOWN",
    "Contract",
    "Demand",
    "Edit",
    "Form",
    "Google",
    "Impact",
    "Kind",
    "Kinds",
    "Leads",
    "Pods",
    "Reference",
    "Row",
    "Said",
    "SaidOf",
    "Where",
    "cache_folder",
    "definitions",
    "every",
    "found",
    "matches",
    "named",
    "names",
    "parts",
    "shipped",
]
