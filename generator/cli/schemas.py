"""codemie-manifests schemas: import"""

from pathlib import Path

import click

from generator.cli import options


@click.group()
def schemas() -> None:
    """Contracts of custom kinds: what `render` and `validate` judge their objects by."""


@schemas.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@options.quiet
@options.root
def import_(files: tuple[Path, ...], quiet: bool, root: Path) -> None:  # noqa: FBT001  click's flag
    """Make contracts of the CRDs in FILE... and write them into kinds/<group>/<Kind>.yaml; they win over shipped ones.

    What a kind file says beside its contract and its immutable fields stays, comments too.
    A file holds one CRD, several documents, or a list as `kubectl get crd -o yaml` writes it. If anything in it cannot
    be used, nothing is imported.

    \b
    Example:  codemie-manifests schemas import crds.yaml
    """
    from generator import pipeline

    for path in pipeline.import_schemas(root, files):
        if not quiet:
            click.echo(path)
