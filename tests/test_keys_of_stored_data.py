"""A key that encrypts what is stored is marked wherever it is made or read, so that a review knows it."""

from typing import Any

import pytest
from project import component
from rendering import pods, rendered

from generator.annotation import ENCRYPTS_STORED_DATA

SALT = "secrets: {salts: {keys: {salt: {source: random, length: 32, encrypts: stored data}, cookie: {source: random, length: 32}}}}\n"
VARIABLES = (
    "[{name: SALT, valueFrom: {secretKeyRef: {name: salts, key: salt}}}, "
    "{name: COOKIE, valueFrom: {secretKeyRef: {name: salts, key: cookie}}}]"
)


def marks(declared: str = SALT, *, pod: str = "", by_hand: str = "", variables: str = VARIABLES) -> dict[str, str]:
    """Return what is marked in a project of one component, by kind."""
    (path, text), *_ = pods("web", pod=pod).items()
    text = text.replace("image: web,", f"image: web, env: {variables},")
    text = (
        text.replace("}\nspec:", f", annotations: {{{ENCRYPTS_STORED_DATA}: '{by_hand}'}}}}\nspec:")
        if by_hand
        else text
    )
    found: dict[str, Any] = {}
    for documents in rendered(**component("web", declared), **{path: text}).values():
        for item in documents:
            annotations = item.get("metadata", {}).get("annotations", {}) if isinstance(item, dict) else {}
            if ENCRYPTS_STORED_DATA in annotations:
                found[item["kind"]] = annotations[ENCRYPTS_STORED_DATA]
    return found


def test_the_secret_the_store_and_the_variable_that_reads_it_are_marked() -> None:
    assert marks() == {"ExternalSecret": "salt", "SecretStore": "salt", "Deployment": "SALT"}


@pytest.mark.parametrize(
    "volume",
    ["secret: {secretName: salts}", "projected: {sources: [{secret: {name: salts}}]}"],
    ids=["its own", "projected"],
)
def test_a_volume_that_reads_it_is_marked(volume: str) -> None:
    assert marks(pod=f"volumes: [{{name: keys, {volume}}}]")["Deployment"] == "SALT,keys"


def test_what_the_workload_says_itself_stays() -> None:
    assert marks(by_hand="KMS_KEY")["Deployment"] == "KMS_KEY,SALT"


def test_nothing_is_marked_where_nothing_encrypts_what_is_stored() -> None:
    assert marks(SALT.replace(", encrypts: stored data", "")) == {}
