"""Options of the tests, and that none of them changes what all share."""

import os
from collections.abc import Iterator

import product
import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        metavar="CASE",
        help="Rewrite tests/errors/CASE/expected.txt with what the command says now, and print the difference.",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--update-golden") and os.environ.get("CI"):
        message = "--update-golden is for people who read the difference, not for CI"
        raise pytest.UsageError(message)


@pytest.fixture(scope="session", autouse=True)
def _shared_objects_stay_as_they_were_built() -> Iterator[None]:
    yield
    assert product.changed() == []
