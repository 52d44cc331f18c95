rm environments/profiles/defaults.yaml
