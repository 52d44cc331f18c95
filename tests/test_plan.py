import pytest
from project import ADDON, INFRA, component, plan, printed, sources, values

from generator.catalog.order import waves
from generator.catalog.plan import Plan
from generator.catalog.settings import freeze, mirrored
from generator.environment import Mirror
from generator.errors import InputInvalid
from generator.finding import Where
from generator.render.task import plan_view
from generator.views import findings

OPTIONAL = "optional: true\n"
CERT_MANAGER = "tls: {source: cert-manager, issuer: ca}\n"


def plan_refusal(lab: str = "", **files: str) -> str:
    with pytest.raises(InputInvalid) as caught:
        plan(sources(lab, **{**files, "templates/infra/fleet/component.yaml": INFRA}))
    return printed(caught.value)


def names(planned: Plan) -> list[str]:
    return [unit.name for unit in planned.units]


def warned(planned: Plan) -> str:
    return findings.text(planned.warnings)


def test_a_wave_is_one_more_than_the_highest_it_needs() -> None:
    needs: dict[str, tuple[str, ...]] = {"a": (), "b": ("a",), "c": ("b", "a"), "d": ("a",), "e": ("c", "d"), "f": ()}
    assert waves(needs, {}) == {"a": 0, "b": 1, "c": 2, "d": 1, "e": 3, "f": 0}


@pytest.mark.parametrize(
    ("needs", "circle", "line"),
    [({"a": ("a",)}, "a -> a", 1), ({"a": ("b",), "b": ("c",), "c": ("b",)}, "b -> c -> b", 2)],
)
def test_a_circle_is_named(needs: dict[str, tuple[str, ...]], circle: str, line: int) -> None:
    places = {name: Where("f.yaml", number) for number, name in enumerate("abc", 1)}
    with pytest.raises(InputInvalid) as caught:
        waves(needs, places)
    assert (
        printed(caught.value)
        == f"f.yaml:{line}: needs: forms a cycle: {circle} [needs-circle]\n  hint: take one of these needs out\n"
    )


def test_units_stand_in_the_order_of_waves_after_the_namespaces() -> None:
    net = {"templates/infra/net/component.yaml": INFRA}
    planned = plan(sources(**net, **component("a", "needs: [z, net]\n"), **component("z"), **component("b")))
    assert [(unit.name, unit.wave, unit.needs) for unit in planned.units] == [
        ("namespaces", 0, ()),
        ("net", 0, ()),
        ("b", 1, ("namespaces",)),
        ("z", 1, ("namespaces",)),
        ("a", 2, ("namespaces", "z", "net")),
    ]


def test_where_a_unit_lives_follows_kind_and_topology() -> None:
    files = {**component("a"), "templates/infra/net/component.yaml": INFRA}
    hub = plan(sources(**files))
    assert {unit.name: (unit.namespace, unit.cluster) for unit in hub.units} == {
        "namespaces": ("", "workload"),
        "a": ("codemie", "workload"),
        "net": ("codemie-lab", "hub"),
    }
    in_cluster = plan(sources("argocd: {topology: in-cluster}\nexisting: {cluster: {name: mgmt}}\n", **files))
    assert {unit.cluster for unit in in_cluster.units} == {"workload"}
    assert in_cluster.warnings == ()


def test_what_no_folder_has_cannot_be_named() -> None:
    files = component(
        "a", "needs: [later]\nconnects: [{to: soon, port: 1}, {to: internet}]\nenables: [{unit: never}]\n"
    )
    hint = "  hint: check the spelling, or add the unit below templates/\n"
    assert plan_refusal(**files) == "".join(
        f"templates/components/a/component.yaml:{at}: there is no unit {name} [unit-missing]\n{hint}"
        for at, name in (("3:9: a: needs", "later"), ("4:12: a: connects", "soon"), ("5:11: a: enables", "never"))
    )


