"""Capacity once more, by another way of counting: fractions, plain maps and brute force, nothing of generator/check.

A fit is proven by a packing that is found at random and checked; a misfit by trying all places of the largest pods with
the others as a liquid. Where neither is found the model says so, and a test does not pass.
"""

import itertools
import random
import re
from fractions import Fraction
from typing import Any

Manifest = dict[str, Any]
MI, GI = 2**20, 2**30
UNITS: dict[str, Any] = {
    "": 1,
    "m": Fraction(1, 1000),
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "Ki": 2**10,
    "Mi": MI,
    "Gi": GI,
}
MACHINES = {  # vCPU, GiB: the tables of Compute Engine
    "e2-standard-2": (2, 8),
    "e2-standard-4": (4, 16),
    "e2-standard-8": (8, 32),
    "e2-highmem-4": (4, 32),
    "n2-standard-8": (8, 32),
    "n2d-highcpu-16": (16, 16),
    "c3-standard-8": (8, 32),
    "t2d-standard-4": (4, 16),
    "n2-custom-6-30720": (6, 30),
}
EVERYWHERE = {  # millicores, bytes: what GKE runs on each node
    "anetd": (205, 240 * MI),
    "fluentbit-gke": (105, 230 * MI),
    "gke-metadata-server": (100, 100 * MI),
    "gke-metrics-agent": (21, 155 * MI),
    "ip-masq-agent": (10, 16 * MI),
    "pdcsi-node": (10, 20 * MI),
    "netd": (8, 65 * MI),
    "collector": (5, 36_000_000),
}
OPERATORS = {  # from the values of the charts: what a person reads in templates/addons
    "eck-operator": [(100, 256 * MI)],
    "external-secrets": [(50, 128 * MI)],
    "cert-manager": [(50, 128 * MI), (20, 64 * MI), (20, 128 * MI)],
}


def quantity(text: Any) -> Any:
    number, unit = re.findall(r"^([0-9.]+)([A-Za-z]*)$", str(text))[0]
    return Fraction(number) * UNITS[unit]


def container(spec: Manifest) -> tuple[Any, Any]:
    wants = spec.get("resources", {}).get("requests", {})
    return quantity(wants.get("cpu", 0)) * 1000, quantity(wants.get("memory", 0))


def pod(spec: Manifest) -> tuple[Any, Any]:
    """The most of all moments: each init container with the sidecars before it, and at the end all sidecars and containers."""
    moments: list[Any] = []
    sidecars: list[Any] = []
    for init in spec.get("initContainers", []):
        moments.append([*sidecars, container(init)])
        if init.get("restartPolicy") == "Always":
            sidecars.append(container(init))
    moments.append([*sidecars, *map(container, spec["containers"])])
    return max(sum(c for c, _ in m) for m in moments), max(sum(b for _, b in m) for m in moments)


def room(machine: str, daemons: list[Any], *, local: bool) -> tuple[Any, Any]:
    cpus, gib = MACHINES[machine]
    kept = sum(
        Fraction(6 if n == 0 else 1, 100) if n < 2 else Fraction(5, 1000) if n < 4 else Fraction(25, 10**4)
        for n in range(cpus)
    )
    mib = gib * 1024
    shares = ((4000, 25), (8000, 20), (16000, 10), (128000, 6), (10**9, 2))
    starts = (0, 4000, 8000, 16000, 128000)
    reserve = (
        sum((min(mib, end) - start) * share for start, (end, share) in zip(starts, shares, strict=True) if mib > start)
        // 100
    )
    linux = gib * GI // 64 + 16 * MI + 64 * MI + gib * GI * 175 // 100000 + (8 * MI if gib <= 8 else 0)
    everywhere = [*EVERYWHERE.values(), *([(30, 50 * MI)] if local else []), *daemons]
    return (
        cpus * 1000 - kept * 1000 - sum(c for c, _ in everywhere),
        gib * GI - linux - (reserve + 100) * MI - sum(b for _, b in everywhere),
    )


class Thing:
    """A workload: how many at rest and at most, what one requests, and what keeps it from a node."""

    def __init__(
        self, name: str, wants: tuple[Any, Any], rest: int, most: int, spec: Manifest, labels: Manifest
    ) -> None:
        self.name, self.wants, self.rest, self.most, self.spec, self.labels = name, wants, rest, most, spec, labels
        self.volume, self.namespace = False, name.split("/", maxsplit=1)[0]


