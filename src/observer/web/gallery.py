"""The gallery of insights as files: index, pages and thumbnails, rendered beforehand. Runs and renders nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from observer.web.atom import Entry, atom
from observer.web.blog import Blog

FORM = 1
"""The form of `index.json` that these pages read."""

_KINDS = ("post", "notebook", "experiment", "report", "challenge", "vector", "metric_proposal", "template", "script")
"""Kinds in the order in which readers look for them; all others come after."""

_NAME = re.compile(r"[a-z_]+/[a-z0-9-]+")
_PICTURES = {".png": "image/png", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Badge:
    """How far an insight can be relied on: a word for the style, and a sentence."""

    style: str
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader looks for: words, a kind, a tag; empty where they do not choose."""

    text: str = ""
    kind: str = ""
    tag: str = ""

    def fits(self, entry: Mapping[str, Any]) -> bool:
        if self.kind and entry["kind"] != self.kind:
            return False
        if self.tag and self.tag not in entry["tags"]:
            return False
        told = " ".join([entry["title"], entry["question"], entry["slug"], *entry["tags"], *_names(entry)]).lower()
        return all(word in told for word in self.text.lower().split())


class Gallery:
    """The insights that stand in a folder, read again when its index changes. May be shared between threads.

    Reports are shown by a chart of their newest edition on the `blog`.
    """

    def __init__(self, folder: Path | None, blog: Blog | None = None) -> None:
        self._folder, self._blog = folder, blog or Blog(None)
        self._lock = Lock()
        self._read_at: int | None = None
        self._entries: dict[str, Mapping[str, Any]] = {}
        self._contributors: Sequence[Mapping[str, Any]] = ()

    def changed_at(self) -> int | None:
        """When the index was written, in nanoseconds; None where there is none."""
        try:
            return (self._folder / "index.json").stat().st_mtime_ns if self._folder else None
        except OSError:
            return None

    def entries(self) -> Sequence[Mapping[str, Any]]:
        """All insights as `index.json` has them, newest first; none where nothing was rendered.

        Of one day studies come before tools, and what has a picture before what has none.
        """
        shown = map(self._shown, self._load().values())
        found = sorted(shown, key=lambda entry: (_order(entry), entry["key"]))
        return sorted(found, key=lambda entry: str(entry["date"]), reverse=True)

    def entry(self, key: str) -> Mapping[str, Any] | None:
        """One insight by kind/slug."""
        found = self._load().get(key)
        return self._shown(found) if found else None

    def contributors(self) -> Sequence[Mapping[str, Any]]:
        """Who made the library, those with the most items first."""
        self._load()
        return self._contributors

    def body(self, key: str) -> str | None:
        """The rendered page of an insight: HTML that was sanitised when it was rendered."""
        if self._folder is None or key not in self._load() or not _NAME.fullmatch(key):
            return None
        try:
            return (self._folder / f"{key}.html").read_text(encoding="utf-8")
        except OSError:
            return None

    def thumbnail(self, key: str) -> tuple[bytes, str] | None:
        """The picture that stands for an insight, and its media type."""
        entry = self.entry(key)
        if entry and entry.get("edition") and (edition := self._blog.edition(str(entry["slug"]))):
            return self._blog.file(edition, f"charts/{edition['charts'][0]}.png")
        name = entry.get("thumbnail") if entry else None
        if self._folder is None or not isinstance(name, str) or name not in {f"{key}{suffix}" for suffix in _PICTURES}:
            return None
        try:
            return (self._folder / name).read_bytes(), _PICTURES[Path(name).suffix]
        except OSError:
            return None

    def _shown(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """The entry; that of a report that has an edition with its address and picture."""
        edition = self._blog.edition(str(entry["slug"])) if entry["kind"] == "report" else None
        if edition is None or not edition.get("charts"):
            return entry
        return {**entry, "edition": f"/blog/{edition['slug']}", "thumbnail": f"{entry['key']}.png"}

    def _load(self) -> dict[str, Mapping[str, Any]]:
        changed_at = self.changed_at()
        with self._lock:
            if self._folder is None or changed_at is None:
                self._entries, self._contributors, self._read_at = {}, (), None
            elif changed_at != self._read_at:
                values = json.loads((self._folder / "index.json").read_text(encoding="utf-8"))
                found = values["items"] if values.get("form") == FORM else []
                self._contributors = values.get("contributors", ()) if found else ()
                self._entries, self._read_at = {entry["key"]: entry for entry in found}, changed_at
            return self._entries


def badge(entry: Mapping[str, Any]) -> Badge:
    """Whether an insight still gives the numbers that it gave, in words."""
    pinned = entry["pinned"]
    if not entry["is_run"]:
        return Badge("text", "text")
    if pinned is None:
        return Badge("unknown", "not yet run here")
    release = pinned["release"]
    if pinned["error"]:
        return Badge("bad", f"fails on release {release}")
    if not pinned["count"]:
        return Badge("once", f"drawn on release {release}")
    return {
        None: Badge("once", f"ran once, on release {release}"),
        True: Badge("good", f"reproduces on release {release}"),
        False: Badge("bad", f"does not reproduce on release {release}"),
    }[pinned["reproduces"]]


def feed(entries: Sequence[Mapping[str, Any]], title: str, base_url: str, updated: datetime) -> str:
    """The newest insights as an Atom feed."""
    base = base_url.rstrip("/")
    found = (
        Entry(
            entry["title"],
            f"{base}/insights/{entry['key']}",
            f"{entry['date']}T00:00:00Z",
            _names(entry),
            entry["kind"],
            entry["question"],
        )
        for entry in entries
    )
    return atom(f"{title}: insights", f"{base}/insights", f"{base}/insights/feed.xml", found, updated)


def _order(entry: Mapping[str, Any]) -> tuple[bool, int]:
    kind = entry["kind"]
    return entry.get("thumbnail") is None, _KINDS.index(kind) if kind in _KINDS else len(_KINDS)


def _names(entry: Mapping[str, Any]) -> list[str]:
    return [author["name"] for author in entry["authors"]]
