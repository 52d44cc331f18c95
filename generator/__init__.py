"""codemie-manifests: one YAML file in, reviewed Kustomize overlays and Argo CD Applications out."""

__version__ = "0.1.0"
