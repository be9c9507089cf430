"""Tables of a real PostgreSQL: types kept, rows from a cursor on, one snapshot, read-only, nothing lost to a kill."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from observer.connectors import host
from observer.connectors.sources.postgres.source import PostgresSource
from observer.connectors.streams import configured
from observer.errors import ConfigError, TransientSourceError
from observer.testing.connector_suite import KilledError, KilledSource, run, tables
from observer.testing.postgres import temporary_postgres
from observer.testing.warehouse import FakeWarehouse


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with temporary_postgres() as urls:
        yield urls.owner


@pytest.fixture
def shop(server: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("drop schema if exists shop cascade; create schema shop")
        yield connection


class World:
    def __init__(self, url: str, tmp_path: Path, *entries: object, **more: object) -> None:
        self.warehouse = FakeWarehouse()
        self.config: dict[str, Any] = {
            "url": url,
            "tables": list(entries),
            "staging_dir": str(tmp_path / "staging"),
            **more,
        }

    @property
    def source(self) -> PostgresSource:
        source = PostgresSource()
        source.name = "my-shop"
        return source

    def sync(self) -> host.SyncReport:
        return run(self.source, self.config, self.warehouse)

    def rows(self, stream: str) -> list[dict[str, Any]]:
        return tables(self.warehouse, "my-shop", [stream])[stream]


def test_types_are_kept_and_no_digit_is_lost(server: str, shop: psycopg.Connection, tmp_path: Path) -> None:
    shop.execute("""
        create type shop.point as (x int, y text);
        create table shop.things (
            id bigint primary key, small smallint, exact numeric, money numeric(20, 4),
            real double precision, flag boolean,
            day date, at timestamptz, local timestamp, key uuid, list text[], numbers int[], doc jsonb, raw bytea,
            span interval, point shop.point, word text
        );
        insert into shop.things values (
            9007199254740993, 1, 12345678901234567890123456789.123456789012345678901234567890, 1.5, 0.1, true,
            '2024-02-29', '2024-03-31 02:30:00+02', '2024-01-01 00:00:00.123456',
            'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
            array['a,"b"', null], array[1, 2], '{"b": [1, 1.10]}', '\\x00ff', '1 day 2 hours', row(1, 'p'), 'line
break, "quote" and ''=1+1'''
        );
        insert into shop.things (id, word, at, day, real) values (2, '', 'infinity', '-infinity', 'NaN');
    """)
    world = World(server, tmp_path, "shop.things")

    world.sync()

    second, first = sorted(world.rows("things"), key=lambda row: row["id"])
    assert first == {
        "id": 9007199254740993,
        "small": 1,
        "exact": "12345678901234567890123456789.123456789012345678901234567890",
        "money": "1.5000",
        "real": 0.1,
        "flag": True,
        "day": date(2024, 2, 29),
        "at": datetime(2024, 3, 31, 0, 30),
        "local": datetime(2024, 1, 1, 0, 0, 0, 123456),
        "key": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "list": '["a,\\"b\\"",null]',
        "numbers": "[1,2]",
        "doc": '{"b": [1, 1.10]}',
        "raw": "00ff",
        "span": "P1DT2H",
        "point": '{"x":1,"y":"p"}',
        "word": "line\nbreak, \"quote\" and '=1+1'",
        "_record_ref": "my-shop:shop.things/9007199254740993",
    }
    assert (second["word"], second["exact"], second["at"], second["day"]) == ("", None, None, None)
    assert second["real"] != second["real"]


def events(shop: psycopg.Connection, count: int) -> None:
    shop.execute("create table shop.events (id int primary key, at timestamptz, note text)")
    shop.execute(
        "insert into shop.events select n, timestamptz '2024-01-01 00:00+00' + n * interval '1 hour', 'n' || n "
        "from generate_series(1, %s) n",
        (count,),
    )


def test_a_cursor_reads_only_what_is_new(server: str, shop: psycopg.Connection, tmp_path: Path) -> None:
    events(shop, 10)
    world = World(server, tmp_path, {"table": "shop.events", "cursor": "at"})
    world.sync()
    again = world.sync()
    shop.execute("update shop.events set at = '2024-02-01 00:00+00', note = 'changed' where id = 3")
    shop.execute("insert into shop.events values (11, '2024-02-02 00:00+00', 'new'), (12, null, 'no time')")
    shop.execute("delete from shop.events where id = 5")

    report = world.sync()

    assert (again.rows, report.rows) == (0, 3)
    rows = {row["id"]: row["note"] for row in world.rows("events")}
    assert len(rows) == 12
    assert (rows[3], rows[11], rows[12]) == ("changed", "new", "no time")


def test_rows_that_were_committed_late_are_found_within_the_overlap(
    server: str, shop: psycopg.Connection, tmp_path: Path
) -> None:
    events(shop, 10)
    world = World(server, tmp_path, {"table": "shop.events", "cursor": "at"})
    world.sync()
    shop.execute("insert into shop.events values (99, '2024-01-01 09:50+00', 'late')")

    world.sync()

    assert 99 in {row["id"] for row in world.rows("events")}


def test_without_a_cursor_the_table_is_what_it_is_now(server: str, shop: psycopg.Connection, tmp_path: Path) -> None:
    events(shop, 3)
    shop.execute("create table shop.empty (id int primary key)")
    world = World(server, tmp_path, "shop.events", "shop.empty")
    world.sync()
    again = world.sync()
    shop.execute("delete from shop.events where id < 3; insert into shop.empty values (1)")
    world.sync()
    one = world.rows("events")
    shop.execute("truncate shop.events")
    world.sync()

    assert again.rows == 0
    assert [row["id"] for row in one] == [3]
    assert world.rows("events") == []
    assert len(world.rows("empty")) == 1


@pytest.mark.parametrize("after", range(1, 9))
def test_a_kill_loses_and_doubles_nothing(server: str, shop: psycopg.Connection, tmp_path: Path, after: int) -> None:
    events(shop, 7)
    world = World(server, tmp_path, {"table": "shop.events", "cursor": "at"}, rows_per_file=2)
    killed = KilledSource(world.source, after)
    with contextlib.suppress(KilledError):
        run(killed, world.config, world.warehouse)

    world.sync()

    assert [row["id"] for row in world.rows("events")] == list(range(1, 8))


def test_all_tables_are_seen_at_one_moment(server: str, shop: psycopg.Connection, tmp_path: Path) -> None:
    shop.execute("create table shop.a (id int primary key); create table shop.b (id int primary key)")
    shop.execute("insert into shop.a values (1); insert into shop.b values (1)")
    world = World(server, tmp_path, "shop.a", "shop.b")
    source = world.source
    messages = source.read(world.config, configured(source.discover(world.config)), [])
    next(messages)

    shop.execute("insert into shop.a values (2); insert into shop.b values (2)")

    rows = [m["record"]["data"]["rows"] for m in messages if m["type"] == "RECORD"]  # type: ignore[index]
    assert rows == [1]


def test_the_transaction_cannot_write(server: str, shop: psycopg.Connection, tmp_path: Path) -> None:
    shop.execute("""
        create table shop.log (id int);
        create function shop.sly() returns int language sql as 'insert into shop.log values (1) returning 1';
        create view shop.trap as select 1 as id, shop.sly() as effect
    """)
    world = World(server, tmp_path, "shop.trap")

    with pytest.raises(Exception, match="read-only"):
        world.sync()

    assert shop.execute("select count(*) from shop.log").fetchone() == (0,)


def test_a_cursor_of_the_future_hides_no_later_row(server: str, shop: psycopg.Connection, tmp_path: Path) -> None:
    events(shop, 2)
    shop.execute("insert into shop.events values (3, '2999-01-01', 'wrong'), (4, 'infinity', 'for ever')")
    world = World(server, tmp_path, {"table": "shop.events", "cursor": "at"})
    world.sync()
    shop.execute("insert into shop.events values (5, now(), 'later')")

    world.sync()

    assert [row["id"] for row in world.rows("events")] == [1, 2, 3, 4, 5]


def test_columns_can_be_chosen_and_named_keys_used(server: str, shop: psycopg.Connection, tmp_path: Path) -> None:
    shop.execute('create table shop."Odd Name" ("Id" int, secret text, "a""b" text)')
    shop.execute("""insert into shop."Odd Name" values (1, 's', 'x')""")
    entry = {"table": "shop.Odd Name", "stream": "odd", "columns": ["Id", 'a"b'], "primary_key": ["Id"]}
    world = World(server, tmp_path, entry)

    world.sync()

    assert world.rows("odd") == [{"Id": 1, 'a"b': "x", "_record_ref": "my-shop:shop.Odd Name/1"}]


def test_changed_columns_raise_an_alarm(
    server: str, shop: psycopg.Connection, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    events(shop, 1)
    world = World(server, tmp_path, {"table": "shop.events", "cursor": "at"})
    world.sync()
    shop.execute("alter table shop.events drop column note; alter table shop.events add column brand_new int default 7")
    shop.execute("update shop.events set at = '2024-05-01'")

    world.sync()

    assert "the column brand_new is new" in caplog.text
    assert "the column note is gone" in caplog.text
    assert world.rows("events")[0]["brand_new"] == 7


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("shop.nothing", "no table shop.nothing"),
        ({"table": "shop.plain", "cursor": "at"}, "needs a primary key"),
        ({"table": "shop.plain", "columns": ["at", "nope"]}, "no column 'nope'"),
        ({"table": "shop.plain", "cursor": "doc", "primary_key": ["at"]}, "json is no type of a cursor"),
        ({"table": "shop.plain", "cursor": "at", "primary_key": ["at"], "columns": ["doc"]}, "not among `columns`"),
    ],
)
def test_what_the_tables_do_not_have_is_said(
    server: str, shop: psycopg.Connection, tmp_path: Path, entry: object, words: str
) -> None:
    shop.execute("create table shop.plain (at timestamptz, doc json)")
    world = World(server, tmp_path, entry)

    with pytest.raises(ConfigError, match=words):
        host.check(world.source, world.config)


def test_a_wrong_password_and_a_missing_server_are_told_without_secrets(server: str, tmp_path: Path) -> None:
    url = "postgresql://someone:hidden-word@127.0.0.1:1/x"
    world = World(url, tmp_path, "a.b")

    with pytest.raises(TransientSourceError) as refused:
        host.check(world.source, world.config)

    assert "hidden-word" not in str(refused.value)
    for wrong in ("nonsense://hidden-word", "postgresql://u:hidden-word@[/"):
        with pytest.raises(ConfigError) as refused_url:
            host.check(world.source, {**world.config, "url": wrong})
        assert "hidden-word" not in str(refused_url.value)


def test_tls_is_asked_for_wherever_the_server_is_not_on_this_machine() -> None:
    from observer.connectors.sources.postgres.config import parse_config

    def conninfo(url: str, **more: object) -> str:
        return parse_config({"url": url, "tables": ["a"], **more}, "x").conninfo

    assert "sslmode=verify-full" in conninfo("postgresql://db.example.org/x?sslmode=disable")
    assert "sslrootcert=system" in conninfo("postgresql://db.example.org/x")
    assert "sslmode=prefer" in conninfo("postgresql:///x?host=/run/postgresql")
    assert "sslmode=require" in conninfo("postgresql://db.example.org/x", tls="require")


def test_many_rows_pass_in_bounded_memory(server: str, shop: psycopg.Connection, tmp_path: Path) -> None:
    import resource

    shop.execute("create table shop.big as select n as id, repeat('x', 200) as text from generate_series(1, 300000) n")
    world = World(server, tmp_path, {"table": "shop.big", "primary_key": ["id"]}, rows_per_file=100_000)
    source = world.source
    catalog = configured(source.discover(world.config))
    before, threads = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, threading.active_count()

    rows = sum(
        int(m["record"]["data"]["rows"])  # type: ignore[index]
        for m in source.read(world.config, catalog, [])
        if m["type"] == "RECORD"
    )

    assert rows == 300_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 250_000
    assert threading.active_count() <= threads + 2
