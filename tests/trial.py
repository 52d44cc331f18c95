"""Objects of an environment like prod, with settings laid over it: units and values that no committed one has."""

from typing import Any

from command import ROOT

from generator import catalog, pipeline
from generator.build import build, find_tool
from generator.manifest import Manifest, Object
from generator.tree import Sources


class Built(tuple[Object, ...]):
    """Built objects of one environment."""

    __slots__ = ()

    def one(self, kind: str, name: str) -> Manifest:
        """Return the object of that kind and name."""
        (found,) = [item.manifest for item in self if (item.id.kind, item.id.name) == (kind, name)]
        return found

    def names(self, kind: str, namespace: str) -> set[str]:
        """Return the names of a namespace's objects of that kind."""
        return {item.id.name for item in self if (item.id.kind, item.id.namespace) == (kind, namespace)}

    def file(self, config: str, entry: str) -> str:
        """Return the text of an entry of the ConfigMap `config`, whose name ends in a hash."""
        maps = [item.manifest for item in self if item.id.kind == "ConfigMap" and entry in item.manifest["data"]]
        (found,) = [item for item in maps if item["metadata"]["name"].rpartition("-")[0] == config]
        return str(found["data"][entry])


def built(components: str = "") -> Built:
    """Return the objects of an environment that extends prod; `components` is YAML in flow style."""
    project = pipeline.open_project(ROOT)
    text = f"name: trial\nextends: [prod]\ncomponents: {components or '{}'}\n"
    sources = Sources({**project.sources.texts, "environments/trial.yaml": text})
    changed = pipeline.Project(sources, catalog.discover(sources))
    return Built(build(pipeline.render(changed, "trial")[1], find_tool(), None))


def pod(manifest: Manifest) -> dict[str, Any]:
    """Return the pod of a workload."""
    found: dict[str, Any] = manifest["spec"]["template"]["spec"]
    return found


def container(manifest: Manifest) -> dict[str, Any]:
    """Return the container that is named like its workload."""
    (found,) = [item for item in pod(manifest)["containers"] if item["name"] == manifest["metadata"]["name"]]
    result: dict[str, Any] = found
    return result


def environment(manifest: Manifest, secrets: dict[tuple[str, str], str]) -> dict[str, str]:
    """Return the environment of a workload's container, with `secrets` by (name, key), as Kubernetes would fill it in."""
    env: dict[str, str] = {}
    for item in container(manifest)["env"]:
        if "value" in item:
            text = item["value"]
            for name, value in env.items():
                text = text.replace(f"$({name})", value)
            env[item["name"]] = text
        else:
            reference = item["valueFrom"]["secretKeyRef"]
            env[item["name"]] = secrets[reference["name"], reference["key"]]
    return env
