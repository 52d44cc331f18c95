"""Do the pods fit? Ten environments counted twice, the arithmetic of pods and nodes, and what a person is told."""

import copy
import itertools
import json
import random
import re
from pathlib import Path
from typing import Any

import capacity_model as model
import pytest
from command import ROOT, copy_project, run
from objects import FILE, made, said, world
from product import Built, build, pod
from project import component, plan, sources

from generator.capacity import Report, assess
from generator.capacity.demand import absolute_count
from generator.capacity.packing import Fit, pack
from generator.capacity.placement import Node, Pod, PodGroup, PoolZone, Spread
from generator.manifest import Manifest, Object, identify
from generator.notation.quantity import amount
from generator.scheduling import Resources, allocatable, machine_resources, request_of

MI, GI = 2**20, 2**30
EVERYTHING = """\
components: {keycloak-database: {enabled: true}, litellm: {enabled: true, redis: true}, nats: {enabled: true}}
database: {databases: {litellm: {database: litellm, user: litellm}}}
"""


def main(machine_type: str, least: int, most: int) -> str:
    return f"gke: {{nodePools: {{main: {{machineType: {machine_type}, minNodes: {least}, maxNodes: {most}}}}}}}\n"


def api(text: str) -> str:
    return f"components: {{api: {{{text}}}}}\n"


SEARCH = "{codemie-pool: search}"
TWO_POOLS = f"""\
gke:
  nodePools:
    main: {{machineType: c3-standard-8, minNodes: 2, maxNodes: 4}}
    search: {{machineType: e2-highmem-4, minNodes: 3, maxNodes: 5, diskGb: 100}}
components:
  elasticsearch:
    tiebreaker: true
    scheduling: {{nodeSelector: {SEARCH}}}
    resources: {{requests: {{cpu: "2", memory: 20Gi}}, limits: {{cpu: "2", memory: 20Gi}}}}
"""
SCALED = "components: {api: {autoscaling: {enabled: true, minReplicas: 2, maxReplicas: 9}}}\n"
INVENTED: dict[str, tuple[str, str]] = {
    "prod": ("prod", ""),
    "prod with a tiebreaker on other machines": (
        "prod",
        main("n2-standard-8", 3, 6) + "components: {elasticsearch: {tiebreaker: true}}\n",
    ),
    "a node lost that is missed": ("staging", main("e2-standard-4", 3, 6)),
    "in-cluster databases on small nodes": ("dev", main("e2-standard-2", 4, 6) + EVERYTHING),
    "an API that grows": ("prod", main("c3-standard-8", 4, 6) + SCALED),
    "two pools, one for search": ("prod", TWO_POOLS),
    "two nodes too few": ("prod", main("t2d-standard-4", 3, 4)),
    "more memory than the pool ever has": (
        "prod",
        main("n2d-highcpu-16", 3, 5) + "components: {elasticsearch: {replicas: 3}}\n",
    ),
    "a minimum that the autoscaler leaves": ("staging", main("t2d-standard-4", 1, 5)),
    "custom machines, DNS on every node": (
        "staging",
        "gke: {dns: node-local, nodePools: {main: {machineType: n2-custom-6-30720, minNodes: 2, maxNodes: 3}}}\n",
    ),
    "cert-manager, and the DNS of Google": (
        "prod",
        main("e2-standard-8", 3, 3).replace("gke: {", "gke: {dns: cloud-dns, ")
        + "tls: {source: cert-manager, issuer: ca}\n",
    ),
}


def counted(example: str, more: str) -> tuple[Built, Report]:
    built = build(example, more)
    return built, assess(built.objects, built.plan)[0]


