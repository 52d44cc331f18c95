"""Roles, their bindings, ServiceAccounts."""

from generator.review import given
from generator.review.change import Impact
from generator.review.row import Row, added, always, away_from, changed, comes, goes, removed, to

# A row of a table is a line.
# fmt: off
_RBAC = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/"
_GROWS = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks"
_VALIDATION = "kubernetes:pkg/apis/rbac/validation/validation.go"
_ACCOUNT = "https://kubernetes.io/docs/concepts/security/service-accounts/"
_IDENTITY = "https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity"
_MAY_LOSE = "who is bound to it may lose what it needs: look who that is"
_REBIND = "make a binding of another name for the new role, and remove this one"
_MORE = "whoever is bound to it may do more"
_TO_ROOT = ("escalate", "bind", "impersonate")
_SENSITIVE = ("secrets", "pods/exec", "pods/attach", "pods/ephemeralcontainers", "serviceaccounts/token", "nodes/proxy")

_ROLE = (
    Row("", added, Impact.SAFE, "grants nothing until somebody is bound to it", _RBAC),
    Row("", removed, Impact.UNKNOWN, f"the role is gone: {_MAY_LOSE}", _RBAC),
    *(
        Row(f"rules.*.{field}.*", when, Impact.EXPOSURE, why, _GROWS, given=given.existed)
        for field, when, why in (
            ("verbs", to("*"), "whoever is bound to it may do everything with these objects"),
            ("verbs", to(*_TO_ROOT), "whoever is bound to it can give itself every right"),
            ("resources", to("*"), "whoever is bound to it may do this with objects of every kind"),
            ("resources", to(*_SENSITIVE), "whoever is bound to it gets at passwords, or into pods"),
            ("apiGroups", to("*"), "whoever is bound to it may do this with objects of every kind"),
            ("verbs", comes, _MORE),
            ("resources", comes, _MORE),
            ("apiGroups", comes, _MORE),
            ("nonResourceURLs", comes, _MORE),
        )
    ),
    Row("rules.*.resourceNames.*", comes, Impact.EXPOSURE, f"{_MORE}: with one more object", _RBAC, given=given.stood),
    Row("rules.*.resourceNames.**", added, Impact.UNKNOWN, f"only with these objects: {_MAY_LOSE}", _RBAC),
    Row("rules.*.resourceNames.*", removed, Impact.EXPOSURE, f"{_MORE}: an empty list means every object", _RBAC, given=given.emptied),
    Row("rules.*.resourceNames", removed, Impact.EXPOSURE, f"{_MORE}: with every object of the kind", _RBAC, given=lambda steps, _old, new: bool(given.at(new, steps[:-1]))),
    Row("rules.**", removed, Impact.UNKNOWN, f"it grants less: {_MAY_LOSE}", _RBAC),
    Row("rules.*.*.*", changed, Impact.UNKNOWN, f"it grants something else: {_MAY_LOSE}", _RBAC),
    Row("rules.**", changed, Impact.SAFE, "another order", _RBAC, but=("rules.*.*.*",)),
    Row("rules.**", added, Impact.SAFE, "a list of what is granted", _RBAC, but=("rules.*.*.*",)),
    Row("aggregationRule.**", always, Impact.EXPOSURE, "which roles' rights it collects: look what that is", _RBAC),
    Row("metadata.labels[rbac.authorization.k8s.io/*]", comes, Impact.EXPOSURE, "its rights become part of another role: of everyone who may edit or view", _RBAC),
    Row("metadata.labels[rbac.authorization.k8s.io/*]", removed, Impact.UNKNOWN, f"its rights leave another role: {_MAY_LOSE}", _RBAC),
)
_BINDING = (
    Row("", added, Impact.EXPOSURE, "those that it names get the rights of the role", _RBAC),
    Row("", removed, Impact.UNKNOWN, "those that it names lose the rights of the role: look what they did with them", _RBAC),
    Row("roleRef.**", always, Impact.BLOCKED, "the role of a binding cannot change: the sync fails", _VALIDATION, _REBIND, given=given.existed),
    Row("subjects.*", added, Impact.EXPOSURE, "one more has the rights of the role", _RBAC, given=given.existed),
    Row("subjects.*.*", changed, Impact.EXPOSURE, "another has the rights of the role; the one before has not", _RBAC),
    Row("subjects.*", removed, Impact.UNKNOWN, "loses the rights of the role: look what it did with them", _RBAC),
    Row("subjects.**", always, Impact.SAFE, "who has the rights of the role", _RBAC, but=("subjects.*",)),
)
_GOOGLE = "metadata.annotations[iam.gke.io/gcp-service-account]"

TABLE: dict[str, tuple[Row, ...]] = {
    "Role.rbac.authorization.k8s.io": _ROLE,
    "ClusterRole.rbac.authorization.k8s.io": _ROLE,
    "RoleBinding.rbac.authorization.k8s.io": _BINDING,
    "ClusterRoleBinding.rbac.authorization.k8s.io": _BINDING,
    "ServiceAccount": (
        Row("", added, Impact.SAFE, "has no rights until it is bound to a role", _ACCOUNT),
        Row("", removed, Impact.OUTAGE, "pods that run as it cannot start any more, and lose their rights", _ACCOUNT),
        Row(_GOOGLE, removed, Impact.OUTAGE, "its pods lose their access to Google Cloud", _IDENTITY),
        Row(_GOOGLE, comes, Impact.EXPOSURE, "its pods act as this Google account, once that lets them", _IDENTITY, given=given.existed),
        Row("automountServiceAccountToken", away_from(False), Impact.EXPOSURE, "pods that do not say otherwise get a token for the API server", _ACCOUNT),
        Row("automountServiceAccountToken", always, Impact.UNKNOWN, "pods that do not say otherwise start without a token for the API server", _ACCOUNT),
        Row("imagePullSecrets.**", goes, Impact.UNKNOWN, "images of a private registry may no longer be pulled", _ACCOUNT),
        Row("imagePullSecrets.**", comes, Impact.SAFE, "one more Secret to pull images with", _ACCOUNT),
        Row("secrets.**", always, Impact.UNKNOWN, "which Secrets its pods may mount", _ACCOUNT),
    ),
}
