"""What each kind of object is: a YAML file for each, the only list of kinds. Pure, but for reading the shipped files."""

from generator.kinds.contract import Contract
from generator.kinds.crd import kind_files
from generator.kinds.impact import ABSENT, Edit, Impact, annotation, found, sync_options
from generator.kinds.kind import FOLDER, UNKNOWN, Kind
from generator.kinds.kinds import Kinds, named
from generator.kinds.own import own
from generator.kinds.row import Row
from generator.kinds.shipped import definitions, names, shipped

__all__ = [
    "ABSENT",
    "FOLDER",
    "UNKNOWN",
    "Contract",
    "Edit",
    "Impact",
    "Kind",
    "Kinds",
    "Row",
    "annotation",
    "definitions",
    "found",
    "kind_files",
    "named",
    "names",
    "own",
    "shipped",
    "sync_options",
]
