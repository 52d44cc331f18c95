"""Names that others read: hosts, branches, registries."""

import re
from collections.abc import Iterator

from generator.environment.fault import THERE, Fault
from generator.environment.model import Environment
from generator.yamlio import Path

_DOMAIN = 200


def hosts_fit_into_dns(env: Environment) -> Iterator[Fault]:
    """A DNS name has at most 253 characters, and the hosts of units stand before the domain."""
    if len(env.domain) > _DOMAIN:
        hint = "units put their host in front of it, and a DNS name has at most 253 characters"
        yield Fault("domain-length", ("domain",), f"must be at most {_DOMAIN} characters", hint)


def git_takes_branch_and_name(env: Environment) -> Iterator[Fault]:
    """Git refuses some branch names (git-check-ref-format), and a line end in a name would add lines to a commit."""
    if re.search(r"\.\.|//|/\.|^refs/|[./]$|\.lock(/|$)", env.gitops.branch):
        hint = "e.g. main or env/prod; no refs/, no double dots or slashes, none at the end"
        yield Fault("git-name", ("gitops", "branch"), "is not a valid git branch name", hint)
    who = env.gitops.commit
    if who and not re.fullmatch(r"[^<>\t\n]*[^<>\s][^<>\t\n]*", who.name):
        hint = "write the name of a person or a bot; the address goes in gitops.commit.email"
        yield Fault("git-name", ("gitops", "commit", "name"), "must be one line without < and >", hint)


def mirrors_lead_elsewhere(env: Environment) -> Iterator[Fault]:
    """A mirror is another place than its source, and a source has one mirror."""
    first: dict[str, Path] = {}
    for name, mirror in sorted(env.registry.mirrors.items()):
        path: Path = ("registry", "mirrors", name)
        if mirror.target == mirror.source:
            yield Fault("registry-mirror", (*path, "target"), "is the same as the source", "remove the mirror")
        if mirror.source in first:
            message = f"is also the source of another mirror ({THERE})"
            hint = "keep one of them; null removes one that a profile sets"
            yield Fault("registry-mirror", (*path, "source"), message, hint, (first[mirror.source],), message)
        first.setdefault(mirror.source, (*path, "source"))


RULES = (hosts_fit_into_dns, git_takes_branch_and_name, mirrors_lead_elsewhere)
