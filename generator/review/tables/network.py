"""Services and NetworkPolicies."""

from generator.review.row import Row

TABLE: dict[str, tuple[Row, ...]] = {}