def modelled(built: Built, surge: bool, counts: dict[str, int]) -> tuple[list[model.Thing], list[model.Node]]:  # noqa: FBT001
    """Return pods and nodes as the other way of counting has them."""
    env = built.plan.environment
    manifests = [item.manifest for item in built.objects if item.id.cluster == "workload"]
    gke = built.plan.named("gke")
    assert gke is not None
    found, daemons = model.things(
        manifests,
        [unit.name for unit in built.plan.units],
        sum(counts.values()),
        env.gke.dns or "kube-dns",
        backup=gke.values["backup"],
    )
    zones = env.gcp.zones if env.gke.location == env.gcp.region else (env.gke.location,)
    nodes = []
    for name in sorted(counts):
        left = model.room(env.gke.node_pools[name].machine_type, daemons, local=env.gke.dns == "node-local")
        slots = 110 - len(model.EVERYWHERE) - len(daemons) - (env.gke.dns == "node-local")
        nodes += [model.Node(name, zones[index % len(zones)], left, slots) for index in range(counts[name])]
    return [thing for thing in found for _ in range(thing.most if surge else thing.rest)], nodes


@pytest.mark.parametrize("name", INVENTED)
def test_another_way_of_counting_agrees(name: str) -> None:
    built, report = counted(*INVENTED[name])
    pools = built.plan.environment.gke.node_pools
    least = {pool: pools[pool].min_nodes for pool in pools}
    most = {pool: pools[pool].max_nodes for pool in pools}
    minimum, *lost, surge = report.scenarios
    for scenario in (minimum, surge):
        pods, nodes = modelled(built, scenario is surge, least)
        assert (len(pods), model.total(pods)) == (scenario.pods, tuple(scenario.needs))
        fits = model.fits(pods, nodes)
        ever = fits or any(
            model.fits(*modelled(built, scenario is surge, counts))
            for more in range(1, max(most.values()) + 1)
            if (counts := {pool: min(least[pool] + more, most[pool]) for pool in pools})
        )
        assert (scenario.added_nodes == {}) == fits
        assert (scenario.added_nodes is not None) == ever
    pods, nodes = modelled(built, surge=False, counts=least)
    assert {item.lost_pool: item.fit is Fit.YES for item in lost} == (
        {pool: model.survives(pods, nodes, pool) for pool in pools} if minimum.fit is Fit.YES else {}
    )


def test_the_invented_environments_meet_all_ends() -> None:
    ends = set()
    for example, more in INVENTED.values():
        for item in counted(example, more)[1].scenarios:
            ends.add(
                (
                    item.name,
                    item.fit.value,
                    "never" if item.added_nodes is None else "grows" if item.added_nodes else "",
                )
            )
    assert ends >= {
        ("minimum", "fits", ""),
        ("minimum", "does not fit", "grows"),
        ("minimum", "does not fit", "never"),
        ("node lost", "fits", ""),
        ("node lost", "does not fit", ""),
        ("surge", "fits", ""),
        ("surge", "does not fit", "grows"),
    }


@pytest.mark.parametrize(("over", "fit"), [(0, Fit.YES), (1, Fit.NO)])
def test_what_fits_exactly_fits_and_a_thousandth_more_does_not(over: int, fit: Fit) -> None:
    one = main("e2-standard-4", 1, 1)
    report = counted("dev", one + api("replicas: 1"))[1]
    spare = report.pools[0].free.cpu - report.scenarios[0].needs.cpu
    (before,) = [item.request.cpu for item in report.demands if item.name == "codemie/codemie"]
    wants = before - 50 + spare + over  # 50m: its Cloud SQL proxy
    full = api(f'resources: {{requests: {{cpu: {wants}m, memory: 1Gi}}, limits: {{cpu: "4", memory: 4Gi}}}}')
    built, report = counted("dev", one + full)
    assert report.scenarios[0].needs.cpu == report.pools[0].free.cpu + over
    assert report.scenarios[0].fit is fit
    pods, nodes = modelled(built, surge=False, counts={"main": 1})
    assert model.fits(pods, nodes) is (fit is Fit.YES)


