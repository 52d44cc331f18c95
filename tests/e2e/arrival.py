"""Whether things came in the order of their waves: between Applications, and inside each."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from operators import Seen


def waves(apps: Path) -> dict[str, int]:
    """Return the waves of the Applications that are rendered into a folder."""
    documents = [yaml.safe_load(path.read_text()) for path in apps.glob("*.yaml") if path.stem != "kustomization"]
    return {
        item["metadata"]["name"]: int(item["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
        for item in documents
    }


def out_of_order(
    seen: Mapping[tuple[str, str, str, str], Seen], applications: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """Yield pairs where the first was there before the second was ready, though its wave is later."""
    objects = {key[1:]: found for key, found in seen.items() if found.application in applications}
    for later, one in objects.items():
        for earlier, other in objects.items():
            if not other.ready or other.ready <= one.created:
                continue
            places = [(applications[found.application], found.application, found.wave) for found in (one, other)]
            same = places[0][1] == places[1][1]
            if places[0][0] > places[1][0] or (same and places[0][2] > places[1][2]):
                yield " ".join(later), " ".join(earlier)
