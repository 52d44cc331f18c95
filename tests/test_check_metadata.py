"""Names, labels and annotations that the API server takes. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

import pytest
from objects import CONTAINER_AT, IN_CONTAINER, made, said, world

from generator.check.kubernetes import metadata
from generator.manifest import Manifest

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "names_are_short_enough": [
        (
            world(made("Service", "s" * 64, {})),
            (
                "Service codemie/ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss: /metadata/name: must have at most 63 characters, has 64: it is a DNS label [name-length]\n"
            ),
        ),
        (
            world(made("Application", "a" * 54, {}, "argoproj.io/v1alpha1")),
            (
                "Application codemie/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: /metadata/name: must have at most 53 characters, has 54: Argo CD makes a Helm release and labels of it [name-length]\n"
            ),
        ),
        (
            world(made("ConfigMap", "c" * 254, {})),
            (
                "ConfigMap codemie/cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc: /metadata/name: must have at most 253 characters, has 254: no name is longer [name-length]\n"
            ),
        ),
    ],
    "names_have_legal_characters": [
        (
            world(made("ConfigMap", "Web_Config", {})),
            (
                "ConfigMap codemie/Web_Config: /metadata/name: must be lower-case letters, digits, dashes and dots [name-characters]\n"
            ),
        ),
        (
            world(made("Service", "1web", {})),
            (
                "Service codemie/1web: /metadata/name: must be lower-case letters, digits and dashes, a letter first [name-characters]\n"
            ),
        ),
        (
            world(made("Namespace", "a.b", {"metadata": {"name": "a.b", "labels": RESTRICTED}})),
            ("Namespace a.b: /metadata/name: must be lower-case letters, digits and dashes [name-characters]\n"),
        ),
    ],
    "ports_have_legal_names": [
        (
            world(deployment={f"{CONTAINER_AT}/ports/1": {"name": "a-very-long-name-of-a-port", "containerPort": 1}}),
            (
                f"{IN_CONTAINER}/ports/1/name: must be a port name of at most 15 lower-case letters, digits and single dashes, with a letter among them [validation]\n"
            ),
        ),
    ],
    "labels_are_legal": [
        (
            world(config={"/metadata/labels": {"a b": "x", "example.com/c": "-", "d": 7, "e" * 64: ""}}),
            (
                "ConfigMap codemie/web-f4mt: /metadata/labels/a b: the key must be an optional DNS name and a slash, then at most 63 letters, digits, dashes, dots and underscores [label-syntax]\n"
                "ConfigMap codemie/web-f4mt: /metadata/labels/d: must be text: quote it [label-syntax]\n"
                "ConfigMap codemie/web-f4mt: /metadata/labels/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee: the key must be an optional DNS name and a slash, then at most 63 letters, digits, dashes, dots and underscores [label-syntax]\n"
                "ConfigMap codemie/web-f4mt: /metadata/labels/example.com~1c: must be at most 63 letters, digits, dashes, dots and underscores, a letter or digit at both ends [label-syntax]\n"
            ),
        ),
        (
            world(deployment={"/spec/template/metadata/labels/version": "x" * 64}),
            (
                "Deployment codemie/web: /spec/template/metadata/labels/version: must be at most 63 letters, digits, dashes, dots and underscores, a letter or digit at both ends [label-syntax]\n"
            ),
        ),
    ],
    "annotations_are_legal": [
        (
            world(config={"/metadata/annotations": {"a b": "x", "c": 7}}),
            (
                "ConfigMap codemie/web-f4mt: /metadata/annotations/a b: the key must be an optional DNS name and a slash, then at most 63 letters, digits, dashes, dots and underscores [annotation-syntax]\n"
                "ConfigMap codemie/web-f4mt: /metadata/annotations/c: must be text: quote it [annotation-syntax]\n"
            ),
        ),
        (
            world(config={"/metadata/annotations": {"a": "x" * 262144}}),
            (
                "ConfigMap codemie/web-f4mt: /metadata/annotations: must have at most 262144 bytes together, have 262145 [annotation-size]\n"
            ),
        ),
    ],
}
ACCEPTED: list[list[Manifest]] = [
    world(made("Application", "a" * 53, {}, "argoproj.io/v1alpha1")),
    world(made("Role", "system:web", {}, "rbac.authorization.k8s.io/v1")),
    world(config={"/metadata/labels": {"example.com/a_B.c": "", "d": "x" * 63}}),
    world(config={"/metadata/annotations": {"Example.com/a": "any text\n", "b": "x" * 262000}}),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in metadata.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(manifests) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest]) -> None:
    assert not said(manifests)
