"""Image references as Kubernetes and kustomize write them. Registry mirrors are applied before, in the plan."""

from generator.catalog import Image


def reference(image: Image) -> str:
    """Return `repository:tag`, or `repository@digest` where one is pinned."""
    return f"{image.repository}@{image.digest}" if image.digest else f"{image.repository}:{image.tag}"


def kustomize_entry(name: str, image: Image) -> dict[str, str]:
    """Return the entry of a kustomization's `images`."""
    entry = {"name": name, "newName": image.repository}
    return {**entry, "digest": image.digest} if image.digest else {**entry, "newTag": image.tag}
