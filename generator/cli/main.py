"""The command `codemie-manifests`: subcommands by name, loaded when called, and the one place where failures end."""

import gc
import importlib
import os
import signal
import sys
from typing import Any, NoReturn

import click

from generator.cli import options
from generator.errors import GeneratorError

COMMANDS = {
    "capacity": "Say what the pods need and whether the nodes hold it.",
    "diff": "Say what a merge will do to what runs.",
    "doctor": "Say which tools are here, and how to get those that are missing.",
    "env": "Environments: what they hold and where it comes from.",
    "publish": "Bring output/ENV/ to the branch that Argo CD reads, as one commit.",
    "render": "Render environments into output/, built by kustomize and checked.",
    "schemas": "Make contracts of the CRDs of your own cluster.",
    "status": "Say what is behind what: sources, output/, the commit, what Argo CD reads.",
    "units": "List all units: components, infra, add-ons.",
    "validate": "Check what is in output/ as it stands.",
}
"""{subcommand: one line of help}; each is the module and the function of its name in this room."""


_INTERRUPTED = "interrupted; nothing was left half-written"


class _Commands(click.Group):
    """Imports a subcommand only when it is called: `--help` costs no more than click."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names, for --help and completion."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the subcommand, or None if there is none of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"generator.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of subcommands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="codemie-manifests", prog_name="codemie-manifests")
@options.no_color
@options.quiet
@options.root
def cli(**_: object) -> None:
    """AI/Run CodeMie on Google Cloud: one YAML file in, reviewed GitOps manifests out.

    \b
    Exit codes: 0 done · 2 wrong usage or invalid input · 3 differences found · 4 a check refused
    the result · 5 what is published is not ours to write over · 6 the file system or a remote
    failed, safe to run again · 1 a bug of ours.
    """


def run() -> NoReturn:
    """Run the command and end the process.

    It lives for half a second: collecting garbage, and freeing every object one by one at the end, would cost a fifth
    of it (mypy leaves the same way). Nothing is left to do at exit: files are closed where they are opened.
    """
    gc.disable()
    signal.signal(signal.SIGTERM, _terminated)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a job in the background ignores it
        signal.signal(signal.SIGINT, _interrupted)
    sys.unraisablehook = _swallowed
    code = _main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


_received: list[int] = []
"""The signals that asked us to end. A compiled library makes another error of one that comes during our callback."""


def _terminated(number: int, _: object) -> NoReturn:
    """End as on Ctrl-C: what was laid out beside the output is removed on the way."""
    _received.append(number)
    raise SystemExit(128 + number)


def _interrupted(number: int, _: object) -> NoReturn:
    """End on Ctrl-C."""
    _received.append(number)
    raise KeyboardInterrupt


def _stopped() -> int:
    """Say that somebody asked us to end, and return the exit code of that."""
    if _received[0] == signal.SIGINT:
        click.echo(_INTERRUPTED, err=True)
    return 128 + _received[0]


def _swallowed(unraisable: "sys.UnraisableHookArgs") -> None:
    """End at once where a compiled library swallows an interruption of our callback (jsonschema-rs does).

    It calls back only while input is checked: nothing is on disk yet.
    """
    ended = unraisable.exc_value
    if isinstance(ended, KeyboardInterrupt):
        click.echo(_INTERRUPTED, err=True)
        os._exit(128 + signal.SIGINT)
    if isinstance(ended, SystemExit):
        os._exit(int(ended.code or 0))
    sys.__unraisablehook__(unraisable)


def _main() -> int:  # noqa: PLR0911  one line per way to end
    """Run the command and return its exit code: every expected failure ends here, anything else is a bug of ours."""
    asked: dict[str, Any] = {}  # options.py keeps what the command was asked here
    try:
        code = int(cli.main(standalone_mode=False, obj=asked) or 0)
        return _stopped() if _received else code
    except SystemExit as ended:
        return int(ended.code or 0)
    except GeneratorError as error:
        if _received:
            return _stopped()
        options.tell(error.findings, quiet=asked.get("quiet", False), as_json=asked.get("output_format") == "json")
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo(_INTERRUPTED, err=True)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  the last resort: a bug must not print a page of Python
        if _received:
            return _stopped()
        click.echo(f"a bug in codemie-manifests ({type(error).__name__}); please report {_log()}", err=True)
        return 1


def _log() -> str:
    """Write the traceback to a log file and return its path."""
    import tempfile
    import traceback

    handle, path = tempfile.mkstemp(prefix="codemie-manifests-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(traceback.format_exc())
    return path
