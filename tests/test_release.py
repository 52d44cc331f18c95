"""Images that follow the vendor's release: their tag, own tags that leave it, releases that the vendor advises against."""

import re

import pytest
from product import build
from product import project as product
from project import COMPONENT, component, discovered, load, plan, printed, sources

from generator import pipeline
from generator.catalog.rules.release import WITHDRAWN
from generator.environment import Loaded
from generator.errors import InputInvalid
from generator.finding import Severity
from generator.tree import Sources
from generator.views import findings
from lint.variants import VARIANTS, laid

LAB = "environments/lab.yaml"
FOLLOWS = "defaults: {images: {web: {repository: registry.example.com/web, release: platform}}}\n"
STAYS = "defaults: {images: {db: {repository: registry.example.com/db, tag: 17.2-alpine}}}\n"
FIVE = {
    "api": "codemie",
    "mcp-connect": "codemie-mcp-connect-service",
    "mermaid-server": "mermaid-server",
    "nats-auth-callout": "codemie-nats-auth-callout",
    "ui": "codemie-ui",
}
"""What the vendor updates as one version (codemie-ai/docs: docs/admin/update/codemie-platform/update-core-components.md)."""


def tags(lab: str) -> dict[str, str]:
    """Return the tag of each image of a project with an image that follows the release, and one that does not."""
    texts = sources(lab, **component("web", FOLLOWS), **component("db", STAYS))
    return {name: image.tag for unit in plan(texts).units for name, image in unit.common.images.items()}


def warned(lab: str) -> str:
    return findings.text(plan(sources(lab, **component("web", FOLLOWS))).warnings)


def test_an_image_that_follows_the_release_has_its_tag() -> None:
    assert tags("") == {"web": "2.57.2", "db": "17.2-alpine"}
    assert tags("platform: {version: 3.0.1}\n") == {"web": "3.0.1", "db": "17.2-alpine"}


def test_templates_see_an_ordinary_tag() -> None:
    (web,) = [unit for unit in plan(sources(**component("web", FOLLOWS))).units if unit.name == "web"]
    assert web.values["images"]["web"] == {"repository": "registry.example.com/web", "tag": "2.57.2"}


def test_an_own_tag_wins_and_is_warned_of_at_its_line() -> None:
    own = "platform: {version: 3.0.1}\ncomponents:\n  web:\n    images: {web: {tag: 3.0.2}}\n"
    assert tags(own)["web"] == "3.0.2"
    assert warned(own) == (
        f"warning: {LAB}:5:20: components.web.images.web.tag: differs from platform.version (3.0.1, {LAB}:2) [release-drift]\n"
        "  hint: the vendor releases its images together: remove this tag, or set platform.version to it\n"
    )


def test_an_own_tag_that_equals_the_release_is_no_drift() -> None:
    assert warned("components: {web: {images: {web: {tag: 2.57.2}}}}\n") == ""


def test_an_image_that_does_not_follow_the_release_cannot_drift() -> None:
    texts = sources("components: {db: {images: {db: {tag: 17.3-alpine}}}}\n", **component("db", STAYS))
    assert plan(texts).warnings == ()


def test_a_release_that_the_vendor_advises_against_is_warned_of_where_it_is_written() -> None:
    reason = "the vendor advises against this release: it has known issues, which the notes do not name"
    hint = "  hint: use 2.57.2 (codemie-ai/docs: docs/admin/update/release-notes/release-notes.md, 2026-10-09)\n"
    assert warned("platform: {version: 2.57.1}\n") == (
        f"warning: {LAB}:2:12: platform.version: {reason} [release-withdrawn]\n{hint}"
    )
    own = warned("components: {web: {images: {web: {tag: 2.57.0}}}}\n")
    assert own.endswith(f"warning: {LAB}:2:35: components.web.images.web.tag: {reason} [release-withdrawn]\n{hint}")


def test_a_withdrawn_release_says_what_to_take_instead_and_where_that_is_written() -> None:
    withdrawn = {known.version for known in WITHDRAWN}
    for known in WITHDRAWN:
        assert known.take not in withdrawn
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", known.date)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("{repository: a.b/c}", "has neither tag nor release"),
        ("{repository: a.b/c, tag: 1.2.3, release: platform}", "has both tag and release"),
    ],
)
def test_an_image_has_either_a_tag_or_a_release(image: str, message: str) -> None:
    file = "templates/components/x/component.yaml"
    with pytest.raises(InputInvalid) as caught:
        discovered(Sources({file: f"{COMPONENT}defaults:\n  images:\n    x: {image}\n"}))
    hint = "tag: 1.2.3 for a version of its own, or release: platform if it belongs to the platform's release"
    assert printed(caught.value) == f"{file}:5:5: defaults.images.x: {message} [unit-invalid]\n  hint: {hint}\n"


@pytest.mark.parametrize("version", ["latest", "v2.57.2", "2.57.2-oss", '"2.57"', "2.057.2"])
def test_the_release_is_an_exact_version(version: str) -> None:
    assert refused(f"platform: {{version: {version}}}\n") == (
        f"{LAB}:2:12: platform.version: must match ^(0|[1-9][0-9]*)(\\.(0|[1-9][0-9]*)){{2}}$ [environment-invalid]\n"
        "  hint: the exact version of a release, such as 2.57.2\n"
    )


def test_an_environment_does_not_say_who_follows_the_release() -> None:
    said = refused("components: {web: {images: {web: {release: platform}}}}\n")
    assert said.startswith(f"{LAB}:2:35: components.web.images.web.release: unknown key [environment-invalid]\n")


def refused(lab: str) -> str:
    with pytest.raises(InputInvalid) as caught:
        _ = loaded(lab)
    return printed(caught.value)


def loaded(lab: str) -> Loaded:
    return load(sources(lab, **component("web", FOLLOWS)))


@pytest.mark.parametrize("example", ["dev", "staging", "prod"])
def test_the_five_images_of_the_vendor_have_one_tag_and_no_other_image_has_it(example: str) -> None:
    built = build(example, "platform: {version: 9.8.7}\n")
    following = {
        (unit.name, name)
        for unit in built.plan.units
        for name, image in unit.common.images.items()
        if image.tag == "9.8.7"
    }
    assert following == {item for item in FIVE.items() if built.plan.named(item[0])}
    assert built.file("codemie-ui-configjs", "config.js").count("9.8.7") == 1


def test_what_is_checked_tells_the_warnings_of_the_plan() -> None:
    found = build("dev", "platform: {version: 2.57.1}\n").verdict.findings
    told = [(item.severity, item.environment, item.path) for item in found if item.rule == "release-withdrawn"]
    assert told == [(Severity.WARNING, "dev", "platform.version")]


@pytest.mark.parametrize("name", VARIANTS)
def test_none_of_the_five_is_installed_after_the_api(name: str) -> None:
    variant = VARIANTS[name]
    planned = pipeline.plan_of(product()._replace(sources=laid(product().sources, variant)), variant.example)
    waves = {unit.name: unit.wave for unit in planned.units}
    assert all(waves[unit] <= waves["api"] for unit in FIVE if unit in waves)
    assert waves.get("nats", 0) < waves["api"]
