"""Rows of issue listings as items of dated snapshots: names of columns, forms of values, what counts as content."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

# Where a row comes from is no part of what it says.
_PROVENANCE = frozenset(
    {"repo", "repository", "repository_name", "snapshot_at", "observed_at", "commit", "file", "line"}
)
_KINDS = {
    "issue": "issue",
    "issues": "issue",
    "pull": "pull_request",
    "pulls": "pull_request",
    "pull_request": "pull_request",
    "merge_request": "pull_request",
}
_COLUMNS = {
    "author_login": ("author_login", "author"),
    "merged_by_login": ("merged_by_login", "merged_by"),
    "comments_count": ("comments_count", "n_comments"),
    "reviews_count": ("reviews_count", "n_reviews"),
}
_HASH_DIGITS = 16
_INTEGERS = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}


@dataclass(frozen=True, slots=True, order=True)
class Listing:
    """All items of one kind in one repository at one time: what is not in it was not there."""

    repository_name: str
    kind: str
    snapshot_at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """An item as a listing has it; `fields` are the columns of the stream `versions` that the item fills."""

    number: int
    content_hash: str
    fields: Mapping[str, object]


def read_item(row: Mapping[str, object]) -> tuple[Listing, Item]:
    """The listing that a row belongs to, and its item. Raises ValueError with the reason if it tells neither."""
    name = str(row.get("repo") or row.get("repository") or row.get("repository_name") or "").strip()
    if name.count("/") < 1:
        raise ValueError(f"{name!r} is no repository")
    kind = _KINDS.get(str(row.get("kind")).lower())
    if kind is None:
        raise ValueError(f"{row.get('kind')!r} is no kind of item")
    moment = _time(row.get("snapshot_at") or row.get("observed_at"))
    if moment is None:
        raise ValueError("the row has no snapshot_at")
    number = _whole(row.get("number"))
    if number is None:
        raise ValueError("the row has no number")
    labels = row.get("labels")
    fields: dict[str, object] = {
        "item_id": _whole(row.get("id")) or numeric_id(row.get("node_id")),
        "state": str(row.get("state") or "").lower() or None,
        "created_at": _time(row.get("created_at")),
        "updated_at": _time(row.get("updated_at")),
        "closed_at": _time(row.get("closed_at")),
        "merged_at": _time(row.get("merged_at")),
        "labels": None if labels in (None, "") else labels if isinstance(labels, str) else json.dumps(labels),
    }
    for column, names in _COLUMNS.items():
        value = next((row[name] for name in names if row.get(name) not in (None, "")), None)
        fields[column] = _whole(value) if column.endswith("_count") else value
    return Listing(name.lower(), kind, moment), Item(number, content_hash(row), fields)


def content_hash(row: Mapping[str, object]) -> str:
    """A digest of everything that a row says of its item; equal for equal content, whatever the order of columns."""
    content = {name: value for name, value in row.items() if name not in _PROVENANCE and value not in (None, "")}
    text = json.dumps(content, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]


def numeric_id(node_id: object) -> int | None:
    """The number inside a global node id of GitHub, in the form of 2010 (`05:Issue811`) or that of 2021; else None.

    The later form is a prefix and, in base64, a MessagePack list that ends with the number.
    """
    if not isinstance(node_id, str):
        return None
    head, separator, tail = node_id.partition("_")
    text = tail if separator and head.isupper() else node_id
    try:
        content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    if separator and head.isupper():
        return _last_integer(content)
    digits = content.decode("ascii", "replace")
    bare = digits.rstrip("0123456789")
    return int(digits[len(bare) :]) if ":" in bare and len(bare) < len(digits) else None


def _last_integer(content: bytes) -> int | None:
    for code, size in _INTEGERS.items():
        if len(content) > size and content[-size - 1] == code:
            return int.from_bytes(content[-size:], "big")
    return content[-1] if content and content[-1] < 0x80 else None


def _whole(value: object) -> int | None:
    if value in (None, "") or isinstance(value, bool):
        return None
    try:
        return int(str(value))
    except ValueError as error:
        raise ValueError(f"{value!r} is not a whole number") from error


def _time(value: object) -> datetime | None:
    if value in (None, ""):
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
