"""CustomResourceDefinitions of a cluster -> kind files of a project. Pure."""

from generator.kinds.crd.custom_resource import kind_files

__all__ = ["kind_files"]
