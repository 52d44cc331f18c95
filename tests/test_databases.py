"""A database on Cloud SQL has one user with one password: what the unit declares is what both sides read, or an error says why not."""

import pytest
from project import ADDON, INFRA, component, plan, printed, sources

from generator.catalog import Plan
from generator.catalog.unit import Grant, Need, When
from generator.errors import InputInvalid

UNITS = {
    **{f"templates/infra/{name}/component.yaml": INFRA for name in ("cloud-sql", "dns", "fleet", "workload-identity")},
    "templates/addons/external-secrets/component.yaml": ADDON,
}
LAB = "database: {databases: {notes: {database: notes, user: notes}}}\n"
NOTES = "templates/components/notes/component.yaml"
CALL = "connects: [{to: cloud-sql, database: notes}]\n"
ALONE = When(unless="gone")
TWO = "secrets:\n  one: {keys: {a: {source: random}}}\n  two: {keys: {b: {source: random, id: beta}}}\n"


def notes(declared: str, lab: str = LAB) -> Plan:
    return plan(sources(lab, **component("notes", declared), **UNITS))


def read(made: Plan) -> tuple[str, str]:
    """Return the secret of Secret Manager with the password, and its version."""
    return made.databases["notes"].password_secret, made.databases["notes"].password_version


def refused(declared: str, lab: str = LAB, **more: str) -> str:
    with pytest.raises(InputInvalid) as stopped:
        plan(sources(lab, **component("notes", declared), **UNITS, **more))
    return printed(stopped.value)


@pytest.mark.parametrize(
    ("keys", "call", "expected"),
    [
        ("{word: {source: random, length: 20, id: team-notes-db}}", "", ("team-notes-db", "")),
        ("{word: {source: random, version: 4}}", "", ("login-word", "4")),
        ("{word: {source: random, id: notes-database-password}, salt: {source: random}}", "", ("notes-database-password", "")),
        ("{word: {source: random}, salt: {source: random}}", ", password: login/salt", ("login-salt", "")),
        ("{word: {source: external, id: chosen}, salt: {source: random}}", ", password: login/word", ("chosen", "")),
    ],
    ids=[
        "the only random key, whatever its id",
        "in the version that is pinned",
        "of several the one whose id is the database's",
        "the one that is named",
        "a value that a person chooses, if it is named",
    ],
)  # fmt: skip
def test_the_password_is_the_key_that_the_unit_declares(keys: str, call: str, expected: tuple[str, str]) -> None:
    declared = f"connects: [{{to: cloud-sql, database: notes{call}}}]\nsecrets: {{login: {{keys: {keys}}}}}\n"
    assert read(notes(declared)) == expected


def test_a_secret_variable_of_an_environment_does_not_make_it_two() -> None:
    declared = CALL + "defaults: {replicas: 1}\nsecrets: {login: {keys: {word: {source: random}}}}\n"
    lab = LAB + "components: {notes: {secretEnv: {COOKIE: {source: random, id: cookie}}}}\n"
    assert read(notes(declared, lab)) == ("login-word", "")


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (
            CALL,
            (
                "3:12: notes: connects: no Secret of the unit has a key for the password of database notes [database-password]\n"
                "  hint: secrets: {notes-postgresql: {keys: {password: {source: random, length: 32}}}}\n"
            ),
        ),
        (
            CALL + TWO,
            (
                "3:12: notes: connects: more than one key could be the password of database notes: one/a (id one-a) or two/b (id beta) [database-password]\n"
                "  hint: choose one in `connects`, e.g. password: one/a\n"
            ),
        ),
        (
            CALL.replace("notes}", "notes, password: two/c}") + TWO,
            (
                "3:12: notes: connects: the unit declares no two/c for the password of database notes [database-password]\n"
                "  hint: there are: one/a, two/b\n"
            ),
        ),
        (
            CALL.replace("notes}", "notes, password: one/a}") + TWO.replace("random}", "bcrypt}"),
            (
                "3:12: notes: connects: one/a has source bcrypt, but the password of database notes must have source random or external [database-password]\n"
                "  hint: name a key with source: random, or external if a person chooses the password\n"
            ),
        ),
        (
            CALL + "secrets: {login: {keys: {word: {source: random, length: 12}}}}\n",
            (
                "4:49: notes: secrets.login.keys.word.length: the instance refuses passwords of fewer than 16 characters [database-password]\n"
                "  hint: length: 32\n"
            ),
        ),
    ],
    ids=["no Secret", "two that it may be", "one that is not there", "no plain value", "too short for the instance"],
)
def test_a_unit_whose_password_is_not_one_is_told_what_is_missing(declared: str, expected: str) -> None:
    assert refused(declared) == f"{NOTES}:{expected}"


