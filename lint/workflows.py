"""actionlint, the schemas of both forges and shellcheck over docs/ci/: lint/workflows.py ACTIONLINT FOLDER_OF_THE_OTHERS."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

QUOTED = "SC2016"
"""A `$` in single quotes is jq's."""
CI = Path(__file__).parent.parent / "docs/ci"
GITHUB, GITLAB = CI / "github.yaml", CI / "gitlab.yaml"


def main(actionlint: str, folder: str) -> int:
    """Run them all. Returns 4 if one found something."""
    schema, shellcheck = f"{folder}/check-jsonschema", f"{folder}/shellcheck"
    commands = [
        ([actionlint, "-shellcheck", shellcheck, str(GITHUB)], ""),
        ([schema, "--quiet", "--builtin-schema", "vendor.github-workflows", str(GITHUB)], ""),
        ([schema, "--quiet", "--builtin-schema", "vendor.gitlab-ci", str(GITLAB)], ""),
        *(
            ([shellcheck, "--norc", f"--exclude={QUOTED}", f"--shell={shell}", "-"], script)
            for shell, script in _scripts()
        ),
    ]
    found = sum(subprocess.run(words, input=text, text=True, check=False).returncode != 0 for words, text in commands)
    print(f"workflows: {len(commands)} checks, {found} found something")
    return 4 if found else 0


def _scripts() -> Iterator[tuple[str, str]]:
    """Yield the script of each GitLab job, for the shell of its image; actionlint knows the scripts of the other file."""
    for job in yaml.safe_load(GITLAB.read_text()).values():
        yield "bash", "\n".join(["set -e", *job.get("before_script", []), *job["script"]])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
