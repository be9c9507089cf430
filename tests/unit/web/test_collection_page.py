"""What the page of a collection draws, against the rows that it is drawn from."""

from __future__ import annotations

import math
from datetime import date
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from observer.model.metric import Grain
from observer.model.published import EntityType
from observer.model.state import State
from observer.query.answers import Entity, KeyMetric, Metric, Point, Series
from observer.query.context import Dependence, DependencyMap, Funded
from observer.testing.sample import sample_rows
from observer.web.growth import Growth, ends, growth, growth_chart
from observer.web.pages.collection import dependency_chart
from observer.web.scatter import dots, scatter

COMMITS = Metric("id", "commits", "Commits", "", "commits", "sum", 1, None, None, (), "", "", None, "code")


def project(name: str) -> Entity:
    return Entity(EntityType.PROJECT, name, None, "OSS_DIRECTORY", "oso", name, display_name=f"<{name}>")


def months(name: str, amounts: list[float | None], *, seen: float = 1.0, is_over: bool = True) -> Series:
    points = []
    for number, amount in enumerate(amounts):
        day = date(2025 + number // 12, 1 + number % 12, 1)
        state = State.UNKNOWN if amount is None else State.VALUE
        complete = is_over or number + 1 < len(amounts)
        points.append(Point(day, day, day, amount, state, seen, is_partial=False, is_complete=complete))
    ends_on = points[-1].bucket
    return Series(COMMITS, project(name), Grain.MONTH, "commits", ends_on, ends_on, ends_on, 1, tuple(points))


def funded(name: str, dollars: float | None, commits: float | None, *, unknown: int = 0) -> Funded:
    state = State.UNKNOWN if commits is None else State.VALUE
    value = KeyMetric(
        "commits", "Commits", "commits", "sum", Grain.ALL, date(2026, 1, 1), commits, state, 1.0, None, None
    )
    return Funded(project(name), 1 + unknown, unknown, dollars, value)


def test_growth_compares_six_whole_months_with_the_six_before() -> None:
    found = growth(
        [months("up", [9.0] + [1.0] * 6 + [3.0] * 6), months("down", [2.0] * 6 + [0.0] * 6 + [50.0], is_over=False)]
    )

    assert [(each.project.name, each.before, each.now, each.change) for each in found] == [
        ("up", 6.0, 18.0, 12.0),
        ("down", 12.0, 0.0, -12.0),
    ]


@pytest.mark.parametrize(
    "series",
    [
        months("young", [1.0] * 11),
        months("gap", [1.0] * 5 + [None] + [1.0] * 6),
        months("hardly seen", [1.0] * 12, seen=0.5),
        months("quiet", [0.0] * 12),
    ],
    ids=lambda series: series.entity.name,
)
def test_what_was_not_seen_neither_grows_nor_shrinks(series: Series) -> None:
    assert growth([series]) == []


def test_bars_of_growth_stand_on_both_sides_of_zero_and_are_as_long_as_the_change() -> None:
    rows = ends([Growth(project(f"p{n}"), date(2026, 1, 31), 100.0, 100.0 + n) for n in range(40, -41, -1)])

    svg = ElementTree.fromstring(growth_chart(rows, "a & b", "commits"))

    bars = [(float(bar.get("x", "")), float(bar.get("width", "")), bar.get("class")) for bar in svg.iter("rect")]
    zero = float(next(svg.iter("line")).get("x1", ""))
    assert len(bars) == len(rows) == 20
    assert {each.change for each in rows} == {*range(31, 41), *range(-40, -30)}
    for (x, width, style), each in zip(bars, rows, strict=True):
        assert style == ("dot more" if each.change > 0 else "dot less")
        assert (x if each.change > 0 else x + width) == pytest.approx(zero, abs=0.2)
        assert width / bars[0][1] == pytest.approx(abs(each.change) / 40, abs=0.01)


def test_money_that_is_not_known_has_no_place_in_the_chart() -> None:
    known = [funded("a", 1000.0, 10.0), funded("b", 1e6, 0.0, unknown=2)]
    drawn = dots([*known, funded("c", None, 5.0), funded("d", 7.0, None), Funded(project("e"), 1, 0, 7.0, None)])

    svg = ElementTree.fromstring(scatter(drawn, "x", "dollars", "commits"))

    places = [(float(dot.get("cx", "")), float(dot.get("cy", ""))) for dot in svg.iter("circle")]
    lines = [float(line.get("x1", "")) for line in svg.iter("line") if line.get("x1") == line.get("x2")]
    assert [dot.of for dot in drawn] == known
    # A million is the end of the scale, and zero commits the foot of the other one.
    assert places[1][0] == pytest.approx(max(lines), abs=0.2)
    assert places[0][0] - lines[0] == pytest.approx(
        (max(lines) - lines[0]) * math.log(1001) / math.log(1_000_001), abs=0.5
    )
    assert "2 of unknown amount" in [title.text or "" for title in svg.iter("title")][2]


def test_the_map_leads_from_what_is_needed_to_what_needs_it() -> None:
    links = (
        Dependence(project("app"), project("kit"), 3, "production"),
        Dependence(project("kit"), project("core"), 1, "development"),
        Dependence(project("core"), project("app"), 1, "unstated"),
    )

    chart = dependency_chart(DependencyMap(links[:2], 2), "x")
    circle = dependency_chart(DependencyMap(links, 3), "x")

    assert chart is not None
    boxes = {
        (link.get("href") or "").rpartition("/")[2]: float(next(link.iter("rect")).get("x", ""))
        for link in ElementTree.fromstring(chart).iter("a")
    }
    assert boxes["core"] < boxes["kit"] < boxes["app"]
    assert "&lt;kit&gt;" in chart
    assert circle is not None
    assert len(list(ElementTree.fromstring(circle).iter("path"))) == len(links)
    assert dependency_chart(DependencyMap((), 0), "x") is None


def test_the_money_of_a_collection_is_that_of_its_projects(client: TestClient) -> None:
    data = client.get("/collection/everything.json").json()["data"]
    members = {
        row["project_id"] for row in sample_rows()["projects_by_collection"] if row["collection_name"] == "everything"
    }
    grants = [row for row in sample_rows()["oss_funding"] if row["to_project_id"] in members]

    assert grants
    assert {each["project"]["id"]: each["known_amount"] for each in data["funded"]["projects"]} == {
        row["to_project_id"]: row["amount"] for row in grants
    }
    for each in data["funded"]["projects"]:
        value = next(
            row
            for row in sample_rows()["key_metrics"]
            if (row["entity_id"], row["metric_name"], row["grain"])
            == (each["project"]["id"], "commits", "rolling_180_days")
        )
        assert each["activity"]["amount"] == value["amount"]
