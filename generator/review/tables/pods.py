"""What a pod template holds, wherever it stands."""

from generator.review.row import Row

TABLE: dict[str, tuple[Row, ...]] = {}
