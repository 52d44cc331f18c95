"""Networks, addresses, firewalls, DNS."""

from generator.review.row import Row

TABLE: dict[str, tuple[Row, ...]] = {}
