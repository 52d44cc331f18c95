"""One run of kustomize: in a folder of ours, with limits, and without a way to a server.

If it is led to a server after all, git may speak no protocol and the proxies are nobody. The limits hold for every run:
a tree may be anybody's, and one of ours may be wrong.
"""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from generator import yamlio
from generator.bounded_output import bounded_output
from generator.bounds import MEMORY, OBJECTS, OUTPUT, PATIENCE, SECONDS, Bound
from generator.tree import Tree

_INHERITED = ("PATH", "HOME", "LANG", "SYSTEMROOT")
_NOBODY = "http://127.0.0.1:1"
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOBODY),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), ""),
    "GOGC": "off",
    "GOMEMLIMIT": "768MiB",
    "GOMAXPROCS": "1",
}
"""kustomize lives for 60 ms: collecting garbage and many threads cost it a third (two at a time fill two cores)."""
_LIMITED = f'ulimit -t "$1" 2>/dev/null; shift; ulimit -d {MEMORY.most // 1024} 2>/dev/null; exec "$@"'
"""The shell sets the limits and becomes kustomize.

Of the limits of memory, Go keeps to `data` where the system knows it: Go reserves more addresses than it uses. A system
that does not know a limit goes on without it.
"""
_NO_MEMORY = ("out of memory", "cannot allocate memory", "failed to create new OS thread", "pthread_create failed")


class Ended(NamedTuple):
    """How a run ended: what it built, whether it failed, its error output, and the limit that it exceeded, if any."""

    output: str
    failed: bool
    stderr: str
    exceeded: Bound | None


class Running(NamedTuple):
    """A run under way."""

    process: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        """End it, if it still runs."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()

    def ended(self) -> Ended:
        """Wait for it."""
        output, stderr, exceeded = bounded_output(self.process, OUTPUT, PATIENCE)
        text, status = stderr.decode("utf-8", "replace"), self.process.returncode
        if exceeded is None and status == -signal.SIGKILL:
            exceeded = SECONDS
        if exceeded is None and status and any(message in text for message in _NO_MEMORY):
            exceeded = MEMORY
        if exceeded is None and output.count(b"\n---\n") >= OBJECTS.most:
            exceeded = OBJECTS
        return Ended(output.decode("utf-8", "replace"), bool(status) or exceeded is not None, text, exceeded)


def lay_out(tree: Tree, root: Path) -> None:
    """Write the tree below `root` for kustomize to read."""
    made_folders = set()
    for file in tree.files:
        folder, _, name = file.path.rpartition("/")
        target = os.path.join(root, tree.environment, folder)  # noqa: PTH118  pathlib takes six times as long
        if folder not in made_folders:
            os.makedirs(target, exist_ok=True)  # noqa: PTH103
            made_folders.add(folder)
        with open(f"{target}/{name}", "wb") as stream:  # noqa: PTH123
            stream.write(file.text.encode())


def start(
    command: tuple[str, ...], root: Path, environment: str, paths: Iterable[str], seconds: int = SECONDS.most
) -> Running:
    """Start building folders of the tree below `root` as one."""
    joint = tempfile.mkdtemp(prefix="_", dir=root)  # no environment is called so
    content = {"resources": [f"../{environment}/{path}" for path in paths], "buildMetadata": ["originAnnotations"]}
    Path(joint, "kustomization.yaml").write_text(yamlio.dump(content), encoding="utf-8")
    return Running(
        subprocess.Popen(  # noqa: S603  our own command: the folder is an argument, and no part of what the shell reads
            ["/bin/sh", "-c", _LIMITED, "sh", str(seconds), *command, joint],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**inherited(), **_ENVIRONMENT, "TMPDIR": str(root)},
        )
    )


def inherited() -> dict[str, str]:
    """Return what a program is told of our environment: no token, and nothing that leads it elsewhere."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}
