"""No secret leaves a review: wherever it stands, whatever becomes of it, in every format; that it changed is shown."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from generator.history import Base
from generator.kinds import Kinds
from generator.manifest import Object, identify
from generator.review import Review, review
from generator.views.review import json as review_json
from generator.views.review import markdown as review_markdown
from generator.views.review import text as review_text

Manifest = dict[str, Any]
Make = Callable[[str], Manifest]

APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
SQL, SECRETS = "sql.cnrm.cloud.google.com/v1beta1", "secretmanager.cnrm.cloud.google.com/v1beta1"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def thing(version: str, kind: str, **fields: Any) -> Manifest:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "x", "namespace": "web"}, **fields}


def config(**data: str) -> Manifest:
    return thing("v1", "ConfigMap", data=data)


def text(template: str) -> Make:
    """Return what makes a ConfigMap with one text in it, of which SECRET is a part."""
    return lambda secret: config(app=template.replace("SECRET", secret))


def pod(**container: Any) -> Manifest:
    spec = {"containers": [{"name": "c", "image": "a:1", **container}]}
    return thing("apps/v1", "Deployment", spec={"template": {"spec": spec}})


def variable(name: str, template: str = "SECRET") -> Make:
    return lambda secret: pod(env=[{"name": name, "value": template.replace("SECRET", secret)}])


def args(*words: str) -> Make:
    return lambda secret: pod(args=[word.replace("SECRET", secret) for word in words])


def annotated(key: str, template: str = "SECRET") -> Make:
    def make(secret: str) -> Manifest:
        made = config(a="b")
        made["metadata"]["annotations"] = {key: template.replace("SECRET", secret)}
        return made

    return make


def header(name: str, template: str) -> Make:
    headers = [{"name": name, "value": template}]
    return lambda secret: pod(
        readinessProbe={"httpGet": {"httpHeaders": json.loads(json.dumps(headers).replace("SECRET", secret))}}
    )


PLACES: dict[str, Make] = {
    "data of a Secret": lambda secret: thing("v1", "Secret", data={"a": encoded(secret)}),
    "text of a Secret": lambda secret: thing("v1", "Secret", stringData={"a": secret}),
    "Secret in a List": lambda secret: thing("v1", "List", items=[thing("v1", "Secret", stringData={"a": secret})]),
    "key of a Secret in another case": lambda secret: thing("v1", "Secret", StringData={"a": secret}),
    "text of a sealed Secret": lambda secret: thing(
        "bitnami.com/v1alpha1", "SealedSecret", spec={"template": {"stringData": {"a": secret}}}
    ),
    "pod in a List": lambda secret: thing("v1", "List", items=[variable("PASSWORD")(secret)]),
    "binary data": lambda secret: thing("v1", "ConfigMap", binaryData={"a": encoded(secret)}),
    "user of Cloud SQL": lambda secret: thing(SQL, "SQLUser", spec={"password": {"value": secret}}),
    "root of Cloud SQL": lambda secret: thing(SQL, "SQLInstance", spec={"rootPassword": {"value": secret}}),
    "version of a secret": lambda secret: thing(
        SECRETS, "SecretManagerSecretVersion", spec={"secretData": {"value": secret}}
    ),
    "field of an unknown kind": lambda secret: thing("a.example/v1", "A", spec={"auth": {"apiKey": {"value": secret}}}),
    "last applied": annotated(APPLIED, '{"a":"SECRET"}'),
    "annotation": annotated("a.example/token"),
    "parameter of a chart": lambda secret: thing(
        "argoproj.io/v1alpha1",
        "Application",
        spec={"source": {"helm": {"parameters": [{"name": "auth.password", "value": secret}]}}},
    ),
    "values of a chart": lambda secret: thing(
        "argoproj.io/v1alpha1", "Application", spec={"source": {"helm": {"values": f"auth:\n  password: {secret}\n"}}}
    ),
    "URL of a repository": lambda secret: thing(
        "argoproj.io/v1alpha1", "Application", spec={"source": {"repoURL": f"https://me:{secret}@git.example.com/a"}}
    ),
    "password as a number": lambda secret: thing("a.example/v1", "A", spec={"password": int(secret[-1]) + 770077}),
    **{
        f"variable {name}": variable(name)
        for name in (
            "PASSWORD",
            "PGPASS",
            "DB_PWD",
            "SIGNING_SALT",
            "GITHUB_PAT",
            "APP_KEY",
            "HMAC",
            "smtpPass",
            "OTP_SEED",
        )
    },
    "address with a key": variable("SENTRY_DSN", "https://SECRET@sentry.example.com/1"),
    "address with a password": variable("A", "postgres://me:SECRET@db:5432/a"),
    "address with a signature": variable("A", "https://a.example.com/b?v=1&sig=SECRET&w=2"),
    "webhook by name": variable("CHAT_WEBHOOK", "https://chat.example.com/room/SECRET"),
    "webhook by path": variable("A", "https://hooks.example.com/services/T0/B0/SECRET"),
    "connection string": variable("A", "Server=db;Password=SECRET;Encrypt=true"),
    "connection words": variable("A", "host=db password=SECRET dbname=a"),
    "argument behind a flag": args("--password", "SECRET"),
    "argument of a command's flag": lambda secret: pod(command=["serve", "--api-key"], args=[secret]),
    "argument of a literal": args("kubectl", "create", "secret", "generic", "a", "--from-literal", "k=SECRET"),
    "last argument": args("htpasswd", "-bnBC", "10", "me", "SECRET"),
    "argument with a flag": args("--db-password=SECRET with a blank"),
    "argument of a program": args("redis-cli", "-a", "SECRET"),
    "argument with a header": args("curl", "-H", "Authorization: Bearer SECRET"),
    "argument with a variable": args("env", "TOKEN=SECRET", "serve"),
    "command line": args("-c", "PGPASSWORD=SECRET psql -h db"),
    "command line with quotes": args("-c", "curl -u 'me:SECRET' https://a.example.com"),
    "header": header("Authorization", "Basic SECRET"),
    "cookie": header("Cookie", "a=b; c=SECRET"),
    "key of a header": header("X-Api-Key", "SECRET"),
    "key of SSH": lambda secret: config(id_ed25519=secret),
    "data of Grafana": text("datasources:\n- secureJsonData:\n    httpHeaderValue1: SECRET\n"),
    "entry named so": lambda secret: config(**{"db-password": secret}),
    "file named so": lambda secret: config(**{"credentials.json": f'["{secret}"]'}),
    "JSON": text('{"a": {"password": "SECRET", "b": [1]}}'),
    "JSON in JSON": text('{"a": "{\\"password\\": \\"SECRET\\"}"}'),
    "JSON with escapes": text('{"a": "password\\u003dSECRET"}'),
    "pairs in JSON": text('[{"name": "DB_PASSWORD", "value": "SECRET"}]'),
    "flow YAML": text("{password: SECRET}"),
    "YAML": text("a: b\ndb:\n  password: SECRET\n  host: a\n"),
    "block of YAML": text("password: |\n  SECRET\n  SECRET\nhost: a\n"),
    "list of YAML": text("tokens:\n- SECRET\n- SECRETb\nhost: a\n"),
    "map of YAML": text("passwords:\n  admin: SECRET\nhost: a\n"),
    "alias of YAML": text("a: &a SECRET\npassword: *a\n"),
    "YAML in YAML": text("file: |\n  env:\n  - name: TOKEN\n    value: SECRET\nhost: a\n"),
    "Secret in YAML": text("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: SECRET}\n"),
    "no YAML": text("{{ if a }}\npassword: SECRET\n  b\n{{ end }}\n"),
    "comment": text("host: a\n# password: SECRET\n"),
    "INI": text("[db]\npassword = SECRET\nhost = a\n"),
    "section of INI": text("[passwords]\nadmin = SECRET\n[db]\nhost = a\n"),
    "TOML": text('[db]\npassword = "SECRET"\nhost = "a"\n'),
    "long text of TOML": text('password = """\nSECRET\n"""\nhost = "a"\n'),
    "map of TOML": text('db = { password = "SECRET", host = "a" }\n'),
    "properties": text("db.host=a\ndb.password=SECRET, with; signs\n"),
    "NATS": text('authorization {\n  user: a\n  password: "SECRET"\n}\n'),
    "Redis": text("port 1\nrequirepass SECRET\n"),
    "nginx": text('proxy_set_header Authorization "Bearer SECRET";\nproxy_pass http://a;\n'),
    "script": text("#!/bin/sh\nexport TOKEN=SECRET\npsql --password SECRET -h db\n"),
    "SQL": text("ALTER ROLE a PASSWORD 'SECRET';\n"),
    "SQL function": text("SET PASSWORD FOR me = PASSWORD('SECRET')"),
    "HCL": text('variable "db_password" {\n  default = "SECRET"\n}\n'),
    "here document": text("password = <<EOT\nSECRET\nEOT\nhost = 1\n"),
    "HAProxy": text("user me insecure-password SECRET\n"),
    "SSSD": text("ldap_default_authtok = SECRET\n"),
    **{
        f"command line of {line.split()[0]}": text(line)
        for line in (
            "openssl enc -k SECRET -in a",
            "vault login SECRET",
            "htpasswd -b users me SECRET",
            "mc alias set a https://b.example.com me SECRET",
        )
    },
    "sentence": text("the password is SECRET."),
    "sentence with a name": text("Password for me: SECRET"),
    "netrc": text("machine a login b password SECRET\n"),
    "XML": text("<a><password>SECRET</password></a>"),
    "attributes of XML": text('<add key="ApiKey" value="SECRET"/>'),
    "hash of a password": text("admin:$apr1$SECRET$abc\n"),
    "base64": lambda secret: config(app=encoded(f'{{"password": "{secret}"}}')),
    "private key": text("-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----\n"),
    "token in a sentence": text("use glpat-SECRETaaaaaaaaaaaaaaaaaaaa for it"),
}
OLD, NEW = "CANARY-1a1", "CANARY-2b2"


def built(manifest: Manifest, unit: str = "web") -> Object:
    manifest = json.loads(json.dumps(manifest))
    tracked = {"argocd.argoproj.io/tracking-id": f"dev-{unit}:a/b:c/d"}
    manifest["metadata"].setdefault("annotations", {}).update(tracked)
    return Object(identify(manifest, "workload"), manifest)


def without_last(manifest: Manifest) -> Manifest:
    """Return an object with nothing but its name."""
    return {key: manifest[key] for key in ("apiVersion", "kind")} | {"metadata": {"name": "x", "namespace": "web"}}


def sides(make: Make) -> Iterator[tuple[list[Object], list[Object]]]:
    """Yield what becomes of a secret: changed, added, removed, with a whole object that comes or goes, moved."""
    old, new = make(OLD), make(NEW)
    yield [built(old)], [built(new)]
    yield [built(without_last(new))], [built(new)]
    yield [built(old)], [built(without_last(old))]
    yield [], [built(new)]
    yield [built(old)], []
    yield [built(old)], [built(new, "other")]


def formats(found: Review) -> list[str]:
    return [review_text.text([found], 200), review_markdown.text([found]), review_json.text([found], Base("a folder"))]


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_shown_in_no_format_and_that_it_changed_is(place: str) -> None:
    for number, (before, after) in enumerate(sides(PLACES[place])):
        found = review("dev", before, after, Kinds({}))
        assert found.changes
        assert any(change.before != change.after for change in found.changes)
        for said in formats(found):
            assert "CANARY" not in said, said
            assert encoded("CANARY")[:8] not in said, said
            assert number or "(secret " in said


def test_equal_secrets_have_one_number_and_others_do_not() -> None:
    env = [{"name": "A_TOKEN", "value": OLD}, {"name": "B_TOKEN", "value": OLD}, {"name": "C_TOKEN", "value": NEW}]
    found = review("dev", [], [built(pod(env=env))], Kinds({}))
    container = found.changes[0].after["spec"]["template"]["spec"]["containers"][0]
    assert [item["value"] for item in container["env"]] == ["(secret 1)", "(secret 1)", "(secret 2)"]


def test_only_the_secret_of_a_long_text_is_hidden() -> None:
    before, after = (f'# the database\n[db]\nhost = "a"\npassword = "{secret}"\nport = 5\n' for secret in (OLD, NEW))
    found = review("dev", [built(config(a=before))], [built(config(a=after))], Kinds({}))
    assert found.changes[0].before == '# the database\n[db]\nhost = "a"\npassword = "(secret 1)"\nport = 5\n'
    assert found.changes[0].after == '# the database\n[db]\nhost = "a"\npassword = "(secret 2)"\nport = 5\n'


def test_what_a_command_does_behind_its_secret_is_shown() -> None:
    found = review("dev", [], [built(args("-c", "PGPASSWORD=SECRET psql; rm -r /data")(OLD))], Kinds({}))
    container = found.changes[0].after["spec"]["template"]["spec"]["containers"][0]
    assert container["args"] == ["-c", "PGPASSWORD=(secret 1) psql; rm -r /data"]


def test_a_token_in_place_of_a_key_or_a_name_is_not_shown() -> None:
    token = "glpat-" + "CANARY" * 5
    item = {"name": token, "value": "a"}
    for before, after in (([], [item]), ([item], [{**item, "value": "b"}])):
        old, new = (built(pod(env=env) | {"data": {token: str(len(env))}}) for env in (before, after))
        for said in formats(review("dev", [old], [new], Kinds({}))):
            assert "CANARY" not in said


@pytest.mark.parametrize(
    "manifest",
    [
        thing("v1", "ConfigMap", data={"a.yaml": "passwordFile: /run/secrets/a\ntoken: ${TOKEN}\nmax_tokens: 4096\n"}),
        thing("v1", "ConfigMap", data={"a.conf": "proxy_pass http://a:8080;\nssl_certificate_key /etc/tls/tls.key;\n"}),
        thing("v1", "ConfigMap", data={"m.yaml": "api_key: os.environ/API_KEY\ninput_cost_per_token: 0.000003\n"}),
        thing(
            "e.io/v1",
            "ExternalSecret",
            spec={"data": [{"secretKey": "tls.key", "remoteRef": {"key": "my-db-password"}}]},
        ),
        pod(
            env=[
                {"name": "DATABASE_URL", "value": "postgres://me:$(DB_PASSWORD)@db:5432/a?sslmode=require"},
                {"name": "API_KEY", "value": "sk-$(RANDOM_PART)"},
                {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "a", "key": "token"}}},
                {"name": "PASSWORD_FILE", "value": "/run/secrets/password"},
                {"name": "PUBLIC_KEY", "value": "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"},
                {"name": "TOKEN_URL", "value": "https://sign-in.example.com/token"},
            ],
            image="registry.example.com/a@sha256:" + "0123456789abcdef" * 4,
            args=["--token-ttl=1h", "--password-file", "/etc/a/password", "--token=$(TOKEN)", "-p", "8080"],
            volumeMounts=[{"name": "token", "mountPath": "/var/run/secrets/token"}],
        ),
        thing("v1", "ServiceAccount", secrets=[{"name": "a"}], automountServiceAccountToken=False),
        thing("a.example/v1", "A", spec={"caBundle": encoded("-----BEGIN CERTIFICATE-----\nabc123" * 4)}),
    ],
    ids=lambda manifest: str(manifest["kind"]),
)
def test_references_files_amounts_and_public_things_stay_readable(manifest: Manifest) -> None:
    found = review("dev", [], [built(manifest)], Kinds({}))
    assert "(secret" not in str(found.changes[0].after)
