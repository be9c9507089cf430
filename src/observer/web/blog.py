"""The editions of ecosystem reports as files: metadata, page, PDF, numbers, charts. Made beforehand; makes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FORM = 1
"""The form of `edition.json` that these pages read."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FILES = {"report.pdf": "application/pdf", "numbers.csv": "text/csv; charset=utf-8"}
_CHART = re.compile(r"charts/[a-z]+\.(svg|png)")
_PICTURES = {"svg": "image/svg+xml", "png": "image/png"}


class Blog:
    """The editions that stand in a folder, `<slug>/<release>/`."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def editions(self, slug: str | None = None) -> Sequence[Mapping[str, Any]]:
        """All editions, or those of one report, newest first."""
        if self._folder is None or not self._folder.is_dir() or (slug is not None and not _SLUG.fullmatch(slug)):
            return ()
        found = [_read(path) for path in self._folder.glob(f"{slug or '*'}/*/edition.json")]
        kept = [edition for edition in found if edition is not None]
        return sorted(kept, key=lambda each: (each["made_at"], each["release"], each["slug"]), reverse=True)

    def edition(self, slug: str, release: int | None = None) -> Mapping[str, Any] | None:
        """The edition of a report on a release, or the newest."""
        found = sorted(self.editions(slug), key=lambda each: -each["release"])
        return next((each for each in found if release is None or each["release"] == release), None)

    def page(self, edition: Mapping[str, Any]) -> str:
        """The text of an edition: HTML that was made of escaped text."""
        return (self._place(edition) / "page.html").read_text(encoding="utf-8")

    def file(self, edition: Mapping[str, Any], name: str) -> tuple[bytes, str] | None:
        """A file of an edition and its media type: report.pdf, numbers.csv, charts/<name>.svg."""
        kind = _FILES.get(name) or (_PICTURES[name.rpartition(".")[2]] if _CHART.fullmatch(name) else None)
        if kind is None:
            return None
        try:
            return (self._place(edition) / name).read_bytes(), kind
        except OSError:
            return None

    def _place(self, edition: Mapping[str, Any]) -> Path:
        assert self._folder is not None  # noqa: S101 - it has the edition
        return self._folder / str(edition["slug"]) / str(edition["release"])


def _read(path: Path) -> Mapping[str, Any] | None:
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if values.get("form") != FORM or not path.parent.name.isdigit():
        return None
    return values | {"slug": path.parent.parent.name, "release": int(path.parent.name)}
