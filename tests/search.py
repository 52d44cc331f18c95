"""Built Elasticsearch and Kibana of the examples and of variants of them."""

import json
from functools import cache
from typing import Any

from command import ROOT

from generator import catalog, pipeline
from generator.build import build, find_tool
from generator.catalog.unit import Declaration
from generator.manifest import Manifest, Object
from generator.tree import Sources

VARIANTS = {
    "tiebreaker": "name: tiebreaker\nextends: [prod]\ncomponents: {elasticsearch: {tiebreaker: true, snapshots: false}}\n",
    "placed": """\
name: placed
extends: [tiebreaker]
components:
  elasticsearch: {scheduling: {priority: normal, nodeSelector: {pool: search}, tolerations: [{key: search}]}}
""",
    "grown": """\
name: grown
extends: [dev]
components:
  elasticsearch: {replicas: 3}
  kibana: {heapMegabytes: 1400, resources: {requests: {memory: 2Gi}, limits: {memory: 2Gi}}}
""",
}


@cache
def project() -> pipeline.Project:
    texts = pipeline.open_project(ROOT).sources.texts
    sources = Sources({**texts, **{f"environments/{name}.yaml": text for name, text in VARIANTS.items()}})
    return pipeline.Project(sources, catalog.discover(sources))


@cache
def objects(environment: str) -> tuple[Object, ...]:
    return build(pipeline.render(project(), environment)[1], find_tool(), None)


def the(environment: str, kind: str, name: str) -> Manifest:
    (found,) = [item.manifest for item in objects(environment) if (item.id.kind, item.id.name) == (kind, name)]
    return found


def node_sets(environment: str) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in the(environment, "Elasticsearch", "elasticsearch")["spec"]["nodeSets"]}


def config(environment: str, job: str) -> dict[str, str]:
    """Return the files that a set-up Job mounts, by the hashed name that its pod asks for."""
    volumes = the(environment, "Job", job)["spec"]["template"]["spec"]["volumes"]
    (name,) = [volume["configMap"]["name"] for volume in volumes if "configMap" in volume]
    return dict(the(environment, "ConfigMap", name)["data"])


def body(environment: str, file: str) -> Any:
    return json.loads(config(environment, "elasticsearch-setup")[file])


def catalog_unit(name: str) -> Declaration:
    return next(unit for unit in project().catalog.units if unit.name == name).declaration
