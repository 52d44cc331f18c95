"""What we give the vendor's API, held against tests/data/vendor-contract.yaml: nothing made up, nothing forgotten."""

from typing import Any

import pytest
import yaml
from command import ROOT
from product import Built, build, container

CONTRACT: dict[str, Any] = yaml.safe_load((ROOT / "tests/data/vendor-contract.yaml").read_text())
ROWS: dict[str, dict[str, Any]] = CONTRACT["variables"]["set"]
UNSET = {name for group in CONTRACT["variables"]["unset"] for name in group["names"]}
VALUES = yaml.safe_load((ROOT / "templates/components/api/values.schema.json").read_text())["properties"]


@pytest.fixture(scope="module")
def rendered() -> list[dict[str, dict[str, Any]]]:
    """The variables of the API in each variant, by name."""
    return [variables(build(item["example"], item.get("with", ""))) for item in CONTRACT["variants"]]


def variables(built: Built) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in container(built.one("Deployment", "codemie"))["env"]}


def test_no_variable_is_made_up(rendered: list[dict[str, dict[str, Any]]]) -> None:
    assert {name for found in rendered for name in found} - ROWS.keys() == set(), "add a row to variables.set"


def test_what_a_row_says_is_rendered_everywhere_or_where_it_says_when(
    rendered: list[dict[str, dict[str, Any]]],
) -> None:
    seen = {name: [name in found for found in rendered] for name in ROWS}
    assert [name for name, there in seen.items() if "when" not in ROWS[name] and not all(there)] == []
    assert [name for name, there in seen.items() if "when" in ROWS[name] and not any(there)] == [], "add a variant"
    assert [name for name, there in seen.items() if "when" in ROWS[name] and all(there)] == [], "it has no condition"


def test_a_value_is_rendered_word_for_word(rendered: list[dict[str, dict[str, Any]]]) -> None:
    wrong = {
        name: found[name]
        for name, row in ROWS.items()
        for found in rendered
        if "value" in row and name in found and found[name].get("value") != row["value"]
    }
    assert wrong == {}


def test_each_row_says_its_value_or_where_it_is_from_and_why_it_is_not_the_default() -> None:
    for name, row in ROWS.items():
        assert ("value" in row) != ("from" in row), name
        assert "read" in row or "default" in row, name
        same = "from" in row or row["value"] == str(row["default"]).lower() or row["value"] == str(row["default"])
        assert same or row.get("why"), f"{name}: why is it not the vendor's default?"


def test_what_is_not_set_stands_once_with_a_reason() -> None:
    groups = CONTRACT["variables"]["unset"]
    assert len(UNSET) == sum(len(group["names"]) for group in groups)
    assert all(group["why"] for group in groups)


@pytest.mark.parametrize(
    ("part", "value"), [("components", "customerComponents"), ("assistants", "preconfiguredAssistants")]
)
def test_our_parts_are_the_vendors_with_the_same_switch_or_a_reason(part: str, value: str) -> None:
    rows, default = CONTRACT[part], VALUES[value]["default"]
    assert {name: item["enabled"] for name, item in default.items()} == {
        name: row["ours"] for name, row in rows.items()
    }
    assert list(VALUES[value]["properties"]) == list(default), "each id is described"
    assert [name for name, row in rows.items() if (row["vendor"] != row["ours"]) != ("why" in row)] == []


def test_a_part_that_is_not_as_the_vendor_has_it_says_so_where_its_default_is() -> None:
    differ = {name for name, row in CONTRACT["components"].items() if row["vendor"] != row["ours"]}
    assert differ == {name for name, it in VALUES["customerComponents"]["properties"].items() if "x-vendor" in it}


def test_computed_parts_are_refused_and_settings_and_tools_are_the_vendors() -> None:
    rules = VALUES["customerComponents"]["allOf"]
    (refused,) = [rule["propertyNames"]["not"]["enum"] for rule in rules if "propertyNames" in rule]
    assert sorted(refused) == sorted(CONTRACT["computed"])
    assert not {*refused, *CONTRACT["elsewhere"]} & CONTRACT["components"].keys()
    settings = rules[0]["patternProperties"]["."]["properties"]
    assert sorted(settings) == sorted(key for keys in CONTRACT["settings"].values() for key in keys)
    tools = {tool: list(keys) for tool, keys in VALUES["toolDefaults"]["default"].items()}
    assert tools == {tool: keys for tool, keys in CONTRACT["tools"].items() if keys}


def test_litellm_tells_of_models_only_what_somebody_reads() -> None:
    config = yaml.safe_load(build("prod").file("litellm", "config.yaml"))
    told = {key for model in config["model_list"] for key in model.get("model_info", {})}
    assert told - CONTRACT["model_info"].keys() - set(CONTRACT["model_info_of_litellm"]) == set()
