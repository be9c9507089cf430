"""The way from the sources to a number, and lifecycles of contributors, drawn and as data."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from observer.web.lifecycle import Month, lifecycle_chart
from observer.web.lineage_chart import Node, lineage_chart, ranks

EDGES = [("raw", "staging"), ("staging", "a"), ("staging", "b"), ("a", "b"), ("b", "mart")]


def test_a_model_stands_after_all_that_it_reads() -> None:
    found = ranks(("mart", "b", "a", "staging", "raw"), EDGES)

    assert found == {"raw": 0, "staging": 1, "a": 2, "b": 3, "mart": 4}
    assert all(found[above] < found[below] for above, below in EDGES)


def test_a_circle_of_models_is_drawn_and_ends() -> None:
    assert set(ranks("ab", [("a", "b"), ("b", "a")])) == {"a", "b"}


def test_a_graph_has_a_box_for_each_node_and_a_line_for_each_edge() -> None:
    nodes = [Node(name, "marts", f"/model/{name}") for name in ("raw", "staging", "a", "b", "mart")]

    svg = ElementTree.fromstring(lineage_chart(nodes, [*EDGES, ("gone", "a")], label='of "a" & <b>'))

    assert len(list(svg.iter("rect"))) == len(nodes)
    assert len(list(svg.iter("path"))) == len(EDGES)
    assert {link.get("href") for link in svg.iter("a")} == {node.address for node in nodes}


@pytest.mark.parametrize("count", [3, 12, 60])
def test_short_columns_of_a_graph_spread_over_what_is_seen_first_and_no_box_covers_another(count: int) -> None:
    sources = [Node(f"source_{number}", "source", None) for number in range(count)]
    nodes = [*sources, Node("a", "marts", None), Node("b", "marts", None), Node("end", "marts", None)]
    edges = [(node.name, "ab"[place % 2]) for place, node in enumerate(sources)] + [("a", "end"), ("b", "end")]

    svg = ElementTree.fromstring(lineage_chart(nodes, edges, label="all"))
    tops: dict[str, list[float]] = {}
    for box in svg.iter("rect"):
        tops.setdefault(box.attrib["x"], []).append(float(box.attrib["y"]))
    seen = min(14, count) * 27

    assert [len(column) for column in tops.values()] == [count, 2, 1]
    for column in map(sorted, tops.values()):
        assert all(below - above >= 24 for above, below in pairwise(column))
        assert column[0] >= 0 and column[-1] + 20 <= float(svg.attrib["height"])
    for few in list(tops.values())[1:]:
        assert abs(sum(few) / len(few) + 10 - seen / 2) < 3


def test_the_lineage_of_a_number_ends_in_the_number(client: TestClient) -> None:
    address = "/lineage/metric/commits?entity=project/lattice&grain=month&bucket=2024-02-01"
    data = client.get(address.replace("?", ".json?")).json()["data"]
    amount = client.get("/api/v1/explain?metric=commits&entity=project/lattice&grain=month&bucket=2024-02-01").json()
    shown = f"Lattice Protocol: {amount['data']['point']['amount']:g}"

    readers = {edge["source"]: edge["reader"] for edge in data["edges"]}
    assert readers["timeseries_metrics"] == "Commits"
    assert readers["Commits"] == shown
    assert [step["layer"] for step in data["steps"]][-2:] == ["metric", "number"]
    assert shown in client.get(address).text


def test_the_neighbours_of_a_model_are_those_of_its_page(client: TestClient) -> None:
    around = {step["name"] for step in client.get("/lineage/model/int_events.json").json()["data"]["steps"]}

    assert around == {"raw.git__commits", "stg_git__commits", "int_events", "events", "timeseries_metrics"}
    assert client.get("/lineage/model/nothing").status_code == 404


@pytest.mark.parametrize(
    ("returning", "churned", "retention"), [(3.0, 1.0, 0.75), (0.0, 0.0, None), (None, 1.0, None), (2.0, None, None)]
)
def test_retention_is_the_share_that_stayed(
    returning: float | None, churned: float | None, retention: float | None
) -> None:
    assert Month(date(2024, 2, 1), True, 1.0, returning, 0.0, churned).retention == retention


def test_a_month_of_which_a_part_is_unknown_is_hatched() -> None:
    months = [
        Month(date(2024, 1, 1), True, 4.0, 2.0, 1.0, 3.0),
        Month(date(2024, 2, 1), True, None, 2.0, 1.0, 3.0),
        Month(date(2024, 3, 1), False, 0.0, 0.0, 0.0, 0.0),
    ]

    svg = lifecycle_chart(months, "people")

    assert svg.count('class="unknown"') == 1
    heights = [float(value) for value in re.findall(r'class="dot \w+(?: partial)?" [^>]* height="([\d.]+)"', svg)]
    assert len(heights) == 8
    # Bars have one scale above and below the line.
    assert heights[0] / 2 == pytest.approx(heights[1], rel=0.02)
    assert heights[3] / 3 == pytest.approx(heights[1], rel=0.02)
    assert heights[4:] == [0.0] * 4


def test_classes_are_shown_without_names(client: TestClient) -> None:
    sizes = {each["user_class"]: each["count"] for each in client.get("/people.json").json()["data"]}
    page = client.get("/people/bot")

    assert sizes["person"] > 0
    assert sizes["bot"] > 0
    assert page.status_code == 200
    assert "ada" not in re.sub(r"<[^>]*>", " ", page.text).lower().split()
    assert client.get("/people/unknown").status_code == 404


def test_the_spread_of_a_metric_counts_each_project_once(client: TestClient) -> None:
    spread = client.get("/metric/commits.json").json()["data"]["spread"]
    items = client.get("/api/v1/projects?metrics=commits&grain=rolling_180_days&limit=100").json()["data"]
    states = [item["values"][0]["state"] for item in items]

    assert spread["zero_count"] == states.count("zero")
    assert spread["unknown_count"] <= states.count("unknown")
    assert sum(group["count"] for group in spread["groups"]) == states.count("value")
