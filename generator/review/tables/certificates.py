"""cert-manager, and certificates of Google Cloud."""

from generator.review.row import Row

TABLE: dict[str, tuple[Row, ...]] = {}
