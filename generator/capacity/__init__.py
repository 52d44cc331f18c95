"""Objects -> what fits on the nodes. Pure."""

from generator.capacity.report import RULES, Report, room

__all__ = ["RULES", "Report", "room"]
