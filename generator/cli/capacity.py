"""codemie-manifests capacity"""

from pathlib import Path

import click

from generator.cli import options


@click.command()
@click.argument("environment", metavar="ENV")
@options.output_format("text", "json")
@options.root
def capacity(environment: str, output_format: str, root: Path) -> None:
    """Say what the pods of ENV request, what its nodes have for them, and whether that is enough.

    \b
    At minimum size, with one node lost, and while everything rolls out at once. Ends with 4 if pods never fit.
    Example:  codemie-manifests capacity prod --format json
    """
    from generator import pipeline
    from generator.capacity import view
    from generator.finding import errors

    report, found = pipeline.capacity(root, environment)
    click.echo(view.FORMATS[output_format](environment, report, found), nl=False)
    if output_format == "text":
        options.tell(found, quiet=False)
    raise SystemExit(4 if errors(found) else 0)
