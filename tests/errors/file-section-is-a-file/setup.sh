rm -r templates/infra
touch templates/infra
