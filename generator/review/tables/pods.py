"""What a pod template holds, wherever it stands.

Whatever a row does not name rolls the pods of a workload. What runs from time to time, or is made anew with every sync,
has the change the next time it runs.
"""

from typing import Any

from generator.field import at
from generator.review import given
from generator.review.change import ABSENT, Impact
from generator.review.row import (
    Given,
    Row,
    added,
    always,
    away_from,
    comes,
    floats,
    goes,
    lowered,
    moves,
    numeral,
    older,
    raised,
    removed,
    to,
    unpinned,
)

_CONTEXT = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"
_ROLLS = "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#updating-a-deployment"
_IMAGES = "https://kubernetes.io/docs/concepts/containers/images/"
_MIGRATED = (
    "codemie-ai/codemie:src/codemie/clients/postgres.py"  # the API migrates to its newest revision at each start
)
_PROBES = "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"
_NAMES = "kubernetes:pkg/apis/core/validation/validation.go"
_SPREAD = "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/"
_NODES = "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/"
_TOKEN = "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/"  # noqa: S105
_LABELS = "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector"
_JOBS = "https://kubernetes.io/docs/concepts/workloads/controllers/job/"
_HOOKS = "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/"
_JOB = (
    "delete the Job, then merge; or make it a hook (argocd.argoproj.io/hook: Sync), which is made anew with every sync"
)

TEMPLATES = {
    "Deployment.apps": "spec.template",
    "StatefulSet.apps": "spec.template",
    "DaemonSet.apps": "spec.template",
    "ReplicaSet.apps": "spec.template",
    "Job.batch": "spec.template",
    "CronJob.batch": "spec.jobTemplate.spec.template",
    "Elasticsearch.elasticsearch.k8s.elastic.co": "spec.nodeSets.*.podTemplate",
    "Kibana.kibana.k8s.elastic.co": "spec.podTemplate",
}
"""Where a kind has its pod template."""


def unguarded(before: Any, after: Any) -> bool:
    """A container comes without what holds it back."""
    if before is not ABSENT or not isinstance(after, dict):
        return False
    return at(after, "securityContext", "allowPrivilegeEscalation") is not False


def _in_clear(steps: tuple[str | int, ...], _old: dict[str, Any], new: dict[str, Any]) -> bool:
    """A variable that read a Secret has a value of its own."""
    item = given.at(new, steps[:-2])
    return isinstance(item, dict) and "value" in item


def _weakened(spec: str) -> tuple[Row, ...]:
    """Return the rows of a pod's and its containers' rights, of a pod spec."""
    every = (f"{spec}.containers.*", f"{spec}.initContainers.*")
    contexts = [f"{place}.securityContext" for place in (spec, *every)]
    rows = [
        *(Row(f"{spec}.{field}", to(True), Impact.EXPOSURE, why, _CONTEXT) for field, why in _HOST.items()),
        Row(f"{spec}.hostUsers", away_from(False), Impact.EXPOSURE, "root in the pod is root of the node", _CONTEXT),
        Row(f"{spec}.automountServiceAccountToken", away_from(False), Impact.EXPOSURE, _GETS_TOKEN, _TOKEN),
        Row(f"{spec}.serviceAccountName", always, Impact.EXPOSURE, _OTHER_ACCOUNT, _TOKEN, given=given.existed),
        Row(f"{spec}.runtimeClassName", goes, Impact.EXPOSURE, "the pods leave the sandbox that they ran in", _CONTEXT),
        Row(f"{spec}.securityContext.sysctls.*", comes, Impact.EXPOSURE, "kernel settings are changed", _CONTEXT),
        Row(f"{spec}.volumes.*.hostPath.path", comes, Impact.EXPOSURE, "the pod reads files of its node", _CONTEXT),
        Row(f"{spec}.volumes.*.projected.sources.*.serviceAccountToken", added, Impact.EXPOSURE, _GETS_TOKEN, _TOKEN),
    ]
    for path in contexts:
        rows += [Row(f"{path}.{field}", when, Impact.EXPOSURE, why, _CONTEXT) for field, when, why in _CONTEXT_FIELDS]
    for path in every:
        rows += [Row(f"{path}{field}", when, Impact.EXPOSURE, why, source) for field, when, why, source in _CONTAINER]
        secret = f"{path}.env.*.valueFrom.secretKeyRef"
        rows.append(Row(secret, removed, Impact.EXPOSURE, _CLEAR, _CONTEXT, given=_in_clear))
    return tuple(rows)


