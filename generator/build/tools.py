"""Programs on this machine that the generator, its Makefile or its tests call."""

import platform
import shutil
import subprocess
from typing import NamedTuple

from generator.build.process import inherited
from generator.finding import Finding


class Found(NamedTuple):
    """A program: where it is and what version it says, empty if it is not here; what it is for, and how to get it."""

    name: str
    path: str
    version: str
    purpose: str
    install: str


_PROGRAMS = (
    (
        "kustomize",
        ("version",),
        "builds the rendered folders",
        "https://kubectl.docs.kubernetes.io/installation/kustomize",
    ),
    (
        "kubectl",
        ("version", "--client"),
        "builds them where kustomize is not here",
        "https://kubernetes.io/docs/tasks/tools",
    ),
    ("git", ("--version",), "keeps the output", "your system's package git"),
    ("make", ("--version",), "sets everything up: make render ENV=prod", "your system's package make"),
)


def tools() -> tuple[Found, ...]:
    """Return the programs, those of the machine first; each is asked for its version for at most 10 seconds."""
    python = Found(
        "python", "", platform.python_version(), "runs the generator", "https://www.python.org, 3.11 or newer"
    )
    return (python, *(_found(name, arguments, purpose, install) for name, arguments, purpose, install in _PROGRAMS))


def missing(found: tuple[Found, ...]) -> tuple[Finding, ...]:
    """Return why `render` cannot run: neither kustomize nor kubectl was found."""
    builders = [tool for tool in found if tool.name in ("kustomize", "kubectl")]
    if any(tool.path for tool in builders):
        return ()
    hint = "; or ".join(f"{tool.name}: {tool.install}" for tool in builders)
    return (Finding(rule="tool-missing", message="neither kustomize nor kubectl was found", hint=hint),)


def _found(name: str, arguments: tuple[str, ...], purpose: str, install: str) -> Found:
    path = shutil.which(name)
    if path is None:
        return Found(name, "", "", purpose, install)
    try:
        done = subprocess.run(  # noqa: S603
            [path, *arguments], capture_output=True, text=True, timeout=10, check=False, env=inherited()
        )
        version = (done.stdout or done.stderr).strip().splitlines()[0]
    except (OSError, subprocess.TimeoutExpired, IndexError):
        version = "does not answer"
    return Found(name, path, version, purpose, install)
