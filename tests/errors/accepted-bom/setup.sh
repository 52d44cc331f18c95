printf '\357\273\277name: lab\nlabels: {team: core}\n' > environments/lab.yaml
