"""A metric with and without each class of users, against a count over the sample's events."""

from __future__ import annotations

from datetime import date

import pytest

from observer.errors import QueryError
from observer.model.metric import Grain
from observer.model.people import UserClass
from observer.model.state import State
from observer.query.reader import ReleaseReader
from observer.testing.sample import AS_OF, FIRST_DAY
from observer.testing.sample_world import PEOPLE, events

PERSON, BOT, AGENT, UNKNOWN = UserClass.PERSON, UserClass.BOT, UserClass.AGENT, UserClass.UNKNOWN
REPOSITORIES = {"lattice-labs/core", "lattice-labs/docs"}
SETS = [(PERSON,), (BOT,), (PERSON, BOT), (BOT, PERSON), (AGENT,), (PERSON, AGENT), (UNKNOWN,), (PERSON, BOT, UNKNOWN)]


def counted(types: set[str], classes: tuple[UserClass, ...], *, is_sum: bool) -> dict[date, float]:
    months: dict[date, list[tuple[str | None, float]]] = {}
    for event in events():
        user_class = UserClass(PEOPLE[event.person]) if event.person else UNKNOWN
        if event.type in types and event.repository in REPOSITORIES and user_class in classes:
            months.setdefault(event.day.replace(day=1), []).append((event.person, event.amount or 0.0))
    if is_sum:
        sums = {month: sum(amount for _, amount in found) for month, found in months.items()}
        return {month: amount for month, amount in sums.items() if amount}
    return {month: float(len({person for person, _ in found if person})) for month, found in months.items()}


@pytest.mark.parametrize("classes", SETS, ids="+".join)
@pytest.mark.parametrize(
    ("metric", "types", "is_sum"),
    [("commits", {"COMMIT_CODE"}, True), ("contributors", {"COMMIT_CODE", "PULL_REQUEST_OPENED"}, False)],
)
def test_a_series_counts_the_chosen_classes(
    reader: ReleaseReader, metric: str, types: set[str], classes: tuple[UserClass, ...], is_sum: bool
) -> None:
    series = reader.series(metric, reader.project("lattice"), Grain.MONTH, FIRST_DAY, AS_OF, classes)

    expected = {month: amount for month, amount in counted(types, classes, is_sum=is_sum).items() if amount}
    assert {point.bucket: point.amount for point in series.points if point.amount} == expected
    assert set(series.classes) == set(classes)
    assert {point.state for point in series.points} <= {State.VALUE, State.ZERO}


@pytest.mark.parametrize("grain", [Grain.ALL, Grain.ROLLING_90_DAYS])
def test_the_current_value_is_of_the_chosen_classes(reader: ReleaseReader, grain: Grain) -> None:
    lattice = reader.project("lattice")

    def last(*classes: UserClass) -> float:
        return reader.series("contributors", lattice, grain, AS_OF, AS_OF, classes).points[-1].amount or 0.0

    assert last(PERSON, BOT) == last() + last(BOT)
    assert last(BOT) == 1
    assert reader.series("contributors", lattice, grain, AS_OF, AS_OF, (AGENT,)).points[-1].state is State.ZERO


def test_without_classes_a_metric_counts_those_of_its_definition(reader: ReleaseReader) -> None:
    lattice = reader.project("lattice")

    assert reader.series("contributors", lattice, Grain.MONTH).classes == (PERSON,)
    assert reader.series("commits", lattice, Grain.MONTH).classes == tuple(UserClass)
    assert reader.series("star_count", lattice, Grain.MONTH).classes == ()


def test_a_ratio_divides_what_the_chosen_classes_did(reader: ReleaseReader) -> None:
    lattice, people = reader.project("lattice"), (PERSON,)
    above, below, ratio = (
        {p.bucket: p.amount for p in reader.series(name, lattice, Grain.MONTH, FIRST_DAY, AS_OF, people).points}
        for name in ("pull_requests_merged", "pull_requests_opened", "pull_request_merge_ratio")
    )

    assert ratio == {month: (above[month] or 0) / amount if amount else None for month, amount in below.items()}


@pytest.mark.parametrize(
    ("metric", "what"), [("star_count", "counts no users"), ("bus_factor", "does not add up over classes")]
)
def test_what_has_no_classes_says_so(reader: ReleaseReader, metric: str, what: str) -> None:
    with pytest.raises(QueryError, match=what):
        reader.series(metric, reader.project("lattice"), Grain.MONTH, classes=(BOT,))
