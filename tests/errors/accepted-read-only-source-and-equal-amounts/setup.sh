chmod 444 environments/lab.yaml
