"""The API as built: what it is told of its neighbours, what stays literal, and which models it offers."""

import pytest
import yaml
from product import Built, build, container, environment, pod

from generator.notation.quantity import amount

SECRETS = {
    ("elasticsearch-master-credentials", "username"): "u",
    ("elasticsearch-master-credentials", "password"): "p",
    ("codemie-postgresql", "PG_PASS"): "p",
    ("codemie-nats-secrets", "NATS_URL"): "nats://codemie-nats:4222",
    ("codemie-nats-secrets", "CODEMIE_USERNAME"): "codemie",
    ("codemie-nats-secrets", "CODEMIE_PASSWORD"): "p",
    ("litellm-integration", "litellm-app-key"): "app",
    ("litellm-integration", "litellm-master-key"): "master",
}


def told(built: Built) -> dict[str, str]:
    """Return the environment of the API's container."""
    return environment(container(built.one("Deployment", "codemie")), SECRETS)


@pytest.mark.parametrize("pods", [1, 3])
def test_there_are_as_many_buckets_as_mcp_pods_and_their_name_is_for_the_api_to_fill(pods: int) -> None:
    built = build("prod", f"components: {{mcp-connect: {{replicas: {pods}}}}}\n")
    found = told(built)
    assert found["MCP_CONNECT_BUCKETS_COUNT"] == str(pods)
    assert built.one("StatefulSet", "codemie-mcp-connect-service")["spec"]["replicas"] == pods
    assert found["MCP_CONNECT_URL"].startswith("http://codemie-mcp-connect-service-{MCP_CONNECT_BUCKET}.")


def test_with_nats_it_serves_plugins_and_tells_them_the_public_name() -> None:
    found = told(build("prod"))
    assert (found["NATS_SERVERS_URI"], found["NATS_USER"]) == ("nats://codemie-nats:4222", "codemie")
    assert found["NATS_CLIENT_CONNECT_URI"] == "tls://nats-codemie.ai.example.com:4222"
    assert found["NATS_PLUGIN_KEY_CHECK_ENABLED"] == "true"


def test_with_litellm_it_calls_models_through_it_with_keys_as_litellm_wants_them() -> None:
    found = told(build("prod"))
    assert (found["LLM_PROXY_MODE"], found["LITE_LLM_URL"]) == (
        "lite_llm",
        "http://litellm.litellm.svc.cluster.local:4000",
    )
    assert (found["LITE_LLM_APP_KEY"], found["LITE_LLM_MASTER_KEY"]) == ("sk-app", "sk-master")


@pytest.mark.parametrize(("unit", "names"), [("nats", "NATS_"), ("litellm", "LITE_LLM")])
def test_what_is_off_is_not_spoken_of(unit: str, names: str) -> None:
    assert not [
        name for name in told(build("prod", f"components: {{{unit}: {{enabled: false}}}}\n")) if name.startswith(names)
    ]


def test_its_models_are_those_of_the_image_until_some_are_named() -> None:
    assert told(build("prod"))["MODELS_ENV"] == "gcp"
    mounts = container(build("prod").one("Deployment", "codemie"))["volumeMounts"]
    assert "models" not in {mount["name"] for mount in mounts}


def test_the_model_that_draws_images_is_one_that_litellm_has() -> None:
    built = build("prod")
    asked = {item["model_name"] for item in yaml.safe_load(built.file("litellm", "config.yaml"))["model_list"]}
    assert told(built)["IMAGE_GENERATION_MODEL"] in asked


def test_named_models_are_mounted_where_the_api_looks_for_them() -> None:
    model = "{deployment_name: gemini-3.5-flash, label: Gemini, provider: google_vertexai, enabled: true, cost: {input: 0.5}}"
    built = build("prod", f"components: {{api: {{models: {{gemini: {model}}}}}}}\n")
    api = built.one("Deployment", "codemie")
    assert told(built)["MODELS_ENV"] == "custom"
    (mount,) = [mount for mount in container(api)["volumeMounts"] if mount["name"] == "models"]
    assert (mount["mountPath"], mount["subPath"]) == ("/app/config/llms/llm-custom-config.yaml", "models.yaml")
    found = yaml.safe_load(built.file("codemie-models", "models.yaml"))
    assert found["llm_models"] == [
        {
            "base_name": "gemini",
            "deployment_name": "gemini-3.5-flash",
            "label": "Gemini",
            "provider": "google_vertexai",
            "enabled": True,
            "cost": {"input": 0.5},
        }
    ]
    assert [model["base_name"] for model in found["embeddings_models"]] == ["gecko"]


def test_a_changed_model_rolls_the_api_and_nothing_else() -> None:
    def pods(label: str) -> dict[tuple[str, str], str]:
        model = f"{{deployment_name: a, label: {label}, provider: google_vertexai, enabled: true}}"
        kinds = ("Deployment", "StatefulSet", "DaemonSet", "Elasticsearch", "Kibana")
        return {
            (item.id.kind, item.id.name): str(item.manifest)
            for item in build("prod", f"components: {{api: {{models: {{a: {model}}}}}}}\n").objects
            if item.id.kind in kinds
        }

    before, after = pods("Old"), pods("New")
    assert [key for key in before if before[key] != after[key]] == [("Deployment", "codemie")]


UPLOAD = 20 * 100 * 2**20
"""Files of a chat by the limit of each: MAX_FILE_COUNT and FILES_STORAGE_MAX_UPLOAD_SIZE of codemie-ai/codemie."""


def volumes(built: Built) -> dict[str, int]:
    """Return what each volume of the API may hold, by where it is mounted."""
    main, spec = container(built.one("Deployment", "codemie")), pod(built.one("Deployment", "codemie"))
    limits = {item["name"]: amount(item["emptyDir"]["sizeLimit"]) for item in spec["volumes"] if "emptyDir" in item}
    return {
        item["mountPath"]: int(limits[item["name"]] or 0) for item in main["volumeMounts"] if item["name"] in limits
    }


def test_three_of_the_largest_uploads_wait_at_a_time() -> None:
    """They are written to /tmp in full before the API looks at their size."""
    assert volumes(build("prod"))["/tmp"] >= 3 * UPLOAD  # noqa: S108 - of the pod
    assert volumes(build("prod", "components: {api: {temporarySize: 20Gi}}\n"))["/tmp"] == 20 * 2**30  # noqa: S108


@pytest.mark.parametrize("told_so", ["", "components: {mcp-connect: {corporateAccess: true}}\n"])
def test_mcp_servers_reach_in_house_systems_only_when_told_so(told_so: str) -> None:
    built = build("prod", told_so)
    policy = built.one("NetworkPolicy", "codemie-mcp-connect-service")
    cidrs = {peer["ipBlock"]["cidr"] for rule in policy["spec"]["egress"] for peer in rule["to"] if "ipBlock" in peer}
    systems = built.plan.environment.egress.corporate_ranges
    in_house = {text for system in systems.values() for text in system.ranges}
    assert in_house
    assert cidrs & in_house == (in_house if told_so else set())