@pytest.mark.parametrize("example", ["dev", "staging", "prod"])
def test_the_examples_hold_the_loss_of_a_node(example: str) -> None:
    built = build(example)
    report, found = assess(built.objects, built.plan)
    assert found == ()
    assert [scenario.fit for scenario in report.scenarios] == [Fit.YES] * 3


# What a node has.

# vCPU and GiB: https://cloud.google.com/compute/docs/general-purpose-machines and its neighbours.
MACHINES = {
    "e2-standard-8": (8, 32),
    "e2-highcpu-16": (16, 16),
    "e2-medium": (2, 4),
    "n1-standard-4": (4, 15),
    "n1-highmem-8": (8, 52),
    "n2-highmem-128": (128, 864),
    "n2d-standard-224": (224, 896),
    "n4-highcpu-8": (8, 16),
    "c2-standard-60": (60, 240),
    "c3d-standard-8-lssd": (8, 32),
    "c4-standard-2": (2, 7),
    "c4-standard-8": (8, 30),
    "c4-highmem-8": (8, 62),
    "t2d-standard-1": (1, 4),
    "m1-megamem-96": (96, 1433.6),
    "n2-custom-6-30720": (6, 30),
    "e2-custom-medium-4096": (2, 4),
}


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_type_says_what_it_has(name: str) -> None:
    cpus, gib = MACHINES[name]
    assert machine_resources(name) == Resources(cpus * 1000, int(gib * 1024) * GI // 1024)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "a3-highgpu-8g",
            "e2-tiny",
            "e2-standard-5",
            "c4-ultra-8",
            "x9-standard-8",
            "e2-custom-4",
            "n2-custom-6-30700",
        ),
        *(f"e2-{name.replace('N', '9' * 5000)}" for name in ("standard-N", "custom-N-1024", "custom-2-N")),
    ],
)
def test_other_machine_types_are_not_guessed(name: str) -> None:
    assert machine_resources(name) is None
    assert allocatable(name) is None


# Allocatable as nodes of GKE report it (kubectl describe node, published by their owners), in millicores and KiB.
REPORTED = {"n2-standard-4": (3920, 13591652)}  # GKE 1.36, Container-Optimized OS


@pytest.mark.parametrize("name", REPORTED)
def test_the_reserve_is_that_of_real_nodes(name: str) -> None:
    cpu, memory = REPORTED[name]
    found = allocatable(name)
    assert found is not None
    assert found.cpu == cpu
    assert abs(found.memory / 1024 - memory) < memory * 0.005


@pytest.mark.parametrize(
    ("name", "cpu"),
    [
        ("t2d-standard-1", 940),
        ("e2-standard-2", 1930),
        ("e2-standard-8", 7910),
        ("e2-standard-16", 15890),
        ("e2-medium", 940),
    ],
)
def test_the_reserve_of_cpu_is_that_of_the_page_on_node_sizes(name: str, cpu: int) -> None:
    found = allocatable(name)
    assert found is not None
    assert found.cpu == cpu


# What a pod requests.


def container(cpu: str, memory: str, **more: Any) -> Manifest:
    return {"resources": {"requests": {"cpu": cpu, "memory": memory}}, **more}


