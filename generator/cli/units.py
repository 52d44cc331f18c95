"""codemie-manifests units"""

from pathlib import Path

import click

from generator.cli import options


@click.command()
@options.output_format("text", "json")
@options.root
def units(output_format: str, root: Path) -> None:
    """List all units that templates/ offers, and names that others wait for.

    \b
    Example:  codemie-manifests units --format json
    """
    from generator import pipeline
    from generator.views import units as view

    project = pipeline.open_project(root)
    click.echo(view.FORMATS[output_format](project.catalog.units), nl=False)
