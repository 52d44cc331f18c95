"""Every object of every environment and variant, before real API servers that know the real definitions."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import stored_crds
from acceptance import applied, applied_again, known, namespaces
from api_server import ApiServer, Manifest
from control_plane import ControlPlane

from generator.manifest import HUB, WORKLOAD
from lint.objects import Example, examples
from lint.variants import variants

pytestmark = pytest.mark.e2e
pytest_plugins = ("e2e_session",)

CLUSTERS = {
    "hub": stored_crds.HUB,
    "workload": (*stored_crds.GKE, *(name for names in stored_crds.ADDONS.values() for name in names)),
}
CLUSTERS["single"] = tuple(dict.fromkeys((*CLUSTERS["hub"], *CLUSTERS["workload"])))
"""What each cluster knows, so that an object of one that is sent to the other is refused."""


@pytest.fixture(scope="module")
def clusters(control_plane: ControlPlane) -> Iterator[dict[str, ApiServer]]:
    stored_crds.folder()
    names = {name: f"apply-{name}" for name in CLUSTERS}
    servers = dict(zip(CLUSTERS, control_plane.start_servers(*names.values()), strict=True))
    with ThreadPoolExecutor() as pool:
        known_there = [stored_crds.read(*CLUSTERS[name]) for name in servers]
        list(pool.map(stored_crds.install, servers.values(), known_there))
    yield servers
    for name in names.values():
        control_plane.stop_server(name)


def by_cluster(example: Example) -> dict[str, list[Manifest]]:
    """Return the objects of an environment by the cluster that they are for."""
    single = example.plan.environment.argocd.topology == "in-cluster"
    found: dict[str, list[Manifest]] = defaultdict(list)
    for item in example.objects:
        found["single" if single else {HUB: "hub", WORKLOAD: "workload"}[item.id.cluster]].append(item.manifest)
    return {name: known(manifests) for name, manifests in found.items()}


def test_every_example_is_accepted_whole_and_a_second_apply_changes_nothing(clusters: dict[str, ApiServer]) -> None:
    said: list[str] = []
    there: list[Manifest] = []  # all environments are on one hub
    for example in examples():
        said += owned_twice(example)
        manager = f"codemie-{example.plan.environment.name}"
        for cluster, manifests in by_cluster(example).items():
            server = clusters[cluster]
            namespaces(server, manifests)
            force = "true" if cluster != "hub" else "false"  # namespaces that the environment before had
            first = [applied(server, manifest, manager, force) for manifest in manifests]
            for manifest, (found, more) in zip(manifests, first, strict=True):
                said += [*more, *applied_again(server, manifest, manager, found)]
            if cluster == "hub":
                there += manifests
            else:
                take_away(server, manifests)
    take_away(clusters["hub"], there)
    assert not said, "\n".join(sorted(set(said)))


def test_every_object_of_every_variant_is_accepted_and_a_second_apply_changes_nothing(
    clusters: dict[str, ApiServer],
) -> None:
    said: list[str] = []
    seen: set[str] = set()
    for example in ahead(variants()):
        said += owned_twice(example)
        for cluster, manifests in by_cluster(example).items():
            server = clusters[cluster]
            new = [item for item in manifests if _new(cluster, item, seen)]
            namespaces(server, new)
            for manifest in new:
                if manifest["kind"] == "Namespace":  # stays, and the next variant has it otherwise
                    server.apply(manifest, "variant", force="true")
                    continue
                found, more = applied(server, manifest, "variant")
                more += applied_again(server, manifest, "variant", found)
                said += [f"{example.name}: {line}" for line in more]
                if found:
                    server.delete(manifest)
    assert not said, "\n".join(sorted(set(said)))


def ahead(examples: Iterator[Example]) -> Iterator[Example]:
    """Yield them, each rendered while the one before is applied."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, examples, None)
        while example := coming.result():
            coming = pool.submit(next, examples, None)
            yield example


def take_away(server: ApiServer, manifests: list[Manifest]) -> None:
    """Delete objects, but no namespaces: what would empty them does not run here."""
    for manifest in {server.path(item): item for item in manifests}.values():
        if manifest["kind"] != "Namespace":
            server.delete(manifest)


def owned_twice(example: Example) -> list[str]:
    """Return the objects that more than one Application has."""
    counted = Counter(item.id for item in example.objects)
    return [f"{example.name}: {found} is there {count} times" for found, count in counted.items() if count > 1]


def _new(cluster: str, manifest: Manifest, seen: set[str]) -> bool:
    """Say whether this very object has not been before this cluster yet."""
    digest = hashlib.sha256(f"{cluster} {json.dumps(manifest, sort_keys=True)}".encode()).hexdigest()
    found = digest not in seen
    seen.add(digest)
    return found
