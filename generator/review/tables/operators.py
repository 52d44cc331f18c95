"""Elasticsearch and Kibana of ECK, ExternalSecrets, monitoring in the cluster."""

from generator.review.row import Row

TABLE: dict[str, tuple[Row, ...]] = {}
