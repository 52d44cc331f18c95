"""Images are named in full and do not move. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

import pytest
from objects import CONTAINER_AT, IN_CONTAINER, said, world

from generator.check.kubernetes import images
from generator.manifest import Manifest


def image(name: str) -> list[Manifest]:
    """Return the good world with another image."""
    return world(deployment={f"{CONTAINER_AT}/image": name})


NAME = "registry.example.com/web"


REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "images_are_found": [
        (
            image("web"),
            (
                f"{IN_CONTAINER}/image: web is no image: it is not a key of `images` in this unit's component.yaml [image-key]\n"
                "  hint: declare it under defaults.images\n"
            ),
        ),
    ],
    "images_do_not_move": [
        (
            image(NAME),
            (
                f"{IN_CONTAINER}/image: has neither tag nor digest, which means latest [image-tag]\n"
                "  hint: write a fixed tag or a digest\n"
            ),
        ),
        (
            image(f"{NAME}:latest"),
            (
                f"{IN_CONTAINER}/image: the tag latest moves: the same manifest runs another image [image-tag]\n"
                "  hint: write the tag of a release, or a digest\n"
            ),
        ),
        (
            image(f"{NAME}:1.2-latest"),
            (
                f"{IN_CONTAINER}/image: the tag 1.2-latest moves: the same manifest runs another image [image-tag]\n"
                "  hint: write the tag of a release, or a digest\n"
            ),
        ),
        (
            image(f"{NAME}:main"),
            (
                f"{IN_CONTAINER}/image: the tag main moves: the same manifest runs another image [image-tag]\n"
                "  hint: write the tag of a release, or a digest\n"
            ),
        ),
        (
            image("registry.example.com:5000/web"),
            (
                f"{IN_CONTAINER}/image: has neither tag nor digest, which means latest [image-tag]\n"
                "  hint: write a fixed tag or a digest\n"
            ),
        ),
        (image(f"{NAME}:-1"), (f"{IN_CONTAINER}/image: the tag is not one a registry takes [image-tag]\n")),
    ],
    "digests_are_whole": [
        (
            image(f"{NAME}@sha256:12ab"),
            (f"{IN_CONTAINER}/image: the digest must be sha256: and 64 hex digits [image-digest]\n"),
        ),
        (
            image(f"{NAME}:1.2.3@md5:{64 * 'a'}"),
            (f"{IN_CONTAINER}/image: the digest must be sha256: and 64 hex digits [image-digest]\n"),
        ),
    ],
}
ACCEPTED: list[list[Manifest]] = [
    image(f"{NAME}:1.2.3"),
    image(f"{NAME}@sha256:{64 * 'a'}"),
    image("registry.example.com:5000/web:sha-12ab"),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in images.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(manifests) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest]) -> None:
    assert not said(manifests)
