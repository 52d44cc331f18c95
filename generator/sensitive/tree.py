"""Where secrets stand in an object, or in a document of any text: by kind and field first, by names second.

It walks maps and lists and says of each value whether it is secret; who asks decides what becomes of it.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from generator.kinds import Kinds
from generator.sensitive.name import Sensitivity, is_address, is_amount, is_several, sensitivity_of, words
from generator.sensitive.shape import is_random

_SHOWN = words("apiVersion kind metadata type immutable group name namespace key")
"""All that is shown of a Secret or a reference to one: whoever writes `Data` or `stringdata` means a secret too."""
_HOLDS = words(
    "value val values defaultvalue default content text data stringvalue string array map literal plaintext expected"
)
"""A key that says nothing of what stands behind it: what does is beside it, or around it."""
_NAMES = words("name key Name Key header headerName field param parameter variable env id path")
_DESCRIBES = words(
    "name key namespace kind type id url uri host hostname path file filename port username user login description "
    "enabled version provider mode ttl audience issuer"
)
"""What is said of a secret and is none: keys in a map such as `credentials`."""
_REFERRING = ("remoteRef", "secretName")
"""Beside one of these, `secretKey` is a key of a Secret."""
_COMMANDS = words("command args arguments cmd entrypoint")
_USERS = ("-u", "--user", "--userpwd", "--auth", "--login")
"""Flags with a user behind them, perhaps with a password."""
_LAST = ("htpasswd",)
"""Programs whose last word is a password."""
_FLAG = re.compile(r"-{1,2}([A-Za-z][\w.-]*)")
SHORT: dict[str, tuple[str, ...]] = {
    "curl": ("-u", "--user", "-U", "--proxy-user"),
    "wget": ("--user",),
    "redis-cli": ("-a",),
    "sshpass": ("-p",),
    "mysql": ("-p",),
    "mysqldump": ("-p",),
    "mysqladmin": ("-p",),
    "mongosh": ("-p",),
    "mongo": ("-p",),
    "mongodump": ("-p",),
    "ldapsearch": ("-w",),
    "sqlcmd": ("-P",),
    "az": ("-p",),
    "oc": ("-p",),
    "docker": ("-p",),
    "helm": ("-p",),
    "nats": ("--user",),
    "openssl": ("-k", "-K"),
    "kubectl": ("--from-literal",),
}
"""Flags that do not tell by their name: of each program those with a password behind them."""

_REFERENCE = re.compile(
    r"\$\([\w./-]+\)|\$\((?:cat )?/[\w./-]+\)|\$\{[\w.]+\}|\$\{\{[^{}\"'`]*\}\}|\{\{[^{}\"'`]*\}\}|\$[A-Z_][A-Z0-9_]*\b"
    r"|\$[a-z_]+\b|%\(?\w*\)?s|os\.environ/\w+|env:\w+|process\.env\.\w+"
    r"|(?:os\.)?(?:getenv|environ)[(\[][\w\"', ]+[)\]]"
    r"|projects/[\w$(){}.:-]+/secrets/[\w$(){}./:-]+"
)
_SCHEME = re.compile(r"(?i)\b(?:bearer|basic|token)\b")
_NOTHING = re.compile(r"[\W_]*(?:[a-z]{2,4}-[\W_]*)?")
"""What may stand around references: nothing, or what keys begin with: sk-$(KEY)."""
_FILE = re.compile(
    r"(?:/[a-z][a-z.-]{0,30}){1,8}|(?:file://)?/(?:etc|run|var|mnt|opt|home|usr|tmp|secrets?|app|conf|config|keys?"
    r"|certs?|data|vault|root|srv|ssl|tls)"
    r"(?:/[\w.@%+-]+)+/?"
)
_SAID = words(
    "true false null none nil yes no on off enabled disabled enable disable required optional ~ [] {} \"\" ''"
)
_PLAIN = re.compile(
    r"[@./]?[A-Z]?[a-z]+(?:[-_./: ]{1,2}[A-Z]?[a-z]+)*|[a-z]+(?:[A-Z][a-z]+)+|-?[0-9]{1,9}(?:\.[0-9]+)?[a-z]{0,2}"
)
"""A word, a name made of words, an amount."""
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


class Hide(Protocol):
    """What becomes of values, and what is known of kinds."""

    kinds: Kinds

    def whole(self, value: Any) -> Any:
        """Return what stands for a secret."""

    def text(self, value: str, name: str, *, shell: bool) -> Any:
        """Return a text that is none by its place, and may hold some; a command line of a `shell`, perhaps."""


class Place(NamedTuple):
    """Where a value stands: in which kind, at which path, under which name, and what is said of it at `least`."""

    kind: str = ""
    steps: tuple[str, ...] = ()
    name: str = ""
    least: Sensitivity = Sensitivity.NOTHING


def hidden(node: Any, hide: Hide, here: Place = Place()) -> Any:  # noqa: B008  a constant
    """Return a tree of the same shape, each of its values as `hide` wants it."""
    if isinstance(node, dict):
        return _map(node, hide, here)
    if isinstance(node, list):
        below = here._replace(steps=(*here.steps, "*"))
        return [hidden(item, hide, below) for item in node]
    return _leaf(node, hide, here)


def is_readable(value: str, level: Sensitivity) -> bool:
    """Whether a value under a telling name is no secret: a reference, a file, a word where the name is not sure."""
    text = value.strip()
    rest = _SCHEME.sub("", _REFERENCE.sub("", text))
    if text.lower() in _SAID or _NOTHING.fullmatch(rest) or _FILE.fullmatch(text):
        return True
    if level is Sensitivity.RANDOM:
        return not is_random(text)
    return level is Sensitivity.NO_WORD and bool(_PLAIN.fullmatch(text))


def flag_sensitivity(flag: str) -> Sensitivity:
    """Return what the name of a flag says of its argument: `--key` is more than a key in a map."""
    return max(sensitivity_of(flag), Sensitivity.NO_WORD) if sensitivity_of(flag) else Sensitivity.NOTHING


def all_hidden(node: Any, hide: Hide) -> Any:
    """Return a tree of the same shape without any of its values."""
    if isinstance(node, dict):
        return {key: all_hidden(item, hide) for key, item in node.items()}
    if isinstance(node, list):
        return [all_hidden(item, hide) for item in node]
    return node if node is None or node == "" else hide.whole(node)


def _map(node: dict[str, Any], hide: Hide, here: Place) -> dict[str, Any]:
    kind = node.get("kind")
    if isinstance(kind, str) and ("apiVersion" in node or "metadata" in node or kind == "Secret"):
        here = here._replace(kind=str(kind), steps=())
    beside = sorted(node[key] for key in _NAMES.intersection(node) if isinstance(node[key], str))
    result = {}
    refers = any(key in node for key in _REFERRING)
    for key, item in node.items():
        below = _below(here, "" if refers and key == "secretKey" else key, beside)
        if _is_secret(below, hide.kinds):
            result[key] = all_hidden(item, hide)
        elif key.lower() in _COMMANDS and isinstance(item, list):
            result[key] = list(_words(item, hide, below, _before(node, item)))
        else:
            result[key] = hidden(item, hide, below)
    return result


def _below(here: Place, key: str, beside: list[str]) -> Place:
    """Return the place of a key's value: one that says nothing by itself goes by what is beside or around it."""
    steps = (*here.steps, key)
    if key.lower().rstrip("\0") in _HOLDS:
        return here._replace(steps=steps, name=max((*beside, here.name), key=sensitivity_of))
    if key in ("key", "secretKey") and here.name.endswith(("Ref", "Refs")):
        return here._replace(steps=steps, name="")
    inherits = (here.least or is_several(here.name)) and key.lower() not in _DESCRIBES
    return here._replace(steps=steps, name=key, least=Sensitivity.NO_WORD if inherits else Sensitivity.NOTHING)


