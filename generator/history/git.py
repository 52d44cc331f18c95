"""Git, driven by GitPython: always an argument list, always an environment of ours, never a prompt.

GitPython hands all of os.environ on and cannot take anything out, so for the time of a call os.environ is only what we
say. What the user's configuration says is read once and let through by a list: helpers for credentials, how commits are
signed, proxies and certificates. Hooks, filters, aliases and rewritten URLs of the user do not reach us.
"""

import contextlib
import os
import re
import shlex
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from generator.bounded_output import bounded_output
from generator.bounds import GIT_OBJECT, GIT_OUTPUT, Bound
from generator.errors import ToolMissing
from generator.finding import Finding

_INHERITED = re.compile(
    r"PATH|HOME|USER|LOGNAME|TMPDIR|XDG_CONFIG_HOME|XDG_RUNTIME_DIR|SSH_AUTH_SOCK|GNUPGHOME|GPG_TTY|SSL_CERT_(FILE|DIR)"
    r"|GIT_SSL_CAINFO|(?i:https?_proxy|no_proxy|all_proxy)|CODEMIE_GIT_(TOKEN|USERNAME)|GITHUB_TOKEN|GITLAB_TOKEN"
    r"|GIT_(AUTHOR|COMMITTER)_(NAME|EMAIL)"
)
"""Variables that reach git; every other one that git knows could change what it does."""
_LET_THROUGH = re.compile(
    r"credential\.(.*\.)?(helper|username|usehttppath)"
    r"|http\.(.*\.)?(proxy|proxyauthmethod|sslcainfo|sslcapath|sslcert|sslkey|sslbackend|extraheader)"
    r"|commit\.gpgsign|gpg\.(.*\.)?(format|program|defaultkeycommand)|user\.(name|email|signingkey)"
    r"|safe\.directory"
)
"""Settings of the user that reach git, by their names in lower case but for the part between the dots."""
_OURS = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.symlinks", "false"),
    ("core.quotePath", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("credential.interactive", "false"),
    ("http.followRedirects", "false"),  # credentials are for the host that was named
    ("http.lowSpeedLimit", "100"),  # bytes a second, for a minute: a server that says nothing is given up
    ("http.lowSpeedTime", "60"),
    ("init.defaultBranch", "main"),
)
_PATIENCE = Bound(600, "did not complete in 600 seconds")

Setting = tuple[str, str]


class Done(NamedTuple):
    """How a call ended: git's exit code, what it wrote, what it said (without control characters).

    `over` is the limit for which it was ended, if any; what it wrote until then is there.
    """

    status: int
    output: bytes
    said: str
    over: Bound | None = None

    @property
    def text(self) -> str:
        """What it wrote, as text without the last line end."""
        return self.output.decode("utf-8", "replace").rstrip("\n")

    @property
    def lines(self) -> list[str]:
        """What it wrote, by line."""
        return self.text.splitlines()


class Git(NamedTuple):
    """Git in a folder, with an environment of ours. `settings` are those that hold for every call, as `key, value`."""

    folder: Path
    environment: Mapping[str, str]
    settings: tuple[Setting, ...] = ()

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        more: Mapping[str, str] | None = None,
        most: Bound = GIT_OUTPUT,
        patience: Bound = _PATIENCE,
    ) -> Done:
        """Run `git <arguments>` and return how it ended; no exit code is an exception, nor is a limit."""
        environment = {**self.environment, **_configured((*self.settings, *_OURS)), **(more or {})}
        with contextlib.ExitStack() as stack:
            given = stack.enter_context(tempfile.TemporaryFile()) if stdin else None
            if given:
                given.write(stdin)
                given.seek(0)
            stack.enter_context(_only(environment))
            import git  # which looks for git, and at the environment

            process = git.Git(str(self.folder)).execute(["git", *arguments], istream=given, as_process=True)
            try:
                output, said, over = bounded_output(process, most, patience)
                if over:
                    return Done(-signal.SIGTERM, output, f"git {arguments[0]} {over.more}", over)
                return Done(process.poll(), output, printable(said.decode("utf-8", "replace")))
            finally:
                del process  # GitPython ends it now, if it still runs: interrupted, we leave nobody behind who pushes

    def reading(self) -> "Git":
        """Return the same for objects of anybody's making: git gives up on one that it cannot hold in little memory."""
        return self._replace(environment={**self.environment, "GIT_ALLOC_LIMIT": str(GIT_OBJECT.most)})

    def with_settings(self, *settings: Setting) -> "Git":
        """Return the same with further settings, which win."""
        return self._replace(settings=(*self.settings, *settings))


def at(folder: Path) -> Git:
    """Return git in `folder`, with what the user has set of credentials, signing and certificates.

    Raises ToolMissing where there is no git.
    """
    if not shutil.which("git"):
        hint = "publish, status and diff work with git: install it (your system's package git)"
        raise ToolMissing([Finding(rule="tool-missing", message="git is not on PATH", hint=hint)])
    inherited = {name: value for name, value in os.environ.items() if _INHERITED.fullmatch(name)}
    plain = Git(folder, {**inherited, **_FIXED})
    asked = Git(folder, {**inherited, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"})
    listed = asked.run("config", "--list", "--includes", "-z").output.decode("utf-8", "replace").split("\0")
    said = [entry.partition("\n")[::2] for entry in listed if entry]
    kept = tuple((key, value) for key, value in said if _LET_THROUGH.fullmatch(key))
    ssh = os.environ.get("GIT_SSH_COMMAND") or dict(said).get("core.sshcommand") or "ssh"
    return plain._replace(environment={**plain.environment, "GIT_SSH_COMMAND": _strict(ssh)}, settings=kept)


_FIXED = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "file:http:https:ssh",  # which of them a repository may be at is decided before
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",  # `git status` would write what it learnt into the user's index
    "GIT_ADVICE": "0",
    "LC_ALL": "C",
}


def _strict(command: str) -> str:
    """Return the user's way to call ssh, with our options first: ssh takes the first value that it is given of each."""
    try:
        program, *rest = shlex.split(command)
    except ValueError:  # a shell could not read it either: ssh fails, if it is called at all, and says why
        return command
    ours = ["-oBatchMode=yes", "-oStrictHostKeyChecking=yes", "-oConnectTimeout=30", "-oServerAliveInterval=15"]
    return shlex.join([program, *ours, *rest])


def _configured(settings: tuple[Setting, ...]) -> dict[str, str]:
    """Return variables that hold these settings: an argument could be read by every user of the machine."""
    named = {
        f"GIT_CONFIG_{part}_{i}": text
        for i, pair in enumerate(settings)
        for part, text in zip(("KEY", "VALUE"), pair, strict=True)
    }
    return {"GIT_CONFIG_COUNT": str(len(settings)), **named}


@contextlib.contextmanager
def _only(environment: Mapping[str, str]) -> Iterator[None]:
    """Let os.environ be this, for GitPython passes on all of it."""
    before = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(environment)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def printable(text: str) -> str:
    """Return what a server said without what could steer a terminal."""
    return re.sub(r"[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\uffff]", "", text.replace("\r", "\n")).strip()
