"""Which derived objects stand in which unit, and in which of its files."""

from collections.abc import Iterator

from generator.catalog import NAMESPACES, SHARED_SECRETS, Plan, Planned
from generator.manifest import Manifest
from generator.render.annotations import annotated
from generator.render.derived.autoscaling import autoscaler, disruption_budget, has_budget
from generator.render.derived.external_secret import SecretRequest, external_secret, roles, secret_requests, stores
from generator.render.derived.monitoring import pod_monitoring
from generator.render.derived.namespace import namespaces, readers
from generator.render.derived.network import Network
from generator.render.derived.network_policy import network_policy
from generator.render.derived.priority import priority_classes
from generator.render.derived.route import backend_policies, http_routes
from generator.render.derived.service_account import service_account
from generator.render.unit import Source
from generator.render.workload import replicas


def derived_sources(network: Network, planned: Planned) -> list[Source]:
    """Return a unit's derived objects, by file; an add-on's are in `namespaces`, since a chart has no overlay."""
    if planned.name == NAMESPACES:
        files = _of_namespaces(network)
    elif planned.name == SHARED_SECRETS:
        files = _of_shared_secrets(network.plan)
    else:
        files = _of_component(network, planned) if planned.unit.kind == "component" else {}
    return [
        Source(file, "", [annotated(network.plan, planned, manifest) for manifest in manifests])
        for file, manifests in files.items()
        if manifests
    ]


def _of_namespaces(network: Network) -> dict[str, list[Manifest]]:
    made = namespaces(network.plan)
    addons = [planned for planned in network.plan.units if planned.unit.kind == "addon"]
    policies = [network_policy(network, addon, w) for addon in addons for w in network.workloads[addon.name]]
    return {
        "namespaces.yaml": [manifest for manifest in made if manifest["kind"] == "Namespace"],
        "networkpolicies.yaml": [*(manifest for manifest in made if manifest["kind"] != "Namespace"), *policies],
        "podmonitorings.yaml": [manifest for addon in addons for manifest in _monitoring(network, addon)],
        "priorityclasses.yaml": priority_classes(network.plan),
        "roles.yaml": readers(network),
    }


def _of_shared_secrets(plan: Plan) -> dict[str, list[Manifest]]:
    made = stores(plan)
    return {
        "externalsecrets.yaml": [
            external_secret(secret) for secret in secret_requests(plan) if _stands_shared(plan, secret)
        ],
        "roles.yaml": roles(plan),
        "secretstores.yaml": [manifest for manifest in made if manifest["kind"] == "SecretStore"],
        "serviceaccounts.yaml": [manifest for manifest in made if manifest["kind"] == "ServiceAccount"],
    }


def _of_component(network: Network, planned: Planned) -> dict[str, list[Manifest]]:
    found, plan = network.workloads[planned.name], network.plan
    main = network.workload(planned, None)
    scaling = planned.common.autoscaling
    budgets = [w for w in found if has_budget(w, replicas(planned, w, main=w == main))]
    own = [secret for secret in secret_requests(plan) if secret.readers == (planned.name,)]
    return {
        "externalsecrets.yaml": [external_secret(secret) for secret in own],
        "horizontalpodautoscaler.yaml": [autoscaler(main, scaling)] if main and scaling and scaling.enabled else [],
        "httproutes.yaml": http_routes(plan, planned),
        "networkpolicy.yaml": [network_policy(network, planned, w) for w in found],
        "poddisruptionbudget.yaml": [disruption_budget(w) for w in budgets],
        "podmonitoring.yaml": list(_monitoring(network, planned)),
        "backendpolicies.yaml": backend_policies(plan, planned),
        "serviceaccount.yaml": [service_account(plan, planned, w, found) for w in found],
    }


def _stands_shared(plan: Plan, secret: SecretRequest) -> bool:
    readers = [planned for planned in plan.units if planned.name in secret.readers]
    return secret.shared or any(planned.unit.kind == "addon" for planned in readers)


def _monitoring(network: Network, planned: Planned) -> Iterator[Manifest]:
    main, metrics = network.workload(planned, None), planned.unit.declaration.metrics
    if main and metrics:
        yield pod_monitoring(main, metrics)
