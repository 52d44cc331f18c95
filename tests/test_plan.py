import pytest
from project import INFRA, component, plan, printed, sources, values

from generator.catalog.order import waves
from generator.catalog.plan import Plan
from generator.catalog.settings import freeze, mirrored
from generator.environment import Mirror
from generator.errors import InputInvalid
from generator.finding import Where
from generator.views import findings

NO_FLEET = "needs: fleet has no folder yet [unit-missing]\n"
OPTIONAL = "optional: true\n"


def plan_refusal(lab: str = "", **files: str) -> str:
    with pytest.raises(InputInvalid) as caught:
        plan(sources(lab, **files, **{"templates/infra/fleet/component.yaml": INFRA}))
    return printed(caught.value)


def names(planned: Plan) -> list[str]:
    return [unit.name for unit in planned.units]


def warned(planned: Plan) -> str:
    """Return the warnings but the one that every hub environment without a fleet unit has."""
    return findings.text(planned.warnings).replace("warning: namespaces: " + NO_FLEET, "")


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
        == f"f.yaml:{line}: needs: goes in a circle: {circle} [needs-circle]\n  hint: take one of these needs out\n"
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
    in_cluster = plan(sources("argocd: {topology: in-cluster}\nexisting: {cluster: mgmt}\n", **files))
    assert {unit.cluster for unit in in_cluster.units} == {"workload"}
    assert in_cluster.warnings == ()


def test_a_need_without_folder_is_a_warning_and_falls_away() -> None:
    planned = plan(sources(**component("a", "needs: [later]\nconnects: [{to: soon, port: 1}, {to: internet}]\n")))
    a = planned.named("a")
    assert a
    assert (a.needs, [connection.to for connection in a.connects]) == (("namespaces",), ["internet"])
    assert warned(planned) == (
        "warning: templates/components/a/component.yaml:3:9: a: needs: later has no folder yet [unit-missing]\n"
        "warning: templates/components/a/component.yaml:4:12: a: connects: soon has no folder yet [unit-missing]\n"
    )


def test_a_need_on_an_optional_unit_that_is_off_is_an_error() -> None:
    files = {**component("a", "needs: [b]\n"), **component("b", OPTIONAL)}
    assert plan_refusal(**files) == (
        "templates/components/a/component.yaml:3:9: needs: names b, which is off [needs-disabled]\n"
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
    ],
)
def test_a_condition_decides_every_kind_of_entry(when: str, lab: str, holds: bool) -> None:  # noqa: FBT001
    declared = (
        f"needs: [{{unit: c, when: {when}}}]\nconnects: [{{to: internet, when: {when}}}]\n"
        f"exposes: [{{host: a, port: 80, when: {when}}}]\nidentity: [{{role: roles/storage.admin, when: {when}}}]\n"
    )
    mode = values(mode={"type": "string", "default": "slow"})
    files = {**component("a", declared, mode), **component("b", OPTIONAL), **component("c")}
    a = plan(sources(lab, **files)).named("a")
    assert a
    assert [len(a.needs) - 1, len(a.connects), len(a.exposes), len(a.grants)] == [int(holds)] * 4


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
    assert plan_refusal("components: {a: {images: {b: {tag: 1.2.3}}}}\n", **component("a", image)) == (
        "environments/lab.yaml:2:27: components.a.images.b.repository: is missing [environment-invalid]\n  hint: registry and path, without tag\n"
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
