"""codemie-manifests render"""

from pathlib import Path

import click

from generator.cli import options
from generator.finding import Finding, errors


@click.command()
@options.environments()
@click.option("--check", is_flag=True, help="Write nothing; end with 3 if output/ is stale or holds foreign files.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Where to write.  [default: ROOT/output]")
@click.option("--no-cache", is_flag=True, help="Do not use or keep results of earlier runs.")
@click.option("--no-check", is_flag=True, help="Write without building and checking; such a tree is never published.")
@options.output_format("text", "json")
@options.quiet
@options.root
def render(
    environments: tuple[str, ...],
    every: bool,  # noqa: FBT001  click's flags
    check: bool,  # noqa: FBT001
    out: Path | None,
    no_cache: bool,  # noqa: FBT001
    no_check: bool,  # noqa: FBT001
    output_format: str,
    quiet: bool,  # noqa: FBT001
    root: Path,
) -> None:
    """Render environments into output/ENV/: Kustomize overlays, Config Connector resources, Argo CD Applications.

    What is written was built by the real kustomize and checked; a tree that fails is not written, and the old one
    stands. A second run changes no byte.

    \b
    Example:  codemie-manifests render prod
    """
    from generator import pipeline, workspace
    from generator.views import findings, rendered

    output, folder = out or root / "output", out.as_posix() if out else "output"
    options_ = pipeline.RenderOptions(output, write=not check, check=not no_check, cache=not no_cache)
    told: list[Finding] = []
    for outcome in pipeline.render_all(root, environments, options_, every=every):
        name, files, verdict, comparison, written = outcome
        found = rendered.warnings(name, verdict, comparison, folder, written=written)
        if output_format == "text":
            options.tell(findings.once(found, told), quiet=quiet)
            click.echo(
                "" if quiet else f"{rendered.line(name, files, verdict, comparison, written=written)}\n", nl=False
            )
        told += found
    left = tuple(workspace.retired(root, output, folder, check=check)) if every else ()
    if output_format == "text":
        options.tell(left, quiet=quiet)
    else:
        click.echo(findings.as_json(errors([*told, *left]) if quiet else [*told, *left]), nl=False)
    raise SystemExit(3 if check and errors([*told, *left]) else 0)
