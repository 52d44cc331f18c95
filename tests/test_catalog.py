import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from project import ADDON, COMPONENT, INFRA, component, discovered, printed, sources, values

from generator.errors import InputInvalid
from generator.tree import Sources


def unit_refusal(files: dict[str, str]) -> str:
    with pytest.raises(InputInvalid) as caught:
        discovered(Sources(files))
    return printed(caught.value)


def test_every_folder_with_a_component_yaml_is_a_unit() -> None:
    units = discovered(
        sources(
            **component("web"),
            **{
                "templates/infra/net/component.yaml": INFRA,
                "templates/addons/op/component.yaml": ADDON,
                "templates/components/web/base/component.yaml": "not: a unit\n",
                "templates/argocd/x/component.yaml": "not: a unit\n",
            },
        )
    )
    assert [(unit.name, unit.kind, unit.cluster, unit.file) for unit in units] == [
        ("net", "infra", "hub", "templates/infra/net/component.yaml"),
        ("op", "addon", "workload", "templates/addons/op/component.yaml"),
        ("web", "component", "workload", "templates/components/web/component.yaml"),
    ]


def test_problems_of_all_units_are_told_at_once() -> None:
    a, b, c, d = (f"templates/components/{name}/component.yaml" for name in "abcd")
    assert unit_refusal(
        {
            a: "title: A\n",
            b: COMPONENT + "neds: [a]\nreplicas: 3\n",
            c: "title: A\ntitle: B\n",
            d: COMPONENT + "podSecurity: {level: baseline}\n",
            "templates/components/good/component.yaml": COMPONENT,
        }
    ) == (
        f"{a}:1:1: namespace: is missing [unit-invalid]\n  hint: the namespace all its objects are in\n"
        f"{b}:3:1: neds: unknown key [unit-invalid]\n  hint: did you mean needs?\n"
        f"{b}:4:1: replicas: unknown key [unit-invalid]\n  hint: {KNOWN}\n"
        f"{c}:2:1: the key 'title' stands here twice [yaml-duplicate-key]\n  hint: keep one; the other is in line 1\n"
        f"{d}:3:1: podSecurity: needs a reason below restricted [unit-invalid]\n"
        "  hint: podSecurity: {level: baseline, reason: why restricted does not hold}\n"
    )


DEFAULT = "  hint: what holds where no environment says otherwise\n"
DESCRIPTION = "  hint: what it does, for who sets it\n"
TAKEN = "  hint: choose another name: an environment sets both in one map\n"
KNOWN = (
    "known here: chart, cluster, connects, defaults, enables, exceptions, exposes, identity, metrics, namespace, needs, "
    "optional, podSecurity, reads, restartsWith, secrets, title, workloads"
)


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("infra/x", INFRA + "namespace: a\n", "2:1: namespace: infra units have none [unit-invalid]\n  hint: infra lives in codemie-<env> on the hub\n"),
        ("infra/x", INFRA + ADDON[ADDON.index("chart") :], "2:1: chart: belongs to add-ons only [unit-invalid]\n"),
        ("addons/x", COMPONENT, "1:1: chart: is missing [unit-invalid]\n"),
        ("components/x", COMPONENT + "defaults: {images: {x: {repository: a.b/c, tag: latest}}}\n", "3:44: defaults.images.x.tag: must match ^(?!latest$)[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$ [unit-invalid]\n  hint: a fixed tag; latest moves and is refused\n"),
        ("components/x", COMPONENT + "defaults: {resources: {requests: {cpu: 2}, limits: {}}}\n", '3:35: defaults.resources.requests.cpu: must be text [unit-invalid]\n  hint: put it in quotes: without them YAML reads a number, and 1.10 as 1.1; cores or millicores, as text: "2" or 500m\n'),
        ("components/x", COMPONENT + "needs: [[a]]\n", "3:9: needs[0]: must be text or a map [unit-invalid]\n"),
        ("components/x", COMPONENT + "connects: [{port: 80}]\n", "3:12: connects[0].to: is missing [unit-invalid]\n  hint: lower-case letters, digits and dashes\n"),
        ("components/x", "", "1:1: must be a map [unit-invalid]\n  hint: nothing is written here\n"),
    ],
)  # fmt: skip
def test_a_component_yaml_that_is_wrong_is_told_at_its_line(path: str, text: str, message: str) -> None:
    file = f"templates/{path}/component.yaml"
    assert unit_refusal({file: text}) == f"{file}:{message}"


