"""What every connector keeps, whatever it reads: run on each of them by tests that give a `case`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

import jsonschema
import pytest

from observer.connectors import host
from observer.connectors.streams import arrow_schema
from observer.errors import ConfigError, SourceError
from observer.testing.source import QuietProgress
from observer.testing.warehouse import FakeWarehouse

if TYPE_CHECKING:
    from observer.ports import Json, Source

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)

Tables = Mapping[str, list[dict[str, object]]]


@dataclass(frozen=True, slots=True)
class ConnectorCase:
    """A connector with a config that works, configs that do not, and the rows by stream that its upstream holds."""

    source: Source
    config: Json
    bad_configs: Sequence[Json]
    rows: Mapping[str, int]


class KilledError(BaseException):
    """Stands for a process that is gone: nothing may catch it and tidy up."""


@dataclass(slots=True)
class KilledSource:
    """A source whose process is gone after a number of messages."""

    inner: Source
    after: int
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.inner.name

    def spec(self) -> Json:
        """The source's own."""
        return self.inner.spec()

    def check(self, config: Json) -> None:
        """The source's own."""
        self.inner.check(config)

    def discover(self, config: Json) -> Json:
        """The source's own."""
        return self.inner.discover(config)

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Json]:
        """The source's messages up to the kill."""
        for number, message in enumerate(self.inner.read(config, catalog, state)):
            if number == self.after:
                raise KilledError
            yield message


def run(
    source: Source, config: Json, warehouse: FakeWarehouse, *, streams: Iterable[str] | None = None, attempts: int = 2
) -> host.SyncReport:
    """One sync that commits as often as it can."""
    return host.sync(
        source,
        config=config,
        warehouse=warehouse,
        clock=lambda: NOW,
        progress=QuietProgress(),
        streams=streams,
        limits=host.Limits(rows=1, seconds=3600.0, attempts=attempts),
        sleep=lambda seconds: None,
    )


def tables(warehouse: FakeWarehouse, connector: str, streams: Iterable[str]) -> dict[str, list[dict[str, object]]]:
    """The rows by stream, without what a load adds, in an order of their own."""
    found: dict[str, list[dict[str, object]]] = {}
    for stream in streams:
        table = f"{connector}__{stream}".replace("-", "_")
        known = warehouse.query(
            "select count(*) as n from information_schema.tables where table_schema = 'raw' and table_name = ?", [table]
        )
        rows = warehouse.query(f'select * from raw."{table}"').to_pylist() if known.to_pylist()[0]["n"] else []  # noqa: S608
        kept = [{name: value for name, value in row.items() if name not in _ADDED} for row in rows]
        found[stream] = sorted(kept, key=lambda row: json.dumps(row, default=str, sort_keys=True))
    return found


_ADDED = ("_load_id", "_observed_at")


class ConnectorSuite:
    """Give a fixture `case`, and in `connector` the name of what it is a case of.

    Every test makes its own warehouse; the source and its upstream are the case's.
    """

    connector: ClassVar[str]

    def test_the_case_is_of_the_connector_that_the_suite_names(self, case: ConnectorCase) -> None:
        assert case.source.name == self.connector

    def test_the_specification_is_a_json_schema_that_takes_the_good_config(self, case: ConnectorCase) -> None:
        schema = case.source.spec()["connectionSpecification"]

        assert isinstance(schema, Mapping)
        jsonschema.Draft7Validator.check_schema(dict(schema))
        jsonschema.Draft7Validator(dict(schema)).validate(json.loads(json.dumps(dict(case.config))))

    def test_a_good_config_passes_the_check(self, case: ConnectorCase) -> None:
        host.check(case.source, case.config)

    def test_bad_configs_are_refused_with_a_sentence(self, case: ConnectorCase) -> None:
        for config in case.bad_configs:
            with pytest.raises((ConfigError, SourceError)) as refused:
                host.check(case.source, config)

            assert len(str(refused.value)) > 10

    def test_streams_have_types_and_keys(self, case: ConnectorCase) -> None:
        catalog = host.discover(case.source, case.config)
        streams = catalog["streams"]

        assert isinstance(streams, list)
        assert {str(stream["name"]) for stream in streams} == set(case.rows)
        for stream in streams:
            names = arrow_schema(stream["json_schema"]).names
            key = [path[0] for path in stream["source_defined_primary_key"]]
            assert key and set(key) <= set(names)

    def test_a_first_sync_brings_every_row_and_refuses_none(self, case: ConnectorCase) -> None:
        warehouse = FakeWarehouse()

        report = run(case.source, case.config, warehouse)

        found = tables(warehouse, case.source.name, case.rows)
        assert {stream: len(rows) for stream, rows in found.items()} == dict(case.rows)
        assert report.quarantined == 0

    def test_a_second_sync_writes_nothing_new(self, case: ConnectorCase) -> None:
        warehouse = FakeWarehouse()
        run(case.source, case.config, warehouse)
        before = tables(warehouse, case.source.name, case.rows)

        report = run(case.source, case.config, warehouse)

        assert report.rows == 0
        assert tables(warehouse, case.source.name, case.rows) == before

    def test_each_stream_can_be_asked_for_alone(self, case: ConnectorCase) -> None:
        together, alone = FakeWarehouse(), FakeWarehouse()
        run(case.source, case.config, together)

        for stream in case.rows:
            run(case.source, case.config, alone, streams=[stream])

        assert tables(alone, case.source.name, case.rows) == tables(together, case.source.name, case.rows)

    def test_a_sync_that_was_killed_is_taken_up_without_loss_or_repeat(self, case: ConnectorCase) -> None:
        whole = FakeWarehouse()
        run(case.source, case.config, whole)
        length = len(list(host.read(case.source, case.config)))
        expected = tables(whole, case.source.name, case.rows)

        for after in sorted({1, length // 2, length - 1}):
            warehouse = FakeWarehouse()
            with pytest.raises(KilledError):
                run(KilledSource(case.source, after), case.config, warehouse)
            run(case.source, case.config, warehouse)

            assert tables(warehouse, case.source.name, case.rows) == expected

    def test_no_row_holds_a_plain_email_address(self, case: ConnectorCase) -> None:
        warehouse = FakeWarehouse()
        run(case.source, case.config, warehouse)

        text = json.dumps(tables(warehouse, case.source.name, case.rows), default=str)

        assert "@example.org" not in text
        assert "@example.com" not in text
