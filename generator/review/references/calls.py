"""Who calls whom, as far as texts say it: Services that a workload names, or a file that it reads. Pure."""

from collections.abc import Iterator

from generator.field import mapping
from generator.manifest import Object, ObjectId
from generator.review.references.index import Index
from generator.review.references.names import services_named


def called_by(caller: Object, index: Index) -> Iterator[ObjectId]:
    """Yield the workloads behind the Services that a workload names."""
    for source in (caller, *index.side.read_by_pods(caller)):
        for name in services_named(source, index):
            for service in index.named(name):
                selector = mapping(service.manifest, "spec", "selector")
                found = index.selected((name[0], name[2]), {"matchLabels": selector}) if selector else []
                yield from (pods.owner.id for pods in found)
