"""customerComponents and the like in the API's values.schema.json -> docs/features.md: `make docs` runs this.

Of each part the schema has a description, and may have `x-variable` (the API's switch behind it, which the part sets),
`x-needs` (what it takes to work here) and `x-vendor` (what the vendor has, where our default differs).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SOURCE = "templates/components/api/values.schema.json"
INDEX = """\
# Features

What people see of CodeMie is switched by `components.api.customerComponents`: parts of the UI by id, each with its
settings. The API serves them to the UI; some switch the API itself. The tables are made of
[values.schema.json](../templates/components/api/values.schema.json) by `make docs`.

```yaml
components:
  api:
    customerComponents:
      features:favoritesPage: {enabled: true}
      customerSupport: {enabled: true, url: "https://support.example.com"}
      applications:tracker: {enabled: true, name: Tracker, type: link, url: "https://tracker.example.com"}
    preconfiguredAssistants:
      keycloak-manager: {enabled: true}
    toolDefaults:
      jira: {url: "https://jira.example.com/"}
```

- Defaults are the vendor's (`config/customer/customer-config.yaml` of `codemie-ai/codemie`); where one is not, the table
  says what the vendor has. What an environment sets of a part leaves its other settings, and all other parts, as they are.
- An id that the table does not have is passed through with its settings, as one of a newer release, or
  `helpLinks:assistants:creating`: it needs `enabled`.
- The ConfigMap is read at the start; a change rolls the API. Under Settings → Administration → Customer Configuration a
  release may let administrators change some parts at once: what they save there wins over what stands here.
- [vendor-contract.yaml](../tests/data/vendor-contract.yaml) compares every id, variable and field of models with the
  vendor's source, and a test compares it with what is rendered.

## What a part needs

Some parts need more than is rendered. Until they have it, people see them, but they fail or do nothing: column "needs"
says of each part what that is.

- **Keys**: web search has none of its own. A secret goes into Secret Manager, and by `secretEnv` into the API; what is no
  secret stands in `env`:

  ```yaml
  components:
    api:
      secretEnv:
        TAVILY_API_KEY: {source: external, id: tavily-key}
  ```

- **Variables**: behind some parts the API has a switch of its own, which is off by default. Such a part sets it, column
  "sets", so that the two agree; leave it out of `env`.
- **Schedulers**: of two or more pods of the API one holds a lock (in Elasticsearch for 30 s, in newer releases in
  PostgreSQL) and runs what is due; another takes over when it is gone. `access.webhookRanges` sets the same variable: the
  vendor's documentation counts events from outside to the same engine.
- **The leaderboard** ranks people by name. Where that needs their consent, set `aiChampionsLeaderboard: {enabled: false}`:
  then nothing is counted.
- **Redis** keeps a sign-in with Microsoft between two requests, and counts webhooks for their limit.
- **What the API works out from its variables** is refused here: enterprise edition, user management
  (ENABLE_USER_MANAGEMENT), names of chats (CHAT_CONTEXTUAL_NAMING_ENABLED), notices of budgets
  (BUDGET_SOFT_LIMIT_NOTIFICATION_ENABLED), and sign-in at GitLab, Jira and Confluence (GITLAB_OAUTH_ENABLED,
  JIRA_OAUTH_ENABLED, CONFLUENCE_OAUTH_ENABLED). With one of the last three the API does not start without a
  MCP_AUTH_HMAC_SECRET of at least 32 bytes and the vault for tokens of the vendor's enterprise edition.
"""
PARTS = (
    ("customerComponents", "Parts of the UI"),
    ("preconfiguredAssistants", "Assistants"),
)
TOOLS = """
## Tools

`toolDefaults` holds what the forms of integrations begin with. A key that ends in `_placeholder` is shown in the empty
field, any other (`url`, `base_url`, `cloud`, `auth_type` …) is filled in. By default each tool has an example:
"""


def page(schema: dict[str, Any]) -> str:
    """Return the page of what the API's schema says of features."""
    properties = schema["properties"]
    parts = [INDEX]
    parts += [f"\n## {title}\n\n{_table(_rows(properties[name]))}" for name, title in PARTS]
    tools = ", ".join(f"`{tool}`" for tool in properties["toolDefaults"]["default"])
    return "".join([*parts, TOOLS, f"{tools}.\n"])


def _rows(schema: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    yield ("id", "is", "default", "sets", "needs")
    for name, part in schema["properties"].items():
        default = schema["default"][name]
        settings = {key: value for key, value in default.items() if key in SHOWN}
        vendor = f"; the vendor: {part['x-vendor']}" if "x-vendor" in part else ""
        shown = "".join(f", `{key}: {json.dumps(value)}`" for key, value in settings.items() if value)
        state = "on" if default["enabled"] else "off"
        yield (
            f"`{name}`",
            part["description"],
            state + shown + vendor,
            part.get("x-variable", ""),
            part.get("x-needs", ""),
        )


SHOWN = ("slug", "url", "value", "recentReleaseCount", "timeoutSeconds", "maxParallelCalls", "index_name")
"""Settings whose default a reader may want to change; names and texts are in the schema."""


def _table(rows: Iterator[tuple[str, ...]]) -> str:
    listed = list(rows)
    kept = [at for at in range(len(listed[0])) if any(row[at] for row in listed[1:])]
    head, *lines = ["| " + " | ".join(row[at] for at in kept) + " |\n" for row in listed]
    return head + "|---" * len(kept) + "|\n" + "".join(lines)


if __name__ == "__main__":
    (HERE / "features.md").write_text(page(json.loads((HERE.parent / SOURCE).read_text())))
