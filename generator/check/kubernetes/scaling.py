"""How many pods there may be: autoscalers and fixed numbers do not fight, and a node can always be drained."""

from collections.abc import Iterator

from generator.check.built import Built, Check, fault
from generator.field import at, mapping, numbered, selects, text
from generator.finding import Finding
from generator.manifest import Object


def autoscaled_workloads_leave_replicas_out(built: Built) -> Iterator[Finding]:
    """A workload with an autoscaler says no number of its own: Argo CD would set it back at every sync."""
    for scaler, workload in scaled(built):
        if at(workload.manifest, "spec", "replicas") is not None:
            message = f"is set, and {scaler.id} sets it too"
            yield fault(workload, "/spec/replicas", message, rule="autoscaling-replicas", hint="leave replicas out")


def autoscaled_pods_request_what_is_measured(built: Built) -> Iterator[Finding]:
    """Utilization is a share of what containers request; a container without a request stops the autoscaler."""
    for scaler, workload in scaled(built):
        metrics = [metric for _, metric in numbered(scaler.manifest, "spec", "metrics")]
        measured = {text(metric, "resource", "name") for metric in metrics} - {""}
        for pods in [pods for pods in built.pods if pods.owner.id == workload.id]:
            for path, container in pods.containers():
                for name in sorted(measured - mapping(container, "resources", "requests").keys()):
                    message = f"requests no {name}, which {scaler.id} measures"
                    yield fault(workload, f"{path}/resources", message, rule="autoscaling-request")


def budgets_let_a_pod_go(built: Built) -> Iterator[Finding]:
    """A PodDisruptionBudget lets at least one pod go: else no node that runs them can be drained."""
    for budget in built.of_kind("PodDisruptionBudget"):
        spec = mapping(budget.manifest, "spec")
        owners = [pods.owner for pods in built.pods if _selected(budget, pods.owner, pods.labels)]
        least = min((_replicas(built, owner) for owner in owners), default=0)
        min_available = at(spec, "minAvailable")
        stuck = at(spec, "maxUnavailable") in (0, "0%") or min_available == "100%"
        if stuck or (isinstance(min_available, int) and owners and min_available >= least):
            hint = "maxUnavailable: 1, and none at all for a single pod"
            yield fault(budget, "/spec", "lets no pod go: nodes cannot be drained", rule="budget-blocks", hint=hint)


def scaled(built: Built) -> Iterator[tuple[Object, Object]]:
    """Yield every autoscaler with the workload it scales."""
    for scaler in built.of_kind("HorizontalPodAutoscaler"):
        target = mapping(scaler.manifest, "spec", "scaleTargetRef")
        group = text(target, "apiVersion").rpartition("/")[0]
        found = built.find(scaler, group, text(target, "kind"), scaler.id.namespace, text(target, "name"))
        if found:
            yield scaler, found


def _selected(budget: Object, owner: Object, labels: dict[str, str]) -> bool:
    in_namespace = (owner.id.cluster, owner.id.namespace) == (budget.id.cluster, budget.id.namespace)
    return in_namespace and selects(mapping(budget.manifest, "spec", "selector"), labels)


def _replicas(built: Built, owner: Object) -> int:
    """Return how many pods there are at least: the autoscaler's minimum, or the fixed number."""
    for scaler, workload in scaled(built):
        if workload.id == owner.id:
            least = at(scaler.manifest, "spec", "minReplicas")
            return least if isinstance(least, int) else 1
    facts = built.kinds.of(owner.id.group, owner.id.kind).pods
    return facts.count(owner.manifest) if facts else 1


RULES: tuple[Check, ...] = (
    autoscaled_workloads_leave_replicas_out,
    autoscaled_pods_request_what_is_measured,
    budgets_let_a_pod_go,
)
