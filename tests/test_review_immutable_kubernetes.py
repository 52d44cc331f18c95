"""The plan calls blocked what an API server refuses, and nothing else (e2e/test_immutable.py asks a real one)."""

import pytest
from immutable_fields import OBJECTS, REFUSED, TAKEN, Update

from generator.kinds import Kinds
from generator.manifest import WORKLOAD, Manifest, Object, identify
from generator.review import Change, review


def side(manifest: Manifest) -> list[Object]:
    """Return an object, and the Application that it is of."""
    application = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "test-unit", "namespace": "argocd"},
        "spec": {"syncPolicy": {"automated": {"prune": True}}},
    }
    places = ((manifest, "components/unit/base/object.yaml"), (application, "argocd/apps/unit.yaml"))
    return [Object(identify(found, WORKLOAD), found, place, place) for found, place in places]


def changes(update: Update) -> tuple[Change, ...]:
    before, after = update.manifests()
    return review("test", side(before), side(after), Kinds({})).changes


@pytest.mark.parametrize("update", REFUSED, ids=str)
def test_what_a_server_refuses_is_blocked(update: Update) -> None:
    found = [change for change in changes(update) if change.impact == "blocked"]
    assert found
    assert all(change.reason and change.source and change.instead for change in found)


@pytest.mark.parametrize("update", TAKEN, ids=str)
def test_what_a_server_takes_is_not_blocked(update: Update) -> None:
    assert not [change for change in changes(update) if change.impact == "blocked"]


@pytest.mark.parametrize("update", [*REFUSED, *TAKEN], ids=str)
def test_every_row_of_the_table_is_a_change_with_a_source(update: Update) -> None:
    before, after = update.manifests()
    assert before != after
    assert update.name in OBJECTS
    assert update.source.startswith("kubernetes:")
