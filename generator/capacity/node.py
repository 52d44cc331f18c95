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
_BRACKET = 1000  # MiB
MAX_PODS = 110
"""Of a node of GKE, unless its pool says otherwise."""


class Resources(NamedTuple):
    """CPU in thousandths of a core, memory in bytes."""

    cpu: int = 0
    memory: int = 0

    def plus(self, other: "Resources", times: int = 1) -> "Resources":
        """Return this and `times` the other."""
        return Resources(self.cpu + times * other.cpu, self.memory + times * other.memory)

    def maximum(self, other: "Resources") -> "Resources":
        """Return the larger of each."""
        return Resources(max(self.cpu, other.cpu), max(self.memory, other.memory))

    def __str__(self) -> str:
        """Return `7.1 vCPU and 26.8 GiB`."""
        return f"{self.cpu / 1000:.1f} vCPU and {self.memory / _GIB:.1f} GiB"


class SystemPods(NamedTuple):
    """Pods that GKE runs, or a DaemonSet: their name, what one requests, how many there are."""

    name: str
    request: Resources
    pods: int = 1


def machine_resources(name: str) -> Resources | None:
    """Return what a machine type has, or None where that is not known."""
    type_ = machines.machine(name)
    return Resources(type_.cpus * 1000, type_.mib * _MIB) if type_ else None


def allocatable(name: str) -> Resources | None:
    """Return what pods, GKE's own included, may request on a node of this machine type; None if it is not known."""
    machine = machine_resources(name)
    if machine is None:
        return None
    reserved_cpu = 1060 if machines.SHARED.fullmatch(name) else _bracketed(machine.cpu, _CPU)
    memory = machine.memory // _MIB
    reserved = 255 if memory <= _BRACKET else _bracketed(memory, _MEMORY)  # by GKE, for the kubelet and the system
    evicted_below = 100  # MiB: with less memory left, the kubelet evicts pods
    reserved_memory = _kernel(machine.memory) + (reserved + evicted_below) * _MIB
    return Resources(machine.cpu - reserved_cpu, machine.memory - reserved_memory)


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
_DAEMON_SETS = (
    SystemPods("anetd", Resources(205, 240 * _MIB)),  # Dataplane V2, so no kube-proxy
    SystemPods("fluentbit-gke", Resources(105, 230 * _MIB)),
    SystemPods("gke-metadata-server", Resources(100, 100 * _MIB)),
    SystemPods("gke-metrics-agent", Resources(21, 155 * _MIB)),
    SystemPods("ip-masq-agent", Resources(10, 16 * _MIB)),
    SystemPods("pdcsi-node", Resources(10, 20 * _MIB)),
    SystemPods("netd", Resources(8, 65 * _MIB)),
    SystemPods("collector", Resources(5, 36 * 10**6)),  # Managed Prometheus
)
_NODE_LOCAL_DNS = SystemPods("node-local-dns", Resources(30, 50 * _MIB))
_OTHER_PODS = (
    SystemPods("event-exporter-gke", Resources(3, 100 * _MIB)),
    SystemPods("gmp-operator", Resources(1, 16 * 10**6)),
    SystemPods("konnectivity-agent-autoscaler", Resources(10, 10 * 10**6)),
    SystemPods("l7-default-backend", Resources(10, 20 * _MIB)),
    SystemPods("metrics-server", Resources(48, 105 * _MIB)),
)
_BACKUP = SystemPods("gkebackup-agent", Resources(100, 256 * _MIB))


def daemon_sets(dns: str) -> tuple[SystemPods, ...]:
    """Return the DaemonSets of GKE; `dns` is the environment's `gke.dns`."""
    return (*_DAEMON_SETS, _NODE_LOCAL_DNS) if dns == "node-local" else _DAEMON_SETS


def other_pods(dns: str, nodes: int, *, backup: bool) -> tuple[SystemPods, ...]:
    """Return the other pods of GKE in a cluster of so many nodes."""
    found = [*_OTHER_PODS, SystemPods("konnectivity-agent", Resources(15, 60 * _MIB), max(min(nodes, 3), 1))]
    if dns != "cloud-dns":  # two, and one more for every 16 nodes
        pods = max(min(nodes, 2), -(-nodes // 16), 1)
        found += [
            SystemPods("kube-dns", Resources(265, 140 * _MIB), pods),
            SystemPods("kube-dns-autoscaler", Resources(20, 10 * _MIB)),
        ]
    return tuple([*found, _BACKUP] if backup else found)
