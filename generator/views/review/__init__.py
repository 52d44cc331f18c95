"""A review -> text, Markdown, JSON. Pure."""