def test_a_need_on_an_optional_unit_that_is_off_is_an_error() -> None:
    files = {**component("a", "needs: [b]\n"), **component("b", OPTIONAL)}
    assert plan_refusal(**files) == (
        "templates/components/a/component.yaml:3:9: needs: names b, which is switched off [needs-disabled]\n"
        "  hint: switch b on, or give the need a `when`\n"
    )
    assert names(plan(sources("components: {b: {enabled: true}}\n", **files))) == ["namespaces", "b", "a"]


def test_a_connection_to_an_optional_unit_that_is_off_falls_away() -> None:
    files = {**component("a", "connects: [{to: b, port: 80}]\n"), **component("b", OPTIONAL)}
    off, on = plan(sources(**files)), plan(sources("components: {b: {enabled: true}}\n", **files))
    assert [len(unit.connects) for unit in (off.named("a"), on.named("a")) if unit] == [0, 1]
    assert warned(off) == ""


@pytest.mark.parametrize(
    ("when", "lab", "holds"),
    [
        ("{unit: b}", "components: {b: {enabled: true}}\n", True),
        ("{unit: b}", "", False),
        ("{unless: b}", "components: {b: {enabled: true}}\n", False),
        ("{unless: b}", "", True),
        ("{value: mode, is: fast}", "", False),
        ("{value: mode, is: fast}", "components: {a: {mode: fast}}\n", True),
        ("{unit: b, value: mode, is: fast}", "components: {a: {mode: fast}}\n", False),
        ("{}", "", True),
        ("{env: tls.source, is: cert-manager}", "", False),
        ("{env: tls.source, is: cert-manager}", CERT_MANAGER, True),
        ("{env: tls.source}", "", True),
        ("{env: tls.issuer}", "", False),
        ("{env: tls.issuer}", CERT_MANAGER, True),
        ("{env: tls.issuer, is: ca}", "", False),
        ("{env: existing.cluster}", "", False),
        ("{env: existing.cluster}", "existing: {cluster: {name: older}}\n", True),
        ("{env: access.webhookRanges}", "", False),
        ("{env: access.webhookRanges}", "access: {webhookRanges: {git: [203.0.113.0/24]}}\n", True),
        ("{env: access.allowWholeInternet}", "", False),
        ("{env: access.allowWholeInternet, is: false}", "", True),
        ("{env: database.storageGb, is: 20}", "", True),
        ("{env: database.storageGb, is: 21}", "", False),
        ("{env: tls.source, is: secret-manager, unit: b}", "", False),
        ("{env: tls.source, is: secret-manager, unless: b}", "", True),
    ],
)
def test_a_condition_decides_every_kind_of_entry(when: str, lab: str, holds: bool) -> None:  # noqa: FBT001
    declared = (
        f"needs: [{{unit: c, when: {when}}}]\nconnects: [{{to: internet, when: {when}}}]\n"
        f"exposes: [{{host: a, port: 80, when: {when}}}]\nidentity: [{{role: roles/storage.admin, when: {when}}}]\n"
        f"secrets: {{s: {{keys: {{k: {{source: random}}}}, when: {when}}}}}\nenables: [{{unit: d, when: {when}}}]\n"
    )
    mode = values(mode={"type": "string", "default": "slow"})
    files = {**component("a", declared, mode), **component("b", OPTIONAL), **component("c"), **component("d", OPTIONAL)}
    planned = plan(sources(lab, **files))
    a = planned.named("a")
    assert a
    entries = [set(a.needs) & {"c"}, a.connects, a.exposes, a.grants, a.secrets]
    assert [len(entry) for entry in entries] == [int(holds)] * 5
    assert ("d" in names(planned)) is holds


