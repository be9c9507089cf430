"""The github-archive source on real archive files: golden answers, damage, repetition and order."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from observer.connectors import streams
from observer.connectors.sources.github_archive.source import GithubArchiveSource

pytestmark = pytest.mark.real_data

Clock = Callable[[], datetime]
GOLDEN_FILES = (
    "2013-10-10-0.json.gz",
    "2013-10-10-1.json.gz",
    "2013-10-10-2.json.gz",
    "2013-10-10-20.json.gz",
    "2013-10-10-21.json.gz",
    "2013-10-10-22.json.gz",
    "2013-10-10-23.json.gz",
    "2013-10-10-3.json.gz",
    "2013-10-10-4.json.gz",
    "2014-01-01-0.json.gz",
    "2014-01-01-1.json.gz",
    "2014-01-01-2.json.gz",
    "2015-01-01-0.json.gz",
    "2015-01-01-2.first10_with_oversized_line.json.gz",
    "2015-02-01-0.first100.esbulk.json.gz",
    "2021-07-21-06..09.sample800.json.gz",
)


class Store:
    """What a warehouse makes of the messages: rows of equal key are replaced, state is the last one."""

    def __init__(self, folder: Path, staging: Path, clock: Clock) -> None:
        self.folder, self._staging = folder, staging
        self._source = GithubArchiveSource(clock=clock)
        self.state: list[Mapping[str, object]] = []
        self.quarantined: list[Mapping[str, Any]] = []
        self.files: dict[str, Mapping[str, Any]] = {}
        self.connection = duckdb.connect()
        self.has_tables = False

    def sync(self) -> int:
        """Reads what is new; returns how many Parquet files came."""
        config = {"location": str(self.folder), "staging_dir": str(self._staging)}
        catalog = streams.configured(self._source.discover(config))
        count = 0
        for message in self._source.read(config, catalog, self.state):
            if message["type"] == "STATE":
                self.state = [message["state"]]  # type: ignore[list-item]
            elif message["type"] == "RECORD":
                count += self._record(message["record"])  # type: ignore[arg-type]
        return count

    def _record(self, record: Mapping[str, Any]) -> int:
        if record["stream"] == "_quarantine":
            self.quarantined.append(record["data"])
        elif record["stream"] == "files":
            self.files[record["data"]["file_name"]] = record["data"]
        else:
            self._upsert(record["stream"], record["file_reference"]["staging_file_url"])
            return 1
        return 0

    def _upsert(self, table: str, path: str) -> None:
        self.connection.execute(f"create table if not exists {table} as from '{path}' limit 0")
        position = " and t.position = i.position" if table == "push_commits" else ""
        self.connection.execute(
            f"delete from {table} t using '{path}' i "
            f"where t.file_name = i.file_name and t.event_key = i.event_key{position}"
        )
        self.connection.execute(f"insert into {table} from '{path}'")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def one(self, sql: str) -> Any:
        ((value,),) = self.rows(sql)
        return value

    def digest(self) -> Any:
        """A value that is equal for equal tables, whatever the order of their rows."""
        return [
            self.rows(f"select count(*), sum(hash(t)::hugeint), bit_xor(hash(t)) from {table} t")
            for table in ("events", "push_commits")
        ]


@pytest.fixture(scope="module")
def folder(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    for name in GOLDEN_FILES:
        shutil.copy(real_data / "events" / "gharchive" / name, folder)
    return folder


@pytest.fixture(scope="module")
def golden(real_data: Path) -> Mapping[str, Any]:
    text = (real_data / "events" / "golden" / "gharchive.json").read_text()
    answers: Mapping[str, Any] = json.loads(text)
    return answers


@pytest.fixture(scope="module")
def store(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(folder, tmp_path_factory.mktemp("staging"), lambda: datetime.fromisoformat("2026-11-01T12:00:00Z"))
    store.sync()
    yield store
    store.connection.close()


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_a_file_gives_its_golden_counts(store: Store, golden: Mapping[str, Any], name: str) -> None:
    expected = {key: value for key, value in golden[name].items() if key != "duplicate_ids"}

    assert _counts(store, name, expected["schema"]) == expected
    assert store.files[name]["duplicates"] >= golden[name]["duplicate_ids"]


def test_all_files_together_give_the_golden_union(store: Store, golden: Mapping[str, Any]) -> None:
    union = golden["_union"]
    one_each = "(select * from events qualify row_number() over (partition by event_key order by file_name) = 1)"
    old, new = "era = 'timeline'", "era <> 'timeline'"

    assert store.one(f"select sum(occurrences) from events where {new}") == union["post2015_rows_all_files"]
    assert store.one(f"select count(*) from {one_each} where {new}") == union["post2015_distinct_ids"]
    assert _by(store, "type", f"{one_each} where {new}", "count(*)") == union["post2015_types_dedup"]
    assert _by(store, _HOUR, f"{one_each} where {new}", "count(*)") == union["post2015_by_utc_hour_dedup"]
    assert store.one(f"select sum(occurrences) from events where {old}") == union["pre2015_rows"]
    assert store.one(f"select count(*) from {one_each} where {old}") == union["pre2015_distinct_lines"]
    assert _by(store, "type", f"events where {old}") == union["pre2015_types_rows"]
    assert _by(store, _HOUR, f"events where {old}") == union["pre2015_rows_by_utc_hour"]


def test_every_line_is_accounted_for(store: Store) -> None:
    for name, row in store.files.items():
        assert row["lines"] == row["loaded"] + row["duplicates"] + row["quarantined"] + row["blank"], name
        assert row["loaded"] == store.one(f"select count(*) from events where file_name = '{name}'")
    assert sum(row["quarantined"] for row in store.files.values()) == len(store.quarantined)


def test_no_table_holds_an_address(store: Store) -> None:
    text = [
        (table, column)
        for table in ("events", "push_commits")
        for column, kind, *_ in store.rows(f"describe {table}")
        if kind == "VARCHAR"
    ]
    found = [
        (table, column, value)
        for table, column in text
        for (value,) in store.rows(f"select distinct {column} from {table} where contains({column}, '@')")
        if re.search(r"[^\s<>@]+@[A-Za-z][A-Za-z0-9-]*(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}", value)
    ]

    assert found == []
    plain = "select count(*) from push_commits where not regexp_full_match(author_email_hash, '[0-9a-f]{40}')"
    assert store.one(plain) == 0
    assert all("@" not in re.sub(r"\b[0-9a-f]{40}@", "", row["excerpt"]) for row in store.quarantined)


def test_a_second_sync_reads_nothing(store: Store) -> None:
    before = store.digest()

    assert store.sync() == 0
    assert store.digest() == before


def test_loading_again_and_in_shuffled_order_changes_no_row(
    store: Store, folder: Path, tmp_path: Path, clock: Clock
) -> None:
    other = Store(tmp_path / "drop", tmp_path / "staging", clock)
    other.folder.mkdir()
    names = [name for name in GOLDEN_FILES if not name.startswith("2013")] + ["2013-10-10-21.json.gz"]
    random.Random(7).shuffle(names)
    for name in names:
        shutil.copy(folder / name, other.folder)
        other.sync()
    other.state = []
    other.sync()

    chosen = ", ".join(f"'{name}'" for name in names)
    for table in ("events", "push_commits"):
        store.connection.execute(f"create or replace temp view chosen as from {table} where file_name in ({chosen})")
        sql = "select count(*), sum(hash(t)::hugeint), bit_xor(hash(t)) from {} t"
        assert other.rows(sql.format(table)) == store.rows(sql.format("chosen"))


DEFECTS = {
    "no_delimiter_2012_style.json.gz": ("loaded", 300, 0, 0, None),
    "truncated_gzip.json.gz": ("corrupt", 0, 0, 0, "the gzip stream ends early"),
    "multi_member_gzip.json.gz": ("loaded", 200, 0, 0, None),
    "empty_member.json.gz": ("loaded", 0, 0, 0, None),
    "zero_bytes.json.gz": ("corrupt", 0, 0, 0, "the file is empty (0 bytes)"),
    "error_page.json.gz": ("corrupt", 0, 0, 0, "not a gzip file"),
    "shuffled_with_70_duplicates.json.gz": ("loaded", 200, 70, 0, None),
    "bad_lines.json.gz": ("loaded", 51, 0, 8, None),
}
BAD_LINES = {
    6: "the record ends early",
    12: "invalid UTF-8",
    18: "contains a NUL character",
    24: "lone surrogate",
    32: "not an object but null",
    38: "not an object but a list",
    54: "no repository",
    56: "impossible date '2015-13-45T99:00:00Z'",
}


@pytest.fixture(scope="module")
def defects(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    staging = tmp_path_factory.mktemp("defects")
    source = real_data / "events" / "gharchive_defects"
    store = Store(source, staging, lambda: datetime.fromisoformat("2026-11-01T12:00:00Z"))
    store.sync()
    return store


@pytest.mark.parametrize("name", DEFECTS)
def test_a_damaged_file_is_recovered_or_refused_whole(defects: Store, name: str) -> None:
    status, loaded, duplicates, quarantined, reason = DEFECTS[name]
    row = defects.files[name]

    assert (row["status"], row["loaded"], row["duplicates"], row["quarantined"]) == (
        status,
        loaded,
        duplicates,
        quarantined,
    )
    assert row["reason"] == reason
    assert defects.one(f"select count(*) from events where file_name = '{name}'") == loaded
    whole = [entry for entry in defects.quarantined if entry["file"] == name and entry["line"] is None]
    assert [entry["reason"] for entry in whole] == ([reason] if reason else [])


def test_bad_lines_are_quarantined_with_line_and_reason(defects: Store, real_data: Path) -> None:
    text = (real_data / "events" / "gharchive_defects" / "expected.json").read_text()
    expected = json.loads(text)["bad_lines.json.gz"]
    entries = [entry for entry in defects.quarantined if entry["file"] == "bad_lines.json.gz"]
    loaded = {line for (line,) in defects.rows("select line from events where file_name = 'bad_lines.json.gz'")}
    touched = {int(line) + 1 for line in expected["lines_zero_based"]}

    assert {entry["line"]: entry["reason"] for entry in entries} == BAD_LINES
    assert len(loaded - touched) == expected["untouched_events"]
    assert loaded & touched == {42, 44, 48, 55, 57, 58}


def test_events_api_pages_and_pretty_printed_documents_load(real_data: Path, tmp_path: Path, clock: Clock) -> None:
    pages = {
        "2025-11-01-10.push_first13.array.json.gz": 13,
        "api_events_page_2013-01-10.json.gz": 30,
        "api_events_page_2022-08-17_01.json.gz": 30,
        "api_repo_events_duckdb_2023-04.json.gz": 100,
        "devstats_examples_2014-06.json.gz": 35,
        "devstats_examples_2022-04.json.gz": 22,
        "gnarson_2012-07_one_per_type.json.gz": 16,
    }
    (tmp_path / "pages").mkdir()
    for name in pages:
        shutil.copy(real_data / "events" / "gharchive" / name, tmp_path / "pages")
    shutil.copy(
        real_data / "events" / "gharchive" / "gnarson_2012_some_events.raw.gz",
        tmp_path / "pages" / "2012-08-26-1.json.gz",
    )
    store = Store(tmp_path / "pages", tmp_path / "staging", clock)
    store.sync()

    assert {name: row["loaded"] for name, row in store.files.items()} == {**pages, "2012-08-26-1.json.gz": 4}
    new_form = "events where file_name like '2025-11-01%'"
    assert store.rows(f"select distinct era, push_size, push_distinct_size from {new_form}") == [("slim", None, None)]
    assert store.one(f"select count(push_head) + count(push_before) from {new_form}") == 26


def test_a_restated_hour_replaces_the_old_one_under_the_same_keys(
    real_data: Path, folder: Path, tmp_path: Path, clock: Clock
) -> None:
    import gzip

    name = "2014-01-01-0.json.gz"
    store = Store(tmp_path / "drop", tmp_path / "staging", clock)
    store.folder.mkdir()
    shutil.copy(folder / name, store.folder)
    store.sync()
    before = store.rows("select event_key from events order by all")
    commits = store.rows("select event_key, position, commit_id, author_email_domain from push_commits order by all")
    lines = gzip.decompress((folder / name).read_bytes()).splitlines(keepends=True)
    plain = [re.sub(rb"[0-9a-f]{40}@", b"someone.plain@", line) for line in lines]
    (store.folder / name).write_bytes(gzip.compress(b"".join(plain[:-10]), 1))

    assert store.sync() == 2
    assert store.one("select count(distinct file_sha256) from events") == 2
    current = store.files[name]["loaded_sha256"]
    assert store.one(f"select count(*) from events where file_sha256 = '{current}'") == len(lines) - 10
    assert store.rows("select event_key from events order by all") == before
    assert (
        store.rows("select event_key, position, commit_id, author_email_domain from push_commits order by all")
        == commits
    )


_HOUR = "strftime(created_at, '%Y-%m-%dT%H')"


def _by(store: Store, column: str, source: str, count: str = "sum(occurrences)") -> dict[str, int]:
    rows = store.rows(f"select {column}, {count} from {source} group by 1 order by 1")
    return {str(key): int(value) for key, value in rows}


def _top(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [[name, int(count)] for name, count in rows]


def _counts(store: Store, name: str, schema: str) -> dict[str, Any]:
    """The golden answers of one file, from the tables alone."""
    is_old = schema == "pre2015"
    store.connection.execute(f"create or replace temp view e as from events where file_name = '{name}'")
    store.connection.execute(
        "create or replace temp view c as select c.*, e.occurrences from push_commits c "
        "join e on e.file_name = c.file_name and e.event_key = c.event_key"
    )
    first, last = store.rows("select min(created_at), max(created_at) from e")[0]
    top = (
        "select repository_name, sum(occurrences) as n from e where type = '{}' group by 1 order by n desc, 1 limit {}"
    )
    sums = "coalesce(sum({} * occurrences), 0)::int"
    return {
        "schema": schema,
        "events": store.one("select sum(occurrences)::int from e"),
        "types": _by(store, "type", "e"),
        "distinct_actors": store.one(f"select count(distinct {'actor_login' if is_old else 'actor_id'}) from e"),
        "distinct_repo_names": store.one("select count(distinct repository_name) from e"),
        "distinct_repo_ids": store.one("select count(distinct repository_id) from e"),
        "distinct_orgs": store.one("select count(distinct organization_login) from e"),
        "utc_min": f"{first.isoformat()}+00:00",
        "utc_max": f"{last.replace(microsecond=0).isoformat()}+00:00",
        "events_by_utc_hour": _by(store, _HOUR, "e"),
        "push_size_sum": store.one(f"select {sums.format('push_size')} from e"),
        "push_distinct_size_sum": store.one("select sum(push_distinct_size * occurrences)::int from e"),
        "commits_listed": store.one("select coalesce(sum(occurrences), 0)::int from c"),
        "commits_listed_distinct_sha": store.one("select count(distinct commit_id) from c"),
        "commits_listed_distinct_flag_true": store.one("select sum(occurrences)::int from c where is_distinct"),
        "pull_request_actions": _by(store, "action", "e where type = 'PullRequestEvent'"),
        "pull_requests_merged": store.one(
            "select coalesce(sum(occurrences), 0)::int from e "
            "where type = 'PullRequestEvent' and action = 'closed' and is_merged"
        ),
        "issue_actions": _by(store, "action", "e where type = 'IssuesEvent'"),
        "top_starred": _top(store.rows(top.format("WatchEvent", 10))),
        "top_forked": _top(store.rows(top.format("ForkEvent", 5))),
    }