def things(
    manifests: list[Manifest], units: list[str], nodes: int, dns: str, *, backup: bool
) -> tuple[list[Thing], list[Any]]:
    """All workloads, and what each DaemonSet requests on every node."""
    found, daemons = [], []
    scalers = {
        m["spec"]["scaleTargetRef"]["name"]: m["spec"] for m in manifests if m["kind"] == "HorizontalPodAutoscaler"
    }
    for m in manifests:
        spec, name = m.get("spec", {}), f"{m['metadata'].get('namespace')}/{m['metadata']['name']}"
        if m["kind"] == "DaemonSet":
            daemons.append(pod(spec["template"]["spec"]))
        elif m["kind"] in ("Deployment", "StatefulSet"):
            template = spec["template"]
            scaler = scalers.get(m["metadata"]["name"], {})
            rest = scaler.get("minReplicas", spec.get("replicas", 1))
            most = scaler.get("maxReplicas", rest)
            extra = (
                spec.get("strategy", {}).get("rollingUpdate", {}).get("maxSurge", 0) if m["kind"] == "Deployment" else 0
            )
            thing = Thing(
                name, pod(template["spec"]), rest, most + extra, template["spec"], template["metadata"]["labels"]
            )
            thing.volume = "volumeClaimTemplates" in spec
            found.append(thing)
        elif m["kind"] in ("Job", "CronJob"):
            inner = spec["jobTemplate"]["spec"] if m["kind"] == "CronJob" else spec
            found.append(Thing(name, pod(inner["template"]["spec"]), 0, 1, {}, {}))
        elif m["kind"] == "Elasticsearch":
            for part in spec["nodeSets"]:
                labels = {"elasticsearch.k8s.elastic.co/cluster-name": m["metadata"]["name"]}
                inside = part["podTemplate"]["spec"]
                thing = Thing(f"{name}-{part['name']}", pod(inside), part["count"], part["count"], inside, labels)
                thing.volume = True
                found.append(thing)
        elif m["kind"] == "Kibana":
            inside = spec["podTemplate"]["spec"]
            found.append(Thing(name, pod(inside), spec["count"], spec["count"] + 1, inside, {}))
    for unit in units:
        found += [Thing(f"charts/{unit}", wants, 1, 2, {}, {}) for wants in OPERATORS.get(unit, [])]
    google = [
        (3, 100 * MI, 1),
        (1, 16_000_000, 1),
        (10, 10_000_000, 1),
        (10, 20 * MI, 1),
        (48, 105 * MI, 1),
        (15, 60 * MI, min(nodes, 3)),
    ]
    google += [(265, 140 * MI, min(nodes, 2)), (20, 10 * MI, 1)] if dns != "cloud-dns" else []
    google += [(100, 256 * MI, 1)] if backup else []
    found += [Thing("google", (c, b), count, count, {}, {}) for c, b, count in google]
    return found, daemons


class Node:
    """A node, by its pool, with what is left of it."""

    def __init__(self, pool: str, zone: str, left: tuple[Any, Any], slots: int) -> None:
        self.pool, self.zone, self.cpu, self.memory, self.slots = pool, zone, left[0], left[1], slots
        self.on: list[Thing] = []

    def copy(self) -> "Node":
        other = Node(self.pool, self.zone, (self.cpu, self.memory), self.slots)
        other.on = list(self.on)
        return other

    def put(self, thing: Thing) -> None:
        self.cpu, self.memory, self.slots = self.cpu - thing.wants[0], self.memory - thing.wants[1], self.slots - 1
        self.on.append(thing)

    def tried(self, thing: Thing) -> bool:
        """Put it there if there is room, and say so."""
        taken = takes(self, thing)
        if taken:
            self.put(thing)
        return taken


def repels(one: Thing, other: Thing) -> bool:
    terms = (
        one.spec.get("affinity", {})
        .get("podAntiAffinity", {})
        .get("requiredDuringSchedulingIgnoredDuringExecution", [])
    )
    return any(
        other.labels.items() >= t["labelSelector"]["matchLabels"].items() and one.namespace == other.namespace
        for t in terms
    )


def takes(node: Node, thing: Thing) -> bool:
    wanted = thing.spec.get("nodeSelector", {}).get("codemie-pool", node.pool)
    fits = thing.wants[0] <= node.cpu and thing.wants[1] <= node.memory and node.slots > 0 and wanted == node.pool
    return fits and not any(repels(thing, other) or repels(other, thing) for other in node.on)


