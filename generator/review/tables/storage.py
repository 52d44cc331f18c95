"""Claims, classes, ConfigMaps, Secrets, namespaces, definitions of kinds, guards of a namespace or the cluster."""

from generator.field import listed, text
from generator.manifest import Manifest
from generator.review import given
from generator.review.change import Impact
from generator.review.row import Row, Steps, added, always, away_from, changed, goes, lowered, raised, removed, to

# A row of a table is a line.
# fmt: off
_CLAIM = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/"
_GROW = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims"
_CLASS = "https://kubernetes.io/docs/concepts/storage/storage-classes/"
_MAP = "https://kubernetes.io/docs/concepts/configuration/configmap/"
_FIXED = "https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-immutable"
_SECRET = "https://kubernetes.io/docs/concepts/configuration/secret/"  # noqa: S105
_CLUSTER = "https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters"
_ARGO_MAP = "https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/"
_ARGO_RIGHTS = "https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/"
_PODS = "https://kubernetes.io/docs/concepts/security/pod-security-admission/"
_NAMESPACE = "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/"
_CRD = "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/"
_VERSIONS = "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/"
_QUOTA = "https://kubernetes.io/docs/concepts/policy/resource-quotas/"
_LIMITS = "https://kubernetes.io/docs/concepts/policy/limit-range/"
_HOOK = "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/"
_CORE = "kubernetes:pkg/apis/core/validation/validation.go"
_STORAGE = "kubernetes:pkg/apis/storage/validation/validation.go"
_APIEXT = "kubernetes:staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go"
_STAYS = "cannot be changed: the sync fails, and what is there stays as it is"
_COPY = "make a second claim, copy the data with a Job, let the pods use that one, then remove this one"
_NEW_CLASS = "make a class of another name, and let new claims name that; claims that are there keep theirs"
_ENFORCE = "metadata.labels[pod-security.kubernetes.io/enforce]"
_LEVELS = ("privileged", "baseline", "restricted")


def _level(value: object) -> int:
    return _LEVELS.index(str(value)) if value in _LEVELS else 0


def level_lowered(before: object, after: object) -> bool:
    """A level of Pod Security allows more; left out it is privileged."""
    return _level(after) < _level(before)


def level_raised(before: object, after: object) -> bool:
    """A level of Pod Security allows less."""
    return _level(after) > _level(before)


def _version_stays(steps: Steps, old: Manifest, new: Manifest) -> bool:
    """The version of a definition that a field is of is still there."""
    name = text(given.at(old, steps[:3]), "name")
    return any(text(version, "name") == name for version in listed(new, "spec", "versions"))


def _fixed(kind: str) -> tuple[Row, ...]:
    """Return the rows of a ConfigMap or Secret that says it is immutable."""
    runbook = f"make a {kind} of another name, and let the pods read that"
    rows = [
        Row(f"{field}.**", always, Impact.BLOCKED, f"{field} of an immutable {kind} {_STAYS}", _FIXED, runbook, given=given.was(("immutable",), True))
        for field in ("data", "binaryData", "stringData")
    ]
    return (
        *rows,
        Row("immutable", away_from(True), Impact.BLOCKED, f"immutable: true of a {kind} {_STAYS}", _FIXED, runbook),
        Row("immutable", always, Impact.SAFE, "from now on it can only be replaced by one of another name", _FIXED),
    )


