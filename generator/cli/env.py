"""codemie-manifests env: show, schema, retire"""

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


@env.command()
@click.argument("environment", metavar="ENV")
@click.option("--confirm", default="", metavar="ENV", help="Do it: take environments/ENV.yaml and output/ENV/ away.")
@options.output_format("text", "json")
@options.root
def retire(environment: str, confirm: str, output_format: str, root: Path) -> None:
    """Say what it takes to let ENV go, in order: what waits for a confirmation, what stays and is paid for.

    It asks no cluster and no cloud. With --confirm ENV it does the step in the sources, if git has all that goes.

    \b
    Example:  codemie-manifests env retire dev
    """
    from generator import pipeline
    from generator.views import retirement as view

    if confirm not in ("", environment):
        message = f"--confirm {confirm} is not {environment}"
        raise click.UsageError(message)
    if confirm:
        paths = pipeline.retire(root, environment)
        text = view.as_json(environment, None, paths) if output_format == "json" else view.removed(environment, paths)
        click.echo(text, nl=False)
        return
    found, unread = pipeline.retirement(root, environment)
    if output_format == "json":
        click.echo(view.as_json(environment, found, found=unread), nl=False)
    else:
        options.tell(unread, quiet=False)
        click.echo(view.text(environment, found), nl=False)
