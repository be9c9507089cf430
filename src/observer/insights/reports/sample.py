"""A collection that does not exist, for checks of templates: every part of a report has something to tell."""

from __future__ import annotations

from datetime import date

from observer.insights.reports.facts import Change, Facts, ProjectFacts, Since, spread_of
from observer.insights.reports.figures import METRICS, PEOPLE, WINDOWS, WORK, Bucket, Funding, Standing, Subject, Word
from observer.model.metric import Grain


def sample_facts() -> Facts:
    """Three projects: one of much work, one of little, one of which nothing is known."""
    projects = tuple(
        ProjectFacts(Subject(name, name, name.title()), dict.fromkeys(METRICS, amount), before, latest, amount and 0.5)
        for name, amount, before, latest in (("a", 40.0, 10.0, 30.0), ("b", 2.0, 2.0, 0.0), ("c", None, None, None))
    )
    buckets = [Bucket(date(2025, month, 1), float(month), True) for month in range(1, 13)]
    return Facts(
        Subject("id", "sample", "Sample", "A collection for checks."),
        2,
        date(2026, 1, 15),
        {name: Word(name.replace("_", " ").capitalize(), name) for name in METRICS},
        {(name, grain): 12.0 for name in METRICS for grain in WINDOWS},
        projects,
        {WORK: buckets, PEOPLE: buckets},
        spread_of([40.0, 2.0, None]),
        (Funding("Fund", "A", 100.0), Funding("Fund", "B", None)),
        (Standing("A", 2, 1),),
        Since(1, date(2025, 12, 15), ("C",), (), (Change(WORK, Grain.ALL, 10.0, 12.0),)),
        dict.fromkeys(METRICS, 0.25),
    )
