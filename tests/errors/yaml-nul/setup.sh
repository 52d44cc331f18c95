printf 'name: lab\ndomain: lab.\0example.com\n' > environments/lab.yaml
