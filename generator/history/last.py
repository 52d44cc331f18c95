"""What a file last was, before a commit took it away."""

from generator.history.before import contents
from generator.history.source import Source


def last_content(source: Source, path: str) -> bytes | None:
    """Return what `path` (below the repository) held before it went; None where no commit before ours holds it."""
    went = source.git.run("rev-list", "--max-count=1", source.commit, "--", f":(top,literal){path}").text
    parents = source.git.run("rev-parse", "--verify", f"{went}^@").lines if went else []
    for parent in parents:
        blob = source.git.run("rev-parse", "--verify", "--quiet", f"{parent}:{path}")
        if blob.status == 0:
            return next(contents(source.git, [blob.text]))
    return None