@pytest.mark.parametrize(
    ("declared", "place"),
    [
        ("secrets: {s: {keys: {k: {source: random}}, when: {env: %s}}}\n", "3:51"),
        ("needs: [{unit: b, when: {env: %s}}]\n", "3:26"),
        ("connects: [{to: internet, when: {env: %s}}]\n", "3:34"),
        ("exposes: [{host: a, port: 80, when: {env: %s}}]\n", "3:38"),
        ("identity: [{role: roles/storage.admin, when: {env: %s}}]\n", "3:47"),
        ("enables: [{unit: b, when: {env: %s, is: x}}]\n", "3:28"),
    ],
)
@pytest.mark.parametrize("key", ["tls.sauce", "tlc", "tls.source.deeper", "access.webHookRanges"])
def test_a_condition_on_a_key_that_no_environment_has_is_an_error(declared: str, place: str, key: str) -> None:
    files = {**component("a", declared % key), **component("b", OPTIONAL)}
    said = f"templates/components/a/component.yaml:{place}: a: when.env: an environment has no key {key} [when-env]\n"
    assert said in plan_refusal(**files)


def test_a_condition_of_a_unit_that_is_off_is_looked_at_too() -> None:
    declared = OPTIONAL + "secrets: {s: {keys: {k: {source: random}}, when: {env: tls.sauce}}}\n"
    assert "an environment has no key tls.sauce [when-env]\n" in plan_refusal(**component("a", declared))


def test_the_environment_switches_a_unit_on() -> None:
    files = {
        **component("a", "enables: [{unit: b, when: {env: tls.source, is: cert-manager}}]\n"),
        **component("b", OPTIONAL),
    }
    assert [names(plan(sources(lab, **files))) for lab in ("", CERT_MANAGER)] == [
        ["namespaces", "a"],
        ["namespaces", "a", "b"],
    ]


CLOUD_SQL = {
    **{f"templates/infra/{name}/component.yaml": INFRA for name in ("cloud-sql", "dns", "fleet", "workload-identity")},
    "templates/addons/external-secrets/component.yaml": ADDON,
}
MAIN_KEY = "secrets: {main: {keys: {key: {source: random, length: 32}}}}\n"
DATABASES = "database: {databases: {main: {database: codemie, user: api}, spare: {database: spare, user: spare}}}\n"


def test_a_call_names_a_database_of_the_environment() -> None:
    files = component("a", "connects:\n  - {to: internet}\n  - {to: cloud-sql, database: mian}\n") | CLOUD_SQL
    inherited = {"environments/profiles/p.yaml": DATABASES}
    assert plan_refusal("extends: [p]\n", **files, **inherited) == (
        "templates/components/a/component.yaml:5:21: a: connects: the environment has no database mian [connects-database]\n"
        "  hint: add database.databases.mian: {database: …, user: …}\n"
    )
    assert plan_refusal("database: {databases: {}}\n", **files) == (
        "environments/lab.yaml:2:12: database.databases: a connects to database mian, which the environment does not have "
        "(templates/components/a/component.yaml:5) [connects-database]\n"
        "  hint: add database.databases.mian: {database: …, user: …}\n"
    )
    elsewhere = component("a", "connects: [{to: cloud-sql, database: mian, when: {unit: gone}}]\n") | CLOUD_SQL
    assert plan(sources(DATABASES, **elsewhere)).named("a")


def test_templates_see_the_databases_that_units_connect_to() -> None:
    files = {
        **component("a", "connects: [{to: cloud-sql, database: main}, {to: cloud-sql}]\n" + MAIN_KEY),
        **component("b", "connects: [{to: cloud-sql, database: main}]\n" + MAIN_KEY),
        **CLOUD_SQL,
    }
    seen = plan_view(plan(sources(DATABASES, **files)))
    assert seen["databases"] == freeze(
        {"main": {"database": "codemie", "user": "api", "passwordSecret": "main-key", "passwordVersion": ""}}
    )
    assert seen["namespaces"] == ("codemie", "operators")
    assert set(seen["units"]) >= {"namespaces", "cloud-sql", "workload-identity", "a", "b"}


def test_a_value_switches_another_unit_on_and_that_one_the_next() -> None:
    mode = values(mode={"type": "string", "default": "slow"})
    files = {
        **component("a", "enables: [{unit: b, when: {value: mode, is: fast}}]\n", mode),
        **component("b", OPTIONAL + "enables: [{unit: c}]\n"),
        **component("c", OPTIONAL),
    }
    assert names(plan(sources(**files))) == ["namespaces", "a"]
    assert names(plan(sources("components: {a: {mode: fast}}\n", **files))) == ["namespaces", "a", "b", "c"]


