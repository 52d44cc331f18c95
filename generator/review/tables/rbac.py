"""Roles, their bindings, ServiceAccounts."""

from generator.review.row import Row

TABLE: dict[str, tuple[Row, ...]] = {}
