"""Options that several commands take, the same everywhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Function = Callable[..., Any]


def root(command: Function) -> Function:
    """--root DIR: the project, a folder that holds environments/ and templates/."""
    return click.option(
        "--root",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        default=Path(),
        help="Folder that holds environments/ and templates/.  [default: this folder]",
    )(command)


def output_format(*formats: str) -> Callable[[Function], Function]:
    """--format NAME: what is printed."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="What to print.",
    )


def quiet(command: Function) -> Function:
    """--quiet: errors only."""
    return click.option("--quiet", is_flag=True, help="Print errors only.")(command)
