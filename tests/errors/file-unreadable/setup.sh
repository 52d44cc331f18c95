chmod 000 environments/lab.yaml
