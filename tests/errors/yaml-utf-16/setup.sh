iconv -f UTF-8 -t UTF-16 environments/lab.yaml > environments/lab.yaml.16
mv environments/lab.yaml.16 environments/lab.yaml
