"""Options that several commands take, the same everywhere."""

import functools
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.errors import GeneratorError
from generator.finding import errors

if TYPE_CHECKING:
    from generator.finding import Finding
    from generator.review import Impact

Function = Callable[..., Any]


def root(command: Function) -> Function:
    """--root DIR, before or after the command: the project, a folder that holds environments/ and templates/."""
    return click.option(
        "--root",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        callback=_remembered,
        help="Folder that holds environments/ and templates/.  [default: this folder]",
    )(command)


def output_format(*formats: str) -> Callable[[Function], Function]:
    """--format NAME: what is printed. What stops the command is JSON on stdout where JSON was asked for."""

    def decorated(command: Function) -> Function:
        @functools.wraps(command)
        def told(*args: Any, output_format: str, **kwargs: Any) -> Any:
            try:
                return command(*args, output_format=output_format, **kwargs)
            except GeneratorError as error:
                if kwargs.get("quiet"):
                    error.findings = errors(error.findings)
                if output_format != "json":
                    raise
                from generator.views import findings

                click.echo(findings.as_json(error.findings), nl=False)
                raise SystemExit(error.exit_code) from None

        return click.option(
            "--format",
            "output_format",
            type=click.Choice(formats),
            default=formats[0],
            show_default=True,
            help="What to print.",
        )(told)

    return decorated


def quiet(command: Function) -> Function:
    """--quiet, before or after the command: errors only."""
    return click.option("--quiet", is_flag=True, default=None, callback=_remembered, help="Print errors only.")(command)


def no_color(command: Function) -> Function:
    """--no-color, before or after the command: plain text on a terminal too, as with NO_COLOR (https://no-color.org)."""
    help_ = "No colours, on a terminal too."
    return click.option("--no-color", is_flag=True, default=None, callback=_remembered, help=help_)(command)


def width() -> int:
    """Return the columns of the terminal; 100 where there is none, so that a log reads the same everywhere."""
    return shutil.get_terminal_size((100, 24)).columns


def colour(*, no_color: bool) -> bool:
    """Whether what is printed may have colours: on a terminal that knows them, unless somebody said no."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not (no_color or os.environ.get("NO_COLOR"))


def impacts(_ctx: click.Context, parameter: click.Parameter, value: str | None) -> "tuple[Impact, ...]":
    """Return the impacts of `data-loss,blocked`: of all there are, or for --accept those that are refused."""
    if not value:
        return ()
    from generator.review import REFUSED, Impact

    known = REFUSED if parameter.name == "accept" else tuple(Impact)
    said = [word.strip() for word in value.split(",") if word.strip()]
    if unknown := [word for word in said if word not in known]:
        message = f"{', '.join(unknown)}: not one of {', '.join(known)}"
        raise click.BadParameter(message)
    return tuple(Impact(word) for word in said)


def tell(found: "Iterable[Finding]", *, quiet: bool) -> None:
    """Print findings as lines on stderr, each once; errors only if somebody wants it quiet."""
    from generator.views import findings

    click.echo(findings.text(errors(found) if quiet else found), err=True, nl=False)


def progress(*, quiet: bool) -> Callable[[str], None]:
    """Return what tells the steps: on a terminal only."""

    def say(step: str) -> None:
        if sys.stderr.isatty() and not quiet:
            click.echo(f"{step} ...", err=True)

    return say


def _remembered(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Return what was said after the command, else before it, else the default; and keep it for the command."""
    said = ctx.ensure_object(dict)
    if value is not None:
        said[parameter.name] = value
    return said.get(parameter.name, {"root": Path(), "quiet": False, "no_color": False}[str(parameter.name)])
