cp environments/lab.yaml environments/LAB.yaml
