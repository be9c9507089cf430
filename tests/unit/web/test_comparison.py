"""Charts of several entities: a line each, gaps where nothing is known, names that do not cover each other."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, timedelta

from observer.model.metric import Grain
from observer.model.published import EntityType
from observer.model.state import State
from observer.query.answers import Entity, Metric, Point, Series
from observer.web.comparison import MOST, comparison_chart

METRIC = Metric("id", "commits", "Commits", "", "commits", "sum", 1, None, None, (), "", "", None, "code")


def series(name: str, amounts: list[float | None]) -> Series:
    entity = Entity(EntityType.PROJECT, name, None, "OSS_DIRECTORY", "oso", name)
    points = []
    for n, amount in enumerate(amounts):
        day = date(2026, 1, 1) + timedelta(days=n)
        state = State.UNKNOWN if amount is None else State.VALUE if amount else State.ZERO
        points.append(Point(day, day, day, amount, state, 1.0, is_partial=False, is_complete=True))
    return Series(METRIC, entity, Grain.DAY, "commits", day, day, day, 1, tuple(points))


def nodes(chart: str, name: str) -> list[ET.Element]:
    return [node for node in ET.fromstring(chart).iter() if (node.get("class") or "").split(" ")[0] == name]


def test_a_line_is_broken_where_nothing_is_known() -> None:
    chart = comparison_chart([series("a", [1, 2, None, 3, 4]), series("b", [0, 0, 0, 0, 0])])

    assert [node.get("class") for node in nodes(chart, "line")] == ["line s0", "line s0", "line s1"]
    assert len(nodes(chart, "dot")) == 9


def test_names_at_the_ends_keep_a_line_between_them_and_stay_inside() -> None:
    chart = comparison_chart([series(f"name-{n}", [5.0, 0.0]) for n in range(MOST)])

    heights = sorted(float(node.attrib["y"]) for node in nodes(chart, "name"))
    assert len(heights) == MOST
    assert all(below - above >= 14 for above, below in itertools.pairwise(heights))
    assert heights[-1] <= float(ET.fromstring(chart).attrib["viewBox"].split()[3])


def test_names_are_escaped_and_nothing_known_is_said_in_words() -> None:
    bad = series("<i>", [1, 2])
    assert "<i>" not in comparison_chart([replace(bad, entity=replace(bad.entity, display_name="<i>x</i>"))])
    assert "known" in comparison_chart([series("a", [None, None])])
