"""Applications and AppProjects."""

from generator.manifest import Manifest
from generator.review import given
from generator.review.change import Impact
from generator.review.row import Row, Steps, added, always, away_from, changed, comes, goes, removed, to
from generator.review.side import CASCADE, cascades

# A row of a table is a line.
# fmt: off
_SPEC = "https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/"
_AUTO = "https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/"
_OPTIONS = "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/"
_DELETION = "https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/"
_PROJECTS = "https://argo-cd.readthedocs.io/en/stable/user-guide/projects/"
_DIFFS = "https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/"
_HELM = "https://argo-cd.readthedocs.io/en/stable/user-guide/helm/"
_ALLOWED = "argo-cd:pkg/apis/application/v1alpha1/app_project_types.go"
_VALUES = "spec.source.helm.valuesObject"
_AUTOMATED = "spec.syncPolicy.automated"


def _cascades(_steps: Steps, old: Manifest, _new: Manifest) -> bool:
    """With the Application all that it made is deleted."""
    return cascades(old)


def _is_chart(_steps: Steps, old: Manifest, new: Manifest) -> bool:
    """The Application installs a chart, whose objects are in no plan."""
    return bool(given.at(new or old, ("spec", "source", "chart")))


def _item_stood(steps: Steps, old: Manifest, _new: Manifest) -> bool:
    """The item of the list was there."""
    return bool(given.at(old, steps[:3]))


def finalizer_comes(before: object, after: object) -> bool:
    """Deleting the object will delete what it made."""
    return before != after and str(after).startswith(CASCADE)


_INSIDE = "the plan does not see into the chart"
_WIDER = "its Applications may do more"
_NARROWER = "Applications that need it are refused from now on: look which do"
_NOT_THERE = "what is not at the new place is pruned: read the plan of what is there"

