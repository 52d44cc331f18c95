"""Which names and which parts of a text are secret."""

import pytest

from generator.sensitive.name import Sensitivity, sensitivity_of
from generator.sensitive.text import parts, without

NAMES = {
    Sensitivity.ALL: """
        password PASSWORD dbPassword DB_PASSWORD_2 db.passwd user-pwd PASS pgpass smtpPass PASSPHRASE passcode admin_pw
        SECRET clientSecret COOKIE_SECRET secretData SECRET_KEY_BASE token accessToken TOKEN_V2 _authToken CREDS
        credentials.json API_KEY apikey x-api-key privateKeyPem signingKey ENCRYPTION_KEY LICENSE_KEY JWT bearer otp
        TOTP_SEED hmac SIGNING_SALT GITHUB_PAT Authorization Set-Cookie javax.net.ssl.trustStorePassword .pgpass""",
    Sensitivity.NO_WORD: "APP_KEY tls.key FERNETKEY auth basic-auth SENTRY_DSN SLACK_WEBHOOK CONNECTION_STRING DATABASE_URL recovery_code",
    Sensitivity.RANDOM: "key KEY",
    Sensitivity.NOTHING: """
        PASSWORD_FILE secretName SECRET_ID tokenUrl TOKENS_PER_MINUTE max_tokens maxTokens input_cost_per_token KEY_NAME
        PUBLIC_KEY topologyKey partition_key primaryKey TLS_KEY_FILE proxy_pass BYPASS compass existingSecret imagePullSecret
        passwordPolicy authorized keyName monkey keyboard host A """,
}
SHOWN = {
    # a text as it is shown, its secrets in «»: everything else stays
    "URL": "postgres://me:«hunter2»@db:5432/a?sslmode=require",
    "user of a URL": "ssh://git@git.example.com/a.git and postgres://me@db/a",
    "slash in a password": "postgres://me:«hun/ter2»@db/a",
    "URLs with a comma": "nats://a:«hunter2»@b:4222,nats://c:«hunter3»@d:4222",
    "key of a URL": "https://«abc123»@sentry.example.com/1",
    "webhook": "https://discord.com/api/webhooks/«1/abcDEF»",
    "signed URL": "https://a.example.com/b?part=1&sig=«abc%3D»&c=d",
    "database of Go": "me:«hunter2»@tcp(db:3306)/a",
    "words": "host=db port=5432 password=«hunter2» dbname=a",
    "string": "Server=db;Password=«hunter2»;User Id=me",
    "JSON": '{"password": "«hunter2»", "tokens": [«"a1", "b2"»], "max_tokens": 4096}',
    "flow": "{user: a, password: «hunter2», b: [1]}",
    "TOML": '[a]\npassword = "«hunter2»" # not so\nb = 1\n',
    "comment": "# password: ${PASSWORD}\npassword: $(PASSWORD)\n",
    "program": "#!/bin/sh\nmysql -u me -p«hunter2» -h db\n",
    "quotes": "curl -H 'X-Api-Key: «hunter2»' https://a.example.com",
    "flag": "serve --api-token «hunter2» --port 80",
    "nginx": 'proxy_set_header Authorization «"Bearer abc12345"»;\nproxy_pass http://a:80;\n',
    "LiteLLM": "api_key: os.environ/KEY\nmax_tokens: 128000\ninput_cost_per_token: 0.000003\n",
    "files": "password_file: /etc/a\ntoken: /var/run/secrets/token\nssl_key: /tls/tls.key\n",
    "sentence": "The password is read from a file. Basic authentication is off; tokens expire.",
    "path": "projects/example/locations/europe-west3/keyRings/codemie/cryptoKeys/gke",
}


@pytest.mark.parametrize(("level", "name"), [(level, name) for level, names in NAMES.items() for name in names.split()])
def test_a_name_tells_by_its_whole_words(level: Sensitivity, name: str) -> None:
    assert sensitivity_of(name) is level


@pytest.mark.parametrize("case", SHOWN)
def test_of_a_text_only_what_is_secret_is_hidden(case: str) -> None:
    text = SHOWN[case].replace("«", "").replace("»", "")
    shown = "".join(
        part if at == 0 else f"(secret){part.partition('»')[2]}" for at, part in enumerate(SHOWN[case].split("«"))
    )
    assert without(text, parts(text)) == shown


def test_places_are_those_of_the_text() -> None:
    assert parts("é: ü\npassword: hunter2\nb: c\n") == [(15, 22)]
    assert parts("nothing: here\n") == []
