rm templates/components/web/component.yaml
