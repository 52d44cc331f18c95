"""Objects against the schema of their kind: that of Kubernetes, or a contract made of a CRD."""
