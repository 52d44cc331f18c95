rm -r templates/components/web
touch templates/components/web
