"""Cloud SQL, keys, secrets, buckets, logs, alerts."""

from generator.review.row import Row

TABLE: dict[str, tuple[Row, ...]] = {}
DIRECT = ("SQLInstance",)
