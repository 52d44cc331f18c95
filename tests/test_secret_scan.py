import pytest
from project import component, load, printed, sources

from generator.errors import InputInvalid
from generator.tree import Sources

LAB = "environments/lab.yaml"
HINT = "  hint: keep it in Secret Manager; if it is not a secret, end the line with: # not-a-secret: why\n"
HINT_OF_A_VARIABLE = HINT.replace("Manager;", "Manager, and name its id in secretEnv;")
RANDOM = "q7Zr2LxT9vKp4WmN8sHd3BfY"
WEB = component("web", "defaults: {replicas: 1}\n")

# Written in two halves, so that a scanner of this repository does not take them for real ones.
SHAPES = [
    ("-----BEGIN RSA " + "PRIVATE KEY-----", "a private key"),
    ("-----BEGIN " + "PRIVATE KEY-----", "a private key"),
    ("AIza" + "a" * 35, "a Google API key"),
    ("ghp_" + "a" * 36, "a GitHub token"),
    ("ghs_" + "b" * 36, "a GitHub token"),
    ("github_pat_" + "a" * 22, "a GitHub token"),
    ("glpat-" + "a" * 20, "a GitLab token"),
    ("xoxb-" + "1" * 12, "a Slack token"),
    ("AGE-SECRET-" + "KEY-1AAA", "an age key"),
    ("sk-" + "a" * 20, "an API key"),
    ("AKIA" + "A" * 16, "an AWS access key"),
    ("eyJ" + "a" * 12 + ".eyJ" + "b" * 12 + ".c", "a signed token"),
    ("https://user:" + "pass@example.com/x", "a URL with a password"),
    ("SA" + "A" * 56, "a NATS seed"),
    ('{\\"type\\": \\"service_' + 'account\\"}', "a Google key file"),
    ('{\\"private_' + 'key\\": 1}', "a Google key file"),
]


def web(env: str) -> Sources:
    """Return a project whose environment sets these variables of component `web`, from line 5 on."""
    return sources(f"components:\n  web:\n    env:\n{env}", **WEB)


def refusal(texts: Sources) -> InputInvalid:
    with pytest.raises(InputInvalid) as caught:
        load(texts)
    return caught.value


@pytest.mark.parametrize(("shape", "name"), SHAPES)
def test_a_known_shape_is_refused_and_never_printed(shape: str, name: str) -> None:
    error = refusal(web(f'      X: "{shape}"\n'))
    assert printed(error) == (
        f"{LAB}:5:7: components.web.env.X: looks like a secret ({name}) [secret]\n{HINT_OF_A_VARIABLE}"
    )
    assert shape[:12] not in str(error) + repr(error)


@pytest.mark.parametrize(("shape", "name"), SHAPES)
def test_a_known_shape_is_refused_wherever_it_stands(shape: str, name: str) -> None:
    error = refusal(sources(f'monitoring:\n  channels:\n    team: {{email: "{shape}"}}\n'))
    said = f"{LAB}:4:12: monitoring.channels.team.email: looks like a secret ({name}) [secret]\n"
    assert said in printed(error)
    assert shape[:12] not in printed(error)


@pytest.mark.parametrize(
    "key",
    [
        *("PASSWORD", "DB_PASSWORD", "dbPassword", "db-passwd", "PASSPHRASE", "CLIENT_SECRET", "accessToken"),
        *("API_KEY", "apiKey", "APIKEY", "PRIVATE_KEY", "GOOGLE_CREDENTIALS", "credential"),
    ],
)
def test_a_key_that_names_a_secret_is_refused(key: str) -> None:
    error = refusal(
        sources(f"patches: {{a: {{target: {{}}, ops: [{{op: add, path: /a, value: {{{key}: hunter2}}}}]}}}}\n")
    )
    path = f"patches.a.ops[0].value.{key}"
    assert f"{path}: looks like a secret (by its key) [secret]\n{HINT}" in printed(error)
    assert "hunter2" not in str(error) + printed(error)


