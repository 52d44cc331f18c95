"""Tree -> hydrated Objects, by kustomize."""

from generator.build.kustomize import Folder, Tool, build, find_tool, folders

__all__ = ["Folder", "Tool", "build", "find_tool", "folders"]
