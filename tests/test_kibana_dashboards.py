"""The dashboards that Job kibana-setup brings, read as Kibana reads them: every name leads somewhere, every field exists.

Kinds of visualisations and their keys are those of Lens in elastic/kibana, x-pack/platform/plugins/shared/lens.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from command import ROOT
from product import build

WRITTEN = yaml.safe_load((ROOT / "tests/data/codemie_metrics.yaml").read_text(encoding="utf-8"))
KINDS = {
    "terms": {"text"},
    "date_histogram": {"date"},
    "sum": {"number"},
    "average": {"number"},
    "unique_count": {"text"},
}
"""What each operation may be asked of; a count is asked of records."""

Manifest = dict[str, Any]


def _objects() -> dict[str, Manifest]:
    built = build("prod")
    texts = built.mounted(built.one("Job", "kibana-setup"))
    return {name: json.loads(text) for name, text in texts.items() if name.startswith(("lens-", "dashboard-"))}


OBJECTS = _objects()
LENSES = {item["id"]: item for item in OBJECTS.values() if item["type"] == "lens"}
DASHBOARDS = {item["id"]: item for item in OBJECTS.values() if item["type"] == "dashboard"}


def _columns(lens: Manifest) -> dict[str, Manifest]:
    (layer,) = lens["attributes"]["state"]["datasourceStates"]["formBased"]["layers"].values()
    columns: dict[str, Manifest] = layer["columns"]
    assert sorted(layer["columnOrder"]) == sorted(columns)
    return columns


def _queries(lens: Manifest) -> Iterator[str]:
    yield lens["attributes"]["state"]["query"]["query"]
    for column in _columns(lens).values():
        if "filter" in column:
            yield column["filter"]["query"]


def _shown(lens: Manifest) -> list[str]:
    """Return the columns that the visualisation shows, in its order."""
    visual = lens["attributes"]["state"]["visualization"]
    match lens["attributes"]["visualizationType"]:
        case "lnsDatatable":
            return [column["columnId"] for column in visual["columns"]]
        case "lnsMetric":
            return [visual["metricAccessor"]]
        case "lnsXY":
            (layer,) = visual["layers"]
            return [layer["xAccessor"], layer["splitAccessor"], *layer["accessors"]]
    pytest.fail(lens["attributes"]["visualizationType"])


def test_a_file_is_one_object_under_an_id_of_its_own() -> None:
    assert sorted(OBJECTS) == sorted(
        f"{item['type']}-{item['id'].removeprefix('codemie-')}.json" for item in OBJECTS.values()
    )
    assert len(LENSES) + len(DASHBOARDS) == len(OBJECTS)


@pytest.mark.parametrize("lens", LENSES.values(), ids=list(LENSES))
def test_every_field_is_one_that_the_api_writes_and_can_be_asked_so(lens: Manifest) -> None:
    for column in _columns(lens).values():
        if column["operationType"] == "count":
            assert column["sourceField"] == "___records___"
            continue
        field = column["sourceField"].removesuffix(".keyword")
        kind = WRITTEN["fields"][field]
        assert kind in KINDS[column["operationType"]], field
        assert column["sourceField"].endswith(".keyword") is (kind == "text")


@pytest.mark.parametrize("lens", LENSES.values(), ids=list(LENSES))
def test_every_query_names_metrics_and_fields_that_there_are(lens: Manifest) -> None:
    for query in _queries(lens):
        fields = re.findall(r"([\w.@]+):", query)
        assert {field.removesuffix(".keyword") for field in fields} <= set(WRITTEN["fields"]), query
        words = set(re.findall(r"[\w.@]+(?![\w.@:])", query)) - {"and", "or", "true"}
        assert words <= set(WRITTEN["metrics"]), query


@pytest.mark.parametrize("lens", LENSES.values(), ids=list(LENSES))
def test_what_is_shown_and_sorted_by_is_a_column_and_the_data_view_is_ours(lens: Manifest) -> None:
    columns, (layer,) = _columns(lens), lens["attributes"]["state"]["datasourceStates"]["formBased"]["layers"]
    assert sorted(_shown(lens)) == sorted(columns)
    for column in columns.values():
        by = column.get("params", {}).get("orderBy")
        assert by is None or columns[by["columnId"]]["isBucketed"] is False
    assert lens["references"] == [
        {"type": "index-pattern", "id": "codemie-metrics", "name": f"indexpattern-datasource-layer-{layer}"}
    ]
    assert json.dumps(lens["attributes"]["state"]["visualization"]).count(f'"layerId": "{layer}"') == 1


def test_money_is_summed_over_what_the_api_itself_calls_spending() -> None:
    asked = {
        name: set(re.findall(r"\w+_\w+", lens["attributes"]["state"]["query"]["query"]))
        for name, lens in LENSES.items()
    }
    overall = ("codemie-money", "codemie-money-by-model", "codemie-models", "codemie-projects", "codemie-users")
    assert {name: sorted(asked[name] - {"metric_name"}) for name in overall} == dict.fromkeys(
        overall, sorted(WRITTEN["spending"])
    )


@pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=list(DASHBOARDS))
def test_every_panel_leads_to_a_visualisation_and_covers_no_other(dashboard: Manifest) -> None:
    panels = json.loads(dashboard["attributes"]["panelsJSON"])
    json.loads(dashboard["attributes"]["optionsJSON"])
    json.loads(dashboard["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    references = {item["name"]: (item["type"], item["id"]) for item in dashboard["references"]}
    wanted = {f"{panel['panelIndex']}:{panel['panelRefName']}": panel["type"] for panel in panels}
    assert {name: kind for name, (kind, _) in references.items()} == wanted
    assert {id_ for _, id_ in references.values()} <= set(LENSES)
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        grid = panel["gridData"]
        assert (grid["i"], panel["panelRefName"]) == (panel["panelIndex"], f"panel_{panel['panelIndex']}")
        own = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])}
        assert not own & cells
        assert max(x for x, _ in own) < 48
        cells |= own


def test_no_visualisation_is_left_out() -> None:
    shown = [item["id"] for dashboard in DASHBOARDS.values() for item in dashboard["references"]]
    assert sorted(shown) == sorted(LENSES)
