"""Options that several commands take, the same everywhere."""

import os
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from generator.finding import errors

if TYPE_CHECKING:
    from generator.finding import Finding
    from generator.review import Action, Impact

Word = TypeVar("Word", bound=str)
Function = Callable[..., Any]
_UNASKED = {"root": Path(), "quiet": False, "no_color": False}


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
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        callback=_remembered,
        help="What to print.",
    )


def environments(every: str = "All environments there are.") -> Callable[[Function], Function]:
    """ENV..., the names of environments, and --all, which means `every` one."""

    def decorated(command: Function) -> Function:
        flag = click.option("--all", "every", is_flag=True, help=every)
        return click.argument("environments", nargs=-1, metavar="[ENV]...")(flag(command))

    return decorated


def quiet(command: Function) -> Function:
    """--quiet, before or after the command: errors only."""
    return click.option("--quiet", is_flag=True, default=None, callback=_remembered, help="Print errors only.")(command)


def no_color(command: Function) -> Function:
    """--no-color, before or after the command: plain text on a terminal too, like NO_COLOR (https://no-color.org)."""
    help_ = "No colours, on a terminal too."
    return click.option("--no-color", is_flag=True, default=None, callback=_remembered, help=help_)(command)


def width() -> int:
    """Return the columns of the terminal; 100 where there is none, so that a log reads the same everywhere."""
    return shutil.get_terminal_size((100, 24)).columns


def colour(*, no_color: bool) -> bool:
    """Whether what is printed may have colours: on a terminal that knows them, unless somebody said no."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not (no_color or os.environ.get("NO_COLOR"))


def refused(_ctx: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> "tuple[Impact | Action, ...]":
    """Return the words of `data-loss,blocked`: impacts, and what could not be compared."""
    from generator.review import Action, Impact

    return _listed(value, (*Impact, Action.UNCOMPARED))


def accepted(
    *words: str,
) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], "tuple[Impact | Action, ...]"]:
    """Return what reads a list of what somebody accepts: of these words, or of all there are."""

    def read(_ctx: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> "tuple[Impact | Action, ...]":
        from generator.review import ACCEPTABLE

        return _listed(value, tuple(word for word in ACCEPTABLE if not words or word in words))

    return read


def _listed(lists: tuple[str, ...], known: "tuple[Word, ...]") -> "tuple[Word, ...]":
    """Return the words of lists like `data-loss,blocked`. A list that says nothing, or not what it may, is refused."""
    words = [word for given in lists for word in given.split(",")]
    if not all(words):
        message = f"expected one or more of {', '.join(known)}, with a comma between them"
        raise click.BadParameter(message)
    if unknown := [word for word in words if word not in known]:
        message = f"{', '.join(map(repr, unknown))}: not one of {', '.join(known)}"
        raise click.BadParameter(message)
    if twice := sorted({word for word in words if words.count(word) > 1}):
        message = f"{', '.join(twice)}: write it once"
        raise click.BadParameter(message)
    return tuple(word for word in known if word in words)


def tell(found: "Iterable[Finding]", *, quiet: bool, as_json: bool = False) -> None:
    """Print findings as lines on stderr, each once, or as JSON on stdout; errors only if somebody wants it quiet."""
    from generator.views import findings

    said = errors(found) if quiet else found
    click.echo(findings.as_json(said) if as_json else findings.text(said), err=not as_json, nl=False)


def progress(*, quiet: bool) -> Callable[[str], None]:
    """Return what tells the steps: on a terminal only."""

    def say(step: str) -> None:
        if sys.stderr.isatty() and not quiet:
            click.echo(f"{step} ...", err=True)

    return say


def _remembered(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Return what was said after the command, else before it, else the default; and keep it for the command."""
    asked = ctx.ensure_object(dict)
    if value is not None:
        asked[parameter.name] = value
    return asked.get(parameter.name, _UNASKED.get(str(parameter.name)))