_SYNC = (
    Row("spec.syncPolicy.syncOptions.*", to("Replace=true", "Force=true"), Impact.DATA_LOSS, "objects that cannot be changed in place are deleted and made again", _OPTIONS),
    Row("spec.syncPolicy.syncOptions.*", away_from("Prune=confirm", "Delete=confirm", "Prune=false", "Delete=false"), Impact.DATA_LOSS, "nobody is asked any more before something is deleted", _OPTIONS),
    Row("spec.syncPolicy.syncOptions.*", to("Validate=false"), Impact.EXPOSURE, "manifests are no longer held against their schema", _OPTIONS),
    Row("spec.syncPolicy.syncOptions.*", away_from("FailOnSharedResource=true"), Impact.EXPOSURE, "it takes objects that another Application has, without a word", _OPTIONS),
    Row("spec.syncPolicy.syncOptions.*", comes, Impact.UNKNOWN, "how its objects are applied", _OPTIONS, given=given.existed),
    Row("spec.syncPolicy.syncOptions.**", always, Impact.UNKNOWN, "how its objects are applied", _OPTIONS),
    Row(f"{_AUTOMATED}.prune", to(True), Impact.DATA_LOSS, "whatever of it is not in Git is deleted with the next sync", _AUTO, given=given.existed),
    Row(f"{_AUTOMATED}.prune", away_from(True), Impact.ORPHAN, "what is taken out of Git stays in the cluster", _AUTO),
    Row(f"{_AUTOMATED}.allowEmpty", to(True), Impact.DATA_LOSS, "an empty folder deletes everything of it", _AUTO),
    Row(f"{_AUTOMATED}.selfHeal", away_from(True), Impact.EXPOSURE, "changes by hand stay until the next merge", _AUTO),
    Row(f"{_AUTOMATED}.selfHeal", to(True), Impact.UNKNOWN, "changes by hand are undone within seconds", _AUTO),
    Row(f"{_AUTOMATED}.enabled", to(False), Impact.ORPHAN, "merges reach the cluster only when somebody syncs", _AUTO),
    Row(_AUTOMATED, removed, Impact.ORPHAN, "merges reach the cluster only when somebody syncs", _AUTO),
    Row("spec.syncPolicy", removed, Impact.ORPHAN, "merges reach the cluster only when somebody syncs", _AUTO),
    Row(f"{_AUTOMATED}.**", always, Impact.UNKNOWN, "what happens without anybody's doing", _AUTO),
    Row("spec.syncPolicy.retry.**", always, Impact.SAFE, "how often and how long a failed sync is tried", _AUTO),
    Row("spec.syncPolicy.managedNamespaceMetadata.**", always, Impact.UNKNOWN, "labels of its namespace: Pod Security, NetworkPolicies", _OPTIONS),
)
_OPENED = tuple(
    Row(f"{_VALUES}.{path}", when, Impact.EXPOSURE, why, _HELM)
    for context in ("securityContext", "podSecurityContext")
    for path, when, why in (
        (f"{context}.allowPrivilegeEscalation", away_from(False), "programs of the add-on may gain rights"),
        (f"{context}.runAsNonRoot", away_from(True), "the add-on may run as root"),
        (f"{context}.readOnlyRootFilesystem", away_from(True), "whoever gets into the add-on can write its files"),
        (f"{context}.privileged", to(True), "the add-on is root on its node"),
        (f"{context}.runAsUser", to(0), "the add-on runs as root"),
        (f"{context}.capabilities.drop.**", goes, "the add-on keeps capabilities of the kernel"),
        (f"{context}.seccompProfile.type", away_from("RuntimeDefault", "Localhost"), "every system call is allowed"),
        (f"{context}.enabled", away_from(True), "nothing holds the add-on back"),
    )
)
_ROLLS = f"the add-on's own objects change, and its pods most often roll; {_INSIDE}"
_CHART = (
    Row(f"{_VALUES}.installCRDs", away_from(True), Impact.DATA_LOSS, "the chart no longer has the definitions: they are pruned, and with them every object of their kinds", _HELM),
    Row(f"{_VALUES}.crds.enabled", away_from(True), Impact.DATA_LOSS, "the chart no longer has the definitions: they are pruned, and with them every object of their kinds", _HELM),
    Row(f"{_VALUES}.crds.keep", away_from(True), Impact.DATA_LOSS, "the definitions go with the chart, and with them every object of their kinds", _HELM),
    Row(f"{_VALUES}.crds.annotations[argocd.argoproj.io/sync-options]", goes, Impact.DATA_LOSS, "nobody is asked any more before the definitions, and all objects of their kinds, are deleted", _OPTIONS),
    *_OPENED,
    *(
        Row(f"{_VALUES}.{field}", to(True), Impact.EXPOSURE, "the operator looks at, and may change, more than before", _HELM)
        for field in ("createClusterScopedResources", "processClusterExternalSecret", "processClusterStore", "processClusterPushSecret", "processPushSecret", "processClusterGenerator", "rbac.aggregateToView", "rbac.aggregateToEdit", "rbac.aggregateToAdmin")
    ),
    Row(f"{_VALUES}.managedNamespaces.*", added, Impact.EXPOSURE, "the operator has rights in one more namespace", _HELM, given=given.existed),
    Row(f"{_VALUES}.managedNamespaces.*", goes, Impact.OUTAGE, "the operator no longer looks after what is in this namespace", _HELM),
    Row(f"{_VALUES}.replicaCount", to(0), Impact.OUTAGE, "the add-on stops", _HELM),
    Row(f"{_VALUES}.replicaCount", changed, Impact.SCALE, "another number of the add-on's pods", _HELM),
    Row("spec.source.chart", always, Impact.DATA_LOSS, "another chart: what only the old one has is pruned", _HELM, given=given.existed),
    Row("spec.source.targetRevision", changed, Impact.RESTART, f"another version of the chart: {_ROLLS}, its definitions too: read its release notes", _HELM, given=_is_chart),
    Row("spec.source.helm.releaseName", always, Impact.DATA_LOSS, "objects named after the release are made anew, and the old ones pruned", _HELM, given=given.existed),
    Row("spec.source.helm.**", always, Impact.RESTART, _ROLLS, _HELM),
)
_APPLICATION = (
    Row("", added, Impact.UNKNOWN, f"an add-on is installed: {_INSIDE}", _HELM, given=_is_chart),
    Row("", added, Impact.SAFE, "its objects are said one by one", _SPEC),
    Row("", removed, Impact.DATA_LOSS, "everything that it made is deleted with it (cascade finalizer)", _DELETION, given=_cascades),
    Row("", removed, Impact.ORPHAN, "what it made stays in the cluster, and nobody manages it", _DELETION),
    Row("metadata.finalizers.*", finalizer_comes, Impact.DATA_LOSS, "who deletes the Application from now on deletes everything that it made", _DELETION),
    Row("metadata.finalizers.**", always, Impact.SAFE, "what it made stays when it is deleted", _DELETION),
    Row("spec.project", always, Impact.EXPOSURE, "another project decides what it may deploy, and where; where that does not allow it nothing is synced", _PROJECTS, given=given.existed),
    Row("spec.destination.namespace", always, Impact.DATA_LOSS, "the add-on is made in another namespace, and the old one is pruned", "argo-cd#1640", given=_is_chart),
    Row("spec.destination.namespace", always, Impact.UNKNOWN, "where objects go that name no namespace", _SPEC),
    *(Row(f"spec.destination.{field}", always, Impact.DATA_LOSS, "everything is made again, empty, on another cluster; what runs on the old one stays and nobody manages it", "argo-cd#9172", given=given.existed) for field in ("server", "name")),
    Row("spec.source.repoURL", always, Impact.EXPOSURE, f"manifests come from elsewhere: who can write there decides what runs here; {_NOT_THERE}", _SPEC, given=given.existed),
    Row("spec.source.path", always, Impact.UNKNOWN, _NOT_THERE, _SPEC),
    Row("spec.source.targetRevision", always, Impact.UNKNOWN, f"another branch or commit is deployed; {_NOT_THERE}", _SPEC),
    *_CHART,
    *_SYNC,
    Row("spec.ignoreDifferences.**", comes, Impact.ORPHAN, "changes by hand there are neither seen nor undone", _DIFFS),
    Row("spec.ignoreDifferences.**", goes, Impact.UNKNOWN, "what was left alone there is set back to what Git says", _DIFFS),
    Row("spec.sources.**", always, Impact.UNKNOWN, _NOT_THERE, _SPEC),
    Row("spec.revisionHistoryLimit", always, Impact.SAFE, "how many syncs can be gone back to", _SPEC),
    Row("spec.info.**", always, Impact.SAFE, "a text for people", _SPEC),
    Row("metadata.annotations[argocd.argoproj.io/manifest-generate-paths]", always, Impact.SAFE, "for which paths a push makes it look again", "https://argo-cd.readthedocs.io/en/stable/operator-manual/high_availability/"),
    Row("metadata.annotations[argocd.argoproj.io/compare-options]", always, Impact.UNKNOWN, "which differences make it OutOfSync", "https://argo-cd.readthedocs.io/en/stable/user-guide/compare-options/"),
    Row("metadata.annotations[notifications.argoproj.io/*]", always, Impact.SAFE, "who is told", "https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/"),
)


