"""The LiteLLM that a rendered Deployment describes: its release on PyPI, with the rendered arguments and file."""

import contextlib
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import loopback
import pytest
import yaml
from product import Built, container, environment

MASTER_KEY = "sk-the-random-part"
SECRETS = {
    ("litellm-masterkey", "masterkey"): MASTER_KEY.removeprefix("sk-"),
    ("litellm-saltkey", "saltkey"): "the-salt",
    ("litellm-postgresql", "password"): "the-password",
    ("litellm-redis", "redis-password"): "",
}
WITHOUT_DATABASE = ("DATABASE_",)
"""There is none here: Prisma fetches its engines from a place that a test may not ask."""


class Answer(NamedTuple):
    """What the proxy answered."""

    status: int
    text: str

    def json(self) -> Any:
        """Return the body's data."""
        return json.loads(self.text)


class Proxy(NamedTuple):
    """A running LiteLLM."""

    port: int
    config: dict[str, Any]

    def ask(self, path: str, key: str = "", body: Mapping[str, Any] | None = None) -> Answer:
        """Return the answer to a request, with `key` as its bearer."""
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
                return Answer(answer.status, answer.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read().decode())


@contextlib.contextmanager
def running(objects: Built, folder: Path, text: str = "", **changes: str) -> Iterator[Proxy]:
    """Yield the proxy of Deployment litellm, ready.

    `text` replaces the rendered file. `changes` are variables that differ from the pod's, and the values of those that
    its `secretEnv` names.
    """
    manifest = objects.one("Deployment", "litellm")
    main = container(manifest)
    assert {"name": "config", "mountPath": "/etc/litellm", "readOnly": True} in main["volumeMounts"]
    text = text or objects.file("litellm", "config.yaml")
    (folder / "config.yaml").write_text(text)
    port = loopback.free_port()
    words = [word.replace("/etc/litellm", str(folder)).replace("=4000", f"={port}") for word in main["args"]]
    assert f"--port={port}" in words
    references = [
        item["valueFrom"]["secretKeyRef"] for item in main["env"] if "secretKeyRef" in item.get("valueFrom", {})
    ]
    own = {(item["name"], item["key"]): changes[item["key"]] for item in references if item["key"] in changes}
    rendered = environment(main, {**SECRETS, **own})
    kept = {name: value for name, value in rendered.items() if not name.startswith(WITHOUT_DATABASE)}
    programs = _programs(main["image"].rpartition(":")[2].removeprefix("v"))
    env = {**kept, "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(folder), **changes}
    proxy = Proxy(port, yaml.safe_load(text))

    def ready() -> bool:
        with contextlib.suppress(OSError):
            return proxy.ask(main["startupProbe"]["httpGet"]["path"]).status == 200
        return False

    with loopback.running([str(programs / "litellm"), "--host=127.0.0.1", *words], env, folder, ready):
        yield proxy


def _programs(version: str) -> Path:
    """Return the bin/ of an environment of its own that holds this release, made once."""
    folder = loopback.kept("litellm", version)
    done = folder / "complete"
    if not done.exists():
        loopback.fetch(sys.executable, "-m", "venv", "--clear", str(folder))
        pip = [str(folder / "bin/pip"), "--quiet", "--disable-pip-version-check"]
        loopback.fetch(*pip, "install", f"litellm[proxy]=={version}", "prisma>=0.15,<1")
        done.touch()
    if not (folder / "bin/litellm").exists():
        pytest.fail(f"{folder} holds no litellm: remove it")
    return folder / "bin"
