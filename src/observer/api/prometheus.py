"""What Prometheus reads: the release, its tables and streams, kept answers and requests of this process."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from observer.api.rest import blocking
from observer.errors import ObserverError
from observer.kept_answers import KeptAnswers
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.request_metrics import RequestMetrics, metric

TEXT = "text/plain; version=0.0.4; charset=utf-8"


def prometheus_routes(
    read_model: ReadModel, kept: KeptAnswers, requests: RequestMetrics, prefix: str
) -> list[BaseRoute]:
    """The metrics at an address of their own, and at /metrics for whom asks for them by type: it is a page too."""

    def answer(_: Request) -> Response:
        lines = [*requests.lines(), *_kept(kept), *_release(read_model)]
        return Response("\n".join(lines) + "\n", media_type=TEXT, headers={"Cache-Control": "no-store"})

    return [_ForScrapers("/metrics", blocking(answer)), Route(f"{prefix}/prometheus", blocking(answer))]


class _ForScrapers(Route):
    """A route for requests that accept Prometheus' text forms and no HTML."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        accepted = dict(scope.get("headers", ())).get(b"accept", b"")
        is_scraper = (b"openmetrics" in accepted or b"text/plain" in accepted) and b"text/html" not in accepted
        return super().matches(scope) if is_scraper else (Match.NONE, {})


def _kept(kept: KeptAnswers) -> Iterator[str]:
    samples = ((f'outcome="{name}"', float(count)) for name, count in (("hit", kept.hits), ("miss", kept.misses)))
    return metric("observer_kept_answers_total", "counter", "Questions that a kept answer could answer.", samples)


def _release(read_model: ReadModel) -> Iterator[str]:
    """Facts of the release; observer_up is 0 where nothing can be read."""
    try:
        lines = read_model.ask(lambda reader: list(_facts(reader)))
    except ObserverError:
        lines = []
    yield from metric("observer_up", "gauge", "Whether a release can be read.", (("", float(bool(lines))),))
    yield from lines


def _facts(reader: ReleaseReader) -> Iterator[str]:
    release, status = reader.release, reader.status()
    yield from metric("observer_release_number", "gauge", "The current release.", (("", release.number),))
    created = release.created_at.timestamp()
    yield from metric("observer_release_created_seconds", "gauge", "When it was published.", (("", created),))
    rows = ((f'table="{table.name}"', float(table.rows)) for table in release.tables)
    yield from metric("observer_table_rows", "gauge", "Rows of each table.", rows)
    yield from metric("observer_quarantined_records", "gauge", "Records refused.", (("", status.quarantined),))
    loads = (
        (f'connector="{source.connector}",stream="{source.stream}"', source.last_load_at.timestamp())
        for source in status.sources
        if source.last_load_at
    )
    yield from metric("observer_stream_loaded_seconds", "gauge", "When each stream was last loaded.", loads)
