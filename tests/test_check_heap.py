"""Heaps against memory. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

import pytest
from objects import CONTAINER_AT, IN_CONTAINER, said, world

from generator.check.kubernetes import heap
from generator.manifest import Manifest

KILLED = (
    f"{IN_CONTAINER}/env/0/value: the heap is not smaller than limits.memory: the kernel kills the container when it "
    "fills [heap]\n  hint: about half of it for Elasticsearch, 70 % for other programs\n"
)
HALF = "the heap is above half of limits.memory; Elasticsearch needs the rest for files"
TWICE = "the heap is above 31 GiB, from where references of Java take twice the room"
FIRST = "-Xms is not the same as -Xmx, as Elasticsearch asks for before it starts"


def told(variable: str, value: str, memory: str = "4Gi") -> list[Manifest]:
    """Return a world in which a variable of the container says a heap."""
    amounts = {"limits": {"cpu": "1", "memory": memory}, "requests": {"cpu": "100m", "memory": "64Mi"}}
    fields = {f"{CONTAINER_AT}/env": [{"name": variable, "value": value}], f"{CONTAINER_AT}/resources": amounts}
    return world(deployment=fields)


def advised(message: str) -> str:
    """Return a warning on the heap."""
    return f"warning: {IN_CONTAINER}/env/0/value: {message} [heap-size]\n"


REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "heaps_fit_into_their_memory": [
        (told("JAVA_OPTS", "-Xms1g -Xmx4g"), KILLED),
        (told("JAVA_TOOL_OPTIONS", "-Xmx1g -Xmx4096m"), KILLED),
        (told("NODE_OPTIONS", "--max-old-space-size=4096"), KILLED),
        (told("ES_JAVA_OPTS", "-Xms5g -Xmx5g"), KILLED),
    ],
    "heaps_are_of_a_good_size": [
        (told("ES_JAVA_OPTS", "-Xms2049m -Xmx2049m"), advised(HALF)),
        (told("ES_JAVA_OPTS", "-Xmx2g"), advised(FIRST)),
        (told("ES_JAVA_OPTS", "-Xms1g -Xmx2g"), advised(FIRST)),
        (told("JAVA_OPTS", "-Xmx32g", "64Gi"), advised(TWICE)),
    ],
}
ACCEPTED = [
    told("ES_JAVA_OPTS", "-Xms2g -Xmx2g"),
    told("ES_JAVA_OPTS", "-Xms31g -Xmx31744m", "62Gi"),
    told("JAVA_OPTS", "-Xmx4095m"),
    told("NODE_OPTIONS", "--enable-source-maps --max-old-space-size=4095"),
    told("JAVA_OPTS", "-XX:MaxRAMPercentage=50"),
    told("GREETING", "not -Xmxlarge"),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in heap.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(manifests) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest]) -> None:
    assert not said(manifests)


def test_a_variable_of_the_environment_is_told_there() -> None:
    lab = "components: {web: {env: {JAVA_OPTS: -Xmx4g}}}\n"
    assert said(told("JAVA_OPTS", "-Xmx4g"), "defaults: {replicas: 1}\n", lab=lab) == KILLED.replace(
        f"{IN_CONTAINER}/env/0/value",
        "environments/lab.yaml:2:26: Deployment codemie/web: components.web.env.JAVA_OPTS",
    )
