"""Kibana beside its Elasticsearch: what ECK waits for, and does not say when it is applied."""

import re
from collections.abc import Iterator

from generator.check.built import Built, Check, fault
from generator.field import text
from generator.finding import Finding
from generator.manifest import Object

_VERSION = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.")


def kibana_is_not_newer_than_elasticsearch(built: Built) -> Iterator[Finding]:
    """A Kibana is of no newer version than its Elasticsearch, patches aside: ECK would never roll it out."""
    clusters = {(item.id.cluster, item.id.namespace, item.id.name): item for item in built.of_kind("Elasticsearch")}
    for kibana in built.of_kind("Kibana"):
        name, elsewhere = (text(kibana.manifest, "spec", "elasticsearchRef", key) for key in ("name", "namespace"))
        found = clusters.get((kibana.id.cluster, elsewhere or kibana.id.namespace, name))
        if found and _version(kibana) > _version(found):
            hint = "give both the same version; ECK upgrades Elasticsearch first"
            yield fault(kibana, "/spec/version", f"is newer than that of {found.id}", rule="kibana-version", hint=hint)


def _version(item: Object) -> tuple[int, ...]:
    found = _VERSION.match(text(item.manifest, "spec", "version"))
    return tuple(map(int, found.groups())) if found else ()


RULES: tuple[Check, ...] = (kibana_is_not_newer_than_elasticsearch,)
