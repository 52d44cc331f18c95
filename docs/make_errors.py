"""docs/rules.yaml -> docs/errors.md: `make docs` runs this, a test knows when it was forgotten."""

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
HEAD = """\
# Every message

A message names its rule in brackets: `environments/prod.yaml:14:3: network.pods: overlaps ... [network-overlap]`. The
place is file, line and column; then comes the path of the value, or the object and the JSON pointer into it. A `hint:`
line says how to mend it. Findings are errors unless they start with `warning:`. A source says who refuses the same after
the merge. This page is made of [rules.yaml](rules.yaml) by `make docs`.
"""


def page(sections: dict[str, dict[str, dict[str, str]]]) -> str:
    """Return the page: a table per section, rules in the order of the file."""
    lines = [HEAD]
    for section, rules in sections.items():
        lines += [f"## {section}", "", "| rule | means | for example | fix | source |", "|---|---|---|---|---|"]
        lines += [
            f"| `{rule}` | {' | '.join(_cell(text.get(key, '')) for key in ('means', 'example', 'fix', 'source'))} |"
            for rule, text in rules.items()
        ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    (HERE / "errors.md").write_text(page(yaml.safe_load((HERE / "rules.yaml").read_text())))
