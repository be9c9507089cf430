"""Commands about impact vectors: check, run, show."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from observer.cli.console import print_json, print_mapping, print_table
from observer.cli.insights import known_content, print_report, root_of
from observer.cli.observatory import Observatory, current
from observer.errors import ObserverError, QueryError

if TYPE_CHECKING:
    from observer.insights.item import Item
    from observer.insights.numbers import Numbers
    from observer.insights.run import Shown
    from observer.insights.vectors.definition import Vector
    from observer.insights.vectors.evaluate import Evaluation, Figures
    from observer.insights.vectors.figures import Buckets
    from observer.model.metric import Grain
    from observer.query.read_model import ReadModel

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_file = click.argument("file")
_MOST_ROWS = 10_000_000


@click.group()
def vectors() -> None:
    """Impact vectors: a metric over a set of projects, brought to 0..1, with the reasoning behind it."""


@vectors.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
@_json_option
@click.pass_context
def check(ctx: click.Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Check the vectors in FILES, or all of the library: what a reviewer asks, with what to mend."""
    from observer.insights.checking.report import check_library
    from observer.insights.kind import ItemKind

    observatory = current(ctx)
    root = root_of(observatory, files)
    report = check_library(root, known_content(observatory), files or (root / ItemKind.VECTOR.home,))
    if as_json:
        print_json(report.as_json())
    else:
        print_report(report)
    sys.exit(0 if report.is_accepted else 1)


@vectors.command()
@_file
@click.option("--release", type=click.IntRange(min=1), help="Number of the release; the current one by default.")
@click.option("--url", help="An observatory that is being served, in the place of the one on this machine.")
@click.option("--top", type=click.IntRange(min=1), default=20, show_default=True, help="How many projects to print.")
@_json_option
@click.pass_context
def run(ctx: click.Context, file: str, release: int | None, url: str | None, top: int, as_json: bool) -> None:
    """Compute the vector in FILE (or of the name FILE) on a release: score, rank and amount of every project."""
    from observer.insights.vectors.evaluate import evaluate

    if url and release:
        raise click.UsageError("--url asks the newest release of an observatory; leave out --release")
    observatory = current(ctx)
    vector = _vector(observatory, file)
    with _served_figures(url) if url else _figures(observatory, release) as figures:
        made = evaluate(vector, figures)
    if as_json:
        print_json(made.as_json())
        return
    _print(made, top)


@vectors.command()
@_file
@_json_option
@click.pass_context
def show(ctx: click.Context, file: str, as_json: bool) -> None:
    """What the vector in FILE (or of the name FILE) measures, over which projects, and why."""
    vector = _vector(current(ctx), file)
    spec = vector.spec
    if as_json:
        told = {"vector": vector.key, "title": vector.title, "question": vector.question, "tags": list(vector.tags)}
        print_json(told | spec.model_dump(mode="json", exclude_none=True))
        return
    print_mapping(
        {
            "vector": vector.key,
            "title": vector.title,
            "question": vector.question,
            "tags": vector.tags,
            "metric": f"{spec.metric}, {spec.period}",
            "selection": "; ".join(spec.selection.told()) or "all projects",
            "normaliser": str(spec.normaliser),
            "reasoning": spec.reasoning,
        }
    )


def _vector(observatory: Observatory, file: str) -> Vector:
    from observer.insights.item import find_item, load_items, read_item
    from observer.insights.vectors.definition import vector_of

    path = Path(file)
    if path.is_file():
        return vector_of(read_item(path.resolve(), root_of(observatory, [path])))
    return vector_of(find_item(load_items(observatory.content.insights), file))


@contextmanager
def _figures(observatory: Observatory, number: int | None) -> Iterator[Figures]:
    """The numbers of a release: by SQL on its frozen catalogue, and from the read side where zeros are not in SQL."""
    from observer.insights.vectors.figures import SqlFigures
    from observer.query.catalog import run_sql

    with observatory.read_model(number) as model:
        found = model.current_release()
        catalog = model.catalog(found.number)
        yield SqlFigures(
            lambda statement: run_sql(catalog, statement, limit=_MOST_ROWS).to_pylist(),
            found.number,
            found.as_of.isoformat(),
            _buckets(model),
        )


@contextmanager
def _served_figures(url: str) -> Iterator[Figures]:
    """The numbers of the newest release of an observatory that is served at `url`, by its API."""
    from observer.client import Client
    from observer.client.errors import ClientError
    from observer.insights.vectors.figures import SqlFigures

    with Client(url) as served:

        def buckets(metric: str, grain: Grain, bucket: date, ids: Sequence[str]) -> Mapping[str, float]:
            found = {}
            for key in ids:
                series = served.series(metric, f"project/{key}", grain=grain.value, start=bucket, end=bucket)
                known = [point.amount for point in series.points if point.bucket == bucket]
                found.update({key: amount for amount in known[:1] if amount is not None})  # noqa: B035 - one at most
            return found

        try:
            newest = next(each["release"] for each in served.rest("/releases")["data"] if each["is_current"])
            yield SqlFigures(lambda statement: list(served.sql(statement)), newest["number"], newest["as_of"], buckets)
        except ClientError as error:
            raise QueryError(f"{url}: {error}", hint="see docs/guides/client.md") from error


def _buckets(model: ReadModel) -> Buckets:
    def amounts(metric: str, grain: Grain, bucket: date, ids: Sequence[str]) -> Mapping[str, float]:
        with model.pinned() as reader:
            entities = [reader.project(project_id) for project_id in ids]
            all_series = reader.series_of_entities(metric, entities, grain, bucket)
            points = [(each.entity.id, point) for each in all_series for point in each.points]
        return {key: p.amount for key, p in points if p.bucket == bucket and p.amount is not None}

    return amounts


def vector_runs(observatory: Observatory, number: int) -> Callable[[Item], tuple[Numbers, Shown]]:
    """What a run of a vector gives on a release; all others of the library are computed once, to be compared with."""
    from functools import cache

    from observer.insights.item import read_items
    from observer.insights.kind import ItemKind
    from observer.insights.vectors.definition import vector_of
    from observer.insights.vectors.evaluate import evaluate
    from observer.insights.vectors.page import shown

    @cache
    def evaluated(key: str, vector: Vector) -> Evaluation | None:
        try:
            with _figures(observatory, number) as figures:
                return evaluate(vector, figures)
        except ObserverError:
            return None

    def run(item: Item) -> tuple[Numbers, Shown]:
        with _figures(observatory, number) as figures:
            own = evaluate(vector_of(item), figures)
        items = [each for each in read_items(observatory.content.insights)[0] if each.kind is ItemKind.VECTOR]
        others = [evaluated(each.key, vector_of(each)) for each in items if each.key != item.key]
        return shown(own, [other for other in others if other is not None])

    return run


def _print(made: Evaluation, top: int) -> None:
    from observer.insights.vectors.evaluate import Place

    spec = made.vector.spec
    counts = ", ".join(f"{made.count(place)} {place.value}" for place in Place)
    click.echo(f"{made.vector.title}: {spec.metric}, {spec.period}, release {made.release}, data up to {made.as_of}")
    click.echo(f"{counts}; {spec.normaliser}")
    if made.quantiles():
        click.echo("scores: " + ", ".join(f"{name} {score:.3f}" for name, score in made.quantiles().items()))
    shown = made.in_set[:top]
    rows = [(e.rank, e.member.display_name, e.member.project_name, e.amount, f"{e.score:.4f}") for e in shown]
    print_table(("rank", "project", "name", spec.metric, "score"), rows)