def level(nodes: list[Node]) -> bool:
    """Whether every required spread over nodes holds."""
    for thing in {thing for node in nodes for thing in node.on}:
        for rule in thing.spec.get("topologySpreadConstraints", []):
            if rule["whenUnsatisfiable"] == "DoNotSchedule":
                mine = [n for n in nodes if thing.spec.get("nodeSelector", {}).get("codemie-pool", n.pool) == n.pool]
                match = rule["labelSelector"]["matchLabels"].items()
                counts = [sum(o.labels.items() >= match and o.namespace == thing.namespace for o in n.on) for n in mine]
                if max(c for c, n in zip(counts, mine, strict=True) if thing in n.on) - min(counts) > rule["maxSkew"]:
                    return False
    return True


def fits(pods: list[Thing], nodes: list[Node]) -> bool:
    """Whether there is a packing, by certificate either way."""
    if not nodes:
        return not pods
    chance = random.Random(7)  # noqa: S311
    for attempt in range(60):
        board = [node.copy() for node in nodes]
        todo = sorted(pods, key=lambda t: (-len(t.spec.get("affinity", {})), -t.wants[1], -t.wants[0]))
        if attempt:
            chance.shuffle(todo)
        for thing in todo:
            open_ = [node for node in board if takes(node, thing)]
            if not open_:
                break
            spread = bool(thing.spec.get("topologySpreadConstraints"))
            best = min((len(n.on) if spread else 0, n.memory, n.cpu, at) for at, n in enumerate(open_))[-1]
            (chance.choice(open_) if attempt % 3 == 2 else open_[best]).put(thing)
        else:
            if level(board):
                return True
    assert not relaxed(pods, nodes), "the model knows neither"
    return False


def relaxed(pods: list[Thing], nodes: list[Node]) -> bool:
    """Whether the largest pods have a place at all, if the others were a liquid that no wall holds."""
    largest = sorted(pods, key=lambda t: -max(t.wants[0] / 1000, t.wants[1] / (4 * GI)))
    total = sum(t.wants[0] for t in pods), sum(t.wants[1] for t in pods)
    if total[0] > sum(n.cpu for n in nodes) or total[1] > sum(n.memory for n in nodes):
        return False
    for many in (3, 6, 9):
        chosen, rest = largest[:many], largest[many:]
        found = False
        for where in itertools.product(range(len(nodes)), repeat=len(chosen)):
            board = [node.copy() for node in nodes]
            if all(board[at].tried(thing) for at, thing in zip(where, chosen, strict=True)):
                small = min((t.wants for t in rest), default=(0, 0))
                usable = [n for n in board if n.cpu >= small[0]]
                if sum(n.cpu for n in usable) >= sum(t.wants[0] for t in rest) and sum(n.memory for n in board) >= sum(
                    t.wants[1] for t in rest
                ):
                    found = True
                    break
        if not found:
            return False
    return True


def survives(pods: list[Thing], nodes: list[Node], pool: str) -> bool:
    """Whether, wherever the volumes may be, the rest takes what can move after any node of the pool is lost."""
    fixed, free = [p for p in pods if p.volume], [p for p in pods if not p.volume]
    known: dict[Any, bool] = {}
    for where in itertools.product(range(len(nodes)), repeat=len(fixed)):
        board = [node.copy() for node in nodes]
        if not all(board[at].tried(thing) for at, thing in zip(where, fixed, strict=True)) or not level(board):
            continue
        for lost in (n for n in board if n.pool == pool):
            rest = [n for n in board if n is not lost]
            moving = [t for t in lost.on if any(n.zone == lost.zone and takes_pool(n, t) for n in rest)]
            key = (
                tuple(sorted((n.pool, n.zone, tuple(sorted(t.name for t in n.on))) for n in rest)),
                tuple(t.name for t in moving),
            )
            if key not in known:
                pinned = [n.copy() for n in rest]
                ways = itertools.product([i for i, n in enumerate(pinned) if n.zone == lost.zone], repeat=len(moving))
                known[key] = any(_with(pinned, moving, way, free) for way in ways)
            if not known[key]:
                return False
    return True


def takes_pool(node: Node, thing: Thing) -> bool:
    return bool(thing.spec.get("nodeSelector", {}).get("codemie-pool", node.pool) == node.pool)


def _with(rest: list[Node], moving: list[Thing], way: tuple[int, ...], free: list[Thing]) -> bool:
    board = [node.copy() for node in rest]
    if not all(board[at].tried(thing) for at, thing in zip(way, moving, strict=True)):
        return False
    return level(board) and fits(free, board)


def total(pods: list[Thing]) -> tuple[int, int]:
    return int(sum(p.wants[0] for p in pods)), int(sum(p.wants[1] for p in pods))
