"""`secretEnv`: a variable whose value is in Secret Manager, for the main container of any component with pods."""

from typing import Any

import pytest
from project import component, plan, printed, sources
from rendering import found, pods, refused, rendered

from generator.catalog import Planned
from generator.errors import InputInvalid
from generator.manifest import Manifest

LAB = "environments/lab.yaml"
PATCH = "components/web/overlay/deployment.patch.yaml"
WEB = {**component("web", "defaults: {replicas: 1}\n"), **pods("web")}
SEARCH = "{source: external, id: search-key}"


def lab(said: str, unit: str = "web", more: str = "") -> str:
    """Return an environment that gives a component these secret variables, from line 5 on."""
    return f"components:\n  {unit}:\n    secretEnv:\n{said}{more}"


def one(made: str = SEARCH, name: str = "SEARCH_API_KEY") -> str:
    return lab(f"      {name}: {made}\n")


def secret(tree: dict[str, Any]) -> Manifest:
    (made,) = found(tree, "ExternalSecret").values()
    return made


def planned(text: str) -> Planned:
    result = plan(sources(text, **WEB)).named("web")
    assert result
    return result


def test_a_secret_variable_is_read_from_a_secret_that_is_filled_from_secret_manager() -> None:
    said = f"      SEARCH_API_KEY: {SEARCH}\n      TRACE_KEY: {{source: random, length: 32, id: trace-key}}\n"
    tree = rendered(lab(said), **WEB)
    made = secret(tree)
    name = made["metadata"]["name"]
    assert made["metadata"] == {
        "name": name,
        "namespace": "codemie",
        "annotations": {"argocd.argoproj.io/sync-wave": "-1"},
    }
    assert [(item["secretKey"], item["remoteRef"]["key"]) for item in made["spec"]["data"]] == [
        ("SEARCH_API_KEY", "search-key"),
        ("TRACE_KEY", "trace-key"),
    ]
    assert made["spec"]["target"] == {"name": name, "creationPolicy": "Owner", "deletionPolicy": "Retain"}
    assert tree[PATCH][0][-1] == {
        "op": "add",
        "path": "/spec/template/spec/containers/0/env",
        "value": [
            {"name": variable, "valueFrom": {"secretKeyRef": {"name": name, "key": variable}}}
            for variable in ("SEARCH_API_KEY", "TRACE_KEY")
        ],
    }


def test_secret_variables_come_first_so_that_a_plain_one_may_be_made_of_them() -> None:
    more = "    env: {AUTHORIZATION: Bearer $(SEARCH_API_KEY)}\n"
    (operation,) = rendered(lab(f"      SEARCH_API_KEY: {SEARCH}\n", more=more), **WEB)[PATCH][0][-1:]
    assert [item["name"] for item in operation["value"]] == ["SEARCH_API_KEY", "AUTHORIZATION"]


def test_a_plain_one_may_be_made_of_a_secret_one_where_the_unit_has_variables_of_its_own() -> None:
    path = "templates/components/web/base/web.yaml.j2"
    own = "{name: web, image: web, env: [{name: AUTHORIZATION, value: none}, {name: B, value: b}],"
    texts = {**WEB, path: WEB[path].replace("{name: web, image: web,", own)}
    more = "    env: {AUTHORIZATION: Bearer $(SEARCH_API_KEY), C: c}\n"
    operations = rendered(lab(f"      SEARCH_API_KEY: {SEARCH}\n", more=more), **texts)[PATCH][0]
    where = [
        item["path"].partition("/env/")[2] for item in operations if "/env/" in item["path"] and item["op"] != "test"
    ]
    assert where == ["0", "0", "-"]
    assert [item["value"]["name"] for item in operations if "/env/" in item["path"] and item["op"] == "add"] == [
        "SEARCH_API_KEY",
        "C",
    ]


