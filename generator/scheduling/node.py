"""A node of GKE: what its machine has, and what is left of it for pods.

The reserve is that of https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes, in the arithmetic of
kubernetes/autoscaler, cluster-autoscaler/cloudprovider/gce (reserved.go, gce_reserved.go), which has to predict nodes
exactly: brackets of memory are thousands of MiB, and Linux keeps a part that Google's page does not name. A node of
GKE 1.36 as its owner published it, n2-standard-4: 3920m and 13591652Ki; here 3920m and 0.2 % more memory.
"""

from typing import NamedTuple

from generator.google import machines

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
