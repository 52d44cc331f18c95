"""What people see of the API and the UI: settings that merge, parts that go together, and a page that is fresh."""

import json
import re
import runpy
from typing import Any

import pytest
import yaml
from command import ROOT
from product import Built, build

from generator.errors import InputInvalid

SCHEMA = json.loads((ROOT / "templates/components/api/values.schema.json").read_text())
PARTS: dict[str, dict[str, Any]] = SCHEMA["properties"]["customerComponents"]["properties"]
DEFAULTS: dict[str, dict[str, Any]] = SCHEMA["properties"]["customerComponents"]["default"]
COMPUTED = "the API derives it from its variables: docs/features.md"
SETS = {part: it["x-variable"] for part, it in PARTS.items() if "x-variable" in it}


def api(settings: dict[str, Any], example: str = "dev") -> Built:
    """Return an example whose API has these settings beside its own."""
    return build(example, yaml.safe_dump({"components": {"api": settings}}))


def config(built: Built) -> dict[str, Any]:
    """Return the customer configuration as the API reads it: text of the tree, which nothing changes on its way."""
    text = built.files["components/api/overlay/config/codemie-customer-config/customer-config.yaml"]
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def parts(built: Built) -> dict[str, Any]:
    return {item["id"]: item["settings"] for item in config(built)["components"]}


def added(built: Built) -> set[str]:
    """Return the variables that the overlay adds to the API."""
    operations = yaml.safe_load(built.files["components/api/overlay/deployment.patch.yaml"])
    return {item["value"]["name"] for item in operations if item["path"].endswith("/env/-")}


def refused(settings: dict[str, Any]) -> list[str]:
    with pytest.raises(InputInvalid) as stopped:
        api(settings)
    return [f"{item.path}: {item.message} ({item.hint})" for item in stopped.value.findings]


@pytest.mark.parametrize("example", ["dev", "staging", "prod"])
def test_what_the_vendor_has_on_is_on(example: str) -> None:
    shown = {name for name, settings in parts(build(example)).items() if settings["enabled"]}
    assert {
        "skills",
        "features:webSearch",
        "features:dynamicCodeInterpreter",
        "features:favorites",
        "features:pinnedAssistants",
        "features:schedulersView",
        "features:userAbilityToCreateProject",
        "features:budgetManagement",
    } <= shown
    assert config(build(example))["preconfigured_assistants"][-3]["id"] == "codemie-onboarding"


def test_nothing_leads_to_the_vendors_own_staff_or_test_systems() -> None:
    assert not re.search(r"epam\.com|epa\.ms|localhost|docs\.google\.com", json.dumps(config(build("prod"))))


def test_a_setting_leaves_the_other_settings_and_the_other_parts() -> None:
    found = parts(api({"customerComponents": {"defaultConversationAssistant": {"slug": "mine"}}}))
    assert found == {**DEFAULTS, "defaultConversationAssistant": {"enabled": True, "slug": "mine"}}


def test_an_assistant_and_a_tool_merge_too() -> None:
    built = api(
        {
            "preconfiguredAssistants": {"codemie-onboarding": {"enabled": False}},
            "toolDefaults": {"jira": {"cloud": True}},
        }
    )
    found = {item["id"]: item["settings"] for item in config(built)["preconfigured_assistants"]}
    assert found["codemie-onboarding"] == {"enabled": False, "index_name": "codemie-onboarding"}
    assert found["prompt-engineer"] == {"enabled": True}
    assert config(built)["tool_defaults"]["jira"] == {"cloud": True, "url_placeholder": "https://jira.example.com/"}


def test_an_unknown_part_is_passed_through_with_its_settings() -> None:
    part = {"enabled": True, "level": 3, "rules": [{"of": "a newer release"}]}
    assert parts(api({"customerComponents": {"features:newer": part}}))["features:newer"] == part


def test_an_application_takes_all_that_the_vendor_documents() -> None:
    application = {
        "enabled": True,
        "name": "Tracker",
        "type": "module",
        "url": "https://tracker.example.com/remote.js",
        "icon_url": "https://tracker.example.com/icon.svg",
        "created_by": "Us",
        "arguments": {"apiUrl": "https://tracker.example.com/"},
    }
    assert (
        parts(api({"customerComponents": {"applications:tracker": application}}))["applications:tracker"] == application
    )


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"customerComponents": {"features:subWorkflow": {"enabled": True}}},
            "customerComponents.subWorkflowNode.enabled: must be true (switch both on or both off: features:subWorkflow is on)",
        ),
        (
            {"customerComponents": {"subWorkflowNode": {"enabled": True}}},
            "customerComponents.features:subWorkflow.enabled: must be true (switch both on or both off: subWorkflowNode is on)",
        ),
        (
            {"customerComponents": {"customerSupport": {"enabled": True}}},
            "customerComponents.customerSupport.url: is missing (add it here: the address in your company)",
        ),
        (
            {"customerComponents": {"features:userManagement": {"enabled": True}}},
            f"customerComponents.features:userManagement: is not allowed as a key here ({COMPUTED})",
        ),
        (
            {"customerComponents": {"features:newer": {"color": "red"}}},
            "customerComponents.features:newer.enabled: is missing (add it here)",
        ),
        (
            {"customerComponents": {"skills": {"enabled": 1}}},
            "customerComponents.skills.enabled: must be true or false ()",
        ),
        ({"preconfiguredAssistants": {"mine": {}}}, "preconfiguredAssistants.mine.enabled: is missing (add it here)"),
    ],
)
def test_what_the_api_could_not_use_is_refused(settings: dict[str, Any], told: str) -> None:
    assert refused(settings) == [f"components.api.{told}"]


@pytest.mark.parametrize("part", SETS)
def test_a_part_and_its_variable_are_both_on_or_both_off(part: str) -> None:
    for on in (True, False):
        both = {"subWorkflowNode": {"enabled": on}} if part == "features:subWorkflow" else {}
        assert (SETS[part] in added(api({"customerComponents": {part: {"enabled": on}, **both}}))) == on


def test_webhooks_keep_the_trigger_engine_on_without_schedulers() -> None:
    off = "components: {api: {customerComponents: {features:schedulersView: {enabled: false}}}}\n"
    webhooks = "access: {webhookRanges: {git: [192.0.2.0/24]}}\n"
    assert "TRIGGER_ENGINE_ENABLED" not in added(build("dev", off))
    assert "TRIGGER_ENGINE_ENABLED" in added(build("dev", off + webhooks))


def test_the_page_of_features_is_fresh_and_says_what_a_part_needs() -> None:
    page = (ROOT / "docs/features.md").read_text()
    assert page == runpy.run_path(str(ROOT / "docs/make_features.py"))["page"](SCHEMA), "make docs"
    for part, it in PARTS.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{part}` |"))
        assert it["description"] in row
        assert it.get("x-needs", "") in row


def test_the_example_of_the_page_renders() -> None:
    example = (ROOT / "docs/features.md").read_text().split("```yaml\n")[1].split("```")[0]
    found = parts(build("dev", example))
    assert found["customerSupport"]["url"] == "https://support.example.com"
    assert found["applications:tracker"]["type"] == "link"
