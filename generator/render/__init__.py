"""Plan -> Tree in memory. Pure: no file, no clock, no network."""

from generator.render.render import render

__all__ = ["render"]
