"""Tree -> hydrated Objects, by kustomize."""

from generator.build.kustomize import Building, Folder, Tool, build, find_tool, folders, started
from generator.build.salvage import Salvaged, salvaging
from generator.build.tools import Found, missing, tools

__all__ = [
    "Building",
    "Folder",
    "Found",
    "Salvaged",
    "Tool",
    "build",
    "find_tool",
    "folders",
    "missing",
    "salvaging",
    "started",
    "tools",
]
