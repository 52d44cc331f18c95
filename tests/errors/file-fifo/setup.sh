rm environments/lab.yaml
mkfifo environments/lab.yaml
