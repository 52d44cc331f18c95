"""Grants in Google Cloud: who gets which role on what."""

import re
from collections.abc import Iterator

from generator.check.built import Built, Check, fault
from generator.field import at, numbered, text
from generator.finding import Finding
from generator.manifest import Object

_BASIC = frozenset({"roles/owner", "roles/editor"})
_EVERYBODY = ("allUsers", "allAuthenticatedUsers")
_NARROW = {
    # a role that on a whole project reaches too far, and where it is granted instead
    "roles/iam.serviceAccountTokenCreator": "on the one IAMServiceAccount: on a project it is everybody it has",
    "roles/iam.serviceAccountKeyAdmin": "nowhere: there are no keys",
    "roles/secretmanager.secretAccessor": "on each SecretManagerSecret",
    "roles/cloudkms.cryptoKeyEncrypterDecrypter": "on the KMSCryptoKey",
}
_ROLE = re.compile(r"(?:roles/|(?:projects|organizations)/[^/\s]+/roles/)[A-Za-z0-9_.]+")
_MEMBER = re.compile(r"(?:user|group|serviceAccount|domain|principal|principalSet):\S+")


def grants_are_not_for_everything(built: Built) -> Iterator[Finding]:
    """A grant is of a role that says what may be done; none makes an owner or editor."""
    for item, path, role in _roles(built):
        if role in _BASIC:
            message = "must not be owner or editor: name the roles that are needed"
            yield fault(item, path, message, rule="iam-role")
        elif role and not _ROLE.fullmatch(role):
            message = "must be roles/…, or the full name of a custom role"
            yield fault(item, path, message, rule="iam-role")


def grants_are_not_for_everybody(built: Built) -> Iterator[Finding]:
    """A member is somebody, with the prefix that says what he is; nobody is not known."""
    for item in built.google:
        for path, member in _members(item):
            if member in _EVERYBODY:
                yield fault(item, path, "must not be everybody on the internet", rule="iam-member")
            elif member and not _MEMBER.fullmatch(member):
                message = "must begin with what it is, such as serviceAccount: or group:"
                yield fault(item, path, message, rule="iam-member")


def grants_reach_one_thing(built: Built) -> Iterator[Finding]:
    """Roles to be somebody else, to read secrets or to use keys are granted on the one thing, never on a project."""
    for item, path, role in _roles(built):
        policy = built.kinds.iam_policy(text(item.manifest, "spec", "resourceRef", "kind"))
        if role in _NARROW and policy and policy.wide:
            yield fault(
                item, path, "must not be granted on a project", rule="iam-scope", hint=f"grant it {_NARROW[role]}"
            )


def grants_stay_in_the_project(built: Built) -> Iterator[Finding]:
    """A grant on a project is on the environment's own."""
    project = built.plan.environment.gcp.project
    for item in built.google:
        external = text(item.manifest, "spec", "resourceRef", "external")
        on_project = text(item.manifest, "spec", "resourceRef", "kind") == "Project"
        if on_project and external and external.removeprefix("projects/") != project:
            message = "must be the environment's project (gcp.project)"
            yield fault(item, "/spec/resourceRef/external", message, rule="google-project")


def _roles(built: Built) -> Iterator[tuple[Object, str, str]]:
    for item in built.google:
        if item.id.kind == "IAMPolicyMember":
            yield item, "/spec/role", text(item.manifest, "spec", "role")
        elif item.id.kind == "IAMPartialPolicy":
            for index, binding in numbered(item.manifest, "spec", "bindings"):
                yield item, f"/spec/bindings/{index}/role", text(binding, "role")


def _members(item: Object) -> Iterator[tuple[str, str]]:
    if item.id.kind == "IAMPolicyMember":
        yield "/spec/member", text(at(item.manifest, "spec"), "member")
    elif item.id.kind == "IAMPartialPolicy":
        for index, binding in numbered(item.manifest, "spec", "bindings"):
            for place, member in numbered(binding, "members"):
                yield f"/spec/bindings/{index}/members/{place}/member", text(member, "member")


RULES: tuple[Check, ...] = (
    grants_are_not_for_everything,
    grants_are_not_for_everybody,
    grants_reach_one_thing,
    grants_stay_in_the_project,
)
