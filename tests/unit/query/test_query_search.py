"""Search: names, beginnings, former names and typing errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.errors import QueryError
from observer.model.serving import search_key, trigrams
from observer.publishing.derived import DERIVED
from observer.publishing.engine import open_engine
from observer.query import EntityType
from observer.query.reader import ReleaseReader
from observer.query.search import likeness


def _first(reader: ReleaseReader, text: str, **options: object) -> tuple[str, str]:
    hit = reader.search(text, **options)[0]  # type: ignore[arg-type]
    return hit.entity.entity_type.value, hit.entity.name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lattice", ("project", "lattice")),
        ("LATTICE", ("project", "lattice")),
        ("Lattice Protocol", ("project", "lattice")),
        ("lat", ("project", "lattice")),
        ("latice", ("project", "lattice")),
        ("ltatice", ("project", "lattice")),
        ("quil", ("project", "quill")),
        ("harbr", ("project", "harbor")),
        ("Härbor", ("project", "harbor")),
        ("tool makers", ("collection", "tool-makers")),
        ("toolmakers", ("collection", "tool-makers")),
        ("evrything", ("collection", "everything")),
        ("lattice-labs/docs", ("artifact", "docs")),
        ("harbour works", ("project", "harbor")),
    ],
)
def test_the_best_hit_is_what_was_meant(reader: ReleaseReader, text: str, expected: tuple[str, str]) -> None:
    assert _first(reader, text) == expected


def test_a_former_name_is_found_and_shown(reader: ReleaseReader) -> None:
    hit = reader.search("lattice/lattice-core")[0]
    assert (hit.entity.name, hit.matched, hit.score) == ("core", "lattice/lattice-core", 1.0)


def test_search_can_be_limited_to_one_type_and_number(reader: ReleaseReader) -> None:
    hits = reader.search("lattice", entity_type=EntityType.ARTIFACT)
    assert {hit.entity.entity_type for hit in hits} == {EntityType.ARTIFACT}
    assert len(reader.search("lattice", limit=2)) == 2


@pytest.mark.parametrize("text", ["", "   ", "!!!", "zzzzzzzz", "%", "_"])
def test_what_is_like_nothing_finds_nothing(reader: ReleaseReader, text: str) -> None:
    assert reader.search(text) == ()


def test_a_text_that_is_too_long_is_refused(reader: ReleaseReader) -> None:
    with pytest.raises(QueryError, match="101 characters"):
        reader.search("a" * 101)


@given(st.text(min_size=1, max_size=20))
def test_likeness_is_one_for_the_same_and_stays_within_bounds(text: str) -> None:
    key = search_key(text)
    if key:
        assert likeness(key, key) == 1.0
        assert 0 <= likeness(key, "another name") <= 1
    assert search_key(key) == key


def test_publishing_and_reading_cut_names_into_the_same_pieces(tmp_path: Path) -> None:
    names = [
        "uniswap",
        "Open Zeppelin",
        "a",
        "x/y-z_9",
        "Ünïcode Ärger",
        "日本語 名前",
        "  spaces  ",
        "--",
        "Łódź",
        "v3.2",
    ]
    columns = {
        "projects": "project",
        "collections": "collection",
        "artifacts": "artifact",
        "artifact_names": "artifact",
    }
    selects = {table.name: select for table, select in DERIVED}
    with open_engine(tmp_path / "spill") as engine:
        for table, kind in columns.items():
            engine.execute(
                f"create table {table} ({kind}_id text, {kind}_name text, display_name text, artifact_namespace text)"
                if kind != "artifact"
                else f"create table {table} (artifact_id text, artifact_name text, artifact_namespace text)"
            )
        engine.executemany(
            "insert into projects values (?, ?, null, null)", [(str(n), name) for n, name in enumerate(names)]
        )
        engine.execute(f"create table search_names as {selects['search_names']}")
        engine.execute(f"create table search_trigrams as {selects['search_trigrams']}")
        keys = dict(engine.execute("select entity_id, search_key from search_names").fetchall())
        pieces = engine.execute(
            "select entity_id, list(trigram) from search_trigrams join search_names using (search_id) group by 1"
        ).fetchall()
    expected = {str(n): search_key(name) for n, name in enumerate(names) if search_key(name)}
    assert keys == expected
    assert {key: set(found) for key, found in pieces} == {key: trigrams(text) for key, text in expected.items()}
