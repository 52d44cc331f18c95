"""Databases on Cloud SQL: what follows from `connects: {to: cloud-sql, database: x}`, and the one password of each."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from generator.catalog.common_keys import Defaults
from generator.catalog.secret_variables import secret_id
from generator.catalog.unit import Connection, Grant, Need, Secret, SecretKey, Unit
from generator.environment import Environment, Loaded
from generator.finding import Finding, Where
from generator.schema import dotted, place
from generator.yamlio import Path

CLOUD_SQL = "cloud-sql"
"""The unit of the instance; what pods call goes by the same name."""
PROXY = "cloud-sql-proxy"
"""The Cloud SQL Auth Proxy beside each pod with a database; `cloud-sql`'s defaults hold its image and resources."""
_ROLE = "roles/cloudsql.client"
_NEEDED = (CLOUD_SQL, "workload-identity")
_SHORTEST = 16
"""What `passwordValidationPolicy` of the instance asks for (templates/infra/cloud-sql/instance.yaml.j2)."""
_PLAIN = ("random", "external")
"""Sources whose value is a password, and in Secret Manager."""


class Database(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A database that units use, the user that owns it, and the secret of Secret Manager that holds the password.

    `password_version` is the version that units read, as text; empty for the newest.
    """

    database: str
    user: str
    password_secret: str
    password_version: str


class _Password(NamedTuple):
    """A key of a Secret as the password of a database."""

    secret: str
    key: str
    made: SecretKey

    @property
    def id(self) -> str:
        """Its secret of Secret Manager."""
        return secret_id(self.secret, self.key, self.made)

    def __str__(self) -> str:
        """Return it as `connects` names it, and its id."""
        return f"{self.secret}/{self.key} (id {self.id})"


class Use(NamedTuple):
    """A call of a database by a unit, and the Secrets that the unit declares in this environment."""

    unit: Unit
    connection: Connection
    secrets: Mapping[str, Secret]

    @property
    def where(self) -> Where:
        """Where the call is declared."""
        return place(("connects", self.unit.declaration.connects.index(self.connection)), self.unit.marks)

    @property
    def passwords(self) -> tuple[_Password, ...]:
        """The keys of its Secrets."""
        keys = ((secret, key, made) for secret, item in self.secrets.items() for key, made in item.keys.items())
        return tuple(_Password(*item) for item in keys)


def with_proxy(units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """Return the units; those with a database declare what the way to it takes too, unless they do by themselves."""
    instance = next((unit for unit in units if unit.name == CLOUD_SQL), None)
    shared = instance.declaration.defaults if instance else Defaults()
    none = Defaults()  # pods of a chart bring their own
    return tuple(
        _with_proxy(unit, shared if unit.kind == "component" else none) if has_database(unit) else unit
        for unit in units
    )


def has_database(unit: Unit) -> bool:
    """Whether a unit calls a database, in some environment."""
    return unit.kind != "infra" and any(item.database for item in unit.declaration.connects)


def proxy_overrides(unit: Unit, loaded: Loaded) -> dict[str, Any]:
    """Return what an environment says of the proxies of all units, at `infra.cloud-sql`, as settings of one of them."""
    of_all = loaded.value["infra"].get(CLOUD_SQL, {}) if unit.kind == "component" and has_database(unit) else {}
    there = [key for key in ("containers", "images") if PROXY in of_all.get(key, {})]
    return {key: {PROXY: of_all[key][PROXY]} for key in there}


def _with_proxy(unit: Unit, shared: Defaults) -> Unit:
    declared, marks = unit.declaration, dict(unit.marks)
    needs, grants = list(declared.needs), list(declared.identity)
    for index, call in enumerate(declared.connects):
        if call.database is None:
            continue
        where = place(("connects", index), unit.marks)
        for name in _NEEDED:
            if not {name, Need(unit=name), Need(unit=name, when=call.when)} & set(needs):
                marks["needs", len(needs)] = where
                needs.append(Need(unit=name, when=call.when) if call.when else name)
        grant = Grant(role=_ROLE, resource=CLOUD_SQL, from_=call.from_)
        if not {grant, replace(grant, when=call.when)} & set(grants):
            marks["identity", len(grants)] = where
            grants.append(replace(grant, when=call.when))
    defaults = replace(
        declared.defaults,
        containers={**{k: item for k, item in shared.containers.items() if k == PROXY}, **declared.defaults.containers},
        images={**{k: item for k, item in shared.images.items() if k == PROXY}, **declared.defaults.images},
    )
    declaration = replace(declared, needs=tuple(needs), identity=tuple(grants), defaults=defaults)
    return replace(unit, declaration=declaration, marks=marks)


def databases(env: Environment, uses: Iterable[Use]) -> dict[str, Database]:
    """Return the databases that units use, by their names in the environment, each with its first valid password."""
    first: dict[str, _Password] = {}
    for use in uses:
        if not any(_use_problems(use)):
            first.setdefault(use.connection.database or "", _candidates(use)[0])
    return {
        name: Database(
            database=env.database.databases[name].database,
            user=env.database.databases[name].user,
            password_secret=password.id,
            password_version=str(password.made.version or ""),
        )
        for name, password in sorted(first.items())
    }


def password_problems(uses: Iterable[Use]) -> Iterator[Finding]:
    """Yield what is wrong with the passwords that units read, and where two units read two of one database."""
    first: dict[str, tuple[Use, _Password]] = {}
    for use in uses:
        if wrong := list(_use_problems(use)):
            yield from wrong
            continue
        name, password = use.connection.database or "", _candidates(use)[0]
        other, before = first.setdefault(name, (use, password))
        if (before.id, before.made.version) != (password.id, password.made.version):
            theirs = f"{_told(before)} in unit {other.unit.name} ({other.where.file}:{other.where.line})"
            message = f"the password of database {name} is {_told(password)} here, and {theirs}"
            hint = "a database has one user with one password: write the same id and version in both"
            yield _problem(use, message, hint)


def twins(env: Environment, used: Iterable[str], marks: Mapping[Path, Where]) -> Iterator[Finding]:
    """Yield databases in use that are made twice, or whose user is: each object would put its own password.

    Told is the one that the environment's own file says; those of profiles were there before.
    """
    taken: dict[tuple[str, str], str] = {}
    own = place((), marks).file
    for name in sorted(used, key=lambda name: (place(("database", "databases", name), marks).file == own, name)):
        for key in ("database", "user"):
            value = getattr(env.database.databases[name], key)
            other = taken.setdefault((key, value), name)
            if other != name:
                path: Path = ("database", "databases", name, key)
                message = f"is also the {key} of database.databases.{other}"
                hint = "give each its own, or connect both units to one database"
                yield Finding.at(place(path, marks), "database-twice", message, path=dotted(path), hint=hint)


def _told(password: _Password) -> str:
    version = f" in version {password.made.version}" if password.made.version else ""
    return f"{password}{version}"


def _use_problems(use: Use) -> Iterator[Finding]:
    """Yield that a unit reads no one password of a database, or one that cannot be its password."""
    found = _candidates(use)
    if len(found) != 1:
        yield _unknown(use, found)
        return
    source = found[0].made.source
    if source not in _PLAIN:
        message = f"{use.connection.password} has source {source}, but the password of database"
        message += f" {use.connection.database} must have source random or external"
        hint = "name a key with source: random, or external if a person chooses the password"
        yield _problem(use, message, hint)
    yield from _too_short(use, found[0])


def _candidates(use: Use) -> list[_Password]:
    """Return the keys that may be the password: the one that the call names, or those that are made at random."""
    name, said = use.connection.database, use.connection.password
    if said is not None:
        return [password for password in use.passwords if f"{password.secret}/{password.key}" == said]
    random = [password for password in use.passwords if password.made.source == "random"]
    return [password for password in random if password.id == f"{name}-database-password"] or random


def _unknown(use: Use, found: list[_Password]) -> Finding:
    """Return that a unit says no password of a database, or more than one."""
    name, said = use.connection.database, use.connection.password
    if found:
        message = f"more than one key could be the password of database {name}: {' or '.join(map(str, found))}"
        return _problem(use, message, f"choose one in `connects`, e.g. password: {found[0].secret}/{found[0].key}")
    if said is not None:
        names = ", ".join(f"{password.secret}/{password.key}" for password in use.passwords) or "none"
        return _problem(use, f"the unit declares no {said} for the password of database {name}", f"there are: {names}")
    hint = f"secrets: {{{use.unit.name}-postgresql: {{keys: {{password: {{source: random, length: 32}}}}}}}}"
    return _problem(use, f"no Secret of the unit has a key for the password of database {name}", hint)


def _too_short(use: Use, password: _Password) -> Iterator[Finding]:
    """Yield that Cloud SQL would refuse a password."""
    if password.made.length is not None and password.made.length < _SHORTEST:
        path: Path = ("secrets", password.secret, "keys", password.key, "length")
        message = f"the instance refuses passwords of fewer than {_SHORTEST} characters"
        where = place(path, use.unit.marks)
        hint = "length: 32"
        yield Finding.at(where, "database-password", message, path=dotted(path), hint=hint, object=use.unit.name)


def _problem(use: Use, message: str, hint: str) -> Finding:
    return Finding.at(use.where, "database-password", message, path="connects", hint=hint, object=use.unit.name)