def test_one_name_is_one_unit() -> None:
    assert unit_refusal({**component("x"), "templates/infra/x/component.yaml": INFRA}) == (
        "templates/infra/x/component.yaml: a unit of this name is already in templates/components/x [unit-name]\n  hint: rename one of the folders\n"
    )


@pytest.mark.parametrize(
    "name",
    [
        *("Bad_Name", "9lives", "ends-", "a.b", "a" * 31),
        *("namespaces", "dns", "metadata", "kube-apiserver", "google-apis", "cloud-sql", "internet", "corporate"),
    ],
)
def test_a_folder_that_cannot_name_a_unit_is_refused(name: str) -> None:
    assert unit_refusal(component(name)) == (
        f"templates/components/{name}: cannot be the name of a unit [unit-name]\n"
        "  hint: lower-case letters, digits and dashes, at most 30; not that of a derived or outside target\n"
    )


def test_an_infra_unit_may_be_named_like_the_outside_target_it_makes() -> None:
    files = {f"templates/infra/{name}/component.yaml": INFRA for name in ("cloud-sql", "a" * 30)}
    assert [unit.name for unit in discovered(Sources(files))] == ["a" * 30, "cloud-sql"]


@pytest.mark.parametrize("section", ["components", "infra", "addons"])
def test_a_folder_without_component_yaml_is_told_once(section: str) -> None:
    folder = f"templates/{section}/x"
    assert unit_refusal({f"{folder}/base/a.yaml.j2": "", f"{folder}/values.schema.json": "{}"}) == (
        f"{folder}/component.yaml: is missing [unit-invalid]\n"
        "  hint: every folder of units has one; what is no unit belongs elsewhere\n"
    )


def test_a_file_beside_the_folders_is_no_unit() -> None:
    assert discovered(Sources({"templates/components/README.yaml": "not: a unit\n"})) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"type": "object", "properties": {}}',
            "1:1: additionalProperties: is missing [values-schema-invalid]\n  hint: write false\n",
        ),
        (
            '{"type": "object", "additionalProperties": true, "properties": {}}',
            "1:20: additionalProperties: must be false [values-schema-invalid]\n  hint: write false\n",
        ),
        (values(a={"type": "string"}), f"1:66: properties.a.default: is missing [values-schema-invalid]\n{DEFAULT}"),
        (
            values(a={"default": 1, "description": ""}),
            f"1:72: properties.a.description: must not be empty [values-schema-invalid]\n{DESCRIPTION}",
        ),
        (
            "[]",
            (
                "1:1: must be a map [values-schema-invalid]\n"
                "  hint: expected a map with $defs, additionalProperties, properties, type\n"
            ),
        ),
    ],
)
def test_a_values_schema_is_closed_and_every_property_has_default_and_description(text: str, message: str) -> None:
    assert unit_refusal(component("x", values=text)) == f"templates/components/x/values.schema.json:{message}"


def test_a_values_schema_fetches_nothing() -> None:
    class Refusing(BaseHTTPRequestHandler):
        asked = False

        def do_GET(self) -> None:
            Refusing.asked = True

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        server.timeout = 0.1
        threading.Thread(target=server.handle_request, daemon=True).start()
        schema = {"$ref": f"http://127.0.0.1:{server.server_port}/x", "default": 1}
        assert "properties.a.$ref: has a $ref to something outside" in unit_refusal(
            component("x", values=values(a=schema))
        )
    assert not Refusing.asked


