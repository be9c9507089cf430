"""The command that tells why a number is what it is."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

import click

from observer.cli.console import print_json, print_table
from observer.cli.observatory import Observatory, current
from observer.errors import NotFoundError, QueryError
from observer.model.metric import Grain

if TYPE_CHECKING:
    from observer.query.answers import Entity, EventRow, Explanation
    from observer.query.reader import ReleaseReader
    from observer.warehouse.records import RawRecord

_PERIOD = re.compile(r"(?P<year>\d{4})(-(?P<month>\d\d)|-?[Qq](?P<quarter>[1-4]))?")

_LAYERS = ("staging", "intermediate", "marts")


@click.command()
@click.argument("metric")
@click.argument("entity")
@click.argument("day", metavar="[DATE]", required=False)
@click.option(
    "--grain",
    type=click.Choice([each.value for each in Grain]),
    help="Length of the period with that day; by default as DATE is written, all time without one.",
)
@click.option("--rows", type=click.IntRange(1, 1000), default=20, show_default=True, help="The most rows to show.")
@click.option("--raw", is_flag=True, help="Show the raw record of each row, as it was collected.")
@click.option(
    "--people/--no-people", default=None, help="Count the people behind it; by default unless that takes long."
)
@click.option("--release", type=click.IntRange(min=1), help="Number of the release; the current one by default.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def explain(
    ctx: click.Context,
    metric: str,
    entity: str,
    day: str | None,
    grain: str | None,
    rows: int,
    raw: bool,
    people: bool | None,
    release: int | None,
    as_json: bool,
) -> None:
    """Tell why a number is what it is: definition, rows, people and records behind it, models and SQL.

    ENTITY is the name of a project or collection, project/NAME, collection/NAME or artifact/SOURCE/NAMESPACE/NAME. DATE
    is a year (2024), a quarter (2024-Q1), a month (2024-03) or a day; with --grain the day lies in the period or ends
    the window.
    """
    observatory = current(ctx)
    length, bucket = _bucket(day, Grain(grain) if grain else None)
    model = observatory.read_model(release)
    try:
        with model.pinned() as reader:
            why = reader.explain(metric, _entity(reader, entity), length, bucket, limit=rows, with_people=people)
    finally:
        model.close()
    records = _records(observatory, why.rows.items) if raw else None
    if as_json:
        _print_json(why, records)
    else:
        _print(why, records)


def _entity(reader: ReleaseReader, text: str) -> Entity:
    from observer.api.parameters import entity_of

    if "/" in text:
        return entity_of(reader, {"entity": text})
    try:
        return entity_of(reader, {"entity": f"project/{text}"})
    except NotFoundError as error:
        with contextlib.suppress(NotFoundError):
            return entity_of(reader, {"entity": f"collection/{text}"})
        raise error from None


def _bucket(text: str | None, grain: Grain | None) -> tuple[Grain, date | None]:
    """The grain and the bucket that a date names."""
    from observer.query.periods import containing
    from observer.query.request import parse_day

    if text is None:
        return grain or Grain.ALL, None
    own, first = Grain.DAY, text
    if found := _PERIOD.fullmatch(text):
        own = Grain.MONTH if found["month"] else Grain.QUARTER if found["quarter"] else Grain.YEAR
        if grain not in (None, own):
            raise click.UsageError(f"{text} is a {own.value}; give a day for --grain {grain}")
        month = int(found["month"] or 3 * int(found["quarter"] or 1) - 2)
        first = f"{found['year']}-{month:02}-01"
    try:
        day = parse_day(first)
    except ValueError as error:
        hint = "write 2024, 2024-Q1, 2024-03 or 2024-03-15"
        raise QueryError(f"'{text[:40]}' is no date", hint=hint) from error
    length = grain or own
    return length, containing(length, day).bucket


def _records(observatory: Observatory, rows: Sequence[EventRow]) -> Mapping[str, Sequence[RawRecord]]:
    from observer.warehouse.records import raw_records

    references = list(dict.fromkeys(row.record_ref for row in rows))
    return raw_records(observatory.lake(), references, memory_limit=observatory.settings.warehouse.memory_limit)


def _print_json(why: Explanation, records: Mapping[str, Sequence[RawRecord]] | None) -> None:
    from observer.http import json_bytes

    found = json.loads(json_bytes(why))
    if records is not None:
        found["raw_records"] = {key: [asdict(each) for each in told] for key, told in records.items()}
    print_json(found)


def _print(why: Explanation, records: Mapping[str, Sequence[RawRecord]] | None) -> None:
    from observer.web import format as fmt

    point, metric = why.point, why.metric
    amount = fmt.value(point.amount, point.state, unit=metric.unit)
    period = fmt.period(point.first_day, point.last_day, why.grain)
    click.echo(f"{metric.display_name} of {fmt.title(why.entity)} ({fmt.reference(why.entity)}), {period}")
    click.echo(f"{amount} {metric.unit}" if metric.unit != "ratio" else amount)
    ending = "" if point.is_complete else ", not over yet"
    click.echo(
        f"{fmt.percent(point.coverage_ratio)} of it seen{ending}; release {why.release.number}, "
        f"data up to {why.release.as_of}"
    )
    _heading("What it counts")
    click.echo(metric.description)
    for caveat in (metric.caveats or "").splitlines():
        click.echo(f"- {caveat}")
    events = f", from {', '.join(metric.event_types)}" if metric.event_types else ""
    click.echo(f"Definition {metric.name}, version {metric.version}, kind {metric.kind}{events}")
    for part in why.parts:
        click.echo(f"{part.role}: {part.metric} = {fmt.number(part.amount)}")
    _heading("The rows behind it")
    click.echo(_told(why))
    print_table(
        ("time (UTC)", "event", "in", "by", "amount", "known from", "source record"),
        [_row(row) for row in why.rows.items],
    )
    if records is not None:
        _print_records(why.rows.items, records)
    _heading("Who is behind it")
    _print_people(why)
    _heading(f"The models that it is made by ({len(why.models)})")
    for layer in sorted({model.layer for model in why.models}, key=_place):
        click.echo(f"{layer}: {', '.join(sorted(model.name for model in why.models if model.layer == layer))}")
    _heading("SQL")
    click.echo(metric.sql.rstrip())


def _place(layer: str) -> tuple[bool, int, str]:
    """Layers in the order in which they read each other, others behind them."""
    return layer not in _LAYERS, _LAYERS.index(layer) if layer in _LAYERS else 0, layer


def _heading(text: str) -> None:
    click.echo()
    click.secho(text, bold=True)


def _told(why: Explanation) -> str:
    from observer.web import format as fmt

    told = f"{why.row_count:,} events"
    if why.amount_of_rows is not None:
        told += f", their amounts add up to {fmt.number(why.amount_of_rows)}"
    if why.unknown_amount_rows:
        told += f"; {why.unknown_amount_rows:,} of unknown amount"
    return f"{told}. Shown: {len(why.rows.items)}, newest first."


def _row(row: EventRow) -> tuple[object, ...]:
    place = f"{row.to_artifact_namespace}/{row.to_artifact_name}" if row.to_artifact_namespace else row.to_artifact_name
    person = row.from_name or (row.from_artifact_id[:8] if row.from_artifact_id else None)
    return f"{row.time:%Y-%m-%d %H:%M}", row.event_type, place, person, row.amount, row.basis, row.record_ref


def _print_records(rows: Sequence[EventRow], records: Mapping[str, Sequence[RawRecord]]) -> None:
    for reference in dict.fromkeys(row.record_ref for row in rows):
        click.echo(f"\n{reference}")
        for record in records[reference]:
            told = {name: value for name, value in record.values.items() if value is not None}
            click.echo(f"  raw.{record.table} {json.dumps(told, default=str, ensure_ascii=False)}")
        if not records[reference]:
            click.echo("  in no raw table of this warehouse")


def _print_people(why: Explanation) -> None:
    if why.user_count is None:
        click.echo("Not counted, because very many events are behind it: --people does.")
        return
    click.echo(
        f"{why.counted_users:,} counted of {why.user_count:,}. Shown: {len(why.users.items)}, most events first."
    )
    rows = [
        (
            user.user_name or user.display_name or f"e-mail {user.user_id[:8]}",
            user.user_class or "unknown",
            user.event_count,
            user.active_days,
            "yes" if user.is_counted else "no",
        )
        for user in why.users.items
    ]
    print_table(("account", "class", "events", "active days", "counted"), rows)
