"""How an address says what to show, and how views are written back into addresses."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl

import pytest

from observer.errors import QueryError
from observer.model.metric import Grain
from observer.model.people import UserClass
from observer.web.view import AUDIENCES, RANGES, View, read_view


def test_an_empty_address_is_the_overview_by_month() -> None:
    view = read_view({}, None)

    assert (view.topic, view.grain, view.window, view.classes) == ("overview", Grain.MONTH, Grain.ROLLING_90_DAYS, ())
    assert view.address() == "?"


@pytest.mark.parametrize("who", sorted(AUDIENCES))
@pytest.mark.parametrize("span", sorted(RANGES))
def test_addresses_lead_back_to_the_view_they_were_written_for(who: str, span: str) -> None:
    view = View("people", Grain.ROLLING_30_DAYS, span, Grain.ALL, who, 7)

    query = dict(parse_qsl(view.address().removeprefix("?")))

    assert read_view(query, int(query["release"])) == view


def test_people_and_bots_are_two_classes() -> None:
    assert read_view({"who": "people-bots"}, None).classes == (UserClass.PERSON, UserClass.BOT)


def test_a_range_begins_before_the_end_of_the_data() -> None:
    assert View(span="all").start(date(2024, 3, 31)) is None
    assert View(span="1y").start(date(2024, 3, 31)) == date(2023, 3, 31)


@pytest.mark.parametrize(
    "query", [{"grain": "day"}, {"grain": "all"}, {"window": "week"}, {"range": "9y"}, {"who": "x"}, {"grain": "<b>"}]
)
def test_what_cannot_be_shown_is_refused_in_words(query: dict[str, str]) -> None:
    with pytest.raises(QueryError):
        read_view(query, None)
