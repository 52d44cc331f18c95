"""What every object has: labels, annotations, a version."""

from generator.review.row import Row

TABLE: dict[str, tuple[Row, ...]] = {}
