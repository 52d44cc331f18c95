"""Options of the tests, what several of them start with, and that none of them changes what all share."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import product
import pytest
from repository import Lab, lab


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


@pytest.fixture
def made(tmp_path: Path) -> Lab:
    """Return a project in a repository of its own, and the one that it publishes to."""
    return lab(tmp_path)


@pytest.fixture
def old(made: Lab, tmp_path: Path) -> Path:
    """Return a copy of what is rendered for prod, to be an old side."""
    return shutil.copytree(made.project / "output", tmp_path / "old") / "prod"
