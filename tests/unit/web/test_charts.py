from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.model.metric import Grain
from observer.model.published import EntityType
from observer.model.state import State
from observer.query.answers import Entity, Metric, Point, Series
from observer.web.charts import HEIGHT, Mark, Scale, at_month_ends, series_chart

ENTITY = Entity(EntityType.PROJECT, "id", None, "OSS_DIRECTORY", "oso", "x", display_name="<script>alert(1)</script>")


def metric(kind: str) -> Metric:
    return Metric("id", "commits", "Commits & more", "", "commits", kind, 1, None, None, (), "", "", None, "code")


def series(kind: str, amounts: list[float | None]) -> Series:
    points = []
    for n, amount in enumerate(amounts):
        day = date(2026, 1, 1) + timedelta(days=n)
        state = State.UNKNOWN if amount is None else State.VALUE if amount else State.ZERO
        seen = 0.0 if amount is None else 1.0
        points.append(Point(day, day, day, amount, state, seen, is_partial=False, is_complete=True))
    first, last = points[0].bucket, points[-1].bucket
    return Series(metric(kind), ENTITY, Grain.DAY, "commits", first, last, last, 1, tuple(points))


def drawn(chart: str, name: str) -> list[ET.Element]:
    return [node for node in ET.fromstring(chart).iter() if (node.get("class") or "").split(" ")[0] == name]


def test_unknown_buckets_are_hatched_and_have_no_bar() -> None:
    chart = series_chart(series("sum", [3, None, None, 0, 5]))

    assert len(drawn(chart, "bar")) == 3
    assert len(drawn(chart, "unknown")) == 1
    assert "Unknown: 2 Jan 2026 to 3 Jan 2026" in chart


def test_a_line_is_broken_where_nothing_is_known() -> None:
    chart = series_chart(series("distinct", [1, 2, None, 3, 4]))

    assert len(drawn(chart, "line")) == 2


def test_names_are_escaped() -> None:
    chart = series_chart(series("sum", [1]))

    assert "<script>" not in chart
    ET.fromstring(chart)


@pytest.mark.parametrize(("most", "top"), [(0, 1), (3, 3), (9, 9), (38, 40), (1001, 1500), (0.4, 0.4)])
def test_scales_end_in_round_numbers(most: float, top: float) -> None:
    assert Scale.upto(most).top == pytest.approx(top)


@given(st.floats(min_value=0.001, max_value=1e12))
def test_every_scale_holds_its_largest_value_within_the_plot(most: float) -> None:
    scale = Scale.upto(most)

    assert scale.top >= most * 0.999999
    assert 0 <= scale.y(most) <= HEIGHT
    assert 2 <= len(scale.ticks) <= 6


@given(st.lists(st.one_of(st.none(), st.floats(min_value=0, max_value=1e9)), min_size=1, max_size=200))
def test_any_series_is_well_formed_svg(amounts: list[float | None]) -> None:
    ET.fromstring(series_chart(series("sum", amounts)))
    ET.fromstring(series_chart(series("distinct", amounts)))


def test_marks_stand_over_the_bucket_that_holds_their_day() -> None:
    marks = (Mark(date(2026, 1, 3), "grant", "Grant <b>"), Mark(date(2025, 1, 3), "grant", "before the chart"))

    (mark,) = drawn(series_chart(series("sum", [1, 2, 3, 4]), marks=marks), "mark")

    bars = drawn(series_chart(series("sum", [1, 2, 3, 4])), "bar")
    left = float(bars[2].attrib["x"])
    assert left < float(mark.attrib["d"].split()[0].removeprefix("M")) + 4 < left + float(bars[2].attrib["width"])
    assert mark[0].text == "3 Jan 2026: Grant <b>"


def test_rolling_windows_are_drawn_at_month_ends() -> None:
    drawn_points = at_month_ends(series("distinct", [float(n) for n in range(70)])).points

    assert [point.bucket for point in drawn_points] == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 11)]
