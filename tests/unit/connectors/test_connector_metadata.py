"""What connectors say about themselves: read whole, with every problem told, and there for each of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from observer.connectors import metadata
from observer.connectors.schedule import is_due, last_time, next_time
from observer.errors import ContentError

CONNECTORS = Path(__file__).resolve().parents[3] / "connectors"

GOOD = """\
title: Weather
summary: Rain by day.
schedule: "0 3 * * *"
freshness: {warn_after_hours: 36, error_after_hours: 96}
cost: One request a day.
personal_data: None.
licence: CC0 1.0.
homepage: https://example.org/docs
"""


def write(folder: Path, text: str) -> Path:
    (folder / metadata.FILE).write_text(text)
    return folder


def test_a_file_is_read_with_its_types(tmp_path: Path) -> None:
    found = metadata.read_metadata(write(tmp_path, GOOD))

    assert found is not None
    assert (found.title, found.schedule) == ("Weather", "0 3 * * *")
    assert (found.freshness.warn_after_hours, found.freshness.error_after_hours) == (36, 96)


def test_a_folder_without_the_file_has_no_metadata(tmp_path: Path) -> None:
    assert metadata.read_metadata(tmp_path) is None


def test_everything_that_is_wrong_is_told_together_with_its_line(tmp_path: Path) -> None:
    text = (
        GOOD.replace("title: Weather\n", "")
        .replace('"0 3 * * *"', "every day")
        .replace("https://example.org/docs", "ftp://example.org")
        .replace("96", "12")
        .replace("licence:", "license:")
    )

    with pytest.raises(ContentError) as refused:
        metadata.read_metadata(write(tmp_path, text))

    told = str(refused.value).replace(str(tmp_path / metadata.FILE), "FILE")
    assert "FILE: 'title' is missing" in told
    assert "FILE:2: schedule: 'every day' is not a cron expression" in told
    assert "FILE:3: freshness: error_after_hours is less than warn_after_hours" in told
    assert "FILE: 'licence' is missing" in told
    assert "FILE:6: unknown key 'license'; did you mean 'licence'?" in told
    assert "FILE:7: homepage" in told


@pytest.mark.parametrize("text", ["", "- a list\n", "title: [\n", "title: a\ntitle: b\n" + GOOD, "just text"])
def test_what_is_no_such_file_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(ContentError, match=metadata.FILE):
        metadata.read_metadata(write(tmp_path, text))


def test_the_problems_of_all_files_are_told_together(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, GOOD.replace("Weather", ""))

    with pytest.raises(ContentError) as refused:
        metadata.read_all(tmp_path)

    assert len(refused.value.problems) == 2


@pytest.mark.parametrize("folder", sorted(p for p in CONNECTORS.iterdir() if p.is_dir()), ids=lambda p: p.name)
def test_every_connector_has_metadata_a_page_with_all_sections_and_samples(folder: Path) -> None:
    assert [str(problem) for problem in metadata.missing_parts(folder)] == []


def test_sections_are_found_by_their_headings(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# x\n\n## Streams\n\nRain.\n\n## Cost and limits\n\nOne request.\n")

    page = metadata.read_page(tmp_path)

    assert page.sections == {"What it collects": "Rain.", "Cost": "One request.", "Limits": "One request."}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "2026-11-01T00:00", True),
        ("2026-11-01T03:00", "2026-11-02T02:59", False),
        ("2026-11-01T03:00", "2026-11-02T03:00", True),
        ("2026-11-02T03:00:20", "2026-11-02T03:00:40", False),
        ("2026-11-02T02:59:59", "2026-11-02T03:00:01", True),
        ("2026-10-01T03:00", "2026-11-02T03:00", True),
    ],
)
def test_a_connector_is_due_once_its_time_has_come(last: str | None, now: str, due: bool) -> None:
    assert is_due("0 3 * * *", at(last) if last else None, at(now)) is due


def test_times_of_a_schedule_are_in_utc() -> None:
    now = at("2026-11-01T12:00")

    assert last_time("0 3 * * *", now) == at("2026-11-01T03:00")
    assert next_time("30 */6 * * *", now) == at("2026-11-01T12:30")
