ln -sf /etc/hostname environments/lab.yaml
