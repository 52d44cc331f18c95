"""Small charts in place of the add-ons' own, which are out of reach here: what they bring are the definitions."""

import io
import tarfile
from collections.abc import Mapping
from typing import Any

import stored_crds
import yaml
from command import ROOT

_NOTE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-chart
  namespace: {{ .Release.Namespace }}
data: {priority: {{ .Values.priorityClassName | default .Values.global.priorityClassName }}}
"""
"""One object that shows that our values arrive."""


def declared(unit: str) -> dict[str, Any]:
    """Return the chart that an add-on names."""
    chart: dict[str, Any] = yaml.safe_load((ROOT / f"templates/addons/{unit}/component.yaml").read_text())["chart"]
    return chart


def repository() -> Mapping[str, bytes]:
    """Return the files of a repository that has all add-ons, in the versions that are declared."""
    files, entries = {}, {}
    for unit, crds in stored_crds.ADDONS.items():
        chart = declared(unit)
        about = {"apiVersion": "v2", "name": chart["name"], "version": chart["version"], "description": unit}
        files[f"/{chart['name']}.tgz"] = _packed(about, crds)
        entries[chart["name"]] = [{**about, "urls": [f"{chart['name']}.tgz"]}]
    index = {"apiVersion": "v1", "generated": "2026-01-01T00:00:00Z", "entries": entries}
    return {**files, "/index.yaml": yaml.safe_dump(index).encode()}


def _packed(about: dict[str, Any], crds: tuple[str, ...]) -> bytes:
    texts = {
        "Chart.yaml": yaml.safe_dump(about),
        "values.yaml": "{global: {}}\n",
        "templates/note.yaml": _NOTE,
        **{f"crds/{index}.yaml": yaml.safe_dump(crd) for index, crd in enumerate(stored_crds.read(*crds))},
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for path, text in texts.items():
            member = tarfile.TarInfo(f"{about['name']}/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()