_HOST = {
    "hostNetwork": "the pods use the node's own network: no NetworkPolicy holds for them",
    "hostPID": "the pods see every process of their node",
    "hostIPC": "the pods share memory with every process of their node",
    "shareProcessNamespace": "the containers of the pod see each other's processes, variables and files",
}
_GETS_TOKEN = "the pods get a token for the API server, and with it whatever their ServiceAccount may do"  # noqa: S105
_OTHER_ACCOUNT = "the pods act as another ServiceAccount: its rights, its Google account, its Secrets for images"
_CLEAR = "a value that came from a Secret stands in Git, for everyone to read"
_CONTEXT_FIELDS = (
    ("privileged", to(True), "the container is root on its node"),
    ("allowPrivilegeEscalation", away_from(False), "a program in the container may gain rights that it did not have"),
    ("runAsNonRoot", away_from(True), "the container may run as root"),
    ("runAsUser", to(0), "the container runs as root"),
    ("runAsUser", removed, "the image decides who the container runs as: that may be root"),
    ("runAsGroup", to(0), "the container runs in root's group"),
    ("readOnlyRootFilesystem", away_from(True), "whoever gets into the container can write its files"),
    ("capabilities.drop", removed, "the container keeps capabilities of the kernel that it had given up"),
    ("capabilities.drop.*", goes, "the container keeps capabilities of the kernel that it had given up"),
    ("capabilities.add.*", comes, "the container gets a capability of the kernel"),
    ("seccompProfile.type", away_from("RuntimeDefault", "Localhost"), "every system call is allowed again"),
    ("appArmorProfile.type", away_from("RuntimeDefault", "Localhost"), "AppArmor no longer holds the container"),
    ("procMount", to("Unmasked"), "the container sees the node's /proc whole"),
)
_CONTAINER = (
    ("", unguarded, "a container comes that nothing holds back (allowPrivilegeEscalation is not false)", _CONTEXT),
    (
        ".image",
        moves,
        "the image comes from another registry or owner: who can write there decides what runs here",
        _IMAGES,
    ),
    (".image", floats, "the tag means another image tomorrow, without a merge", _IMAGES),
    (".image", unpinned, "the digest no longer says which image it is: look why", _IMAGES),
    (".ports.*.hostPort", comes, "the port is open on the address of the node", _CONTEXT),
    (".volumeMounts.*.readOnly", away_from(True), "the container may write what it could only read", _CONTEXT),
)


def _rolled(template: str, fallback: Row) -> tuple[Row, ...]:
    """Return the rows of what is not about rights; `fallback` says what every change does."""
    spec = f"{template}.spec"
    rows = [
        Row(f"{spec}.{field}", when, Impact.RESTART, f"{why}; {fallback.reason}", source, given=fallback.given)
        for field, when, why, source in _SCHEDULING
    ]
    for path in (f"{spec}.containers.*", f"{spec}.initContainers.*"):
        rows += [
            Row(f"{path}.{field}", when, Impact.RESTART, f"{why}; {fallback.reason}", source, given=fallback.given)
            for field, when, why, source in _RUN
        ]
    return (*rows, fallback)


_NO_NODE = "where no node fits the new pods stay Pending"
_ONE_NODE = "the pods may all be on one node, and go with it"
_SCHEDULING = (
    ("affinity.podAntiAffinity.**", goes, _ONE_NODE, _NODES),
    ("topologySpreadConstraints.**", goes, _ONE_NODE, _SPREAD),
    ("nodeSelector.**", comes, _NO_NODE, _NODES),
    ("affinity.nodeAffinity.**", comes, _NO_NODE, _NODES),
    ("tolerations.**", goes, _NO_NODE, _NODES),
    ("terminationGracePeriodSeconds", lowered, "less time for requests in flight when a pod stops", _ROLLS),
    ("imagePullSecrets.**", goes, "images of a private registry may no longer be pulled", _IMAGES),
)
_RUN = (
    (
        "image",
        older,
        "it goes back to an older version, which may not start on data that the newer one has migrated",
        _MIGRATED,
    ),
    ("livenessProbe", removed, "a container that hangs is no longer restarted", _PROBES),
    ("resources.limits.memory", lowered, "a container that needs more is killed", _ROLLS),
    ("resources.requests.*", raised, "where no node has room for it the new pods stay Pending", _NODES),
    ("resources.requests.*", added, "where no node has room for it the new pods stay Pending", _NODES),
    ("lifecycle.preStop.**", goes, "the pod may stop while it still gets requests", _PROBES),
)
_CLAIMED = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#claims-as-volumes"
_EMPTY = "the pods start without what is on this claim, which stays: what looked for its data there finds nothing"
_IN_PODS = "what was kept on a claim is kept in the pod, and goes with it"
_MOUNTED = ("mountPath", "subPath")
_OTHER_RUN = (
    ("command.**", always, "it does something else"),
    ("args.**", always, "it does something else"),
    ("resources.limits.memory", lowered, "a run that needs more is killed"),
)
_ANSWERS = (
    ("readinessProbe", "requests go to pods that cannot answer yet, in every rollout and after every restart"),
    ("startupProbe", "a pod that is slow to start is killed by its liveness probe, again and again"),
)


