"""Service accounts, grants, APIs."""

from generator.review.row import Row

TABLE: dict[str, tuple[Row, ...]] = {}
