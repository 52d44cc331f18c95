{ printf 'name: lab\nlabels: '; printf '[%.0s' $(seq 3000); printf ']%.0s' $(seq 3000); echo; } > environments/lab.yaml
