"""codemie-manifests env: show, schema"""

from pathlib import Path

import click

from generator.cli import options


@click.group()
def env() -> None:
    """Environments: what they hold and where it comes from."""


@env.command()
@click.argument("environment", metavar="ENV")
@click.option("--origins", is_flag=True, help="Say beside each value which file and line it comes from.")
@options.output_format("yaml", "json")
@options.root
def show(environment: str, origins: bool, output_format: str, root: Path) -> None:  # noqa: FBT001
    """Print ENV as it is after its profiles are merged.

    \b
    Example:  codemie-manifests env show prod --origins
    """
    from generator import pipeline
    from generator.views import environment as view

    loaded = pipeline.load(pipeline.open_project(root), environment)
    click.echo(view.FORMATS[output_format](loaded.value, loaded.marks if origins else {}), nl=False)


@env.command()
@options.root
def schema(root: Path) -> None:
    """Print the JSON Schema of environment files, with the settings of every unit; editors complete and check with it.

    \b
    Example:  codemie-manifests env schema > environments/environment.schema.json
    """
    from generator import pipeline

    click.echo(pipeline.editor_schema(pipeline.open_project(root)), nl=False)
