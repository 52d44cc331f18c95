"""Grants. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

import pytest
from landing import google, landing, said

from generator.check.google import grants
from generator.manifest import Manifest

ON_PROJECT = {"kind": "Project", "external": "projects/lab-project"}
TEAM = "group:team@example.com"


def grant(role: str = "roles/viewer", member: str = TEAM, on: dict[str, str] = ON_PROJECT) -> Manifest:
    """Return a grant."""
    return google("IAMPolicyMember", "grant", 6, {"role": role, "member": member, "resourceRef": on})


def partial(role: str, member: str) -> Manifest:
    """Return a part of a resource's policy."""
    bindings = [{"role": role, "members": [{"member": member}]}]
    return google("IAMPartialPolicy", "part", 6, {"resourceRef": ON_PROJECT, "bindings": bindings})


ON_ACCOUNT = {"kind": "IAMServiceAccount", "name": "codemie-nodes"}


REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "grants_are_not_for_everything": [
        (
            landing(grant("roles/owner")),
            (
                "IAMPolicyMember codemie-lab/grant: /spec/role: must not be owner or editor: name the roles that are needed [iam-role]\n"
            ),
        ),
        (
            landing(grant("roles/editor")),
            (
                "IAMPolicyMember codemie-lab/grant: /spec/role: must not be owner or editor: name the roles that are needed [iam-role]\n"
            ),
        ),
        (
            landing(partial("roles/editor", TEAM)),
            (
                "IAMPartialPolicy codemie-lab/part: /spec/bindings/0/role: must not be owner or editor: name the roles that are needed [iam-role]\n"
            ),
        ),
        (
            landing(grant("viewer")),
            (
                "IAMPolicyMember codemie-lab/grant: /spec/role: must be roles/…, or the full name of a custom role [iam-role]\n"
            ),
        ),
    ],
    "grants_are_not_for_everybody": [
        (
            landing(grant(member="allUsers")),
            ("IAMPolicyMember codemie-lab/grant: /spec/member: must not be everybody on the internet [iam-member]\n"),
        ),
        (
            landing(partial("roles/viewer", "allAuthenticatedUsers")),
            (
                "IAMPartialPolicy codemie-lab/part: /spec/bindings/0/members/0/member: must not be everybody on the internet [iam-member]\n"
            ),
        ),
        (
            landing(grant(member="team@example.com")),
            (
                "IAMPolicyMember codemie-lab/grant: /spec/member: must begin with what it is, such as serviceAccount: or group: [iam-member]\n"
            ),
        ),
    ],
    "grants_reach_one_thing": [
        (
            landing(grant("roles/iam.serviceAccountTokenCreator")),
            (
                "IAMPolicyMember codemie-lab/grant: /spec/role: must not be granted on a project [iam-scope]\n"
                "  hint: grant it on the one IAMServiceAccount: on a project it is everybody it has\n"
            ),
        ),
        (
            landing(partial("roles/secretmanager.secretAccessor", TEAM)),
            (
                "IAMPartialPolicy codemie-lab/part: /spec/bindings/0/role: must not be granted on a project [iam-scope]\n"
                "  hint: grant it on each SecretManagerSecret\n"
            ),
        ),
    ],
    "grants_stay_in_the_project": [
        (
            landing(grant(on={"kind": "Project", "external": "projects/other-project"})),
            (
                "IAMPolicyMember codemie-lab/grant: /spec/resourceRef/external: must be the environment's project (gcp.project) [google-project]\n"
            ),
        ),
    ],
}
ACCEPTED: list[list[Manifest]] = [
    landing(grant()),
    landing(partial("roles/viewer", "domain:example.com")),
    landing(grant("roles/iam.serviceAccountTokenCreator", on=ON_ACCOUNT)),
    landing(grant("projects/lab-project/roles/codemie_reader")),
    landing(grant(member="principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*")),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in grants.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(manifests) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest]) -> None:
    assert not said(manifests)
