"""codemie-manifests diff"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli import options
from generator.finding import errors

if TYPE_CHECKING:
    from generator.review import Action, Impact


@click.command()
@options.environments(every="All environments there are, and those that are no more.")
@click.option("--against", default="", metavar="REF|DIR", help="The old side.  [default: where the branch began]")
@options.output_format("text", "markdown", "json")
@click.option("--exit-code", is_flag=True, help="End with 3 if anything changes.")
@click.option(
    "--fail-on",
    multiple=True,
    callback=options.refused,
    metavar="IMPACT,...",
    help="End with 4 if a change does that, and whatever is named, if something could not be compared.",
)
@click.option(
    "--accept",
    multiple=True,
    callback=options.accepted("uncompared"),
    metavar="uncompared",
    help="Do not let --fail-on stop for what could not be compared.",
)
@options.no_color
@options.quiet
@options.root
def diff(
    environments: tuple[str, ...],
    every: bool,  # noqa: FBT001  click's flags
    against: str,
    output_format: str,
    exit_code: bool,  # noqa: FBT001
    fail_on: "tuple[Impact | Action, ...]",
    accept: "tuple[Impact | Action, ...]",
    no_color: bool,  # noqa: FBT001
    quiet: bool,  # noqa: FBT001
    root: Path,
) -> None:
    """Say what a merge will do: every change of every object, and whether it loses data, is refused, cuts service ...

    The new side is what the working tree renders, the old one output/ where this branch left the default one, at a ref,
    or in a folder. Both are built by kustomize; no cluster is asked. Impacts, worst first: data-loss, blocked, outage,
    exposure, orphan, restart, scale, unknown, safe. What could not be compared is unknown, and uncompared to --fail-on.

    \b
    Example:  codemie-manifests diff prod --fail-on data-loss,blocked
    """
    from generator import pipeline
    from generator.views.review import json as review_json
    from generator.views.review import markdown as review_markdown
    from generator.views.review import text as review_text
    from generator.views.review import wording

    base, reviews = pipeline.diff(root, environments, against, every=every)
    refused = tuple(wording.failures(reviews, fail_on, accept, exit_code=exit_code))
    if output_format == "json":
        click.echo(review_json.text(reviews, base, refused), nl=False)
    elif output_format == "markdown":
        click.echo(review_markdown.text(reviews, base=base), nl=False)
    elif not quiet:
        colour = options.colour(no_color=no_color)
        click.echo(review_text.text(reviews, options.width(), base=base, colour=colour), color=colour, nl=False)
    if output_format != "json":
        options.tell(errors(refused), quiet=quiet)
    raise SystemExit(4 if errors(refused) else 3 if refused else 0)
