"""Objects -> what fits on the nodes. Pure."""

from generator.capacity.report import RULES, Report, assess

__all__ = ["RULES", "Report", "assess"]