SHARED = """\
{"type": "object", "additionalProperties": false,
 "$defs": {"low": {"maximum": 9}, "port": {"type": "integer", "allOf": [{"$ref": "#/$defs/low"}]}},
 "properties": {"a": {"$ref": "#/$defs/port", "description": "A port.", "default": 1}}}
"""


def test_what_properties_share_is_written_out_in_each() -> None:
    (unit,) = discovered(sources(**component("x", values=SHARED)))
    assert unit.values["properties"] == {
        "a": {"type": "integer", "allOf": [{"maximum": 9}], "description": "A port.", "default": 1}
    }


def test_a_default_fits_what_it_shares() -> None:
    text = SHARED.replace('"default": 1', '"default": 10')
    assert "properties.a.default: must be at most 9" in unit_refusal(component("x", values=text))


def test_what_properties_share_does_not_refer_to_itself() -> None:
    text = SHARED.replace('{"maximum": 9}', '{"items": {"$ref": "#/$defs/port"}}')
    assert "$defs.low: forms a cycle: low -> port -> low" in unit_refusal(component("x", values=text))


def test_what_properties_share_is_a_schema() -> None:
    text = SHARED.replace('{"maximum": 9}', "null")
    assert "$defs.low: must be a map" in unit_refusal(component("x", values=text))


def test_what_properties_share_stays_of_a_sane_size_once_it_is_written_out() -> None:
    twice = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(40)} | {"a40": {"type": "integer"}}
    schema = {**json.loads(values(a={"$ref": "#/$defs/a0", "default": 1})), "$defs": twice}
    assert "is too large once its $refs are expanded" in unit_refusal(component("x", values=json.dumps(schema)))


@pytest.mark.parametrize(
    "odd",
    [
        *({"$ref": "#"}, {"$ref": "#/properties/a"}, {"$ref": "../other.json"}, {"$ref": "file:///etc/passwd"}),
        *({"$dynamicRef": "#/$defs/x"}, {"$id": "https://example.com/x"}, {"$anchor": "x"}, {"$schema": "https://a.b"}),
        {"items": {"anyOf": [{"$ref": "x#/$defs/y"}]}},
    ],
)
def test_a_values_schema_names_nothing_outside(odd: dict[str, Any]) -> None:
    assert (
        ": has a $ref to something outside; a values.schema.json may refer only to its own #/$defs/…"
        in unit_refusal(component("x", values=values(a={**odd, "default": 1})))
    )


def test_a_default_fits_its_own_schema() -> None:
    assert unit_refusal(component("x", values=values(a={"type": "string", "default": 1}))) == (
        "templates/components/x/values.schema.json:1:124: properties.a.default: must be text [values-schema-invalid]\n"
    )


@pytest.mark.parametrize("key", ["replicas", "env", "enabled", "chart"])
def test_a_typed_value_does_not_take_the_name_of_a_common_key(key: str) -> None:
    text = values(**{key: {"type": "string", "default": "a"}})
    message = f"1:66: properties.{key}: is the name of a common key [values-schema-invalid]\n{TAKEN}"
    assert unit_refusal(component("x", values=text)) == f"templates/components/x/values.schema.json:{message}"


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "strin"}, "1:106: properties.a.type: is not what JSON Schema knows here"),
        ({"minimum": "one"}, "1:106: properties.a.minimum: is not what JSON Schema knows here"),
        ({"enum": "a"}, "1:106: properties.a.enum: is not what JSON Schema knows here"),
        ({"pattern": "("}, "1:106: properties.a.pattern: is no regular expression"),
        ({"$ref": "#/$defs/nope"}, "1:1: is no JSON Schema by itself: does a $ref lead out of it?"),
    ],
)
def test_a_values_schema_is_a_json_schema(schema: dict[str, Any], message: str) -> None:
    assert unit_refusal(component("x", values=values(a={**schema, "default": "a"}))) == (
        f"templates/components/x/values.schema.json:{message} [values-schema-invalid]\n"
        "  hint: https://json-schema.org/draft/2020-12\n"
    )
