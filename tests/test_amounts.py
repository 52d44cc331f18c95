"""A limit is not below its request, whoever wrote either; quantities are compared by value."""

from decimal import Decimal

import pytest
from project import component, plan, printed, sources

from generator.errors import InputInvalid
from generator.notation.quantity import amount

LAB = "environments/lab.yaml"
UNIT = "templates/components/a/component.yaml"
DEFAULTS = (
    "defaults:\n"
    "  resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {cpu: '1', memory: 1Gi}}\n"
    "  containers: {side: {resources: {requests: {cpu: 10m}, limits: {cpu: 20m}}}}\n"
)


def number(text: str) -> Decimal:
    found = amount(text)
    assert found is not None
    return found


def refusal(lab: str, defaults: str = DEFAULTS) -> str:
    with pytest.raises(InputInvalid) as caught:
        plan(sources(lab, **component("a", defaults)))
    return printed(caught.value)


def test_quantities_have_a_value() -> None:
    assert number("500m") == number("0.5") == number("0.500")
    assert number("1Gi") == number("1024Mi") == number("1048576Ki")
    assert number("1") < number("1001m") < number("1Ki") < number("1Ti")


@pytest.mark.parametrize(
    ("lab", "message"),
    [
        ("{limits: {cpu: 50m}}", f"{LAB}:2:39: components.a.resources.limits.cpu: is below requests.cpu ({UNIT}:4)"),
        ("{requests: {memory: 2Gi}}", f"{LAB}:2:41: components.a.resources.requests.memory: is above limits.memory ({UNIT}:4)"),
        ("{limits: {cpu: '2'}, requests: {cpu: '3'}}", f"{LAB}:2:39: components.a.resources.limits.cpu: is below requests.cpu ({LAB}:2)"),
    ],
)  # fmt: skip
def test_a_limit_below_its_request_is_told_where_the_environment_wrote_it(lab: str, message: str) -> None:
    assert refusal(f"components: {{a: {{resources: {lab}}}}}\n").startswith(f"{message} [resources-limit]\n  hint: ")


def test_containers_and_defaults_are_looked_at_too() -> None:
    side = "components: {a: {containers: {side: {resources: {limits: {cpu: 5m}}}}}}\n"
    assert f"components.a.containers.side.resources.limits.cpu: is below requests.cpu ({UNIT}:5)" in refusal(side)
    assert refusal("", DEFAULTS.replace("100m", "1500m")) == (
        f"{UNIT}:4:63: defaults.resources.limits.cpu: is below requests.cpu ({UNIT}:4) [resources-limit]\n"
        "  hint: raise the limit, or lower the request\n"
    )


@pytest.mark.parametrize("lab", ["{requests: {cpu: '1'}}", "{limits: {memory: 128Mi}}", "{requests: {memory: 1024Mi}}"])
def test_an_equal_limit_is_accepted(lab: str) -> None:
    unit = plan(sources(f"components: {{a: {{resources: {lab}}}}}\n", **component("a", DEFAULTS))).named("a")
    assert unit is not None
    assert unit.common.resources is not None
