"""How much we read of what others wrote, and how much a program may take of this machine: limits and messages.

The old side of a review, a folder that is validated and a branch that is published to may be anybody's making. What we
render is far below: an environment has 300 files, 800 KiB, 7 folders of depth, and builds in half a second.
"""

from typing import NamedTuple

from generator.finding import Finding, Severity


class Bound(NamedTuple):
    """A limit: the most there may be, and what a finding says where there is more."""

    most: int
    more: str


FILE = Bound(1024 * 1024, "is larger than 1 MiB")
TREE = Bound(32 * 1024 * 1024, "the environment is larger than 32 MiB")
FILES = Bound(5_000, "the environment has more than 5,000 files and folders")
DEPTH = Bound(32, "is more than 32 folders deep")
PATH = Bound(1024, "has a path of more than 1,024 bytes")
STEP = Bound(255, "has a name of more than 255 bytes")
LISTING = Bound(4 * 1024 * 1024, "its file names take more than 4 MiB")
LISTING_SECONDS = Bound(5, "git took more than 5 seconds to list it")
GIT_OBJECT = Bound(64 * 1024 * 1024, "git needs more than 64 MiB of memory to read it")
GIT_OUTPUT = Bound(128 * 1024 * 1024, "wrote more than 128 MiB")
READS = Bound(10_000, "reads more than 10,000 files, counting repeats")
OBJECTS = Bound(10_000, "builds more than 10,000 objects")
OUTPUT = Bound(16 * 1024 * 1024, "builds more than 16 MiB of YAML")
MEMORY = Bound(1024 * 1024 * 1024, "needs more than 1 GiB of memory to build")
SECONDS = Bound(5, "takes more than 5 seconds of CPU time to build")
PATIENCE = Bound(60, "takes more than 60 seconds to build")
BUILDS = Bound(64, "the search for what does not build ended after 64 builds")
BUDGET = Bound(3, "the search for what does not build ended after 3 seconds")
ENTRIES = Bound(1_000, "has more than 1,000 entries")
MAX_FINDINGS = 50
"""How many findings of what is left out are shown; the others are counted."""


def too_long(path: str) -> str:
    """Return which limit a path is beyond, or ''."""
    steps = path.split("/")
    if len(path.encode(errors="replace")) > PATH.most:
        return PATH.more
    if len(steps) > DEPTH.most:
        return DEPTH.more
    return STEP.more if any(len(step.encode(errors="replace")) > STEP.most for step in steps) else ""


def limited(found: list[Finding]) -> tuple[Finding, ...]:
    """Return warnings of what is left out: at most so many, and how many more there are."""
    if len(found) <= MAX_FINDINGS:
        return tuple(found)
    more = Finding(
        rule=found[MAX_FINDINGS].rule,
        severity=Severity.WARNING,
        message=f"{len(found) - MAX_FINDINGS} more like this are left out",
        environment=found[MAX_FINDINGS].environment,
    )
    return (*found[:MAX_FINDINGS], more)
