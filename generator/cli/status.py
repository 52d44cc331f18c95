"""codemie-manifests status"""

from pathlib import Path

import click

from generator.cli import options


@click.command()
@options.environments()
@click.option("--repository", default="", metavar="URL", help="Compare with that one, as publish would.")
@click.option("--branch", default="", help="Compare with that branch.")
@click.option("--path", default="", help="Compare with what is below that folder: PATH/ENV/.")
@options.output_format("text", "json")
@options.quiet
@options.root
def status(
    environments: tuple[str, ...],
    every: bool,  # noqa: FBT001  click's flags
    repository: str,
    branch: str,
    path: str,
    output_format: str,
    quiet: bool,  # noqa: FBT001
    root: Path,
) -> None:
    """Say what is behind what: sources, output/ENV/, the commit, and what Argo CD reads.

    It writes nothing, here or there, and runs no checks. Ends with 0 if all is the same, with 3 if something is
    behind, with 6 if the repository cannot be reached.

    \b
    Example:  codemie-manifests status prod
    """
    from generator import delivery, publish
    from generator.views import status as view

    override = publish.Override(repository, branch, path)
    found, left = delivery.status(root, environments, override, options.progress(quiet=quiet), every=every)
    if output_format == "json":
        click.echo(view.as_json(found, override, left), nl=False)
    else:
        told = [finding for one in found for finding in (*one.refused, *one.findings)]
        options.tell([*told, *left], quiet=quiet)
        click.echo("" if quiet else view.text(found, override), nl=False)
    unknown = any(one.there.state is publish.State.UNKNOWN for one in found)
    raise SystemExit(6 if unknown else 3 if left or any(one.is_behind for one in found) else 0)
