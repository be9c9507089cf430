"""Atom feeds (RFC 4287) out of plain entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

MOST = 50
"""How many entries a feed has."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: `address` is whole, `updated` an RFC 3339 moment; `enclosure` is the address of a PDF."""

    title: str
    address: str
    updated: str
    authors: Sequence[str]
    category: str
    summary: str
    enclosure: str | None = None


def atom(title: str, address: str, own: str, entries: Iterable[Entry], updated: datetime) -> str:
    """The feed of a page: `address` is that of the page, `own` that of the feed. The first `MOST` entries are kept."""
    kept = list(entries)[:MOST]
    moment = updated.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<title>{escape(title)}</title>",
        f"<id>{escape(address)}</id>",
        f"<link href={quoteattr(address)}/>",
        f'<link rel="self" href={quoteattr(own)}/>',
        f"<updated>{moment}</updated>",
    ]
    return "\n".join([*parts, *map(_entry, kept), "</feed>", ""])


def _entry(entry: Entry) -> str:
    authors = "".join(f"<author><name>{escape(name)}</name></author>" for name in entry.authors)
    link = f"<link href={quoteattr(entry.address)}/>"
    if entry.enclosure:
        link += f'<link rel="enclosure" type="application/pdf" href={quoteattr(entry.enclosure)}/>'
    return (
        f"<entry><title>{escape(entry.title)}</title><id>{escape(entry.address)}</id>{link}"
        f"<updated>{escape(entry.updated)}</updated>{authors}<category term={quoteattr(entry.category)}/>"
        f"<summary>{escape(entry.summary)}</summary></entry>"
    )
