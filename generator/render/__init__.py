"""Plan -> Tree in memory. Pure: no file, no clock, no network."""

from generator.render.locate import located
from generator.render.render import render
from generator.render.template.templates import syntax_problems

__all__ = ["located", "render", "syntax_problems"]
