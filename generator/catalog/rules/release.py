"""The vendor's releases: own tags that leave the release of an environment, and releases that nobody should take."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from generator.catalog.settings import SECTIONS, Settings
from generator.catalog.unit import Unit
from generator.environment import Environment
from generator.finding import Finding, Severity, Where
from generator.schema import dotted, place
from generator.yamlio import Path

_VERSION: Path = ("platform", "version")


class Withdrawn(NamedTuple):
    """A release that its vendor advises against: why, which one to take, and where and when that was said."""

    version: str
    reason: str
    take: str
    source: str
    date: str


_NOTES = "codemie-ai/docs: docs/admin/update/release-notes/release-notes.md"
_KNOWN_ISSUES = "the vendor advises against this release: it has known issues, which the notes do not name"
_WITH_LITELLM = "the vendor advises against this release where LiteLLM is on: it is unstable there"
WITHDRAWN = (
    Withdrawn("2.25.0", _WITH_LITELLM, "2.26.0 or newer", _NOTES, "2026-05-08"),
    Withdrawn("2.57.0", _KNOWN_ISSUES, "2.57.2", _NOTES, "2026-10-09"),
    Withdrawn("2.57.1", _KNOWN_ISSUES, "2.57.2", _NOTES, "2026-10-09"),
)


def release_problems(
    units: Iterable[Unit], settings: Mapping[str, Settings], env: Environment, marks: Mapping[Path, Where]
) -> Iterator[Finding]:
    """Yield warnings on the release of an environment and on the tags of images that follow it."""
    yield from _withdrawn(env.platform.version, _VERSION, marks)
    of_all = place(_VERSION, marks)
    for unit in units:
        following = [name for name, image in unit.declaration.defaults.images.items() if image.release]
        for name in following:
            tag = settings[unit.name].common.images[name].tag
            if tag == env.platform.version:
                continue
            path: Path = (SECTIONS[unit.kind], unit.name, "images", name, "tag")
            message = f"differs from platform.version ({env.platform.version}, {of_all.file}:{of_all.line})"
            hint = "the vendor releases its images together: remove this tag, or set platform.version to it"
            yield _warning(Finding.at(place(path, marks), "release-drift", message, path=dotted(path), hint=hint))
            yield from _withdrawn(tag, path, marks)


def _withdrawn(version: str, path: Path, marks: Mapping[Path, Where]) -> Iterator[Finding]:
    """Yield that a release is one of those that nobody should take."""
    for known in WITHDRAWN:
        if known.version == version:
            hint = f"use {known.take} ({known.source}, {known.date})"
            found = Finding.at(place(path, marks), "release-withdrawn", known.reason, path=dotted(path), hint=hint)
            yield _warning(found)


def _warning(found: Finding) -> Finding:
    return replace(found, severity=Severity.WARNING)
