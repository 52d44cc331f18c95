"""codemie-manifests validate"""

from pathlib import Path

import click

from generator.cli import options


@click.command()
@options.environments()
@click.option("--path", type=click.Path(path_type=Path, file_okay=False), help="What to check.  [default: ROOT/output]")
@options.output_format("text", "json")
@options.quiet
@options.root
def validate(
    environments: tuple[str, ...],
    every: bool,  # noqa: FBT001  click's flags
    path: Path | None,
    output_format: str,
    quiet: bool,  # noqa: FBT001
    root: Path,
) -> None:
    """Build and check what is in output/ENV/ (or PATH/ENV/) as it stands, without rendering.

    \b
    Example:  codemie-manifests validate prod --format json
    """
    from generator import pipeline, workspace
    from generator.views import findings, rendered

    checked = list(pipeline.validate(root, environments, path or root / "output", every=every))
    folder = path.as_posix() if path else "output"
    left = tuple(workspace.retired(root, path or root / "output", folder)) if every else ()
    found = [*(finding for _, verdict in checked for finding in verdict.findings), *left]
    if output_format == "json":
        click.echo(findings.as_json(found), nl=False)
    elif not quiet:
        options.tell(found, quiet=False)
        for tree, verdict in checked:
            click.echo(rendered.checked(tree.environment, len(tree.files), verdict))
