"""The command in processes forked from one that has imported it: all is as in a process of its own but the imports.

Run as a program it takes one order a line, as JSON, and answers with the exit code.
"""

import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

SECONDS = 30
LIBRARIES = ("jinja2", "jsonpatch", "jsonschema_rs", "kubernetes_validate", "msgspec.json", "yaml")


class Forks:
    """A process that forks: one command at a time."""

    def __init__(self, root: Path, before: list[str]) -> None:
        command = [*before, sys.executable, __file__]
        env = {**os.environ, "PYTHONPATH": str(root)}
        self._process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, words: list[str], cwd: Path, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        """Run `codemie-manifests WORDS` in `cwd`, with `env` added to the environment."""
        output, errors = cwd.parent / "stdout", cwd.parent / "stderr"
        order = {"words": words, "cwd": str(cwd), "env": dict(env), "output": str(output), "errors": str(errors)}
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return subprocess.CompletedProcess(words, code, output.read_text("utf-8"), errors.read_text("utf-8"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def serve() -> None:
    """Fork for every order."""
    import generator

    for module in pkgutil.walk_packages(generator.__path__, "generator."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in LIBRARIES:
        importlib.import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            obey(**json.loads(line))
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


def obey(words: list[str], cwd: str, env: dict[str, str], output: str, errors: str) -> None:
    """Become the command."""
    from generator.cli.main import run

    signal.alarm(SECONDS)
    os.chdir(cwd)
    os.environ.update(env)
    for number, path in enumerate((os.devnull, output, errors)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o666), number)
    sys.argv = ["codemie-manifests", *words]
    run()


if __name__ == "__main__":
    serve()
