printf 'name: lab\r\nlabels: {team: core}\r\n' > environments/lab.yaml