DECLARED = "secrets: {db: {keys: {password: {source: random}}}}\n"
"""A Secret of the unit itself, which waits like one of `secretEnv`."""


@pytest.mark.parametrize(("text", "declared", "limit"), [("", "", 5), (one(), "", 10), ("", DECLARED, 10)])
def test_its_application_tries_until_the_right_to_read_it_is_there(text: str, declared: str, limit: int) -> None:
    """The right comes with another Application, on another cluster, and Google takes minutes to pass it on."""
    (application,) = rendered(text, **{**WEB, **(component("web", declared) if declared else {})})[
        "argocd/apps/web.yaml"
    ]
    assert application["spec"]["syncPolicy"]["retry"]["limit"] == limit


def test_its_unit_waits_for_the_stores_though_it_declares_no_secret() -> None:
    assert planned("").needs == ("namespaces",)
    assert planned(one()).needs == ("namespaces", "shared-secrets")


@pytest.mark.parametrize(
    "other",
    [
        one(name="OTHER_KEY"),
        one("{source: external, id: other-key}"),
        one("{source: external, id: search-key, version: 2}"),
        lab(f"      SEARCH_API_KEY: {SEARCH}\n      MORE_KEY: {SEARCH}\n"),
    ],
)
def test_another_name_id_version_or_set_is_another_secret_so_that_pods_are_rolled(other: str) -> None:
    assert planned(other).secrets.keys() != planned(one()).secrets.keys()


def test_how_a_value_is_made_and_the_order_of_variables_roll_nothing() -> None:
    first, second = f"      A_KEY: {SEARCH}\n", "      B_KEY: {source: random, id: b}\n"
    longer = second.replace("random", "random, length: 40")
    assert planned(lab(first + second)).secrets.keys() == planned(lab(longer + first)).secrets.keys()


def test_a_pinned_version_is_read() -> None:
    (entry,) = secret(rendered(one("{source: external, id: search-key, version: 7}"), **WEB))["spec"]["data"]
    assert (entry["remoteRef"]["key"], entry["remoteRef"]["version"]) == ("search-key", "7")


def test_a_unit_may_bring_secret_variables_and_an_environment_changes_or_removes_them() -> None:
    files = {**component("web", f"defaults: {{secretEnv: {{A_KEY: {SEARCH}, B_KEY: {SEARCH}}}}}\n"), **pods("web")}
    tree = rendered(lab("      A_KEY: {id: other-key}\n"), **files)
    assert [(item["secretKey"], item["remoteRef"]["key"]) for item in secret(tree)["spec"]["data"]] == [
        ("A_KEY", "other-key"),
        ("B_KEY", "search-key"),
    ]


DECLARED = """\
defaults: {replicas: 1}
workloads:
  - name: web
    kind: Web
    pods: {labels: {app: web}}
    container: /spec/sets/[name=default]/containers/[name=main]
"""
CUSTOM = """\
apiVersion: example.com/v1
kind: Web
metadata: {name: web, namespace: codemie}
spec: {sets: [{name: default, containers: [{name: main}]}]}
"""


def test_pods_of_a_custom_resource_get_it_by_the_pointer_that_env_takes() -> None:
    files = {**component("web", DECLARED), "templates/components/web/base/web.yaml.j2": CUSTOM}
    tree = rendered(one(), **files)
    operation = tree["components/web/overlay/web.patch.yaml"][0][-1]
    assert operation["path"] == "/spec/sets/0/containers/0/env"
    assert operation["value"][0]["valueFrom"]["secretKeyRef"]["name"] == secret(tree)["metadata"]["name"]


def sets(variable: str) -> dict[str, str]:
    """Return the component with an overlay that sets this variable itself."""
    path = "/spec/template/spec/containers/[name=web]/env"
    operation = f"- {{op: add, path: '{path}', value: [{variable}]}}\n"
    return {**WEB, "templates/components/web/overlay/deployment.patch.yaml.j2": operation}


