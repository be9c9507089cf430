"""The door: pinning, releases, status, models, and errors that a reader can act on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg
import pytest

from observer.errors import NotFoundError, QueryError, ServingError
from observer.query import ReadModel
from observer.query.reader import ReleaseReader
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows
from observer.testing.sample import sample_rows


def test_the_current_release_is_listed_and_its_files_are_there(read_model: ReadModel) -> None:
    release = read_model.current_release()
    assert (release.number, release.as_of) == (1, date(2024, 3, 31))
    assert [(entry.release, entry.is_current) for entry in read_model.releases()] == [(release, True)]
    assert read_model.release(1) == release
    assert read_model.catalog().name == "catalog_1.ducklake"
    assert read_model.catalog(1).exists()
    assert read_model.file(1, "projects").stat().st_size == release.table("projects").bytes


def test_what_is_not_kept_is_not_found(read_model: ReadModel) -> None:
    with pytest.raises(NotFoundError, match="release 9 is not kept"):
        read_model.release(9)
    with pytest.raises(NotFoundError, match="no table 'secrets'"):
        read_model.file(1, "secrets")


def test_before_the_first_release_the_read_model_says_so(tmp_path: Path) -> None:
    with temporary_postgres() as urls, ReadModel(urls.reader, tmp_path) as empty:
        assert empty.releases() == ()
        with pytest.raises(ServingError, match="nothing is published yet"):
            empty.current_release()


def test_a_release_of_an_older_version_says_that_it_lacks_a_table(tmp_path: Path) -> None:
    with temporary_postgres() as urls:
        publish_rows(urls.owner, tmp_path)
        with psycopg.connect(urls.owner) as owner:
            owner.execute("drop table release_1.connectors")
        with (
            ReadModel(urls.reader, tmp_path) as older,
            pytest.raises(ServingError, match="release 1 was published by an older version"),
            older.pinned() as reader,
        ):
            reader.connectors()


def test_a_database_that_is_away_is_a_serving_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("observer.query.read_model._WAIT_SECONDS", 0.2)
    with (
        ReadModel(f"postgresql:///x?host={tmp_path}", tmp_path) as away,
        pytest.raises(ServingError, match="does not answer"),
    ):
        away.current_release()


def test_an_answer_that_takes_too_long_is_a_query_error(read_model: ReadModel) -> None:
    with pytest.raises(QueryError, match="took too long"), read_model.pinned() as reader:
        connection = reader._session.connection
        connection.execute("set local statement_timeout = 20")
        connection.execute("select count(*) from generate_series(1, 100000000)")
    with read_model.pinned() as reader:
        assert reader.project("quill")


def test_a_reader_cannot_write(read_model: ReadModel) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), read_model.pinned() as reader:
        reader._session.connection.execute("create table stolen ()")


def test_status_tells_freshness_coverage_and_refusals(reader: ReleaseReader) -> None:
    status = reader.status()
    (source,) = status.sources
    assert (source.connector, source.stream, source.state, source.quarantined_count) == ("git", "commits", "fresh", 1)
    stars = next(row for row in status.coverage if row.event_type == "STARRED")
    assert (stars.artifact_count, stars.unknown_days, stars.known_days) == (3, 10, 263)
    assert stars.coverage_ratio == pytest.approx(263 / 273)
    assert status.quarantined == 1
    (refused,) = reader.quarantine().items
    assert (refused.reason, refused.line) == ("impossible date", None)


def test_coverage_of_artifacts_comes_page_by_page(reader: ReleaseReader) -> None:
    collection, found, cursor = reader.collection("everything"), [], None
    while True:
        page = reader.artifact_coverage(collection, limit=50, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(found) == len(sample_rows()["coverage"])
    assert len({(run.artifact_id, run.event_source, run.event_type, run.start_date) for run in found}) == len(found)


def test_the_lineage_of_a_model_goes_back_to_the_sources(reader: ReleaseReader) -> None:
    lineage = reader.lineage("timeseries_metrics")
    assert [(node.name, node.distance, node.is_source) for node in lineage.nodes] == [
        ("timeseries_metrics", 0, False),
        ("events", 1, False),
        ("int_events", 2, False),
        ("stg_git__commits", 3, False),
        ("raw.git__commits", 4, True),
    ]
    assert ("raw.git__commits", "stg_git__commits") in lineage.edges
    assert len(lineage.edges) == 4
    assert reader.model("events").depends_on == ("int_events",)
    assert [model.name for model in reader.models()][-1] == "stg_git__commits"


def test_the_metric_catalogue_is_that_of_the_release(reader: ReleaseReader) -> None:
    assert [metric.name for metric in reader.metrics()] == sorted(m["metric_name"] for m in sample_rows()["metrics"])  # type: ignore[type-var]
    commits = reader.metric("commits")
    assert reader.metric(commits.id) == commits
    assert commits.event_types == ("COMMIT_CODE",)
    assert len(reader.key_metrics(reader.project("quill"))) == 40
