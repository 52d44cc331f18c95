"""What runs pods: Deployments, StatefulSets, DaemonSets, Jobs, autoscalers, disruption budgets."""

from generator.field import mapping
from generator.manifest import Manifest
from generator.review import given
from generator.review.change import Impact
from generator.review.row import (
    Row,
    Steps,
    added,
    always,
    away_from,
    changed,
    comes,
    goes,
    lowered,
    mixed,
    numeral,
    raised,
    removed,
    to,
)

# A row of a table is a line.
# fmt: off
_DEPLOYMENT = "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/"
_STATEFUL = "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/"
_DAEMON = "https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/"
_CLAIMS = "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention"
_JOBS = "https://kubernetes.io/docs/concepts/workloads/controllers/job/"
_CRON = "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/"
_SCALER = "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"
_DEFAULTED = "https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership"
_BUDGET = "https://kubernetes.io/docs/tasks/run-application/configure-pdb/"
_PRIORITY = "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/"
_APPS = "kubernetes:pkg/apis/apps/validation/validation.go"
_BATCH = "kubernetes:pkg/apis/batch/validation/validation.go"
_SCHEDULING = "kubernetes:pkg/apis/scheduling/validation/validation.go"

_ORPHANED = "kubectl delete {} NAME --cascade=orphan (the pods stay), then sync: it is made again and takes its pods back"
_GROW = (
    "grow each claim by hand (kubectl patch pvc … spec.resources.requests.storage), then kubectl delete statefulset NAME "
    "--cascade=orphan (pods and data stay), then sync: it is made again with the new template"
)
_REFUSED = "cannot be changed: the sync fails, and what is there stays as it is"
_MUTABLE = (
    "spec",
    "spec.replicas",
    "spec.ordinals.**",
    "spec.template.**",
    "spec.updateStrategy.**",
    "spec.revisionHistoryLimit",
    "spec.persistentVolumeClaimRetentionPolicy.**",
    "spec.minReadySeconds",
)


def _deletes_when_scaled(_steps: Steps, old: Manifest, new: Manifest) -> bool:
    """Claims of pods that are no longer wanted are deleted."""
    path = ("spec", "persistentVolumeClaimRetentionPolicy", "whenScaled")
    return bool(given.at(new or old, path) == "Delete")


def _deletes_when_deleted(_steps: Steps, old: Manifest, _new: Manifest) -> bool:
    """Claims are deleted together with the StatefulSet."""
    return bool(given.at(old, ("spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted")) == "Delete")


def _has_claims(_steps: Steps, old: Manifest, _new: Manifest) -> bool:
    return bool(given.at(old, ("spec", "volumeClaimTemplates")))


def _takes_all(_steps: Steps, _old: Manifest, new: Manifest) -> bool:
    """A rollout may take as many pods as there are."""
    said, pods = given.at(new, ("spec", "strategy", "rollingUpdate", "maxUnavailable")), given.at(new, ("spec", "replicas"))
    return said == "100%" or (isinstance(said, int) and isinstance(pods, int) and said >= pods > 0)


def _stands_still(_steps: Steps, _old: Manifest, new: Manifest) -> bool:
    """A rollout may neither take a pod nor make one more."""
    rollout = mapping(new, "spec", "strategy", "rollingUpdate")
    return all(rollout.get(field) in (0, "0%") for field in ("maxSurge", "maxUnavailable"))


def _defaulted(_steps: Steps, old: Manifest, _new: Manifest) -> bool:
    """The server filled in how pods roll, because Git did not say: then nobody takes that out again."""
    return not given.at(old, ("spec", "strategy", "rollingUpdate"))


_UNSAID = (
    "the server once filled in strategy.rollingUpdate itself and keeps it, which type Recreate forbids: the sync fails"
)
_SAY_FIRST = "first merge spec.strategy.rollingUpdate with both of its fields, and only when that is synced type Recreate"
_TEXT = "a number as text is neither a number nor a percentage: the sync fails"
_UNQUOTE = "write the number without quotes, or with a percent sign"
_STOPS = "its pods stop: whoever calls it gets no answer"
_STARTS = "starts its pods: nothing that runs today changes"

_REPLICAS = (
    Row("spec.replicas", to(0), Impact.OUTAGE, "no pod is left: whoever calls it gets no answer", _DEPLOYMENT),
    Row("spec.replicas", changed, Impact.SCALE, "another number of pods", _DEPLOYMENT),
    Row("spec.replicas", added, Impact.SCALE, "the number of pods is said here now: an autoscaler's is overwritten", _DEFAULTED),
    Row("spec.replicas", removed, Impact.SCALE, "falls to one pod with this sync, until an autoscaler raises it", _DEFAULTED),
)
_HISTORY = (
    Row("spec.revisionHistoryLimit", always, Impact.SAFE, "how many old versions are kept", _DEPLOYMENT),
    Row("spec.minReadySeconds", always, Impact.SAFE, "how long the next rollouts wait at each pod", _DEPLOYMENT),
)


