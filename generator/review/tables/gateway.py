"""The Gateway API and what GKE adds to it."""

from generator.review.row import Row

TABLE: dict[str, tuple[Row, ...]] = {}
