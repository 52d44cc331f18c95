"""Claims, classes, ConfigMaps, Secrets, namespaces, definitions of kinds."""

from generator.review.row import Row

TABLE: dict[str, tuple[Row, ...]] = {}
