"""Which pods GKE itself runs on its nodes."""

from typing import NamedTuple

from generator.scheduling import Resources
from generator.traffic import Resolver

_MIB = 2**20


class SystemPods(NamedTuple):
    """Pods that GKE runs, or a DaemonSet: their name, what one requests, how many there are."""

    name: str
    request: Resources
    pods: int = 1


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


def daemon_sets(resolvers: tuple[Resolver, ...]) -> tuple[SystemPods, ...]:
    """Return the DaemonSets of GKE, where pods may ask these resolvers."""
    return (*_DAEMON_SETS, _NODE_LOCAL_DNS) if "node-local" in resolvers else _DAEMON_SETS


def other_pods(resolvers: tuple[Resolver, ...], nodes: int, *, backup: bool) -> tuple[SystemPods, ...]:
    """Return the other pods of GKE in a cluster of so many nodes."""
    found = [*_OTHER_PODS, SystemPods("konnectivity-agent", Resources(15, 60 * _MIB), max(min(nodes, 3), 1))]
    if resolvers != ("cloud-dns",):  # two, and one more for every 16 nodes
        pods = max(min(nodes, 2), -(-nodes // 16), 1)
        found += [
            SystemPods("kube-dns", Resources(265, 140 * _MIB), pods),
            SystemPods("kube-dns-autoscaler", Resources(20, 10 * _MIB)),
        ]
    return tuple([*found, _BACKUP] if backup else found)