_READ = "no pod that we know of reads it: look who does"
_IS_CLUSTER = given.was(("metadata", "labels", "argocd.argoproj.io/secret-type"), "cluster")
_ARGO = given.named("argocd-cm", "argocd-rbac-cm", "argocd-cmd-params-cm")
_MAPS = (
    Row("", added, Impact.SAFE, "nothing that runs today reads it", _MAP),
    Row("", removed, Impact.SAFE, "no pod that we know of reads it any more", _MAP),
    *_fixed("ConfigMap"),
    *(Row(f"data[{key}]", always, Impact.EXPOSURE, "who may do what in Argo CD, and so in every cluster that it has", _ARGO_RIGHTS, given=_ARGO) for key in ("users.anonymous.enabled", "exec.enabled", "policy.*")),
    Row("data.**", always, Impact.UNKNOWN, "Argo CD reads this: it holds for all of its Applications at once", _ARGO_MAP, given=_ARGO),
    Row("metadata.labels[app.kubernetes.io/part-of]", away_from("argocd"), Impact.OUTAGE, "Argo CD reads only ConfigMaps with this label: it goes back to its defaults", _ARGO_MAP, given=_ARGO),
    Row("data.**", always, Impact.UNKNOWN, _READ, _MAP),
    Row("binaryData.**", always, Impact.UNKNOWN, _READ, _MAP),
)
_SECRETS = (
    Row("", added, Impact.SAFE, "nothing that runs today reads it", _SECRET),
    Row("", removed, Impact.OUTAGE, "Argo CD forgets the cluster: nothing is synced to it any more", _CLUSTER, given=_IS_CLUSTER),
    Row("", removed, Impact.SAFE, "no pod that we know of reads it any more", _SECRET),
    *_fixed("Secret"),
    Row("type", always, Impact.BLOCKED, f"the type of a Secret {_STAYS}", _CORE, "make a Secret of another name, let the pods read that, then remove this one"),
    Row("metadata.labels[argocd.argoproj.io/secret-type]", goes, Impact.OUTAGE, "Argo CD forgets the cluster or repository: nothing is synced any more", _CLUSTER),
    Row("metadata.labels[argocd.argoproj.io/secret-type]", added, Impact.UNKNOWN, "Argo CD learns a cluster or repository from it", _CLUSTER),
    *(
        Row(f"{field}.{key}", always, Impact.OUTAGE, why, _CLUSTER, given=_IS_CLUSTER)
        for field in ("data", "stringData")
        for key, why in {
            "server": "Argo CD talks to another cluster: everything is made there again, empty",
            "name": "Applications that name the cluster no longer find it",
            "namespaces": "Argo CD sees these namespaces of the cluster only",
            "clusterResources": "whether Argo CD sees what is in no namespace",
            "config": "how Argo CD signs in: if it is wrong nothing is synced any more",
        }.items()
    ),
    Row("data.**", always, Impact.UNKNOWN, _READ, _SECRET),
    Row("stringData.**", always, Impact.UNKNOWN, _READ, _SECRET),
)
_CHANGES_OF_VOLUMES = ("spec.capacity.**", "spec.accessModes.**", "spec.claimRef.**", "spec.mountOptions.**", "spec.nodeAffinity.**")
_WORDS_OF_VOLUMES = ("spec.persistentVolumeReclaimPolicy", "spec.storageClassName", "spec.volumeAttributesClassName")
_VERSION = "spec.versions.*"
_GUARD = (
    Row("", added, Impact.UNKNOWN, "objects that it judges may be refused from now on", _HOOK),
    Row("", removed, Impact.EXPOSURE, "what it refused is accepted", _HOOK),
)
_WEBHOOK = (
    *_GUARD,
    Row("webhooks.*.failurePolicy", to("Ignore"), Impact.EXPOSURE, "what it refused is accepted while it does not answer", _HOOK),
    Row("webhooks.*.failurePolicy", always, Impact.UNKNOWN, "while it does not answer all objects of its rules are refused", _HOOK),
    Row("webhooks.*", removed, Impact.EXPOSURE, "what it refused is accepted", _HOOK),
    Row("webhooks.*.rules.**", goes, Impact.EXPOSURE, "what it refused is accepted", _HOOK),
    Row("webhooks.*.namespaceSelector.**", always, Impact.EXPOSURE, "it looks at other namespaces: what it no longer sees is accepted", _HOOK, given=given.existed),
    Row("webhooks.*.objectSelector.**", always, Impact.EXPOSURE, "it looks at other objects: what it no longer sees is accepted", _HOOK, given=given.existed),
    Row("webhooks.**", always, Impact.UNKNOWN, "who is asked before an object is accepted, and when", _HOOK),
)

