"""GKE clusters, node pools, VMs, fleets, backups."""

from generator.review.row import Row

TABLE: dict[str, tuple[Row, ...]] = {}