def test_two_units_that_say_different_ids_are_both_named() -> None:
    other = component("other", CALL + "secrets: {login: {keys: {word: {source: random, id: theirs, version: 2}}}}\n")
    assert refused(CALL + "secrets: {login: {keys: {word: {source: random, id: ours}}}}\n", **other) == (
        "templates/components/other/component.yaml:3:12: other: connects: the password of database notes is "
        f"login/word (id theirs) in version 2 here, and login/word (id ours) in unit notes ({NOTES}:3) [database-password]\n"
        "  hint: a database has one user with one password: write the same id and version in both\n"
    )


def test_two_databases_with_one_user_would_set_each_others_password() -> None:
    lab = LAB.replace("}}}", "}, drafts: {database: drafts, user: notes}}}")
    declared = CALL.replace("}]", "}, {to: cloud-sql, database: drafts}]")
    login = "secrets: {login: {keys: {word: {source: random}}}}\n"
    assert refused(declared + login, lab) == (
        "environments/lab.yaml:2:49: database.databases.notes.user: is also the user of database.databases.drafts [database-twice]\n"
        "  hint: give each its own, or connect both units to one database\n"
    )
    assert notes(CALL + login, lab).databases.keys() == {"notes"}


def test_what_the_way_to_a_database_takes_follows_from_the_call_and_its_condition() -> None:
    declared = (
        "connects:\n  - {to: cloud-sql, database: notes, when: {unless: gone}}\n"
        "  - {to: cloud-sql, database: notes, from: job}\n"
        "needs: [workload-identity]\n"
        "identity: [{role: roles/cloudsql.client, resource: cloud-sql}]\n"
        "secrets: {login: {keys: {word: {source: random}}}}\n"
    )
    shared = "defaults: {images: {cloud-sql-proxy: {repository: gcr.io/x/proxy, tag: 1.0.0}}}\n"
    files = {**component("notes", declared), **UNITS, "templates/infra/cloud-sql/component.yaml": INFRA + shared}
    unit = plan(sources(LAB, **files)).named("notes")
    assert unit
    assert unit.unit.declaration.needs == ("workload-identity", Need(unit="cloud-sql", when=ALONE), "cloud-sql")
    assert [need for need in unit.needs if need == "cloud-sql"] == ["cloud-sql"]
    assert unit.unit.declaration.identity == (
        Grant(role="roles/cloudsql.client", resource="cloud-sql"),
        Grant(role="roles/cloudsql.client", resource="cloud-sql", from_="job"),
    )
    assert unit.common.images["cloud-sql-proxy"].tag == "1.0.0"
    lab = LAB + "infra: {cloud-sql: {images: {cloud-sql-proxy: {tag: 2.0.0}}}}\n"
    later = plan(sources(lab, **files)).named("notes")
    assert later
    assert later.common.images["cloud-sql-proxy"].tag == "2.0.0"


def test_only_a_call_of_cloud_sql_has_a_database_and_only_a_database_a_password() -> None:
    declared = "connects:\n  - {to: internet, database: notes}\n  - {to: cloud-sql, password: a/b}\n"
    assert refused(declared) == (
        f"{NOTES}:4:20: connects[0].database: belongs to a call of cloud-sql [unit-invalid]\n  hint: to: cloud-sql\n"
        f"{NOTES}:5:21: connects[1].password: belongs to a call of a database [unit-invalid]\n  hint: database: <its name>\n"
    )


def test_a_chart_gets_role_and_needs_and_brings_its_own_proxy() -> None:
    chart = ADDON + CALL + "secrets: {login: {keys: {word: {source: random}}}}\n"
    files = {**UNITS, "templates/addons/tracing/component.yaml": chart}
    shared = "defaults: {images: {cloud-sql-proxy: {repository: gcr.io/x/proxy, tag: 1.0.0}}}\n"
    files["templates/infra/cloud-sql/component.yaml"] = INFRA + shared
    made = plan(sources(LAB, **files))
    unit = made.named("tracing")
    assert unit
    assert unit.grants == (Grant(role="roles/cloudsql.client", resource="cloud-sql"),)
    assert "cloud-sql" in unit.needs
    assert unit.common.images == {}
    assert read(made) == ("login-word", "")
