"""What runs pods: Deployments, StatefulSets, DaemonSets, Jobs, autoscalers, disruption budgets."""

from generator.review.row import Row

TABLE: dict[str, tuple[Row, ...]] = {}
