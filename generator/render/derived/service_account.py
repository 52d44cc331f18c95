"""A ServiceAccount per workload: no token, its pull secrets, and a Google identity where roles are granted."""

import hashlib
from typing import Any

from generator.annotation import GOOGLE_ACCOUNT
from generator.catalog import Plan, Planned
from generator.environment import Environment
from generator.manifest import Manifest
from generator.render.workload import Workload, main

_LONGEST_ACCOUNT = 30  # Google Cloud's limit of a service account id


def service_account(plan: Plan, planned: Planned, workload: Workload, all_workloads: list[Workload]) -> Manifest:
    """Return the ServiceAccount of `workload`, which is named like it."""
    metadata: dict[str, Any] = {"name": workload.name, "namespace": workload.namespace}
    if has_identity(planned, workload, all_workloads):
        account = workload_account(planned, workload, all_workloads)
        email = f"{account}@{plan.environment.gcp.project}.iam.gserviceaccount.com"
        metadata["annotations"] = {GOOGLE_ACCOUNT: email}
    manifest: Manifest = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata,
        "automountServiceAccountToken": False,
    }
    pull_secrets = {
        image.pull_secret
        for name, image in planned.common.images.items()
        if image.pull_secret and name in workload.images
    }
    if pull_secrets:
        manifest["imagePullSecrets"] = [{"name": name} for name in sorted(pull_secrets)]
    return manifest


def has_identity(planned: Planned, workload: Workload, all_workloads: list[Workload]) -> bool:
    """Whether Google roles are granted to this workload."""
    default = main(planned.name, all_workloads)
    return any((grant.from_ or (default and default.name)) == workload.name for grant in planned.grants)


def workload_account(planned: Planned, workload: Workload, all_workloads: list[Workload]) -> str:
    """Return the id of the Google account that a workload acts as: the main one's is named like the unit."""
    is_main = workload == main(planned.name, all_workloads)
    return google_account(planned.name if is_main else workload.name)


def account_email(env: Environment, name: str) -> str:
    """Return the address of the Google service account of a unit, or of what else has one."""
    return f"{google_account(name)}@{env.gcp.project}.iam.gserviceaccount.com"


def google_account(name: str) -> str:
    """Return the id of a Google service account: at most 30 characters, so a long name ends in its hash."""
    name = f"codemie-{name}"
    if len(name) <= _LONGEST_ACCOUNT:
        return name
    return f"{name[: _LONGEST_ACCOUNT - 7]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
