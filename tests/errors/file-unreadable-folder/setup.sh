chmod 000 templates/components/web
