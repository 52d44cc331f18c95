printf 'name: lab\nlabels: {team: "\355\240\275"}\n' > environments/lab.yaml
