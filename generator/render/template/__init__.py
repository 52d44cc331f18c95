"""Jinja templates -> YAML values and texts. Pure."""
