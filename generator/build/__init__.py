"""Tree -> hydrated Objects, by kustomize."""

from generator.build.kustomize import Folder, Tool, build, find_tool, folders, started

__all__ = ["Folder", "Tool", "build", "find_tool", "folders", "started"]
