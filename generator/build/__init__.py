"""Tree -> hydrated Objects, by kustomize."""

from generator.build.applications import Folder, folders
from generator.build.kustomize import Building, Tool, build, find_tool, started, started_validated
from generator.build.located import located
from generator.build.salvage import Salvaged, salvaging
from generator.build.tools import Found, missing, tools
from generator.build.unbuilt import refuse_broken

__all__ = [
    "Building",
    "Folder",
    "Found",
    "Salvaged",
    "Tool",
    "build",
    "find_tool",
    "folders",
    "located",
    "missing",
    "refuse_broken",
    "salvaging",
    "started",
    "started_validated",
    "tools",
]
