"""customerComponents and the like in the API's values.schema.json -> docs/features.md: `make docs` runs this.

The schema has a description of each part, and may have `x-variable` (the variable of the API that the part also sets),
`x-needs` (what the part needs before it works) and `x-vendor` (the vendor's default, where ours is different).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SOURCE = "templates/components/api/values.schema.json"
INDEX = """\
# Features

`components.api.customerComponents` switches the parts of CodeMie that people see on and off. It lists parts of the UI by id,
with their settings. The API serves this list to the UI; some parts also change the API. `make docs` makes the tables below from
[values.schema.json](../templates/components/api/values.schema.json).

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

- The defaults are the vendor's (`config/customer/customer-config.yaml` of `codemie-ai/codemie`). Where ours is different, the
  table also has the vendor's. An environment changes only the settings that it names; other settings and parts keep theirs.
- An id that is not in the table is passed to the UI with its settings, such as an id of a newer release or
  `helpLinks:assistants:creating`. It needs `enabled`.
- The API reads the ConfigMap at startup; a change rolls the API. In some releases, administrators can change some parts under
  Settings → Administration → Customer Configuration. What they save there takes precedence over this file, at once.
- [vendor-contract.yaml](../tests/data/vendor-contract.yaml) compares every id, variable and field of models with the
  vendor's source. A test compares it with the rendered files.

## What a part needs

Some parts need more than these manifests render; column "needs" lists it. Without it, people see the part, but it fails or does
nothing.

- **Keys**: web search comes without keys. Store a secret in Secret Manager, and give it to the API with `secretEnv`. Values that
  are not secret go into `env`:

  ```yaml
  components:
    api:
      secretEnv:
        TAVILY_API_KEY: {source: external, id: tavily-key}
  ```

- **Variables**: some parts also have a switch in the API, which is off by default. Such a part sets the variable in column
  "sets", so that UI and API agree. Do not set the variable in `env`.
- **Schedulers**: with several pods of the API, one pod holds a lock and runs what is due; when it is gone, another takes over.
  The lock is in Elasticsearch, for 30 s; in newer releases it is in PostgreSQL. `access.webhookRanges` sets the same variable,
  because the vendor's documentation says that the same engine handles events from outside.
- **The leaderboard** ranks people by name. Where they have to consent to this, set `aiChampionsLeaderboard: {enabled: false}`:
  then the API does not count.
- **Redis** stores a sign-in with Microsoft between two requests, and the counters of the limit on webhooks.
- **Values that the API derives from its variables** are rejected here: enterprise edition, user management
  (ENABLE_USER_MANAGEMENT), names of chats (CHAT_CONTEXTUAL_NAMING_ENABLED), budget notifications
  (BUDGET_SOFT_LIMIT_NOTIFICATION_ENABLED), and sign-in to GitLab, Jira and Confluence (GITLAB_OAUTH_ENABLED,
  JIRA_OAUTH_ENABLED, CONFLUENCE_OAUTH_ENABLED). If one of the last three is on, the API starts only with an
  MCP_AUTH_HMAC_SECRET of at least 32 bytes and the token vault of the vendor's enterprise edition.
"""
PARTS = (
    ("customerComponents", "Parts of the UI"),
    ("preconfiguredAssistants", "Assistants"),
)
TOOLS = """
## Tools

`toolDefaults` has the initial values of the forms of integrations. A key that ends in `_placeholder` is shown in the empty
field; any other (`url`, `base_url`, `cloud`, `auth_type` …) fills the field in. By default each of these tools has an example:
"""


def page(schema: dict[str, Any]) -> str:
    """Return the page about features that the API's schema describes."""
    properties = schema["properties"]
    parts = [INDEX]
    parts += [f"\n## {title}\n\n{_table(_rows(properties[name]))}" for name, title in PARTS]
    tools = ", ".join(f"`{tool}`" for tool in properties["toolDefaults"]["default"])
    return "".join([*parts, TOOLS, f"{tools}.\n"])


def _rows(schema: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    yield ("id", "what it is", "default", "sets", "needs")
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
