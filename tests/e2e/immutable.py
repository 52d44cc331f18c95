"""Changes that the API server refuses, and what it and Argo CD say of them: what the plan has to know beforehand.

docs/real-servers.md has it in words; test_reconciliation.py holds both to the letter.
"""

from typing import NamedTuple

MCP = "codemie-mcp-connect-service"


class Immutable(NamedTuple):
    """A change that the API server refuses: of which object, in which file, and what it says of it."""

    object: tuple[str, str, str, str]
    path: str
    old: str
    new: str
    said: str

    def message(self) -> str:
        """Return what Argo CD makes of it."""
        api_version, kind, _, name = self.object
        return (
            "Failed to compare desired state to live state: failed to calculate diff: error calculating server side diff: "
            f"serverSideDiff error: error running server side apply in dryrun mode for resource {kind}/{name}: "
            f'{kind}.{api_version.partition("/")[0]} "{name}" is invalid: {self.said}'
        )


IMMUTABLE = {
    "dev-mcp-connect": Immutable(
        ("apps/v1", "StatefulSet", MCP, MCP),
        "mcp-connect/base/statefulset.yaml",
        "serviceName: ",
        "serviceName: x-",
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
        "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ),
    "dev-mermaid-server": Immutable(
        ("apps/v1", "Deployment", "codemie", "mermaid-server"),
        "mermaid-server/base/deployment.yaml",
        "/name: mermaid-server",
        "/name: x",
        'spec.selector: Invalid value: {"matchLabels":{"app.kubernetes.io/name":"x"}}: field is immutable',
    ),
    "dev-namespaces": Immutable(
        ("scheduling.k8s.io/v1", "PriorityClass", "", "codemie-high"),
        "namespaces/overlay/priorityclasses.yaml",
        "value: 100000\n",
        "value: 100001\n",
        "value: Forbidden: may not be changed in an update.",
    ),
}
"""By Application."""