@pytest.mark.parametrize("key", ["PASSWORD_FILE", "TOKENS_PER_MINUTE", "SECRET_NAME", "KEY", "MONKEY", "MAX_TOKENS"])
def test_a_key_that_only_resembles_one_is_accepted(key: str) -> None:
    assert load(web(f"      {key}: plain words\n")).value["components"] == {"web": {"env": {key: "plain words"}}}


def test_an_empty_value_and_a_reference_are_no_secrets() -> None:
    image = "images: {web: {repository: registry.example.com/web, tag: 1.2.3}}"
    texts = sources(
        "components: {web: {images: {web: {pullSecret: vendor}}}}\n", **component("web", f"defaults: {{{image}}}\n")
    )
    assert load(texts).value["components"] == {"web": {"images": {"web": {"pullSecret": "vendor"}}}}
    assert load(web('      PASSWORD: ""\n')).value["components"] == {"web": {"env": {"PASSWORD": ""}}}


def test_random_text_is_refused_in_variables_and_labels() -> None:
    assert printed(refusal(web(f"      X: {RANDOM}\n"))) == (
        f"{LAB}:5:7: components.web.env.X: looks like a secret (random text) [secret]\n{HINT_OF_A_VARIABLE}"
    )
    label = refusal(sources(f"labels: {{team: {RANDOM.lower()}01}}\n"))
    assert printed(label) == f"{LAB}:2:10: labels.team: looks like a secret (random text) [secret]\n{HINT}"


@pytest.mark.parametrize(
    "text",
    [
        "a" * 40,
        "europe-west3-docker-pkg-dev-registry",
        RANDOM[:20],
        f"some words {RANDOM}",
        "https://example.com/a/very/long/path/to/a/thing",
    ],
)
def test_ordinary_text_in_variables_is_accepted(text: str) -> None:
    assert load(web(f"      X: {text}\n")).value["components"] == {"web": {"env": {"X": text}}}


def test_random_text_elsewhere_is_accepted() -> None:
    assert load(sources(f"gitops: {{branch: {RANDOM}}}\n")).environment.gitops.branch == RANDOM


def test_a_reason_on_the_line_accepts_a_false_alarm() -> None:
    accepted = f"      X: {RANDOM}  # not-a-secret: the id of a public test\n"
    assert load(web(accepted)).value["components"] == {"web": {"env": {"X": RANDOM}}}


@pytest.mark.parametrize(
    "comment", ["", "  # not-a-secret", "  # not-a-secret:", "  # not-a-secret:  ", "  # really not"]
)
def test_without_a_reason_it_is_refused(comment: str) -> None:
    assert refusal(web(f"      X: {RANDOM}{comment}\n      Z: a  # not-a-secret: another line\n")).findings[0].line == 5


def test_the_reason_stands_where_the_value_was_written() -> None:
    profile = f"components: {{web: {{env: {{X: {RANDOM}}}}}}}  # not-a-secret: the id of a public test\n"
    files = {**WEB, "environments/profiles/a.yaml": profile}
    assert load(sources("extends: [a]\n", **files)).value["components"] == {"web": {"env": {"X": RANDOM}}}


@pytest.mark.parametrize(
    "value",
    [
        f'"{RANDOM} # not-a-secret: because"',
        f"'{RANDOM} # not-a-secret: because'",
        f'"{RANDOM} \\" # not-a-secret: because"',
        f"'{RANDOM} '' # not-a-secret: because'",
        f"|\n        {RANDOM} # not-a-secret: because",
        f'"{RANDOM} # not-a-secret: because\n        more"',
        f"'{RANDOM} # not-a-secret: because\n        more'",
    ],
)
def test_a_value_cannot_accept_itself(value: str) -> None:
    assert printed(refusal(web(f"      PASSWORD: {value}\n"))) == (
        f"{LAB}:5:7: components.web.env.PASSWORD: looks like a secret (by its key) [secret]\n{HINT_OF_A_VARIABLE}"
    )