def _allows(path: str, what: str, *, none_is_all: bool = False) -> tuple[Row, ...]:
    """Return the rows of a list of what is allowed."""
    return (
        Row(f"spec.{path}.*", added, Impact.EXPOSURE, f"{_WIDER}: {what}", _PROJECTS, given=given.stood if none_is_all else given.existed),
        Row(f"spec.{path}.**", changed, Impact.EXPOSURE, f"{_WIDER}: {what}", _PROJECTS, but=(f"spec.{path}",)),
        Row(f"spec.{path}.*.*", removed, Impact.EXPOSURE, f"{_WIDER}: {what}", _PROJECTS, given=lambda steps, _old, new: bool(given.at(new, steps[:-1]))),
        Row(f"spec.{path}.*.**", added, Impact.EXPOSURE, f"{_WIDER}: {what}", _PROJECTS, but=(f"spec.{path}.*", f"spec.{path}.*.name"), given=_item_stood),
        Row(f"spec.{path}.*.name", added, Impact.UNKNOWN, _NARROWER, _PROJECTS, given=_item_stood),
        Row(f"spec.{path}.**", removed, Impact.UNKNOWN, _NARROWER, _PROJECTS),
        Row(f"spec.{path}.**", always, Impact.SAFE, "the list of what is allowed", _PROJECTS, but=(f"spec.{path}.*",)),
    )


def _forbids(path: str) -> tuple[Row, ...]:
    return (
        Row(f"spec.{path}.**", goes, Impact.EXPOSURE, _WIDER, _PROJECTS),
        Row(f"spec.{path}.**", added, Impact.UNKNOWN, _NARROWER, _PROJECTS),
    )


TABLE: dict[str, tuple[Row, ...]] = {
    "Application.argoproj.io": _APPLICATION,
    "AppProject.argoproj.io": (
        Row("", added, Impact.EXPOSURE, "Applications may be put into it, and do what it allows", _PROJECTS),
        Row("", removed, Impact.OUTAGE, "its Applications are refused: nothing of them is synced any more", _PROJECTS),
        Row("spec.namespaceResourceWhitelist", removed, Impact.EXPOSURE, f"{_WIDER}: without the list every kind in a namespace is allowed", _ALLOWED),
        Row("spec.namespaceResourceWhitelist", added, Impact.UNKNOWN, _NARROWER, _ALLOWED),
        *_allows("sourceRepos", "deploy from one more repository"),
        *_allows("sourceNamespaces", "stand in one more namespace"),
        *_allows("destinations", "deploy to one more place"),
        *_allows("clusterResourceWhitelist", "one more kind for the whole cluster"),
        *_allows("namespaceResourceWhitelist", "one more kind in namespaces", none_is_all=True),
        *_allows("roles", "who may do what with its Applications"),
        *_allows("destinationServiceAccounts", "apply as another account"),
        *_forbids("clusterResourceBlacklist"),
        *_forbids("namespaceResourceBlacklist"),
        *_forbids("signatureKeys"),
        Row("spec.permitOnlyProjectScopedClusters", away_from(True), Impact.EXPOSURE, f"{_WIDER}: deploy to every cluster", _PROJECTS),
        Row("spec.syncWindows.**", always, Impact.UNKNOWN, "when its Applications are synced", "https://argo-cd.readthedocs.io/en/stable/user-guide/sync_windows/"),
        Row("spec.orphanedResources.**", always, Impact.SAFE, "what it warns of that no Application has", "https://argo-cd.readthedocs.io/en/stable/user-guide/orphaned-resources/"),
        Row("spec.description", always, Impact.SAFE, "a text for people", _PROJECTS),
        Row("metadata.annotations[notifications.argoproj.io/*]", always, Impact.SAFE, "who is told", _PROJECTS),
        Row("metadata.annotations", always, Impact.SAFE, "an empty list of annotations", _PROJECTS, given=lambda _steps, old, new: not (given.at(old, ("metadata", "annotations")) or given.at(new, ("metadata", "annotations")))),
    ),
    "ApplicationSet.argoproj.io": (
        Row("", removed, Impact.DATA_LOSS, "the Applications that it made are deleted, and with them what they made", "https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Application-Deletion/"),
    ),
}
