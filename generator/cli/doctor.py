"""codemie-manifests doctor"""

import click

from generator.cli import options


@click.command()
@options.output_format("text", "json")
def doctor(output_format: str) -> None:
    """Say which tools are here, which are missing, and how to get those. Ends with 2 if something needed is missing.

    \b
    Example:  codemie-manifests doctor
    """
    from generator import build
    from generator.views import tools

    found = build.tools()
    click.echo(tools.FORMATS[output_format](found), nl=False)
    raise SystemExit(2 if build.missing(found) else 0)
