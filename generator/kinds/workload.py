"""Who runs pods: where the template of its pods stands, how many there are, and how long they run."""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from generator.field import pointer
from generator.kinds.impact import Steps
from generator.kinds.path import every, parts
from generator.manifest import Manifest


class PodFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """How an object of a kind runs pods. Each place is a path, with `*` in it for each of several."""

    template: str
    """The pod template; empty where the object is itself a pod."""
    replicas: str = ""
    """How many there are."""
    selector: str = ""
    """Which pods are its own."""
    claims: str = ""
    """What it makes claims of."""
    run: Literal["lasting", "once", "scheduled"] = "lasting"
    """Whether they run until somebody stops them, to their end once, or on a schedule."""
    scales: bool = False
    """Their number can be set from outside: by an environment, or by an autoscaler."""
    every_node: bool = False
    """One of them is on every node."""
    surges: bool = False
    """A rollout starts a new pod before it stops an old one."""
    held_back: dict[str, list[Any]] = {}
    """Fields whose values keep a new template from the pods that run, until somebody lets it go on."""
    as_written: bool = False
    """A template that says the same otherwise is another one: `1073741824` in place of `1Gi` rolls its pods."""
    by_operator: bool = False
    """An operator makes them, and adds what is not seen here."""

    @property
    def pointer(self) -> str:
        """The JSON pointer to the one pod template."""
        return pointer(*parts(self.template))

    def templates(self, manifest: Manifest) -> Iterator[tuple[Steps, Any]]:
        """Yield the pod templates of an object, each with its place."""
        return every(manifest, self.template)

    def is_held_back(self, manifest: Manifest) -> bool:
        """Whether pods that run stay as they are though their template changes."""
        return any(found in held for path, held in self.held_back.items() for _, found in every(manifest, path))

    def count(self, manifest: Manifest, default: int = 1) -> int:
        """Return how many pods an object says there are; `default` where it does not say."""
        *ahead, last = parts(self.replicas) or ("",)
        holders = [holder for _, holder in every(manifest, ".".join(ahead)) if isinstance(holder, dict)]
        return sum(_number(holder.get(last), default) for holder in holders) if ahead else default


def _number(value: Any, default: int) -> int:
    return value if isinstance(value, int) else default
