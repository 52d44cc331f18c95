"""Options of the tests."""

import os

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
