"""Which names tell that a secret stands behind them: whole words, in any style of writing. One list for every reader.

What people write is refused by few of them (`names_secret`): a word too many would stop somebody. What a plan shows is
masked by all of them (`sensitivity_of`): a word too few would publish a secret.
"""

import functools
import re
from enum import IntEnum

_REFUSED = re.compile(
    r"(?i)(^|[_-]|[a-z])(password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|credentials?)$"
)


class Sensitivity(IntEnum):
    """How much of what is behind a name is secret: nothing, what is random, what is no plain word, all of it."""

    NOTHING = 0
    RANDOM = 1
    NO_WORD = 2
    ALL = 3


def words(said: str) -> frozenset[str]:
    """Return words with blanks between as a set."""
    return frozenset(said.split())


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ALL = words(
    "password passwd passwords pwd pass passphrase passcode pw secret secrets token tokens credential credentials "
    "creds cred apikey apikeys bearer jwt otp totp hotp hmac salt pepper seed mnemonic pat sas authorization cookie "
    "cookies kubeconfig pin htpasswd netrc authtok requirepass masterauth pgpass dockerconfigjson dockercfg"
)
_NO_WORD = words("auth key keys psk session signature sig ticket assertion dsn webhook unseal sk")
_GLUED = re.compile(
    r".+(?:passw(?:or)?ds?|passphrase|passcode|secrets?|tokens?|apikeys?|credentials?"
    r"|(?:private|secret|access|signing)keys?"
    r"|(?<!by)(?<!com)(?<!sur)(?<!tres)(?<!over)(?<!under)pass|pwd|(?<=...)pw|seed)"
)
_GLUED_KEY = re.compile(r"(?!monkey|donkey|turkey|hockey|jockey|hotkey|whiskey|public|primary|foreign).+keys?")
_SURE_KEY = words(
    "api private secret access account signing encryption master shared license licence storage subscription server "
    "auth session cookie ssh rsa hmac jwt webhook integration routing service encrypt decrypt"
)
"""Words before `key` that leave no doubt."""
_PAIRS = frozenset(
    (before, last)
    for last, those in (
        ("header", "auth authorization"),
        ("code", "access auth security verification recovery pin unlock"),
        ("codes", "backup recovery"),
        ("phrase", "recovery seed"),
        *((kind, "id") for kind in ("rsa", "dsa", "ecdsa", "ed")),
    )
    for before in those.split()
)
"""Words that tell of a secret together."""
_NO_KEY = words("public primary foreign partition sort row topology range host index lookup label kms crypto time")
_NO_PASS = words("proxy fastcgi uwsgi scgi grpc memcached by")
_NO_SECRET = words("existing pull from tls")
"""`existingSecret: name`, as charts say it: the name of a Secret."""
_AROUND = words(
    "value val text string str data content contents plain plaintext cleartext raw base64 b64 64 hex pem hash hashed "
    "base v bcrypt bcrypted encrypted old new current previous prev next primary secondary default prod dev staging "
    "test env json yaml yml toml ini conf cfg properties txt xml"
)
"""Words that may follow: `PASSWORD_2`, `secretData`, `privateKeyPem`, `credentials.json`."""
_ADDRESSES = frozenset(
    ("connection string", "conn string", "conn str", "webhook url", "hook url", "database url", "db url")
)
_MAPS = ("stringData", "secureJsonData")
"""Maps that hold secrets under any names: of a Secret, sealed or in a template, and of Grafana."""
_AMOUNTS = words("tokens secrets credentials keys seed")
"""A number behind one of these counts something."""


@functools.cache
def names_secret(key: str) -> bool:
    """Whether a key, by its name, holds a secret: `dbPassword`, `API_KEY`; not `PASSWORD_FILE` or `secretName`."""
    return bool(_REFUSED.search(key))


@functools.lru_cache(maxsize=4096)
def sensitivity_of(name: str) -> Sensitivity:
    """Return what a name says of its value: `PGPASS`, `signing-salt`, `db.password` tell; `PASSWORD_FILE` does not."""
    found = _words(name)
    if " ".join(found[-2:]) in _ADDRESSES:
        return Sensitivity.NO_WORD
    while len(found) > 1 and (found[-1] in _AROUND or found[-1].isdecimal()):
        found.pop()
    before, last = (["", "", *found])[-2:]
    if last in ("key", "keys"):
        return _of_key(before)
    if _is_other(last, before):
        return Sensitivity.NOTHING
    if last in _ALL or _GLUED.fullmatch(last):
        return Sensitivity.ALL
    if last in _NO_WORD or (before, last) in _PAIRS or _GLUED_KEY.fullmatch(last):
        return Sensitivity.NO_WORD
    return Sensitivity.RANDOM if last in ("license", "licence") else Sensitivity.NOTHING


@functools.lru_cache(maxsize=4096)
def is_address(name: str) -> bool:
    """Whether a name is of a URL or a connection string, of which only parts are secret."""
    found = _words(name)
    return found[-1:] in (["dsn"], ["webhook"]) or " ".join(found[-2:]) in _ADDRESSES


def is_several(name: str) -> bool:
    """Whether a name is of a map or list of secrets: `passwords: {admin: …}`."""
    return name in _MAPS or (sensitivity_of(name) is Sensitivity.ALL and _words(name)[-1].endswith(("s", "password")))


def is_amount(name: str) -> bool:
    """Whether a number under a name counts something: `tokens: 4096`."""
    return _words(name)[-1:] != [] and _words(name)[-1] in _AMOUNTS


def _words(name: str) -> list[str]:
    found = [word.lower() for word in _WORD.findall(name[-200:])]
    while len(found) > 1 and found[-1].isdecimal():
        found.pop()
    return found


def _of_key(before: str) -> Sensitivity:
    if before in _NO_KEY:
        return Sensitivity.NOTHING
    return Sensitivity.ALL if before in _SURE_KEY else Sensitivity.NO_WORD if before else Sensitivity.RANDOM


def _is_other(last: str, before: str) -> bool:
    """Whether a word means something else behind another: `proxy_pass` of nginx, `costPerToken`, `maxTokens`."""
    return (
        (last == "pass" and before in _NO_PASS)
        or (last in ("token", "tokens") and before in ("per", "max", "min", "output", "input", "total"))
        or (last == "secret" and before in _NO_SECRET)
    )
