"""Reads bytes as an archive file and lets a test ask for its rows."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from archive_records import Reading, text

from observer.connectors.sources.github_archive.config import Limits
from observer.connectors.sources.github_archive.reader import ArchiveReader


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Reading]:
    """Reads bytes, packed here unless the name says otherwise, as an archive file."""

    def read(
        content: Iterable[Mapping[str, Any] | bytes | str] | bytes,
        name: str = "2015-01-01-0.json.gz",
        *,
        limits: Limits | None = None,
        is_packed: bool = False,
    ) -> Reading:
        body = content if isinstance(content, bytes) else text(content)
        path = tmp_path / name
        path.write_bytes(body if is_packed or not name.endswith(".gz") else gzip.compress(body, mtime=0))
        with ArchiveReader(tmp_path / "out", limits or Limits()) as reader:
            outcome = reader.read(path, name)
        assert outcome.lines == outcome.loaded + outcome.duplicates + outcome.quarantined + outcome.blank
        return Reading(outcome)

    return read
