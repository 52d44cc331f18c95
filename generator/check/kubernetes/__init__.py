"""Rules on objects of Kubernetes: pods, rights, references, names."""
