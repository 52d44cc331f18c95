"""A node of GKE: what its machine has, what is left of it for pods, and which pods GKE itself runs.

The reserve is that of https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes, in the arithmetic of
kubernetes/autoscaler, cluster-autoscaler/cloudprovider/gce (reserved.go, gce_reserved.go), which has to predict nodes
exactly: brackets of memory are thousands of MiB, and Linux keeps a part that Google's page does not name. A node of
GKE 1.36 as its owner published it, n2-standard-4: 3920m and 13591652Ki; here 3920m and 0.2 % more memory.
"""

from typing import NamedTuple

from generator import machines

_MIB = 2**20
_GIB = 2**30
_SMALL = 1000  # MiB: of less, the reserve is not a share
_BRACKET = 1000  # MiB
MAX_PODS = 110
"""Of a node of GKE, unless its pool says otherwise."""


class Amount(NamedTuple):
    """CPU in thousandths of a core, memory in bytes."""

    cpu: int = 0
    memory: int = 0

    def plus(self, other: "Amount", times: int = 1) -> "Amount":
        """Return this and `times` the other."""
        return Amount(self.cpu + times * other.cpu, self.memory + times * other.memory)

    def most(self, other: "Amount") -> "Amount":
        """Return the larger of each."""
        return Amount(max(self.cpu, other.cpu), max(self.memory, other.memory))

    def __str__(self) -> str:
        """Return `7.1 vCPU and 26.8 GiB`."""
        return f"{self.cpu / 1000:.1f} vCPU and {self.memory / _GIB:.1f} GiB"


class System(NamedTuple):
    """Pods that GKE runs, or a DaemonSet: their name, what one requests, how many there are."""

    name: str
    request: Amount
    pods: int = 1


def machine(name: str) -> Amount | None:
    """Return what a machine type has, or None where that is not known."""
    found = machines.machine(name)
    return Amount(found.cpus * 1000, found.mib * _MIB) if found else None


def allocatable(name: str) -> Amount | None:
    """Return what pods may request on a node of this machine type, GKE's own pods included; None where it is not known."""
    has = machine(name)
    if has is None:
        return None
    cpu = 1060 if machines.SHARED.fullmatch(name) else _bracketed(has.cpu, _CPU)
    memory = has.memory // _MIB
    kept = 255 if memory <= _BRACKET else _bracketed(memory, _MEMORY)  # by GKE, for the kubelet and the system
    return Amount(has.cpu - cpu, has.memory - _kernel(has.memory) - (kept + 100) * _MIB)  # 100 MiB: eviction begins


_CPU = ((0, 600), (1000, 100), (2000, 50), (4000, 25))
_MEMORY = ((0, 2500), (4000, 2000), (8000, 1000), (16000, 600), (128000, 200))
"""From how much on, which share in ten-thousandths."""


def _bracketed(amount: int, brackets: tuple[tuple[int, int], ...]) -> int:
    ends = [*(start for start, _ in brackets[1:]), amount]
    return (
        sum(max(min(amount, end) - start, 0) * share for (start, share), end in zip(brackets, ends, strict=True))
        // 10000
    )


def _kernel(memory: int) -> int:
    """Return what Linux (Container-Optimized OS) keeps of a machine's memory before the kubelet counts it."""
    reserved = memory // 64 + 16 * _MIB + min(memory * 175 // 100000, 248 * _MIB)
    return reserved + (64 * _MIB if memory > 3 * _GIB else 0) + (8 * _MIB if memory <= 8 * _GIB else 0)


# What GKE runs, as `kubectl describe node` of clusters of versions 1.29 to 1.36 shows it (docs/unverified.md).
_ON_EVERY_NODE = (
    System("anetd", Amount(205, 240 * _MIB)),  # Dataplane V2, so no kube-proxy
    System("fluentbit-gke", Amount(105, 230 * _MIB)),
    System("gke-metadata-server", Amount(100, 100 * _MIB)),
    System("gke-metrics-agent", Amount(21, 155 * _MIB)),
    System("ip-masq-agent", Amount(10, 16 * _MIB)),
    System("pdcsi-node", Amount(10, 20 * _MIB)),
    System("netd", Amount(8, 65 * _MIB)),
    System("collector", Amount(5, 36 * 10**6)),  # Managed Prometheus
)
_NODE_LOCAL_DNS = System("node-local-dns", Amount(30, 50 * _MIB))
_SOMEWHERE = (
    System("event-exporter-gke", Amount(3, 100 * _MIB)),
    System("gmp-operator", Amount(1, 16 * 10**6)),
    System("konnectivity-agent-autoscaler", Amount(10, 10 * 10**6)),
    System("l7-default-backend", Amount(10, 20 * _MIB)),
    System("metrics-server", Amount(48, 105 * _MIB)),
)
_BACKUP = System("gkebackup-agent", Amount(100, 256 * _MIB))


def on_every_node(dns: str) -> tuple[System, ...]:
    """Return the DaemonSets of GKE; `dns` is the environment's `gke.dns`."""
    return (*_ON_EVERY_NODE, _NODE_LOCAL_DNS) if dns == "node-local" else _ON_EVERY_NODE


def somewhere(dns: str, nodes: int, *, backup: bool) -> tuple[System, ...]:
    """Return the other pods of GKE in a cluster of so many nodes."""
    found = [*_SOMEWHERE, System("konnectivity-agent", Amount(15, 60 * _MIB), max(min(nodes, 3), 1))]
    if dns != "cloud-dns":  # two, and one more for every 16 nodes
        pods = max(min(nodes, 2), -(-nodes // 16), 1)
        found += [
            System("kube-dns", Amount(265, 140 * _MIB), pods),
            System("kube-dns-autoscaler", Amount(20, 10 * _MIB)),
        ]
    return tuple([*found, _BACKUP] if backup else found)
