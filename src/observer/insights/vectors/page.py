"""A vector on its page: where it is computed, how scores lie, who leads, and how it goes with other vectors."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import fsum, sqrt
from typing import Any

from observer.insights.numbers import Numbers
from observer.insights.run import Shown
from observer.insights.vectors.evaluate import Evaluation, Place
from observer.insights.vectors.normalise import mean_ranks

_TOP = 20
_LEAST_COMMON = 3


@dataclass(frozen=True, slots=True)
class Correlation:
    """How the order of projects in another vector goes with this one: Spearman's rho over what both rank.

    `rho` is None where fewer than three projects are in both, or one vector tells none of them apart.
    """

    key: str
    title: str
    common: int
    rho: float | None


def correlations(own: Evaluation, others: Sequence[Evaluation]) -> tuple[Correlation, ...]:
    """The correlation of a vector with each of the others."""
    return tuple(_correlation(own, other) for other in others if other.vector.key != own.vector.key)


def shown(made: Evaluation, others: Sequence[Evaluation]) -> tuple[Numbers, Shown]:
    """What a run of a vector gives: the scores by project, and the outputs that its page shows."""
    picture = _picture(made)
    rows = [(entry.member.project_name, str(entry.amount), str(entry.score)) for entry in made.in_set]
    numbers = Numbers({"vector.csv": (("project_name", "amount", "score"), *sorted(rows))})
    outputs: list[dict[str, Any]] = []
    if picture:
        encoded = base64.b64encode(picture).decode("ascii")
        outputs.append({"output_type": "display_data", "data": {"image/png": encoded}, "metadata": {}})
    html = "\n".join(_html(made, correlations(made, others)))
    outputs.append({"output_type": "display_data", "data": {"text/html": html}, "metadata": {}})
    return numbers, Shown({0: outputs}, (picture, "image/png") if picture else None)


def _correlation(own: Evaluation, other: Evaluation) -> Correlation:
    theirs = {entry.member.project_id: entry.score for entry in other.in_set}
    pairs = [
        (entry.score, theirs[entry.member.project_id])
        for entry in own.in_set
        if entry.member.project_id in theirs and entry.score is not None
    ]
    known = [(a, b) for a, b in pairs if b is not None]
    rho = spearman([a for a, _ in known], [b for _, b in known])
    return Correlation(other.vector.key, other.vector.title, len(known), rho)


def spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """The correlation of ranks (ties share their mean rank); None where it is not defined."""
    if len(first) < _LEAST_COMMON:
        return None
    a, b = mean_ranks(first), mean_ranks(second)
    mean = (len(a) + 1) / 2
    spread = sqrt(fsum((x - mean) ** 2 for x in a) * fsum((y - mean) ** 2 for y in b))
    return fsum((x - mean) * (y - mean) for x, y in zip(a, b, strict=True)) / spread if spread else None


def _picture(made: Evaluation) -> bytes | None:
    """The distribution; None where the set is empty or the drawing libraries are not there."""
    from observer.visualizations.errors import MissingLibraryError
    from observer.visualizations.registry import load
    from observer.visualizations.save import rendered

    if not made.in_set:
        return None
    rows = [{"score": entry.score} for entry in made.in_set]
    try:
        figure = load("vector_density").draw(rows, value="score", title=made.vector.title, release=made.release)
        return rendered(figure, "png")
    except MissingLibraryError:
        return None


def _html(made: Evaluation, near: Sequence[Correlation]) -> Iterator[str]:
    spec = made.vector.spec
    counts = ", ".join(f"{made.count(place)} {place.value}" for place in Place)
    told = escape(f"{spec.metric}, {spec.period}; {spec.normaliser}")
    yield f"<h3>On release {made.release}</h3><p>{told}: {counts}.</p>"
    if made.in_set:
        quantiles = made.quantiles()
        yield _table(tuple(quantiles), [tuple(f"{score:.3f}" for score in quantiles.values())])
        yield "<h3>Who leads</h3>" + _table(
            ("rank", "project", spec.metric.replace("_", " "), "score"),
            [
                (f"{e.rank}", e.member.display_name or e.member.project_name, f"{e.amount:,.6g}", f"{e.score:.3f}")
                for e in made.in_set[:_TOP]
            ],
        )
    if near:
        rows = [
            (each.title, f"{each.common:,}", "not defined" if each.rho is None else f"{each.rho:+.2f}") for each in near
        ]
        yield "<h3>How it goes with other vectors</h3>"
        yield _table(("vector", "projects in both", "rank correlation"), rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