def test_settings_are_defaults_then_values_then_the_environment() -> None:
    declared = 'defaults: {replicas: 1, env: {A: "1", B: "2"}}\n'
    schema = values(size={"type": "string", "default": "1Gi"}, more={"type": "object", "default": {"x": 1}})
    lab = 'components: {a: {replicas: 2, env: {B: "3"}, more: {z: 2}}}\n'
    a = plan(sources(lab, **component("a", declared, schema))).named("a")
    assert a
    assert a.values == freeze({"replicas": 2, "env": {"A": "1", "B": "3"}, "size": "1Gi", "more": {"x": 1, "z": 2}})
    assert (a.common.replicas, a.common.env) == (2, {"A": "1", "B": "3"})


def test_what_is_incomplete_once_merged_is_told_at_the_environment() -> None:
    image = "defaults: {images: {a: {repository: registry.example.com/a, tag: 1.2.3}}}\n"
    assert plan_refusal("components: {a: {secretEnv: {A: {source: external}}}}\n", **component("a", image)) == (
        "environments/lab.yaml:2:30: components.a.secretEnv.A.id: is missing [environment-invalid]\n"
        "  hint: lower-case letters, digits and dashes\n"
    )


def test_what_is_incomplete_is_told_beside_what_else_is_wrong_also_of_a_unit_that_is_off() -> None:
    files = component("a", OPTIONAL + "defaults: {replicas: 1}\n")
    said = plan_refusal("dns: {zone: 1}\ncomponents: {a: {secretEnv: {A: {source: external}}}}\n", **files)
    assert [line for line in said.splitlines() if "hint" not in line] == [
        "environments/lab.yaml:2:7: dns.zone: must be text [environment-invalid]",
        "environments/lab.yaml:3:30: components.a.secretEnv.A.id: is missing [environment-invalid]",
    ]


def test_typed_values_fit_their_schema_laid_over_the_defaults_too() -> None:
    when = {"if": {"required": ["b"]}, "then": {"properties": {"a": {"const": 1, "x-hint": "b is on"}}}}
    schema = values(pair={"type": "object", "allOf": [when], "default": {"a": 0}})
    assert plan(sources("components: {x: {pair: {a: 1, b: 1}}}\n", **component("x", "", schema))).named("x")
    assert plan_refusal("components: {x: {pair: {b: 1}}}\n", **component("x", "", schema)) == (
        "environments/lab.yaml:2:18: components.x.pair.a: must be 1 [environment-invalid]\n  hint: b is on\n"
    )


@pytest.mark.parametrize(
    ("repository", "pulled"),
    [
        ("gcr.io/team/web", "mirror.example.com/team-images/web"),
        ("gcr.io/other/web", "mirror.example.com/google/other/web"),
        ("gcr.io", "mirror.example.com/google"),
        ("gcr.io.evil.com/web", "gcr.io.evil.com/web"),
        ("docker.io/library/web", "docker.io/library/web"),
    ],
)
def test_the_longest_mirror_source_wins(repository: str, pulled: str) -> None:
    short = Mirror(source="gcr.io", target="mirror.example.com/google")
    long = Mirror(source="gcr.io/team", target="mirror.example.com/team-images")
    assert [mirrored(repository, mirrors) for mirrors in ([short, long], [long, short])] == [pulled, pulled]


def test_images_of_the_plan_come_from_the_mirror() -> None:
    lab = "registry: {mirrors: {all: {source: gcr.io, target: m.example.com/g}}}\n"
    a = plan(sources(lab, **component("a", "defaults: {images: {a: {repository: gcr.io/a, tag: 1.2.3}}}\n"))).named("a")
    assert a
    assert a.common.images["a"].repository == "m.example.com/g/a"