def test_a_plain_value_of_the_unit_is_replaced_also_where_its_overlay_sets_it() -> None:
    tree = rendered(one(), **sets("{name: SEARCH_API_KEY, value: none}"))
    name = secret(tree)["metadata"]["name"]
    assert tree[PATCH][0][-1] == {
        "op": "replace",
        "path": "/spec/template/spec/containers/0/env/0",
        "value": {
            "name": "SEARCH_API_KEY",
            "valueFrom": {"secretKeyRef": {"name": name, "key": "SEARCH_API_KEY"}},
        },
    }


def test_env_replaces_what_the_overlay_sets_instead_of_standing_beside_it() -> None:
    tree = rendered("components: {web: {env: {MODE: fast}}}\n", **sets("{name: MODE, value: slow}"))
    assert tree[PATCH][0][-1] == {
        "op": "replace",
        "path": "/spec/template/spec/containers/0/env/0",
        "value": {"name": "MODE", "value": "fast"},
    }


def test_env_replaces_what_the_list_of_variables_appends() -> None:
    lists = {
        "templates/components/web/overlay/env.yaml.j2": "- {name: MODE, value: slow}\n- {name: SIZE, value: large}\n",
        "templates/components/web/overlay/web.env.yaml.j2": "- {name: LAST, value: '1'}\n",
    }
    tree = rendered("components: {web: {env: {MODE: fast}}}\n", **WEB, **lists)
    env = "/spec/template/spec/containers/0/env"
    assert [(item["op"], item["path"], item["value"]) for item in tree[PATCH][0] if item["path"].startswith(env)] == [
        ("add", env, [{"name": "MODE", "value": "slow"}, {"name": "SIZE", "value": "large"}]),
        ("add", f"{env}/-", {"name": "LAST", "value": "1"}),
        ("test", f"{env}/0/name", "MODE"),
        ("replace", f"{env}/0", {"name": "MODE", "value": "fast"}),
    ]


def test_what_the_unit_reads_from_a_secret_of_its_own_is_not_taken_over() -> None:
    variable = "{name: SEARCH_API_KEY, valueFrom: {secretKeyRef: {name: own, key: key}}}"
    assert refused(one(), **sets(variable)) == (
        f"{LAB}:5:7: components.web.secretEnv.SEARCH_API_KEY: is read from Secret own by the unit itself"
        " [secret-variable]\n"
        "  hint: leave it out; its value is in Secret Manager under the id that `secrets` of the unit says\n"
    )


def test_a_variable_is_not_plain_and_secret() -> None:
    more = "    env: {SEARCH_API_KEY: x}   # not-a-secret: a test\n"
    assert refused(lab(f"      SEARCH_API_KEY: {SEARCH}\n", more=more), **WEB) == (
        f"{LAB}:5:7: components.web.secretEnv.SEARCH_API_KEY: is also in env ({LAB}:6) [secret-variable]\n"
        "  hint: a variable has one value: remove one of the two; null removes a variable that a profile sets\n"
    )


def test_only_a_random_value_has_a_length() -> None:
    assert refused(one("{source: external, id: search-key, length: 32}"), **WEB) == (
        f"{LAB}:5:58: components.web.secretEnv.SEARCH_API_KEY.length: is only for random values [secret-variable]\n"
        "  hint: the issuer of an external value decides its length\n"
    )


def test_a_unit_without_pods_of_its_own_takes_none() -> None:
    files = {**component("web", "defaults: {replicas: 1}\n"), **pods("web", "Job")}
    assert refused(one(), **files) == (
        f"{LAB}:5:7: components.web.secretEnv.SEARCH_API_KEY: reaches no pod: the unit has no main workload"
        " [secret-variable]\n"
        "  hint: set it for the unit whose pods read it\n"
    )


API = {**component("api", "defaults: {replicas: 1}\n"), **pods("api")}