def _is_secret(here: Place, kinds: Kinds) -> bool:
    """Whether all at a place is secret, whatever it looks like."""
    if here.kind == "Secret" and len(here.steps) == 1:
        return here.steps[0] not in _SHOWN
    last = here.steps[-1]
    return any(path[-1] in ("*", last) and _is_at(here.steps, path) for path in kinds.secret_fields(here.kind))


def _is_at(steps: tuple[str, ...], path: tuple[str, ...]) -> bool:
    return len(steps) == len(path) and all(want in ("*", step) for want, step in zip(path, steps, strict=True))


def _leaf(value: Any, hide: Hide, here: Place) -> Any:
    if value is None or isinstance(value, bool) or value == "":
        return value
    level = max(sensitivity_of(here.name), here.least)
    is_number = not isinstance(value, str) or bool(_NUMBER.fullmatch(value))
    if is_number and (level is not Sensitivity.ALL or is_amount(here.name)):
        return value
    if level and not (isinstance(value, str) and _is_open(value, level, here.name)):
        return hide.whole(value)
    return hide.text(value, here.name, shell=False) if isinstance(value, str) else value


def _is_open(value: str, level: Sensitivity, name: str) -> bool:
    """Whether not all of a text is secret, for all that its name says."""
    return is_readable(value, level) or (level is not Sensitivity.ALL and ("\n" in value or is_address(name)))


def _before(node: dict[str, Any], items: list[Any]) -> list[Any]:
    """Return the words of a command that stand before these: those of `command` before those of `args`."""
    command = node.get("command")
    return command if isinstance(command, list) and command is not items else []


def _words(items: list[Any], hide: Hide, here: Place, said: list[Any]) -> Iterator[Any]:
    """Yield the words of a command: what follows a flag that tells is secret, what follows `-c` is a command line."""
    program = str((said or items or [""])[0]).rpartition("/")[2]
    before = said[-1] if said and isinstance(said[-1], str) else ""
    for item in items:
        if not isinstance(item, str):
            yield hidden(item, hide, here)
        elif (
            _is_argument(item, before, SHORT.get(program, ()))
            or (before in _USERS and _is_login(item))
            or (program in _LAST and before and item is items[-1])
        ):
            yield hide.whole(item)
        else:
            yield hide.text(item, "", shell=before.startswith("-") and before.endswith("c"))
        before = item if isinstance(item, str) else ""


def _is_argument(word: str, before: str, short: tuple[str, ...]) -> bool:
    """Whether a word is the secret behind a flag, or in one word with it as in `-pSECRET`."""
    flag = _FLAG.fullmatch(before)
    level = Sensitivity.ALL if before in short else flag_sensitivity(flag[1]) if flag else Sensitivity.NOTHING
    behind = bool(level) and not is_readable(word, level) and not (word.startswith("-") and _FLAG.match(word))
    return behind or (word[:2] in short and word[2:3].isalnum())


def _is_login(word: str) -> bool:
    """Whether a word is `user:password`; not `1000:1000`, which are a user and a group."""
    _, colon, password = word.partition(":")
    return bool(colon) and not password.isdecimal() and not is_readable(password, Sensitivity.ALL)
