rm -r templates/components/web/base
touch templates/components/web/base