SIDECAR = {"restartPolicy": "Always"}
PODS: dict[str, tuple[Manifest, Resources]] = {
    "containers add up": ({"containers": [container("1", "1Gi"), container("500m", "1Gi")]}, Resources(1500, 2 * GI)),
    "an init container that needs more decides": (
        {"initContainers": [container("2", "1Mi")], "containers": [container("1", "1Gi")]},
        Resources(2000, GI),
    ),
    "init containers run one after the other": (
        {"initContainers": [container("1", "1Mi"), container("1", "1Mi")], "containers": [container("1", "1Mi")]},
        Resources(1000, MI),
    ),
    "a sidecar runs beside the containers": (
        {"initContainers": [container("50m", "64Mi", **SIDECAR)], "containers": [container("1", "1Gi")]},
        Resources(1050, GI + 64 * MI),
    ),
    "a sidecar runs beside init containers that come later": (
        {
            "initContainers": [container("2", "1Mi"), container("1", "1Mi", **SIDECAR), container("2", "1Mi")],
            "containers": [container("100m", "1Mi")],
        },
        Resources(3000, 2 * MI),
    ),
    "a limit without a request is one": (
        {"containers": [{"resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}]},
        Resources(1000, GI),
    ),
    "overhead is added": (
        {"overhead": {"cpu": "250m", "memory": "120Mi"}, "containers": [container("1", "8Mi")]},
        Resources(1250, 128 * MI),
    ),
    "fractions of a thousandth round up": ({"containers": [container("0.0001", "1")]}, Resources(1, 1)),
    "nothing said is nothing": ({"containers": [{}]}, Resources()),
}


@pytest.mark.parametrize("case", PODS)
def test_a_pod_requests_what_the_scheduler_counts(case: str) -> None:
    spec, expected = PODS[case]
    assert request_of(spec) == expected


@pytest.mark.parametrize(
    ("share", "of", "pods"), [("25%", 1, 1), ("25%", 5, 2), ("100%", 3, 3), (2, 9, 2), ("0%", 4, 0), (None, 4, 0)]
)
def test_a_share_of_pods_rounds_up(share: Any, of: int, pods: int) -> None:
    assert absolute_count(share, of) == pods


# Packing.

A, B = PoolZone("main", "a"), PoolZone("main", "b")


def nodes(*where: PoolZone, cpu: int = 10, pods: int = 110) -> tuple[Node, ...]:
    return tuple(Node(place, Resources(cpu, 10), pods) for place in where)


def group(cpu: int, **more: Any) -> PodGroup:
    return PodGroup("x", Resources(cpu, 1), frozenset({A, B}), **more)


def fit(groups: list[PodGroup], counts: list[int], there: tuple[Node, ...], steps: int = 5000) -> Fit:
    tasks = [Pod(number) for number, count in enumerate(counts) for _ in range(count)]
    return pack(tuple(groups), tasks, there, steps).fit


def test_the_exact_search_finds_what_the_largest_first_misses() -> None:
    groups = [group(4), group(3)]
    assert fit(groups, [2, 4], nodes(A, A)) is Fit.YES  # 4 3 3 twice, not 4 4
    assert fit(groups, [2, 4], nodes(A, A, cpu=9)) is Fit.NO
    assert fit([group(6)], [3], nodes(A, A)) is Fit.NO  # 18 of 20, and yet


def test_a_search_that_ends_too_soon_says_so() -> None:
    assert fit([group(4), group(3)], [2, 4], nodes(A, A), steps=2) is Fit.UNKNOWN


def test_no_node_takes_more_pods_than_its_maximum() -> None:
    assert fit([group(1)], [4], nodes(A, A, pods=2)) is Fit.YES
    assert fit([group(1)], [5], nodes(A, A, pods=2)) is Fit.NO


def test_a_pod_runs_only_where_it_may() -> None:
    only = PodGroup("x", Resources(6, 1), frozenset({B}))
    assert fit([only], [1], nodes(A, B)) is Fit.YES
    assert fit([only], [2], nodes(A, B)) is Fit.NO


def test_pods_that_keep_apart_need_nodes_or_zones_of_their_own() -> None:
    assert fit([group(1, node_anti_affinity=frozenset({0}))], [2], nodes(A, A)) is Fit.YES
    assert fit([group(1, node_anti_affinity=frozenset({0}))], [3], nodes(A, A)) is Fit.NO
    assert fit([group(1, zone_anti_affinity=frozenset({0}))], [2], nodes(A, A)) is Fit.NO
    assert fit([group(1, zone_anti_affinity=frozenset({0}))], [2], nodes(A, B)) is Fit.YES


def test_a_required_spread_holds_over_nodes_and_over_zones() -> None:
    over = [group(4, spreads=(Spread(zonal=zonal, max_skew=1, counted=frozenset({0})),)) for zonal in (False, True)]
    assert fit([over[0]], [4], nodes(A, A)) is Fit.YES
    assert (
        fit([over[0], PodGroup("y", Resources(8, 1), frozenset({A}))], [2, 1], nodes(A, A)) is Fit.NO
    )  # both on one is uneven
    assert fit([over[1]], [5], nodes(A, A, B)) is Fit.YES
    assert fit([over[1]], [6], nodes(A, A, B)) is Fit.NO


def brute(groups: list[PodGroup], tasks: list[int], there: tuple[Node, ...]) -> bool:
    """Whether any of all ways to place the pods breaks nothing: said in full at the end, not step by step."""
    for way in itertools.product(range(len(there)), repeat=len(tasks)):
        on = [[task for task, at in zip(tasks, way, strict=True) if at == index] for index in range(len(there))]
        zones = {
            node.pool_zone.zone: [
                task
                for other, at in zip(there, on, strict=True)
                if other.pool_zone.zone == node.pool_zone.zone
                for task in at
            ]
            for node in there
        }
        good = all(
            sum(groups[task].request.cpu for task in held) <= node.free.cpu
            and len(held) <= node.max_pods
            and all(node.pool_zone in groups[task].pool_zones for task in held)
            for node, held in zip(there, on, strict=True)
        )
        for number in {*tasks} if good else ():
            mine = [index for index, node in enumerate(there) if node.pool_zone in groups[number].pool_zones]
            near = [(held, groups[number].node_anti_affinity) for held in on]
            near += [(held, groups[number].zone_anti_affinity) for held in zones.values()]
            good = good and not any(
                number in held and other in held and (other != number or held.count(number) > 1)
                for held, off in near
                for other in off
            )
            for spread in groups[number].spreads:
                held_by = (
                    {zone: zones[zone] for zone in {there[i].pool_zone.zone for i in mine}}
                    if spread.zonal
                    else {i: on[i] for i in mine}
                )
                counts = {key: sum(task in spread.counted for task in held) for key, held in held_by.items()}
                used = [counts[key] for key, held in held_by.items() if number in held]
                good = good and max(used) - min(counts.values()) <= spread.max_skew
        if good:
            return True
    return False


@pytest.mark.parametrize("seed", range(8))
def test_packing_agrees_with_brute_force_on_what_chance_makes(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  the same instances every time
    for _ in range(40):
        groups: list[PodGroup] = []
        off_node, off_zone = (
            {tuple(sorted((chance.randrange(3), chance.randrange(3))))} if chance.random() < 0.3 else set()
            for _ in "ab"
        )
        for number in range(3):
            spread = Spread(
                zonal=chance.random() < 0.3,
                max_skew=chance.choice([1, 1, 2]),
                counted=frozenset({number, chance.randrange(3)}),
            )
            groups.append(
                PodGroup(
                    str(number),
                    Resources(chance.randint(1, 6), 1),
                    frozenset(chance.choice([{A, B}, {A, B}, {A}, {B}])),
                    frozenset(other for pair in off_node if number in pair for other in (sum(pair) - number,)),
                    frozenset(other for pair in off_zone if number in pair for other in (sum(pair) - number,)),
                    (spread,) if chance.random() < 0.4 else (),
                )
            )
        counts = [chance.randint(0, 2) for _ in groups]
        there = nodes(
            *chance.choice([(A, A, B), (A, B), (A, A, A), (A, B, B)]),
            cpu=chance.randint(5, 10),
            pods=chance.choice([2, 110]),
        )
        tasks = [number for number, count in enumerate(counts) for _ in range(count)]
        expected = Fit.YES if brute(groups, tasks, there) else Fit.NO
        assert fit(groups, counts, there) is expected, (groups, counts, there)


# What a person is told.

LAB = "gke: {nodePools: {main: {machineType: %s, minNodes: %d, maxNodes: %d, diskGb: 100}}}\n"
FULL = {
    "/spec/template/spec/containers/0/resources": {
        "requests": {"cpu": "2", "memory": "4Gi"},
        "limits": {"cpu": "2", "memory": "4Gi"},
    }
}


def lab(machine_type: str = "e2-standard-4", least: int = 2, most: int = 3) -> str:
    return LAB % (machine_type, least, most)


def test_an_environment_that_never_fits_is_refused_with_the_numbers() -> None:
    assert said(world(deployment={**FULL, "/spec/replicas": 5}), lab=lab()) == (
        "environments/lab.yaml:2:19: gke.nodePools.main: the pods do not fit: they need 10.7 vCPU and 20.6 GiB, "
        "main holds 3 x 3.5 vCPU and 12.1 GiB at most [capacity]\n"
        "  hint: largest without a node: codemie/web 2.0 vCPU and 4.0 GiB; raise maxNodes or take a larger machine type\n"
    )


def test_a_rollout_that_never_fits_is_refused_too() -> None:
    found = said(world(deployment={**FULL, "/spec/replicas": 2}), lab=lab(least=3))
    assert not found
    surge = {"/spec/strategy": {"rollingUpdate": {"maxSurge": "100%"}}}
    assert said(world(deployment={**FULL, **surge, "/spec/replicas": 2}), lab=lab(least=3)).startswith(
        "environments/lab.yaml:2:19: gke.nodePools.main: the pods do not fit while all of them roll out: they need 8.7 vCPU"
    )


def test_a_minimum_that_is_too_small_is_told_with_what_the_autoscaler_adds() -> None:
    assert said(world(deployment={**FULL, "/spec/replicas": 2}), lab=lab(least=1, most=5)) == (
        "warning: environments/lab.yaml:2:19: gke.nodePools.main: at minimum size the pods do not fit: "
        "they need 4.4 vCPU and 8.4 GiB, main holds 1 x 3.5 vCPU and 12.1 GiB; the autoscaler adds 1 to main [capacity-minimum]\n"
        "  hint: largest without a node: codemie/web 2.0 vCPU and 4.0 GiB; raise minNodes\n"
    )


def test_a_node_that_is_missed_is_told() -> None:
    found = said(world(deployment={**FULL, "/spec/replicas": 2}), lab=lab(least=2, most=5))
    assert found.startswith(
        "warning: environments/lab.yaml:2:19: gke.nodePools.main: with a node of main lost the other pods do not fit: "
        "they need 4.7 vCPU and 8.6 GiB, main holds 1 x 3.5 vCPU and 12.1 GiB [capacity-node-lost]\n"
    )
    assert not said(world(deployment={**FULL, "/spec/replicas": 2}), lab=lab(least=3, most=5))


def test_a_machine_type_that_is_not_known_is_told_and_nothing_is_guessed() -> None:
    assert said(world(), lab=lab("a3-highgpu-8g")) == (
        "warning: environments/lab.yaml:2:19: gke.nodePools.main: what machines of pool main have is not known: "
        "capacity was not checked [capacity-unknown]\n"
    )


def test_an_operator_that_is_not_counted_is_told() -> None:
    chart = "chart: {repository: https://charts.example.com, name: op, version: 1.0.0, values: {resources: {requests: {cpu: 1}}}}\n"
    work = "workloads: [{name: op, pods: {labels: {app: op}}%s}]\n"
    for pointer, told in (("", True), (", resources: /nowhere", True), (", resources: /resources", False)):
        declared = "title: Op\nnamespace: op\n" + chart + work % pointer
        text = sources("", **component("web"), **{"templates/addons/op/component.yaml": declared})
        objects = tuple(sorted(Object(identify(item, "workload"), item, FILE) for item in world()))
        found = [item.message for item in assess(objects, plan(text))[1]]
        assert found == (["what pods of op/op request is not in component.yaml: they are not counted"] if told else [])


def test_pods_that_no_pool_takes_are_refused() -> None:
    chosen = {"/spec/template/spec/nodeSelector": {"codemie-pool": "gone"}}
    assert "gke.nodePools.main: no node pool takes codemie/web [capacity]\n" in said(
        world(deployment=chosen), lab=lab()
    )
    chosen = {"/spec/template/spec/nodeSelector": {"codemie-pool": "main"}}
    assert not said(world(deployment=chosen), lab=lab())


def test_affinity_to_nodes_and_tolerations_of_taints_count() -> None:
    def where(operator: str, *values: str) -> Manifest:
        term = {"matchExpressions": [{"key": "codemie-pool", "operator": operator, "values": list(values)}]}
        rule = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
        return {"/spec/template/spec/affinity": {"nodeAffinity": rule}}

    assert not said(world(deployment=where("In", "main", "other")), lab=lab())
    assert "no node pool takes codemie/web" in said(world(deployment=where("NotIn", "main")), lab=lab())
    config = {"labels": {"codemie-pool": "main"}, "taint": [{"key": "only", "value": "gpu", "effect": "NO_SCHEDULE"}]}
    pool = made(
        "ContainerNodePool", "main", {"spec": {"nodeConfig": config}}, "container.cnrm.cloud.google.com/v1beta1"
    )
    objects = [Object(identify(item, "workload"), item, FILE) for item in world()]
    objects.append(Object(identify(pool, "hub"), pool, FILE))
    report = assess(tuple(sorted(objects)), plan(sources("", **component("web"))))[0]
    assert "codemie/web" in report.unschedulable
    bears = copy.deepcopy(objects[1].manifest)
    bears["spec"]["template"]["spec"]["tolerations"] = [{"key": "only", "operator": "Equal", "value": "gpu"}]
    objects[1] = Object(identify(bears, "workload"), bears, FILE)
    report = assess(tuple(sorted(objects)), plan(sources("", **component("web"))))[0]
    assert "codemie/web" not in report.unschedulable


def claimed(replicas: int) -> list[Manifest]:
    """A StatefulSet of volumes, beside the world's Deployment."""
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}
    pod = {"containers": [container("2", "4Gi", name="store")]}
    template = {"metadata": {"labels": {"app": "store"}}, "spec": pod}
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": "store"}},
        "template": template,
        "volumeClaimTemplates": [claim],
    }
    return world(made("StatefulSet", "store", {"spec": spec}, "apps/v1"))


def lost(manifests: list[Manifest], zones: str, least: int) -> Any:
    text = f"{lab(least=least, most=9)}gcp: {{zones: [{zones}]}}\n"
    objects = tuple(sorted(Object(identify(item, "workload"), item, FILE) for item in manifests))
    report = assess(objects, plan(sources(text, **component("web"))))[0]
    (found,) = [scenario for scenario in report.scenarios if scenario.lost_pool]
    return found


def test_pods_with_a_volume_wait_where_no_node_of_their_zone_is_left() -> None:
    found = lost(claimed(2), "europe-west3-a, europe-west3-b", 2)
    assert (found.fit, found.waiting) == (Fit.YES, ("codemie/store (1 of 2)",))
    found = lost(claimed(1), "europe-west3-a, europe-west3-b", 2)
    assert (found.waiting, found.stopped) == (("codemie/store (1 of 1)",), ("codemie/store",))


def test_pods_with_a_volume_must_fit_where_their_zone_has_another_node() -> None:
    found = lost(claimed(2), "europe-west3-a", 2)
    assert (found.fit, found.waiting) == (Fit.NO, ())
    assert lost(claimed(2), "europe-west3-a", 3).fit is Fit.YES


def test_what_stops_while_votes_are_away_is_said() -> None:
    two, three = (
        counted("prod", f"components: {{elasticsearch: {{tiebreaker: {word}}}}}\n")[1].scenarios[1]
        for word in ("false", "true")
    )
    assert two.stopped[-1] == "elastic/elasticsearch-default: without a majority of 2 votes nothing is written"
    assert three.stopped == ("security/keycloak-database, and what keycloak needs of it",)


# The command.


def test_the_command_prints_tables(tmp_path: Path) -> None:
    done = run("capacity", "prod", cwd=ROOT, env={"XDG_CACHE_HOME": str(tmp_path)})
    assert (done.returncode, done.stderr) == (0, "")
    rows = [re.split(r" {2,}", line) for line in done.stdout.splitlines()]
    have = ["13.7 vCPU and 48.8 GiB", "22.2 vCPU and 80.3 GiB", "fits"]
    assert ["minimum", "3 main", "29", *have] in rows
    assert ["codemie/codemie", "Deployment", "2", "3", "1.050", "4.062"] in rows
    assert ["elastic/elasticsearch-default", "Elasticsearch", "2", "2", "4.000", "16.000", "zonal"] in rows
    assert (
        "  stops meanwhile: elastic/elasticsearch-default: without a majority of 2 votes nothing is written"
        in done.stdout.splitlines()
    )


def test_the_command_prints_json(tmp_path: Path) -> None:
    done = run("capacity", "dev", "--format", "json", cwd=ROOT, env={"XDG_CACHE_HOME": str(tmp_path)})
    found = json.loads(done.stdout)
    assert (done.returncode, found["schema"], found["environment"]) == (0, 1, "dev")
    assert [item["result"] for item in found["scenarios"]] == ["fits", "fits", "fits"]
    assert [pool["machineType"] for pool in found["pools"]] == ["e2-standard-4"]
    assert {"name": "anetd", "request": {"cpu": 205, "memory": 240 * MI}} in found["pools"][0]["daemonSets"]
    assert not found["unknown"]


def test_what_never_fits_ends_with_4_and_is_not_rendered(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    profile = project / "environments/profiles/small.yaml"
    profile.write_text(
        profile.read_text()
        .replace("minNodes: 2, maxNodes: 4", "minNodes: 1, maxNodes: 1")
        .replace("e2-standard-4,", "e2-standard-2,")
    )
    shown, rendered = run("capacity", "dev", cwd=project), run("render", "dev", cwd=project)
    assert (shown.returncode, rendered.returncode) == (4, 4)
    assert "does not fit, also at maximum size" in shown.stdout
    assert "gke.nodePools.main: the pods do not fit: they need" in shown.stderr
    assert shown.stderr in rendered.stderr


# The disk of a node, which nothing requests: a pod is evicted above its own volumes' limits, and a node that is full evicts any.

NEWEST = "private, high-scale, vendor-current"


@pytest.mark.parametrize("of", [("dev", ""), ("dev", EVERYTHING), ("staging", ""), ("prod", ""), ("prod", "", NEWEST)])
def test_what_all_pods_may_write_fits_the_disk_of_one_node(of: tuple[str, ...]) -> None:
    """So no pod is evicted for what another writes, wherever they run."""
    built = build(*of)
    limits = [
        workload["spec"].get("replicas", 1) * (amount(volume["emptyDir"]["sizeLimit"]) or 0)
        for workload in built.of("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")
        for volume in pod(workload).get("volumes", [])
        if "emptyDir" in volume
    ]
    smallest = min(pool.disk_gb for pool in built.plan.environment.gke.node_pools.values())
    assert sum(limits) <= left_on_disk(smallest) * GI


def left_on_disk(size: int) -> float:
    """Return what GKE leaves to pods, in GiB.

    Container-Optimized OS and eviction: kubernetes/autoscaler, gce_reserved.go; GKE's own share of a boot disk:
    https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes.
    """
    file_system = size - 0.016 * size - 4.25
    return file_system - 0.1 * file_system - min(0.5 * size, 6 + 0.35 * size, 100)
