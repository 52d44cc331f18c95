"""What an environment says and nothing reads, and choices that exclude each other."""

import pytest
from project import ADDON, INFRA, component, load, plan, printed, sources

from generator.environment import layers
from generator.errors import InputInvalid
from generator.tree import Sources
from generator.views import findings

LAB = "environments/lab.yaml"
IMAGE = "defaults: {replicas: 1, images: {web: {repository: registry.example.com/team/web, tag: 1.0.0}}}\n"
OFF = "optional: true\n" + IMAGE


def told(lab: str, **files: str) -> str:
    """Return the warnings of a plan, or what it is refused with."""
    try:
        return findings.text(plan(sources(lab, **files)).warnings)
    except InputInvalid as error:
        return printed(error)


def test_settings_of_a_unit_that_is_off_are_a_warning_where_the_environment_wrote_them() -> None:
    web = component("web", OFF)
    warning = (
        f"warning: {LAB}:2:14: components.web: has no effect: the unit is switched off [unit-off]\n"
        "  hint: switch it on with components.web.enabled: true, or write enabled: false to keep it off\n"
    )
    assert told("components: {web: {replicas: 2}}\n", **web) == warning
    assert told("components: {web: {replicas: 2, enabled: false}}\n", **web) == ""
    assert told("components: {web: {replicas: 2, enabled: true}}\n", **web) == ""
    profile = {"environments/profiles/a.yaml": "components: {web: {replicas: 2}}\n"}
    assert told("extends: [a]\n", **web, **profile) == ""


def test_a_database_that_no_unit_connects_to_is_a_warning_where_the_environment_wrote_it() -> None:
    lab = "database: {databases: {main: {database: a, user: a}, mian: {database: b, user: b}}}\n"
    secrets = "secrets: {web-postgresql: {keys: {password: {source: random, length: 32}}}}\n"
    web = component("web", "connects: [{to: cloud-sql, database: main}]\n" + secrets)
    web |= {
        f"templates/infra/{name}/component.yaml": INFRA for name in ("cloud-sql", "dns", "fleet", "workload-identity")
    }
    web["templates/addons/external-secrets/component.yaml"] = ADDON
    assert told(lab, **web) == (
        f"warning: {LAB}:2:54: database.databases.mian: has no effect: no unit connects to this database, so it is not created "
        "[database-unused]\n  hint: units ask for: main; to use it in your own unit, name it in `connects`\n"
    )
    assert told("extends: [a]\n", **web, **{"environments/profiles/a.yaml": lab}) == ""


@pytest.mark.parametrize(
    "source", ["registry.example.com", "registry.example.com/team", "registry.example.com/team/web"]
)
def test_a_mirror_has_images_below_its_source_also_those_of_a_unit_that_is_off(source: str) -> None:
    lab = f"registry: {{mirrors: {{a: {{source: {source}, target: mirror.example.com/x}}}}}}\n"
    assert told(lab, **component("web", OFF)) == ""


def test_a_mirror_of_an_image_that_the_environment_moved_is_used() -> None:
    lab = (
        "registry: {mirrors: {a: {source: other.example.com, target: mirror.example.com}}}\n"
        "components: {web: {images: {web: {repository: other.example.com/web}}}}\n"
    )
    assert told(lab, **component("web", IMAGE)) == ""


def test_a_profile_of_a_profile_makes_its_choice_too() -> None:
    texts = {
        "open": "choice: access\naccess: {mode: public}\n",
        "closed": "choice: access\naccess: {mode: private}\n",
        "ours": "extends: [open]\n",
        "small": "choice: size\n",
    }
    files = {f"environments/profiles/{name}.yaml": text for name, text in texts.items()}

    def merged(extends: str) -> layers.Merged:
        files[LAB] = f"name: lab\nextends: {extends}\n"
        return layers.merge("lab", Sources({"environments/profiles/defaults.yaml": "{}", **files}))

    for extends in ("[ours, small]", "[open, ours]", "[small, closed]"):
        assert "choice" not in merged(extends).value
    with pytest.raises(InputInvalid) as caught:
        merged("[ours, closed]")
    assert printed(caught.value) == (
        f"{LAB}:2:17: extends: closed and ours (line 2) exclude each other: an environment has one access [extends-choice]\n"
        "  hint: keep ours or closed\n"
    )


def test_an_environment_has_no_choice_of_its_own() -> None:
    with pytest.raises(InputInvalid) as caught:
        load(sources("choice: access\n"))
    assert printed(caught.value).startswith(f"{LAB}:2:1: choice: unknown key")
