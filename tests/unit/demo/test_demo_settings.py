"""The demo's own observatory keeps to the demo's last day, whichever command builds it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from observer.cli.lifecycle import demo_last_day, demo_observatory
from observer.project import packaged
from observer.settings import FILE_NAME, read_settings


def test_settings_of_the_demo_say_the_last_day_that_it_was_made_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for last_day in (date(2026, 11, 14), date(2026, 11, 20)):
        demo_observatory(None, last_day)

        assert read_settings(tmp_path / "observer-demo" / FILE_NAME).build.as_of == last_day


def test_an_observatory_that_is_there_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = packaged(FILE_NAME).read_text(encoding="utf-8")
    (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")

    demo_observatory(None, date(2026, 11, 14))

    assert (tmp_path / FILE_NAME).read_text(encoding="utf-8") == text
    assert not (tmp_path / "observer-demo").exists()


def test_the_demo_ends_with_a_day_that_is_over() -> None:
    assert demo_last_day() < datetime.now(UTC).date()
