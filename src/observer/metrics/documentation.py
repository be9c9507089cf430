"""A metric as a page of Markdown: what it counts, what it leaves out, and how to recompute it."""

from __future__ import annotations

from collections.abc import Iterator

from observer.model.metric import Absent, Example, Grain, Kind, MetricDefinition
from observer.model.people import UserClass

_KIND = {
    Kind.SUM: "sum of the amounts of its events",
    Kind.DISTINCT: "number of different people, counted over the union of the entity's artifacts",
    Kind.LATEST: "last known value of each artifact, summed over the entity's artifacts",
    Kind.RATIO: "one metric divided by another at the same entity, grain and bucket",
    Kind.SQL: "its own query",
}
_SQL_NOTE = {
    Kind.SQL: "The definition. `events` and `bucket_days` are given to it by the build (see the metrics guide).",
}


def describe(metric: MetricDefinition) -> str:
    """The Markdown text of one metric's page; ends with a newline."""
    return "\n".join([*_head(metric), *_definition(metric), *_caveats(metric), *_examples(metric), *_query(metric)])


def _head(metric: MetricDefinition) -> Iterator[str]:
    yield f"# {metric.title}"
    yield ""
    yield metric.summary
    yield ""
    yield metric.description
    yield ""


def _definition(metric: MetricDefinition) -> Iterator[str]:
    yield "| | |"
    yield "| --- | --- |"
    yield f"| name | `{metric.name}` |"
    yield f"| unit | {metric.unit} |"
    yield f"| computed as | {metric.kind}: {_KIND[metric.kind]} |"
    if metric.kind is Kind.RATIO:
        yield f"| formula | `{metric.numerator}` / `{metric.denominator}` |"
    yield f"| events | {', '.join(f'`{event}`' for event in metric.events)} |"
    if metric.activity and (metric.activity.min_days > 1 or metric.activity.max_days):
        yield f"| active days | {_thresholds(metric)} |"
    if metric.is_first_only:
        yield "| counted | in the bucket of the first event ever seen |"
    if metric.absent is Absent.UNKNOWN:
        yield "| where nothing happened | no value: it is unknown, not 0 |"
    yield f"| classes that count | {_classes(metric)} |"
    yield f"| grains | {', '.join(metric.grains)} |"
    yield f"| headline | {metric.headline_grain} |"
    yield f"| version | {metric.version} |"
    yield f"| owner | {metric.owner} |"
    yield f"| file | `{metric.path}` |"
    yield ""


def _thresholds(metric: MetricDefinition) -> str:
    assert metric.activity is not None  # noqa: S101 - the caller asked
    texts = []
    for grain in metric.grains:
        low, high = metric.activity.bounds(grain)
        texts.append(f"{grain}: {low} or more" if high is None else f"{grain}: {low} to {high}")
    return "; ".join(texts)


def _caveats(metric: MetricDefinition) -> Iterator[str]:
    yield "## What to know before using it"
    yield ""
    for caveat in metric.caveats:
        yield f"- {caveat}"
    yield ""


def _examples(metric: MetricDefinition) -> Iterator[str]:
    yield "## Examples"
    yield ""
    for example in metric.examples:
        yield from _example(example)


def _example(example: Example) -> Iterator[str]:
    yield f"{example.title} (as of {example.as_of})"
    yield ""
    yield "| day | event | to | from | amount |"
    yield "| --- | --- | --- | --- | --- |"
    for event in example.events:
        amount = "unknown" if event.amount is None else _number(event.amount)
        yield f"| {event.day} | {event.type} | {event.artifact} | {event.person or 'unknown'} | {amount} |"
    yield ""
    if example.affiliations:
        yield "| person | organization | since | until |"
        yield "| --- | --- | --- | --- |"
        for given in example.affiliations:
            yield f"| {given.person} | {given.organization or 'none'} | {given.since or ''} | {given.until or ''} |"
        yield ""
    yield "| entity | grain | bucket | value |"
    yield "| --- | --- | --- | --- |"
    for row in example.rows:
        yield f"| {row.entity} | {row.grain} | {row.bucket} | {_number(row.amount)} |"
    for entity, grain in example.empty:
        yield f"| {entity} | {grain} | any | no row |"
    yield ""


def _query(metric: MetricDefinition) -> Iterator[str]:
    yield "## SQL"
    yield ""
    grain = Grain.MONTH
    yield _SQL_NOTE.get(metric.kind, f"Recomputes it from the published tables, for each project and {grain}.")
    yield ""
    yield "```sql"
    yield metric.sql
    yield "```"
    yield ""


def _number(amount: float) -> str:
    return f"{amount:g}"


def _classes(metric: MetricDefinition) -> str:
    if metric.kind in (Kind.LATEST, Kind.RATIO):
        return "as those of its parts" if metric.kind is Kind.RATIO else "no sender"
    return "all" if set(metric.classes) == set(UserClass) else ", ".join(metric.classes)
