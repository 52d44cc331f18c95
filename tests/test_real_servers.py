"""What real servers taught (docs/real-servers.md), without them."""

import pytest
from command import ENVIRONMENTS
from product import build


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_false_that_servers_leave_out_is_not_rendered(environment: str) -> None:
    """What is not kept differs from what is live for ever, for whoever compares field by field."""
    classes = build(environment).of("PriorityClass")
    assert classes
    assert [item["metadata"]["name"] for item in classes if item.get("globalDefault") is False] == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_argocd_is_asked_to_do_is_no_drift_of_the_root(environment: str) -> None:
    """It is there when Argo CD looks at what is live, and gone when it asks the server."""
    (ignored,) = build(environment).one("Application", f"{environment}-root")["spec"]["ignoreDifferences"]
    assert (ignored["group"], ignored["kind"]) == ("argoproj.io", "Application")
    assert ignored["jsonPointers"] == ["/metadata/annotations/argocd.argoproj.io~1refresh", "/operation"]
