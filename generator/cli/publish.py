"""codemie-manifests publish"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli import options

if TYPE_CHECKING:
    from generator.review import Action, Impact


@click.command()
@options.environments()
@click.option("--repository", default="", metavar="URL", help="Publish there: https, ssh, or a local folder to try.")
@click.option("--branch", default="", help="Publish to that branch.")
@click.option("--path", default="", help="Publish below that folder: PATH/ENV/.")
@click.option("--dry-run", is_flag=True, help="Show the commit and what it changes; push nothing.")
@click.option("--adopt", is_flag=True, help="Take over folders that hold files of others, or hand edits.")
@click.option("--allow-dirty", is_flag=True, help="Publish what is not committed; the commit says so.")
@click.option("--allow-mass-delete", is_flag=True, help="Let more than half of the published files go.")
@click.option(
    "--accept",
    multiple=True,
    callback=options.accepted(),
    metavar="WORD,...",
    help="Publish changes that are data-loss, blocked, or uncompared.",
)
@click.option("--retire", is_flag=True, help="Take the folders of environments away that are no more.")
@options.output_format("text", "json")
@options.quiet
@options.root
def publish(
    environments: tuple[str, ...],
    every: bool,  # noqa: FBT001  click's flags
    repository: str,
    branch: str,
    path: str,
    dry_run: bool,  # noqa: FBT001
    adopt: bool,  # noqa: FBT001
    allow_dirty: bool,  # noqa: FBT001
    allow_mass_delete: bool,  # noqa: FBT001
    accept: "tuple[Impact | Action, ...]",
    retire: bool,  # noqa: FBT001
    output_format: str,
    quiet: bool,  # noqa: FBT001
    root: Path,
) -> None:
    """Bring output/ENV/ to the branch that Argo CD reads, as one commit: all of it or nothing.

    It is rendered and checked again, and must be what output/ and the commit hold. Only what was published before is
    written over or taken away. What loses data, cannot be, or could not be compared (see diff) is refused unless
    accepted. Credentials: CODEMIE_GIT_TOKEN, or git's own. In place, merging is publishing. --retire: see `env retire`.

    \b
    Example:  codemie-manifests publish prod --dry-run
    """
    from generator import delivery
    from generator import publish as publishing
    from generator.views import published

    override, allowed = publishing.Override(repository, branch, path), publishing.Allowed(adopt, allow_mass_delete)
    asked = delivery.PublishOptions(override, allowed, allow_dirty=allow_dirty, dry_run=dry_run, accepted=accept)
    deliver = delivery.retire_all if retire else delivery.publish_all
    done, target, warnings = deliver(root, environments, asked, options.progress(quiet=quiet), every=every)
    if output_format == "json":
        click.echo(published.as_json(done, target, warnings, dry_run=dry_run), nl=False)
    elif not quiet:
        options.tell(warnings, quiet=False)
        click.echo(published.text(done, target, dry_run=dry_run), nl=False)
