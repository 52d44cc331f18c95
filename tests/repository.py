"""A small project in a git repository of its own, and a bare repository to publish to, driven by plain git."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

from command import edit, run, small_project, snapshot

LOCK = ".codemie-manifests.lock.json"
PLAIN = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    **{
        f"GIT_{who}_{what}": f"{what.lower()}@example.com"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
}
URL = "https://git.example.com/lab.git"
"""What the environments of the small project say in gitops.repository."""
Ended: TypeAlias = "subprocess.CompletedProcess[str]"


def git(folder: Path, *words: str) -> str:
    """Run plain git and return what it wrote."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), **PLAIN}
    done = subprocess.run(["git", *words], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout.rstrip("\n")


class Lab(NamedTuple):
    """A repository with the small project at `project`, its `origin`, and a bare repository that is published to."""

    top: Path
    project: Path
    origin: Path
    target: Path

    def git(self, *words: str) -> str:
        """Run git in the repository of the sources."""
        return git(self.top, *words)

    def run(self, *words: str, env: Mapping[str, str] | None = None) -> Ended:
        """Run the command in the project."""
        return run(*words, cwd=self.project, env={"XDG_CACHE_HOME": str(self.target.parent / "cache"), **(env or {})})

    def publish(self, *words: str) -> Ended:
        """Publish to the bare repository."""
        return self.run("publish", *words, "--repository", str(self.target))

    def status(self, *words: str) -> Ended:
        """Compare with the bare repository."""
        return self.run("status", *words, "--repository", str(self.target))

    def commit(self, *, push: bool = True) -> str:
        """Commit all there is and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")
        if push:
            self.git("push", "--quiet", "origin", "HEAD")
        return self.git("rev-parse", "HEAD")

    def change(self, size: str = "300Mi") -> None:
        """Change what prod sets, without rendering it."""
        edit(self.project / "environments/prod.yaml", "    replicas: 2", f"    replicas: 2\n    cacheSize: {size}")

    def render(self) -> None:
        """Render all; publish checks it."""
        done = self.run("render", "--all", "--no-check", "--quiet")
        assert done.returncode == 0, done.stderr

    def in_place(self, repository: str = URL, path: str = "output") -> None:
        """Let the environments be read where output/ is, and commit that."""
        for name in ("dev", "prod"):
            with (self.project / f"environments/{name}.yaml").open("a") as file:
                file.write(f"gitops: {{publish: in-place, repository: {repository}, path: {path}}}\n")
        self.render()
        self.commit()

    def everything(self) -> dict[str, bytes]:
        """Return every byte of all three repositories."""
        found: dict[str, bytes] = {}
        for folder in (self.top, self.origin, self.target):
            found |= {f"{folder.name}/{path}": data for path, data in snapshot(folder).items()}
        return found


def lab(folder: Path, below: str = "") -> Lab:
    """Make it all below `folder`; the project is in the folder `below` of its repository."""
    top = folder / "sources"
    project = top / below
    project.mkdir(parents=True)
    small_project(project)
    for name in ("origin.git", "target.git"):
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", name)
        git(folder / name, "config", "uploadpack.allowFilter", "true")
    git(top, "init", "--quiet", "--initial-branch=main")
    git(top, "remote", "add", "origin", str(folder / "origin.git"))
    made = Lab(top, project, folder / "origin.git", folder / "target.git")
    (top / ".gitignore").write_text(".cache/\n")
    made.commit()
    return made
