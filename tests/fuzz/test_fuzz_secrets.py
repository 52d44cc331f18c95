"""What a review hides: a secret at any place of any object, in texts in texts; and no text takes long."""

import json
from typing import Any

import pytest
import yaml
from fuzzing import explore, seeds, within
from hypothesis import strategies as st

from generator.history import Base
from generator.kinds import Kinds
from generator.manifest import Object, identify
from generator.review import review
from generator.sensitive.text import parts
from generator.views.review import json as review_json
from generator.views.review import markdown as review_markdown
from generator.views.review import text as review_text

PLANTED = "CANARY-7x7"
LONG = 100_000

name = st.sampled_from(
    ["password", "dbPassword", "API_KEY", "client-secret", "smtp.pass", "PGPASS", "accessToken", "signing_salt", "hmac"]
)
word = st.text("abcxyz", min_size=1, max_size=6)
line = st.sampled_from(
    [
        "{name}: {secret}\n{word}: 1\n",
        "# {word}\n{name}={secret}\n{word}=2\n",
        '[{word}]\n{name} = "{secret}"\n{word} = 3\n',
        '{{"{word}": {{"{name}": "{secret}"}}}}',
        "{{{word}: 1, {name}: {secret}}}",
        "{word} --{name} {secret} --{word}",
        "{word} --{name}={secret}",
        "<{name}>{secret}</{name}>",
        "{word}:\n- name: {name}\n  value: {secret}\n",
        "https://{word}:{secret}@{word}.example.com/",
        "Server={word};{name}={secret};Encrypt=true",
        "#!/bin/sh\n{name}='{secret}' {word} -h x\n",
        "{{{{ if .{word} }}}}\n  {name}: {secret}\n{{{{ end }}}}\n",
    ]
)


def nested(inner: Any) -> Any:
    """Return what puts a text into another: as it is written in YAML or JSON."""
    return st.one_of(
        st.builds(lambda key, text: json.dumps({key: text}), word, inner),
        st.builds(lambda key, text: json.dumps({key: [text]}, indent=1), word, inner),
        st.builds(lambda key, text: yaml.safe_dump({key: text}), word, inner),
        st.builds(lambda key, text: yaml.safe_dump({key: text}, default_style="|"), word, inner),
    )


written = st.builds(lambda text, name, word: text.format(name=name, word=word, secret=PLANTED), line, name, word)
texts = st.one_of(written, nested(written), nested(nested(written)))
values = st.one_of(
    texts,
    st.builds(lambda key: {key: PLANTED}, name),
    st.builds(lambda key: [{"name": key, "value": PLANTED}], name),
    st.builds(lambda key: {"args": [f"--{key}", PLANTED]}, name),
    st.builds(lambda key: {"command": ["sh", "-c", f"{key}={PLANTED} run"]}, word.map(lambda text: f"{text}_PASSWORD")),
    st.builds(lambda key: {"apiVersion": "v1", "kind": "Secret", "stringData": {key: PLANTED}}, word),
)
trees = st.recursive(
    values,
    lambda inner: st.one_of(
        st.builds(lambda key, item: {key: item}, word, inner), st.builds(lambda item: [1, item], inner)
    ),
    max_leaves=4,
)


def is_hidden(tree: Any) -> None:
    manifest = {"apiVersion": "a.example/v1", "kind": "A", "metadata": {"name": "x"}}
    old = Object(identify(manifest, "workload"), {**manifest, "spec": {}})
    new = Object(old.id, {**manifest, "spec": tree})
    for before, after in (([], [new]), ([new], []), ([old], [new]), ([new], [old])):
        with within(2):
            found = review("dev", before, after, Kinds({}))
            said = [
                review_text.text([found], 100),
                review_markdown.text([found]),
                review_json.text([found], Base("a folder")),
            ]
        assert found.changes
        assert not [text for text in said if "CANARY" in text]


def is_quick(pieces: list[str]) -> None:
    text = "".join(pieces)
    with within(2):
        parts((text * (LONG // len(text) + 1))[:LONG])


piece = st.sampled_from(
    [
        *(
            "password=",
            '"password":',
            "token: ",
            "--password ",
            "key=",
            "curl -u ",
            "redis-cli -a ",
            "login a password ",
        ),
        *(
            "://",
            "a://b@",
            "https://a:b@",
            "?sig=",
            "a:b@tcp(",
            "[passwords]\n",
            "<password>",
            ' name="token" ',
            "user a >",
        ),
        *(
            "\n",
            "\n  - ",
            "\\",
            '\\"',
            '"',
            "'",
            "`",
            "{",
            "}",
            "[",
            "]",
            "(",
            ")",
            "#",
            ";",
            ",",
            "&",
            "|",
            " ",
            "\t",
            "=",
            ":",
        ),
        *(
            "&a ",
            "*a ",
            "!a ",
            "---\n",
            "a",
            "A1b2C3d4",
            "Zm9v",
            "eyJaaaaaaaaaaa.",
            "GOCSPX-",
            "-----BEGIN PRIVATE KEY",
            "-",
        ),
        *("$(", "${", "{{", "$apr1$", "Bearer ", "é", "\u2028", "\ud800"),
    ]
)


@pytest.mark.parametrize("path", seeds("secrets"), ids=lambda path: path.name)
def test_kept_texts_are_hidden(path: Any) -> None:
    is_hidden(path.read_text())


@pytest.mark.parametrize(
    "pieces",
    [["password=", "&"], ["password=", ")"], ["GOCSPX-"], ["-----BEGIN PRIVATE KEY"], ["password: ["], ["a://b@"]],
)
def test_texts_that_took_long_once(pieces: list[str]) -> None:
    is_quick(pieces)


def test_a_secret_is_hidden_wherever_it_stands() -> None:
    explore(trees, is_hidden, examples=60)


def test_no_text_takes_long() -> None:
    explore(st.lists(piece, min_size=1, max_size=8), is_quick, examples=60)
