printf 'name: lab\nlabels: {team: caf\351}\n' > environments/lab.yaml