@pytest.mark.parametrize("made", ["{source: random, id: search-key}", "{source: random, id: search-key, length: 20}"])
def test_two_units_that_read_one_value_say_alike_how_it_is_made(made: str) -> None:
    other = f"  api:\n    secretEnv:\n      KEY: {SEARCH}\n"
    assert refused(lab(f"      SEARCH_API_KEY: {made}\n", more=other), **WEB, **API) == (
        f"{LAB}:5:7: web: components.web.secretEnv.SEARCH_API_KEY: the value under its id is made differently in"
        f" {LAB}:8 [secret-conflict]\n"
        "  hint: say the same source and length in both places, or choose another id\n"
    )


def test_a_value_that_a_unit_declares_is_made_as_it_says() -> None:
    declared = "secrets:\n  own:\n    keys:\n      key: {source: random, id: search-key}\n"
    files = {**component("web", "defaults: {replicas: 1}\n" + declared), **pods("web")}
    assert refused(one(), **files) == (
        f"{LAB}:5:7: web: components.web.secretEnv.SEARCH_API_KEY: the value under its id is made differently in"
        " templates/components/web/component.yaml:7 [secret-conflict]\n"
        "  hint: say the same source and length in both places, or choose another id\n"
    )


def test_two_units_may_read_one_value_in_two_versions_while_it_is_rotated() -> None:
    other = "  api: {secretEnv: {KEY: {source: external, id: search-key, version: 2}}}\n"
    tree = rendered(lab(f"      SEARCH_API_KEY: {SEARCH}\n", more=other), **WEB, **API)
    assert len(found(tree, "ExternalSecret")) == 2


@pytest.mark.parametrize(
    ("made", "path", "message"),
    [
        ("{source: external}", ".id", "is missing"),
        ("{id: search-key}", ".source", "is missing"),
        ("{source: constant, id: search-key}", ".source", "must be one of external, random"),
        ("{source: external, id: Search}", ".id", "must match ^[a-z]([-a-z0-9]{0,98}[a-z0-9])?$"),
        ("{source: external, id: search-key, version: 0}", ".version", "must be at least 1"),
    ],
)
def test_a_declaration_is_whole(made: str, path: str, message: str) -> None:
    assert f"components.web.secretEnv.SEARCH_API_KEY{path}: {message} [environment-invalid]" in refused(
        one(made), **WEB
    )


PASTED = [
    "0a1b2c3d4e5f60718293a4b5c6d7e8f9",  # 32 hex digits, as Azure OpenAI's
    "tvly-dev-k3j4h5g6f7d8s9a0q1w2e3r4",
    "sk-lf-" + "1a2b3c4d-0000-1111-2222-333344445555",
    "a1b2c3d4-0000-1111-2222-333344445555",
]


@pytest.mark.parametrize("pasted", PASTED)
def test_a_value_pasted_as_an_id_is_refused_and_never_printed(pasted: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        plan(sources(one(f"{{source: external, id: {pasted}}}"), **WEB))
    said = printed(caught.value)
    assert f"{LAB}:5:42: components.web.secretEnv.SEARCH_API_KEY.id: looks like a secret (" in said
    assert pasted[:12] not in said


def test_a_value_in_place_of_the_declaration_is_refused_and_never_printed() -> None:
    with pytest.raises(InputInvalid) as caught:
        plan(sources(one("tvly-q7Zr2LxT9vKp4WmN8sHd3BfY"), **WEB))
    assert "looks like a secret (by its key)" in printed(caught.value)
    assert "tvly" not in printed(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "tavily-key",
        "langfuse-secret-key-production-europe-west3",
        "google-oauth-client-secret-2",
        "azure-openai-gpt41-key",
        "elasticsearch8-password",
        "key-20261130",
    ],
)
def test_an_id_that_reads_like_a_name_is_none(name: str) -> None:
    assert planned(one(f"{{source: external, id: {name}}}")).common.secret_env["SEARCH_API_KEY"].id == name
