iconv -f UTF-8 -t UTF-16LE environments/lab.yaml > environments/lab.yaml.16
mv environments/lab.yaml.16 environments/lab.yaml
