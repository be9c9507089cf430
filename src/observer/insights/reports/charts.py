"""The charts of a report, drawn with the library of visualizations, and in a sentence for whoever cannot see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from observer.insights.reports.facts import Facts
from observer.insights.reports.figures import PEOPLE, WORK

_LEADERS, _MOVERS = 15, 14


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart as SVG for pages and PNG for print; `alternative` says in words what it shows."""

    name: str
    title: str
    alternative: str
    svg: bytes
    png: bytes


def draw(name: str, facts: Facts) -> Drawn | None:
    """A chart by name; None where there is nothing to draw. MissingLibraryError without the drawing libraries."""
    from observer.visualizations.save import rendered

    made = _CHARTS[name](facts)
    if made is None:
        return None
    figure, title, alternative = made
    return Drawn(name, title, alternative, rendered(figure, "svg"), rendered(figure, "png"))


_Made = tuple[Any, str, str]


def _months(facts: Facts) -> _Made | None:
    from observer.visualizations.registry import load

    rows = [
        {"bucket": bucket.first_day, "metric": facts.words[name].title, "amount": bucket.amount}
        for name in (WORK, PEOPLE)
        for bucket in facts.months.get(name, ())
        if bucket.is_complete
    ]
    if all(row["amount"] is None for row in rows):
        return None
    title = f"{facts.collection.title}: work and people by month"
    figure = load("small_multiples").draw(
        rows, group="metric", is_shared=False, absent="unknown", title=title, release=facts.release
    )
    last = {name: facts.last_months(name, 1) for name in (WORK, PEOPLE)}
    told = ", ".join(f"{facts.words[n].title.lower()} {_told(v)}" for n, v in last.items() if n in facts.words)
    return figure, title, f"Two line charts by month; in the last complete month {told}."


def _leaders(facts: Facts) -> _Made | None:
    from observer.visualizations.registry import load

    shown = [project for project in facts.leaders if project.amounts[WORK]][:_LEADERS]
    if len(shown) < 2:
        return None
    rows = [{"project_name": p.subject.title, "amount": p.amounts[WORK], "low": None, "high": None} for p in shown]
    title = "Commits of 180 days by project"
    figure = load("ranked_intervals").draw(rows, unit="commits", most=_LEADERS, title=title, release=facts.release)
    return figure, title, f"Ranked bars; the first is {shown[0].subject.title} with {_told(shown[0].amounts[WORK])}."


def _concentration(facts: Facts) -> _Made | None:
    from observer.visualizations.registry import load

    if not facts.spread.is_telling:
        return None
    rows = [{"amount": project.amounts.get(WORK)} for project in facts.projects]
    title = "Commits of 180 days, added up from the least active project on"
    figure = load("concentration_curve").draw(rows, unit="commits", title=title, release=facts.release)
    return figure, title, f"A Lorenz curve with a Gini coefficient of {facts.spread.gini:.2f}."


def _movers(facts: Facts) -> _Made | None:
    from observer.visualizations.registry import load

    moved = [*facts.movers(1)[: _MOVERS // 2], *facts.movers(-1)[: _MOVERS // 2]]
    if not moved:
        return None
    rows = [{"project_name": p.subject.title, "quarter before": p.before, "last quarter": p.latest} for p in moved]
    title = "Commits of the last two complete quarters"
    figure = load("slope_chart").draw(
        rows, before="quarter before", after="last quarter", most=_MOVERS, title=title, release=facts.release
    )
    return (
        figure,
        title,
        "Lines from the quarter before to the last quarter: "
        + "; ".join(f"{p.subject.title} from {_told(p.before)} to {_told(p.latest)}" for p in moved[:6]),
    )


def _funding(facts: Facts) -> _Made | None:
    from observer.visualizations.registry import load

    totals: dict[str, float] = {}
    for each in facts.funding:
        if each.amount is not None:
            totals[each.project] = totals.get(each.project, 0.0) + each.amount
    ordered = sorted(totals.items(), key=lambda each: (-each[1], each[0]))[:_LEADERS]
    if not ordered:
        return None
    rows = [{"project_name": name, "amount": amount, "low": None, "high": None} for name, amount in ordered]
    title = "Known funding by project, in USD"
    figure = load("ranked_intervals").draw(rows, unit="USD", most=_LEADERS, title=title, release=facts.release)
    return figure, title, f"Ranked bars; the first is {ordered[0][0]} with {_told(ordered[0][1])} USD."


def _told(amount: float | None) -> str:
    return "unknown" if amount is None else f"{amount:,.0f}"


_CHARTS: dict[str, Callable[[Facts], _Made | None]] = {
    "months": _months,
    "leaders": _leaders,
    "concentration": _concentration,
    "movers": _movers,
    "funding": _funding,
}
