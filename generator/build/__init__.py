"""Tree -> hydrated Objects, by kustomize."""

from generator.build.kustomize import Building, Folder, Tool, build, find_tool, folders, started

__all__ = ["Building", "Folder", "Tool", "build", "find_tool", "folders", "started"]
