"""Rows of the long tables of pages, put together by hand: a template takes several times as long for the same text."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from observer.model.state import State
from observer.query.answers import Entity, KeyMetric, Listed, Series
from observer.web import format as fmt

_LONGEST_DESCRIPTION = 90


def amount(value: KeyMetric) -> Markup:
    """A current value, and how much of its period was seen where that was not all."""
    seen = fmt.escaped(fmt.percent(value.coverage_ratio)) if value.coverage_ratio < 1 else "100\u202f%"
    if value.state is State.UNKNOWN:
        return Markup(  # noqa: S704 - the share is escaped
            f'<span class="amount is-unknown" title="Not known: {seen} of the period was seen">unknown</span>'
        )
    text = f'<span class="amount is-{value.state.value}">{fmt.number(value.amount, unit=value.unit)}</span>'
    if value.coverage_ratio < 1:
        slight = " slight" if value.coverage_ratio >= 0.95 else ""
        text += f'<span class="seen{slight}" title="Only {seen} of the period was seen">{seen} seen</span>'
    return Markup(text)  # noqa: S704 - numbers, and the escaped share


def entity_rows(items: Sequence[Listed]) -> Markup:
    """A row for each entity: its name with what it is, and its values, each with the way to its explanation."""
    rows = []
    for item in items:
        place = fmt.escaped(fmt.path(item.entity))
        cells = "".join(
            f'<td class="num"><a class="plain" href="/explain/{fmt.escaped(value.metric)}{place}'
            f'?grain={value.grain.value}">{amount(value)}</a></td>'
            for value in item.values
        )
        rows.append(
            f'<tr><th scope="row"><a href="{place}">{fmt.escaped(fmt.title(item.entity))}</a>'
            f"{_subtitle(item.entity)}</th>{cells}</tr>\n"
        )
    return Markup("".join(rows))  # noqa: S704 - every text above is escaped


def point_rows(series: Series) -> Markup:
    """A row for each point of a series, the latest first: its period, its value and how much of it was seen."""
    place = fmt.escaped(f"/explain/{series.metric.name}{fmt.path(series.entity)}?grain={series.grain.value}")
    return Markup(  # noqa: S704 - texts are escaped; days, numbers and "unknown" need not be
        "".join(
            f'<tr><th scope="row">{fmt.period(point.first_day, point.last_day, series.grain)}</th>'
            f'<td class="num"><a class="plain" href="{place}&amp;bucket={point.bucket}">'
            f"{fmt.value(point.amount, point.state, unit=series.unit)}</a></td>"
            f'<td class="num">{fmt.escaped(fmt.percent(point.coverage_ratio))}</td></tr>\n'
            for point in reversed(series.points)
        )
    )


def _subtitle(entity: Entity) -> str:
    """What an artifact is and where, or the beginning of the description of something else."""
    if entity.artifact_type:
        text = f"{entity.artifact_type}, {entity.source}".lower().replace("_", " ")
    elif entity.description:
        text = fmt.brief(entity.description, _LONGEST_DESCRIPTION)
    else:
        return ""
    return f"<small>{fmt.escaped(text)}</small>"
