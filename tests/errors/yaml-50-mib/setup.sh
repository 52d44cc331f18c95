{ printf 'name: lab\n# '; head -c 52428800 /dev/zero | tr '\0' x; echo; } > environments/lab.yaml
