"""A project in memory: a complete, small environment as text, units as text, and the stages that tests start from."""

import json
from typing import Any

from generator import catalog, environment
from generator.catalog import Plan, Unit
from generator.environment import Loaded
from generator.errors import InputInvalid
from generator.tree import Sources
from generator.views import findings

DEFAULTS = """\
labels: {}
gcp:
  project: lab-project
  projectNumber: "100000000001"
  region: europe-west3
  zones: [europe-west3-a]
  vertexAi: {region: us-central1, claudeRegion: us-east5}
domain: lab.example.com
dns: {zone: lab, visibility: private}
access:
  mode: private
  allowWholeInternet: false
  allowedRanges: {}
  adminRanges: {}
  webhookRanges: {}
  controlPlaneRanges: {}
  bastion: {members: {}}
tls: {source: secret-manager}
network:
  nodes: 10.10.0.0/20
  pods: 172.20.0.0/16
  services: 172.21.0.0/17
  controlPlane: 10.0.0.0/28
  proxyOnly: 10.10.16.0/23
  privateServices: 10.60.0.0/16
  peered: {}
gke:
  channel: REGULAR
  location: europe-west3
  dns: kube-dns
  nodePools:
    main: {machineType: e2-standard-4, minNodes: 2, maxNodes: 3, diskGb: 100}
  maintenanceWindow:
    start: "2026-01-03T01:00:00Z"
    end: "2026-01-03T07:00:00Z"
    recurrence: FREQ=WEEKLY;BYDAY=SA,SU
egress:
  internetPorts: [443]
  corporateRanges: {}
database:
  version: POSTGRES_17
  tier: db-custom-1-3840
  storageGb: 20
  availability: ZONAL
  backups: {startTime: "02:00", retained: 7, logDays: 7, location: europe-west3}
  flags: {}
  databases: {}
existing: {}
registry: {mirrors: {}}
components: {}
infra: {}
addons: {}
gitops:
  repository: https://git.example.com/lab.git
  branch: main
  path: envs
  publish: push
  commit: {name: Lab, email: lab@example.com}
argocd:
  namespace: argocd
  topology: hub
  clusterAddress: connect-gateway
  identity: argocd@lab-project.iam.gserviceaccount.com
  syncWindows: {}
  notifications: {}
configConnector:
  identity: config-connector@lab-project.iam.gserviceaccount.com
  hubProject: lab-hub-project
monitoring: {channels: {}}
patches: {}
kubernetes: {version: "1.34"}
platform: {version: 2.57.2}
"""

COMPONENT = "title: A component\nnamespace: codemie\n"
INFRA = "title: A resource\n"
ADDON = """\
title: An add-on
namespace: operators
chart: {repository: https://charts.example.com, name: operator, version: 1.2.3}
"""


def sources(lab: str = "", **files: str) -> Sources:
    """Return environment `lab` with `lab` below its name, and `files` by path."""
    return project({"environments/lab.yaml": f"name: lab\n{lab}", **files})


def project(files: dict[str, str]) -> Sources:
    """Return `files` and the complete profile `defaults`."""
    return Sources({"environments/profiles/defaults.yaml": DEFAULTS, **files})


def component(name: str, declared: str = "", values: str = "") -> dict[str, str]:
    """Return the files of a component: its declaration below title and namespace, and its values.schema.json."""
    folder = f"templates/components/{name}"
    files = {f"{folder}/component.yaml": COMPONENT + declared}
    return {**files, f"{folder}/values.schema.json": values} if values else files


def values(**properties: dict[str, Any]) -> str:
    """Return a closed values.schema.json, each property with a description."""
    described = {name: {"description": "What it is for.", **schema} for name, schema in properties.items()}
    return json.dumps({"type": "object", "additionalProperties": False, "properties": described})


def load(texts: Sources) -> Loaded:
    """Return environment `lab` of a project."""
    return environment.load("lab", texts, catalog.offers(discovered(texts)))


def plan(texts: Sources) -> Plan:
    """Return the plan of environment `lab`."""
    return catalog.make_plan(load(texts), discovered(texts))


def discovered(texts: Sources) -> tuple[Unit, ...]:
    """Return the units of a project."""
    found = catalog.discover(texts)
    if found.problems:
        raise InputInvalid(found.problems)
    return found.units


def printed(error: InputInvalid) -> str:
    """Return the findings of an error as a person reads them."""
    return findings.text(error.findings)
