"""When Argo CD may sync."""

RULES = ()
