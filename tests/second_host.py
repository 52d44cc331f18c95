"""A unit of somebody's own, behind sign-in on a host of its own: its files, and what is built of the platform with it."""

import functools

from product import Built, project

from generator import catalog, pipeline
from generator.kinds import Kinds
from generator.tree import Sources
from lint.variants import Variant, laid

FOLDER = "templates/components/handbook"
EXPOSED = "{host: handbook, port: 8000}"
DECLARED = """\
title: The company's handbook
namespace: handbook
exposes:
  - EXPOSED
defaults:
  replicas: 2
  resources: {requests: {cpu: 50m, memory: 64Mi}, limits: {cpu: 200m, memory: 64Mi}}
  images:
    handbook: {repository: registry.example.com/apps/handbook, tag: 1.4.0}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: handbook
  namespace: "{{ unit.namespace }}"
spec:
  selector:
    matchLabels: {app.kubernetes.io/name: handbook}
  template:
    metadata:
      labels: {app.kubernetes.io/name: handbook}
    spec:
      serviceAccountName: handbook
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        seccompProfile: {type: RuntimeDefault}
      containers:
        - name: handbook
          image: handbook
          ports: [{name: http, containerPort: 8000}]
          readinessProbe:
            httpGet: {path: /healthz, port: http}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: handbook
  namespace: "{{ unit.namespace }}"
spec:
  selector: {app.kubernetes.io/name: handbook}
  ports: [{name: http, port: 8000, targetPort: http}]
"""


def texts(*exposed: str) -> dict[str, str]:
    """Return the unit's files; it exposes EXPOSED, or what is given."""
    return {
        f"{FOLDER}/component.yaml": DECLARED.replace("EXPOSED", "\n  - ".join(exposed or [EXPOSED])),
        f"{FOLDER}/base/deployment.yaml.j2": DEPLOYMENT,
        f"{FOLDER}/base/service.yaml.j2": SERVICE,
    }


@functools.cache
def build(variant: Variant, *exposed: str) -> Built:
    """Return an environment of the project with the unit in it, which exposes EXPOSED, or what is given."""
    sources = Sources({**laid(project().sources, variant).texts, **texts(*exposed)})
    return Built(
        *pipeline.render(pipeline.Project(sources, catalog.discover(sources), Kinds(sources.texts)), variant.example)
    )
