"""Objects -> what fits on the nodes. Pure."""

from generator.capacity import connections, report
from generator.capacity.report import Report, assess

RULES = (*report.RULES, *connections.RULES)

__all__ = ["RULES", "Report", "assess"]
