"""Findings, environments, units -> text and JSON. Pure."""
