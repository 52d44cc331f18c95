mv environments/lab.yaml environments/other.txt
ln -s other.txt environments/lab.yaml