TABLE: dict[str, tuple[Row, ...]] = {
    "PersistentVolumeClaim": (
        Row("", added, Impact.SAFE, "a new, empty volume", _CLAIM),
        Row("", removed, Impact.DATA_LOSS, "the claim goes, and with reclaimPolicy Delete the disk and all data on it", _CLAIM),
        Row("spec.resources.requests.storage", raised, Impact.SCALE, "the disk grows, if its class allows it; it never shrinks again", _GROW),
        Row("spec.resources.requests.storage", lowered, Impact.BLOCKED, "a claim cannot shrink: the sync fails, and the disk stays as it is", _CORE, _COPY),
        Row("spec.resources.limits.**", always, Impact.SAFE, "no limit of a claim does anything", _CLAIM),
        Row("spec.volumeAttributesClassName", always, Impact.SCALE, "the disk gets another speed", "https://kubernetes.io/docs/concepts/storage/volume-attributes-classes/"),
        Row("spec.**", always, Impact.BLOCKED, f"this field of a claim {_STAYS}", _CORE, _COPY, but=("spec", "spec.resources.**", "spec.volumeAttributesClassName")),
    ),
    "PersistentVolume": (
        Row("", added, Impact.SAFE, "a volume that nobody has claimed yet", _CLAIM),
        Row("", removed, Impact.DATA_LOSS, "the volume goes once its claim does; with reclaimPolicy Delete the disk too", _CLAIM),
        Row("spec.persistentVolumeReclaimPolicy", to("Delete"), Impact.DATA_LOSS, "the disk is deleted together with its claim from now on", _CLAIM),
        Row("spec.persistentVolumeReclaimPolicy", always, Impact.SAFE, "the disk stays when its claim goes", _CLAIM),
        Row("spec.claimRef.**", always, Impact.OUTAGE, "the volume is another claim's", _CLAIM),
        Row("spec.**", always, Impact.BLOCKED, f"what a volume is {_STAYS}", _CORE, "make a PersistentVolume of another name, and a claim for it", but=("spec", *_CHANGES_OF_VOLUMES, *_WORDS_OF_VOLUMES)),
        *(Row(path, always, Impact.UNKNOWN, "how claims find it and pods mount it", _CLAIM) for path in (*_CHANGES_OF_VOLUMES, *_WORDS_OF_VOLUMES[1:]) if path != "spec.claimRef.**"),
    ),
    "StorageClass.storage.k8s.io": (
        Row("", added, Impact.SAFE, "nothing has it yet", _CLASS),
        Row("", removed, Impact.UNKNOWN, "new claims that name it wait for ever, and none of its disks can grow; disks stay", _CLASS),
        *(
            Row(f"{field}.**", always, Impact.BLOCKED, f"{field} of a StorageClass {_STAYS}", _STORAGE, _NEW_CLASS)
            for field in ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode")
        ),
        Row("allowVolumeExpansion", away_from(True), Impact.UNKNOWN, "disks of this class can no longer grow", _CLASS),
        Row("allowVolumeExpansion", always, Impact.SAFE, "disks of this class can grow", _CLASS),
        Row("mountOptions.**", always, Impact.SAFE, "how new disks are mounted", _CLASS),
        Row("allowedTopologies.**", always, Impact.UNKNOWN, "where new disks are made", _CLASS),
        Row("metadata.annotations[storageclass.kubernetes.io/is-default-class]", always, Impact.UNKNOWN, "which class new claims get that name none", _CLASS),
    ),
    "VolumeAttributesClass.storage.k8s.io": tuple(
        Row(f"{field}.**", always, Impact.BLOCKED, f"{field} of a VolumeAttributesClass {_STAYS}", _STORAGE, _NEW_CLASS)
        for field in ("driverName", "parameters")
    ),
    "ConfigMap": _MAPS,
    "Secret": _SECRETS,
    "Namespace": (
        Row("", added, Impact.SAFE, "an empty namespace", _NAMESPACE),
        Row("", removed, Impact.DATA_LOSS, "everything in the namespace is deleted: pods, claims and their data, Secrets", _NAMESPACE),
        Row(_ENFORCE, level_lowered, Impact.EXPOSURE, "pods with more rights are accepted", _PODS, given=given.existed),
        Row(_ENFORCE, level_raised, Impact.UNKNOWN, "pods that ask for more are refused the next time they start: look at all of them", _PODS),
        Row("metadata.labels[pod-security.kubernetes.io/enforce-version]", always, Impact.UNKNOWN, "the rules of another version: pods may be refused or accepted that were not", _PODS),
        *(
            Row(f"metadata.labels[pod-security.kubernetes.io/{name}]", always, Impact.SAFE, "what is warned of and logged; nothing is refused by it", _PODS)
            for name in ("audit", "audit-version", "warn", "warn-version")
        ),
        Row("metadata.labels.*", always, Impact.UNKNOWN, "NetworkPolicies, routes and webhooks choose namespaces by labels: look who goes by this one", _NAMESPACE, but=("metadata.labels[pod-security.kubernetes.io/*]", "metadata.labels[app.kubernetes.io/*]", "metadata.labels.environment", "metadata.labels.sys_name")),
        Row("metadata.annotations[cnrm.cloud.google.com/project-id]", always, Impact.OUTAGE, "objects of Google Cloud without this annotation belong to another project", "k8s-config-connector:pkg/k8s/annotations.go", given=given.existed),
        Row("spec.finalizers.**", always, Impact.UNKNOWN, "who must agree before the namespace is gone", _NAMESPACE),
    ),
    "CustomResourceDefinition.apiextensions.k8s.io": (
        Row("", added, Impact.SAFE, "the cluster learns a kind", _CRD),
        Row("", removed, Impact.DATA_LOSS, "every object of this kind is deleted, in all namespaces, and what they stand for", _CRD),
        *(
            Row(f"spec.{field}", always, Impact.BLOCKED, f"{field} of a definition {_STAYS}", _APIEXT, "make a kind of another name and move the objects; deleting the definition deletes all of them")
            for field in ("group", "scope", "names.kind", "names.plural")
        ),
        Row("spec.names.**", always, Impact.SAFE, "what people may call it", _CRD, but=("spec.names.kind", "spec.names.plural")),
        Row(f"{_VERSION}.storage", removed, Impact.BLOCKED, "objects are stored in this version: the sync fails", _VERSIONS, "first make another version the stored one, write every object anew, take the old one out of status.storedVersions; only then remove it", given=lambda steps, old, _new: given.at(old, steps) is True),
        Row(_VERSION, removed, Impact.OUTAGE, "nobody can read or write objects in this version any more; where some are still stored in it the sync fails", _VERSIONS),
        Row(f"{_VERSION}.served", away_from(True), Impact.OUTAGE, "nobody can read or write objects in this version any more", _VERSIONS),
        Row(f"{_VERSION}.storage", changed, Impact.UNKNOWN, "objects are stored in another version when they are next written", _VERSIONS),
        Row(f"{_VERSION}.schema.**", removed, Impact.DATA_LOSS, "fields that the schema does not know are dropped when objects are next written", f"{_CRD}#field-pruning", given=_version_stays),
        Row(f"{_VERSION}.schema.**", always, Impact.UNKNOWN, "other objects are accepted or refused", _CRD),
        Row(f"{_VERSION}.additionalPrinterColumns.**", always, Impact.SAFE, "what kubectl get shows", _CRD),
        Row(f"{_VERSION}.**", always, Impact.UNKNOWN, "what a version has: status, scale, warnings", _VERSIONS, but=(f"{_VERSION}.additionalPrinterColumns.**",)),
        Row("spec.conversion.**", always, Impact.UNKNOWN, "who turns objects of one version into another: if nobody answers they cannot be read", _VERSIONS),
    ),
    "ResourceQuota": (
        Row("", added, Impact.UNKNOWN, "what is over the limit is refused the next time it is made", _QUOTA),
        Row("", removed, Impact.EXPOSURE, "nothing limits the namespace any more", _QUOTA),
        Row("spec.hard.*", lowered, Impact.UNKNOWN, "what is over the limit is refused the next time it is made", _QUOTA),
        Row("spec.hard.*", raised, Impact.SCALE, "the namespace may use more", _QUOTA),
        Row("spec.hard.*", removed, Impact.SCALE, "the namespace may use as much of it as there is", _QUOTA),
        Row("spec.hard.**", added, Impact.UNKNOWN, "what is over the limit is refused the next time it is made", _QUOTA),
        Row("spec.scopes.**", always, Impact.BLOCKED, f"the scopes of a quota {_STAYS}", _CORE, "make a quota of another name, then remove this one"),
    ),
    "LimitRange": (
        Row("", always, Impact.UNKNOWN, "pods that are made from now on get other defaults, or are refused", _LIMITS),
        Row("spec.**", always, Impact.UNKNOWN, "pods that are made from now on get other defaults, or are refused", _LIMITS),
    ),
    "RuntimeClass.node.k8s.io": (
        Row("handler", always, Impact.BLOCKED, f"the handler of a RuntimeClass {_STAYS}", "kubernetes:pkg/apis/node/validation/validation.go", "make a RuntimeClass of another name"),
    ),
    "ValidatingWebhookConfiguration.admissionregistration.k8s.io": _WEBHOOK,
    "MutatingWebhookConfiguration.admissionregistration.k8s.io": _WEBHOOK,
    "ValidatingAdmissionPolicy.admissionregistration.k8s.io": _GUARD,
    "ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io": (
        *_GUARD,
        Row("spec.validationActions.*", away_from("Deny"), Impact.EXPOSURE, "what it refused is accepted", _HOOK),
    ),
}
