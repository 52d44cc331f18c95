"""Images are named in full and do not move: registry and path, then a tag with a version in it, or a digest."""

import re
from collections.abc import Iterator

from generator.check.built import Built, Check, fault
from generator.field import every, steps_of
from generator.finding import Finding
from generator.manifest import Object

_KEY = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MOVES = re.compile(r"(?i)(^|[-._])(latest|nightly|snapshot|edge|canary)($|[-._])|^\D*$")
"""Tags that promise to move, and tags without any digit (`main`, `stable`): no version stands in them."""


def images_are_found(built: Built) -> Iterator[Finding]:
    """The image of a container is written in full, or the key of an image that its unit declares."""
    for owner, path, image in _images(built):
        if _KEY.fullmatch(image):
            message = f"{image} is no image: it is not a key of `images` in this unit's component.yaml"
            yield fault(owner, path, message, rule="image-key", hint="declare it under defaults.images")


def images_do_not_move(built: Built) -> Iterator[Finding]:
    """An image has a digest, or a tag that says which version it is."""
    for owner, path, image in _images(built):
        name, _, digest = image.partition("@")
        tag = name.rsplit("/", 1)[-1].partition(":")[2]
        if _KEY.fullmatch(image) or digest:
            continue
        if not tag:
            hint = "write a fixed tag or a digest"
            yield fault(owner, path, "has neither tag nor digest, which means latest", rule="image-tag", hint=hint)
        elif not _TAG.fullmatch(tag):
            yield fault(owner, path, "the tag is not one a registry takes", rule="image-tag")
        elif _MOVES.search(tag):
            hint = "write the tag of a release, or a digest"
            yield fault(
                owner, path, f"the tag {tag} moves: the same manifest runs another image", rule="image-tag", hint=hint
            )


def digests_are_whole(built: Built) -> Iterator[Finding]:
    """A digest is sha256: and 64 hex digits."""
    for owner, path, image in _images(built):
        _, at_sign, digest = image.partition("@")
        if at_sign and not _DIGEST.fullmatch(digest):
            yield fault(owner, path, "the digest must be sha256: and 64 hex digits", rule="image-digest")


def _images(built: Built) -> Iterator[tuple[Object, str, str]]:
    """Yield every image: of containers, and where a unit declares that a custom resource says one."""
    for pods in built.pods:
        for path, container in pods.containers():
            if isinstance(container.get("image"), str) and container["image"]:
                yield pods.owner, f"{path}/image", container["image"]
    for pods in {item.owner.id: item for item in built.pods if item.declared}.values():
        declared = pods.declared.image if pods.declared else None
        for path, image in every(pods.owner.manifest, tuple(steps_of(declared))) if declared else ():
            if isinstance(image, str):
                yield pods.owner, path, image


RULES: tuple[Check, ...] = (images_are_found, images_do_not_move, digests_are_whole)
