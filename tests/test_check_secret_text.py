"""No text of any object is a secret. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

from base64 import b64encode

import pytest
from objects import CONTAINER_AT, IN_CONTAINER, said, world

from generator.check.kubernetes import secret_text
from generator.manifest import Manifest

TOKEN = "ghp_" + "a" * 36
KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----"
RANDOM = "q7Zr2LxT9vKp4WmN8sHd3BfY"


def base64(text: str) -> str:
    """Return `text` in base64."""
    return b64encode(text.encode()).decode()


def config(text: str, key: str = "file") -> list[Manifest]:
    """Return the good world with one more text in the ConfigMap."""
    return world(config={f"/data/{key}": text})


REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "no_text_is_a_secret": [
        (
            config(TOKEN),
            (
                "ConfigMap codemie/web-f4mt: /data/file: looks like a secret: a GitHub token (sha256 ba94fef94606…) [secret-rendered]\n"
                "  hint: keep it in Secret Manager; a false alarm goes into `exceptions` of component.yaml, with a reason\n"
            ),
        ),
        (
            config(f"a: {TOKEN}"),
            (
                "ConfigMap codemie/web-f4mt: /data/file: looks like a secret: a GitHub token (sha256 d6d1948b60af…) [secret-rendered]\n"
                "  hint: keep it in Secret Manager; a false alarm goes into `exceptions` of component.yaml, with a reason\n"
            ),
        ),
        (
            config(KEY),
            (
                "ConfigMap codemie/web-f4mt: /data/file: looks like a secret: a private key (sha256 4f5aa50e97d0…) [secret-rendered]\n"
                "  hint: keep it in Secret Manager; a false alarm goes into `exceptions` of component.yaml, with a reason\n"
            ),
        ),
        (
            config(base64(KEY)),
            (
                "ConfigMap codemie/web-f4mt: /data/file: looks like a secret: a private key, in base64 (sha256 3c45f791eda8…) [secret-rendered]\n"
                "  hint: keep it in Secret Manager; a false alarm goes into `exceptions` of component.yaml, with a reason\n"
            ),
        ),
        (
            config(base64(f"export TOKEN={TOKEN}")),
            (
                "ConfigMap codemie/web-f4mt: /data/file: looks like a secret: a GitHub token, in base64 (sha256 9ba46dbb25b8…) [secret-rendered]\n"
                "  hint: keep it in Secret Manager; a false alarm goes into `exceptions` of component.yaml, with a reason\n"
            ),
        ),
        (
            config("https://user:hunter2@example.com/"),
            (
                "ConfigMap codemie/web-f4mt: /data/file: looks like a secret: a URL with a password (sha256 e02027867f0b…) [secret-rendered]\n"
                "  hint: keep it in Secret Manager; a false alarm goes into `exceptions` of component.yaml, with a reason\n"
            ),
        ),
        (
            world(deployment={f"{CONTAINER_AT}/env/2/value": TOKEN}),
            (
                f"{IN_CONTAINER}/env/2/value: looks like a secret: a GitHub token (sha256 ba94fef94606…) [secret-rendered]\n"
                "  hint: keep it in Secret Manager; a false alarm goes into `exceptions` of component.yaml, with a reason\n"
            ),
        ),
        (
            world(deployment={f"{CONTAINER_AT}/env/2": {"name": "API_KEY", "value": RANDOM}}),
            (
                f"{IN_CONTAINER}/env/2/value: looks like a secret: random text under a key with the name of a secret (sha256 6fde4419bb2b…) [secret-rendered]\n"
                "  hint: keep it in Secret Manager; a false alarm goes into `exceptions` of component.yaml, with a reason\n"
            ),
        ),
        (
            config(RANDOM, "token"),
            (
                "ConfigMap codemie/web-f4mt: /data/token: looks like a secret: random text under a key with the name of a secret (sha256 6fde4419bb2b…) [secret-rendered]\n"
                "  hint: keep it in Secret Manager; a false alarm goes into `exceptions` of component.yaml, with a reason\n"
            ),
        ),
        (
            world(config={"/metadata/annotations": {"a": TOKEN}}),
            (
                "ConfigMap codemie/web-f4mt: /metadata/annotations/a: looks like a secret: a GitHub token (sha256 ba94fef94606…) [secret-rendered]\n"
                "  hint: keep it in Secret Manager; a false alarm goes into `exceptions` of component.yaml, with a reason\n"
            ),
        ),
    ],
}
ACCEPTED: list[list[Manifest]] = [
    config(CERTIFICATE),
    config(base64(CERTIFICATE)),
    config("https://$(USER):$(PASS)@example.com/"),
    config(RANDOM),
    config("elasticsearch-master-credentials", "credentials"),
    config(f"registry.example.com/web@sha256:{64 * 'a'}"),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in secret_text.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(manifests) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest]) -> None:
    assert not said(manifests)