def _workload(template: str) -> tuple[Row, ...]:
    so = given.same_item(3) if template.startswith("spec.nodeSets.*") else given.existed
    rolls = Row(f"{template}.**", always, Impact.RESTART, "rolls its pods", _ROLLS, given=so)
    text = "a number as text is taken for a name: the sync fails"
    ports = (
        Row(
            f"{template}.spec.containers.*.{probe}.*.port",
            numeral,
            Impact.BLOCKED,
            text,
            _NAMES,
            "write the number without quotes",
        )
        for probe in ("livenessProbe", "readinessProbe", "startupProbe")
    )
    probes = (
        Row(f"{template}.spec.containers.*.{probe}", removed, Impact.OUTAGE, why, _PROBES, given=_stays)
        for probe, why in _ANSWERS
    )
    volume = f"{template}.spec.volumes.*"
    mount = f"{template}.spec.containers.*.volumeMounts.*"
    gone = f"{volume}.persistentVolumeClaim.claimName"
    claims = (
        Row(f"{volume}.emptyDir", added, Impact.DATA_LOSS, _IN_PODS, _CLAIMED, given=_was_claimed),
        Row(gone, goes, Impact.OUTAGE, _EMPTY, _CLAIMED),
        *(Row(f"{mount}.{field}", always, Impact.OUTAGE, _EMPTY, _CLAIMED, given=_is_claimed) for field in _MOUNTED),
    )
    label = f"{template}.metadata.labels.*"
    refused = "the selector wants this label, and cannot be changed: the sync fails"
    again = "keep the label; for another selector delete the workload with --cascade=orphan, then merge"
    wanted = Row(label, goes, Impact.BLOCKED, refused, _LABELS, again, given=given.selected)
    return (*_weakened(f"{template}.spec"), *probes, *ports, *claims, wanted, *_rolled(template, rolls))


def _stays(steps: tuple[str | int, ...], old: dict[str, Any], new: dict[str, Any]) -> bool:
    """The container whose probe it was is still there."""
    was, will_be = given.at(old, steps[:-1]), given.at(new, steps[:-1])
    return not isinstance(was, dict) or (isinstance(will_be, dict) and was.get("name") == will_be.get("name"))


def _was_claimed(steps: tuple[str | int, ...], old: dict[str, Any], _new: dict[str, Any]) -> bool:
    """The volume was that of a claim."""
    return bool(given.at(old, (*steps[:-1], "persistentVolumeClaim")))


def _is_claimed(steps: tuple[str | int, ...], old: dict[str, Any], new: dict[str, Any]) -> bool:
    """The mount was there, and is of a claim: of a volume, or of a template of a StatefulSet."""
    if not given.at(old, steps[:-1]):
        return False
    name = given.at(old, (*steps[:-1], "name"))
    spec = steps[: steps.index("containers")]
    volumes = [item for item in given.items(new, (*spec, "volumes")) if at(item, "persistentVolumeClaim")]
    templates = [at(item, "metadata") for item in given.items(new, ("spec", "volumeClaimTemplates"))]
    return any(at(item, "name") == name for item in (*volumes, *templates))


def _at_times(template: str, reason: str, source: str, so: Given) -> tuple[Row, ...]:
    fallback = Row(f"{template}.**", always, Impact.SAFE, reason, source, given=so)
    container = f"{template}.spec.containers.*"
    other = (
        Row(f"{container}.{field}", when, Impact.UNKNOWN, f"{why}: {reason}", source, given=so)
        for field, when, why in _OTHER_RUN
    )
    return (*_weakened(f"{template}.spec"), *other, fallback)


_TEMPLATE = TEMPLATES["Job.batch"]
_FINAL = Row(
    f"{_TEMPLATE}.**",
    always,
    Impact.BLOCKED,
    "a Job's pods cannot be changed: the sync fails",
    _JOBS,
    _JOB,
    given=given.kept,
)
_AGAIN = "the Job is deleted and made again with every sync, now like this"
TABLE: dict[str, tuple[Row, ...]] = {
    **{kind: _workload(template) for kind, template in TEMPLATES.items() if not kind.endswith(".batch")},
    "Job.batch": (_FINAL, *_at_times(_TEMPLATE, _AGAIN, _HOOKS, given.remade)),
    "CronJob.batch": _at_times(
        TEMPLATES["CronJob.batch"],
        "the next run is like this; one that runs now stays as it is",
        "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#modifying-a-cronjob",
        given.existed,
    ),
}