def _selector(kind: str) -> Row:
    runbook = f"kubectl delete {kind} NAME --cascade=orphan, sync, then delete the old pods, which nobody owns any more"
    return Row("spec.selector.**", always, Impact.BLOCKED, f"the selector {_REFUSED}", _APPS, runbook)


TABLE: dict[str, tuple[Row, ...]] = {
    "Deployment.apps": (
        Row("", added, Impact.SAFE, _STARTS, _DEPLOYMENT),
        Row("", removed, Impact.OUTAGE, _STOPS, _DEPLOYMENT),
        _selector("deployment"),
        *_REPLICAS,
        *_HISTORY,
        Row("spec.strategy.type", to("Recreate"), Impact.BLOCKED, _UNSAID, _DEFAULTED, _SAY_FIRST, given=_defaulted),
        Row("spec.strategy.type", to("Recreate"), Impact.OUTAGE, "all pods stop before new ones start, in every rollout", _DEPLOYMENT),
        Row("spec.strategy.rollingUpdate.maxUnavailable", comes, Impact.OUTAGE, "all pods stop at once, in every rollout", _DEPLOYMENT, given=_takes_all),
        *(Row(f"spec.strategy.rollingUpdate.{field}", to(0, "0%"), Impact.BLOCKED, "maxSurge and maxUnavailable cannot both be 0: the sync fails", _APPS, "let one of them be 1", given=_stands_still) for field in ("maxSurge", "maxUnavailable")),
        Row("spec.strategy.rollingUpdate.*", numeral, Impact.BLOCKED, _TEXT, _APPS, _UNQUOTE),
        Row("spec.strategy.**", always, Impact.SAFE, "how the next rollouts go: nothing restarts now", _DEPLOYMENT),
        Row("spec.progressDeadlineSeconds", always, Impact.SAFE, "when a rollout counts as failed", _DEPLOYMENT),
        Row("spec.paused", to(True), Impact.UNKNOWN, "no change reaches its pods until it is resumed", _DEPLOYMENT),
        Row("spec.paused", away_from(True), Impact.RESTART, "what was held back rolls out", _DEPLOYMENT),
    ),
    "ReplicaSet.apps": (
        Row("", added, Impact.SAFE, _STARTS, _DEPLOYMENT),
        Row("", removed, Impact.OUTAGE, _STOPS, _DEPLOYMENT),
        _selector("replicaset"),
        *_REPLICAS,
        *_HISTORY,
    ),
    "StatefulSet.apps": (
        Row("", added, Impact.SAFE, _STARTS, _STATEFUL),
        Row("", removed, Impact.DATA_LOSS, "its claims, and the data in them, are deleted with it (whenDeleted)", _CLAIMS, given=_deletes_when_deleted),
        Row("", removed, Impact.OUTAGE, f"{_STOPS}; its claims, and the data in them, stay", _CLAIMS, given=_has_claims),
        Row("", removed, Impact.OUTAGE, _STOPS, _STATEFUL),
        Row(
            "spec.volumeClaimTemplates.**",
            always,
            Impact.BLOCKED,
            f"the template of its claims {_REFUSED}",
            _APPS,
            _GROW,
        ),
        Row("spec.**", always, Impact.BLOCKED, f"this field of a StatefulSet {_REFUSED}", _APPS, _ORPHANED.format("statefulset"), but=(*_MUTABLE, "spec.volumeClaimTemplates.**", "spec.podManagementPolicy")),
        *(Row("spec.podManagementPolicy", when, Impact.BLOCKED, f"this field of a StatefulSet {_REFUSED}", _APPS, _ORPHANED.format("statefulset")) for when in (to("Parallel"), away_from("Parallel"))),
        Row("spec.podManagementPolicy", always, Impact.SAFE, "OrderedReady is the default", _STATEFUL),
        *(Row("spec.replicas", when, Impact.DATA_LOSS, "claims of the pods that go are deleted (whenScaled)", _CLAIMS, given=_deletes_when_scaled) for when in (lowered, removed)),
        *_REPLICAS,
        *_HISTORY,
        Row("spec.persistentVolumeClaimRetentionPolicy.*", to("Delete"), Impact.DATA_LOSS, "claims go with their pods or their StatefulSet from now on", _CLAIMS),
        Row("spec.persistentVolumeClaimRetentionPolicy.**", always, Impact.SAFE, "claims stay when their pods or their StatefulSet go", _CLAIMS),
        Row("spec.ordinals.**", always, Impact.OUTAGE, "the pods get other numbers: other names, and other, empty volumes", _STATEFUL),
        Row("spec.updateStrategy.type", to("OnDelete"), Impact.UNKNOWN, "pods stay as they are until somebody deletes them", _STATEFUL),
        *(Row("spec.updateStrategy.rollingUpdate.partition", when, Impact.UNKNOWN, "pods with a lower number stay as they are, also in the next rollouts", _STATEFUL) for when in (raised, added)),
        Row("spec.updateStrategy.rollingUpdate.partition", lowered, Impact.RESTART, "more pods get what was held back", _STATEFUL),
        Row("spec.updateStrategy.**", always, Impact.SAFE, "how the next rollouts go: nothing restarts now", _STATEFUL),
    ),
    "DaemonSet.apps": (
        Row("", added, Impact.SAFE, "starts a pod on every node: nothing that runs today changes", _DAEMON),
        Row("", removed, Impact.OUTAGE, "its pods stop on every node", _DAEMON),
        _selector("daemonset"),
        *_HISTORY,
        Row("spec.updateStrategy.type", to("OnDelete"), Impact.UNKNOWN, "pods stay as they are until somebody deletes them", _DAEMON),
        Row("spec.updateStrategy.rollingUpdate.maxUnavailable", to("100%"), Impact.OUTAGE, "its pods stop on all nodes at once, in every rollout", _DAEMON),
        Row("spec.updateStrategy.**", always, Impact.SAFE, "how the next rollouts go: nothing restarts now", _DAEMON),
    ),
    "Job.batch": (
        Row("", added, Impact.SAFE, "runs once", _JOBS),
        Row("", removed, Impact.SAFE, "it does not run any more; as a hook it stays where it ran last", "argo-cd:gitops-engine/pkg/sync/sync_context.go", given=given.remade),
        Row("", removed, Impact.SAFE, "it and what is left of its pods are deleted", _JOBS, given=given.kept),
        *(
            Row(f"spec.{field}.**", always, Impact.BLOCKED, f"{field} of a Job {_REFUSED}", _BATCH, "delete the Job, then merge", given=given.kept)
            for field in ("selector", "completions", "podFailurePolicy", "successPolicy", "backoffLimitPerIndex", "managedBy", "maxFailedIndexes")
        ),
        Row("spec.completionMode", to("Indexed"), Impact.BLOCKED, f"completionMode of a Job {_REFUSED}", _BATCH, "delete the Job, then merge", given=given.kept),
        Row("spec.completionMode", away_from("Indexed"), Impact.BLOCKED, f"completionMode of a Job {_REFUSED}", _BATCH, "delete the Job, then merge", given=given.kept),
        Row("spec.completionMode", always, Impact.SAFE, "NonIndexed is the default", _JOBS),
        Row("spec.parallelism", always, Impact.SCALE, "how many of its pods run at once", _JOBS),
        Row("spec.suspend", to(True), Impact.UNKNOWN, "the Job is stopped until somebody resumes it", _JOBS),
        Row("spec.**", always, Impact.SAFE, "the Job is deleted and made again with every sync, now like this", _JOBS, given=given.remade),
        *(
            Row(f"spec.{field}", always, Impact.SAFE, "how often, how long and until when it tries", _JOBS)
            for field in ("backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished", "suspend", "podReplacementPolicy")
        ),
        *(
            Row(f"metadata.annotations[argocd.argoproj.io/{name}]", always, Impact.SAFE, "when and how Argo CD runs it", "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/")
            for name in ("hook", "hook-delete-policy")
        ),
        Row("metadata.annotations[argocd.argoproj.io/hook]", changed, Impact.UNKNOWN, "it runs at another point of a sync, or (Skip) not at all: look what waits for it", "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/"),
    ),
    "CronJob.batch": (
        Row("", added, Impact.SAFE, "runs at its times", _CRON),
        Row("", removed, Impact.OUTAGE, "it does not run any more: nobody does what it did", _CRON),
        Row("spec.suspend", to(True), Impact.OUTAGE, "it does not run any more: nobody does what it did", _CRON),
        Row("spec.jobTemplate.spec.suspend", to(True), Impact.OUTAGE, "each run waits for somebody to resume it: nobody does what it did", _CRON),
        Row("spec.jobTemplate.spec.parallelism", to(0), Impact.OUTAGE, "a run has no pod: nobody does what it did", _CRON),
        *(Row(f"spec.{field}", always, Impact.UNKNOWN, "it runs at other times: look how long nobody does what it does", _CRON) for field in ("schedule", "timeZone")),
        Row("spec.concurrencyPolicy", always, Impact.UNKNOWN, "a run that is not finished at the time of the next is left, or killed, or the next is left out", _CRON),
        Row("spec.jobTemplate.spec.activeDeadlineSeconds", lowered, Impact.UNKNOWN, "a run that takes longer is killed", _CRON),
        Row("spec.startingDeadlineSeconds", lowered, Impact.UNKNOWN, "a run that cannot start in time is left out", _CRON),
        *(
            Row(f"spec.{field}", always, Impact.SAFE, why, _CRON)
            for field, why in {
                "suspend": "it runs again",
                "startingDeadlineSeconds": "how late a run may start",
                "successfulJobsHistoryLimit": "how many finished runs are kept to look at",
                "failedJobsHistoryLimit": "how many failed runs are kept to look at",
                "jobTemplate.spec.activeDeadlineSeconds": "how long a run may take",
                "jobTemplate.spec.backoffLimit": "how often a run is tried",
                "jobTemplate.spec.ttlSecondsAfterFinished": "how long a finished run is kept",
                "jobTemplate.spec.parallelism": "how many pods a run has at once",
                "jobTemplate.spec.completions": "how many pods a run needs",
            }.items()
        ),
    ),
    "HorizontalPodAutoscaler.autoscaling": (
        Row("", always, Impact.SCALE, "who decides on the number of pods changes; without one it stays at what it is", _SCALER),
        Row("spec.scaleTargetRef.**", always, Impact.UNKNOWN, "it scales another workload: the one before keeps the number of pods that it has", _SCALER),
        Row("spec.**", always, Impact.SCALE, "when pods are added and taken away, and how many", _SCALER, but=("spec.scaleTargetRef.**",)),
    ),
    "PodDisruptionBudget.policy": (
        Row("", added, Impact.SAFE, "node maintenance takes no more pods at once than this", _BUDGET),
        Row("", removed, Impact.OUTAGE, "node maintenance may take all pods at once", _BUDGET),
        Row("spec.maxUnavailable", to(0, "0%"), Impact.UNKNOWN, "no pod may go: node upgrades wait an hour at each, then take it", _BUDGET),
        Row("spec.maxUnavailable", raised, Impact.UNKNOWN, "node maintenance takes more pods at once: look that enough are left", _BUDGET),
        Row("spec.maxUnavailable", lowered, Impact.SAFE, "node maintenance takes fewer pods at once", _BUDGET),
        Row("spec.minAvailable", lowered, Impact.UNKNOWN, "node maintenance takes more pods at once: look that enough are left", _BUDGET),
        Row("spec.minAvailable", raised, Impact.SAFE, "node maintenance takes fewer pods at once", _BUDGET),
        *(
            Row(f"spec.{field}", when, Impact.UNKNOWN, "another rule for how many pods node maintenance takes", _BUDGET)
            for field in ("maxUnavailable", "minAvailable")
            for when in (added, removed, mixed)
        ),
        Row("spec.minAvailable", to("100%"), Impact.UNKNOWN, "no pod may go: node upgrades wait an hour at each, then take it", _BUDGET),
        *(Row(f"spec.{field}", numeral, Impact.BLOCKED, _TEXT, "kubernetes:pkg/apis/policy/validation/validation.go", _UNQUOTE) for field in ("maxUnavailable", "minAvailable")),
        Row("spec.selector.**", always, Impact.UNKNOWN, "other pods are protected, and those before perhaps no more", _BUDGET),
        Row("spec.unhealthyPodEvictionPolicy", to("AlwaysAllow"), Impact.SAFE, "pods that are not ready do not hold up a drain", _BUDGET),
        Row("spec.unhealthyPodEvictionPolicy", always, Impact.UNKNOWN, "pods that are not ready may hold up a drain", _BUDGET),
    ),
    "PriorityClass.scheduling.k8s.io": (
        Row("", added, Impact.SAFE, "nothing has it yet", _PRIORITY),
        Row("", removed, Impact.OUTAGE, "pods that name it cannot be made any more; those that run stay", _PRIORITY),
        Row("value", always, Impact.BLOCKED, f"the value of a PriorityClass {_REFUSED}", _SCHEDULING, "make a PriorityClass of another name, and let the workloads name that"),
        Row("preemptionPolicy", to("Never"), Impact.BLOCKED, f"the preemptionPolicy of a PriorityClass {_REFUSED}", _SCHEDULING, "make a PriorityClass of another name, and let the workloads name that"),
        Row("preemptionPolicy", away_from("Never"), Impact.BLOCKED, f"the preemptionPolicy of a PriorityClass {_REFUSED}", _SCHEDULING, "make a PriorityClass of another name, and let the workloads name that"),
        Row("preemptionPolicy", always, Impact.SAFE, "PreemptLowerPriority is the default", _PRIORITY),
        Row("globalDefault", to(True), Impact.UNKNOWN, "every new pod without a class gets this one", _PRIORITY),
        Row("globalDefault", goes, Impact.SAFE, "new pods without a class have priority 0 again", _PRIORITY),
        Row("globalDefault", comes, Impact.SAFE, "false is the default", _PRIORITY),
        Row("description", always, Impact.SAFE, "a text for people", _PRIORITY),
    ),
}
