"""Dates of commits as git writes them, `<seconds> <+hhmm>`: to UTC and an offset, or to a flag if impossible."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

# Seconds from 1970 to 2100. The bound is a constant, so that a commit's flag never depends on when it was read.
_END = 4_102_444_800
_WIDEST_OFFSET = 14 * 60
_DATE = re.compile(r"([0-9]{1,18}) ([+-][0-9]{4})")


@dataclass(frozen=True, slots=True)
class Dates:
    """Columns of equal length: `at` (timestamp, UTC), `offset` (minutes east of UTC), `is_valid`, `seconds`.

    Where `is_valid` is false, the other three are null.
    """

    at: pa.Array
    offset: pa.Array
    is_valid: pa.Array
    seconds: pa.Array


def parse_dates(texts: pa.Array) -> Dates:
    """Dates from raw texts. Impossible: not in git's form, not after 1970, 2100 or later, more than 14 h from UTC."""
    try:
        seconds = pc.cast(pc.utf8_slice_codeunits(texts, 0, -6), pa.int64())
        zones = pc.utf8_slice_codeunits(texts, -6).dictionary_encode()
    except pa.ArrowInvalid:
        pairs = [_parts(text) for text in texts.to_pylist()]
        seconds = pa.array([pair[0] for pair in pairs], pa.int64())
        zones = pa.array([pair[1] for pair in pairs], pa.string()).dictionary_encode()
    minutes = pa.array([offset_minutes(zone) for zone in zones.dictionary.to_pylist()], pa.int32())
    offset = minutes.take(zones.indices)
    possible = pc.and_(pc.greater(seconds, 0), pc.less(seconds, _END))
    is_valid = pc.fill_null(pc.and_(possible, pc.is_valid(offset)), False)
    nothing = pa.scalar(None, pa.int64())
    seconds = pc.if_else(is_valid, seconds, nothing)
    return Dates(
        at=pc.multiply(seconds, 1_000_000).cast(pa.timestamp("us")),
        offset=pc.if_else(is_valid, offset, pa.scalar(None, pa.int32())),
        is_valid=is_valid,
        seconds=seconds,
    )


def offset_minutes(zone: str | None) -> int | None:
    """Minutes east of UTC of ` +hhmm`; None if there is no such place on earth."""
    match = re.fullmatch(r" ([+-])([0-9]{2})([0-9]{2})", zone or "")
    if not match or int(match[3]) > 59:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    return None if minutes > _WIDEST_OFFSET else -minutes if match[1] == "-" else minutes


def raw_dates(commit: bytes) -> tuple[str, str]:
    """What a commit object's author and committer lines hold after the address, as it stands there."""
    header = commit.partition(b"\n\n")[0].split(b"\n")
    return _raw_date(header, b"author "), _raw_date(header, b"committer ")


def tagger(tag: bytes) -> tuple[str | None, str]:
    """Name and raw date of a tag object's tagger line; None and "" where it has none."""
    header = tag.partition(b"\n\n")[0].split(b"\n")
    line = next((line for line in header if line.startswith(b"tagger ")), b"")
    name = line.removeprefix(b"tagger ").partition(b"<")[0].strip().decode("utf-8", "replace")
    return name or None, _raw_date(header, b"tagger ")


def _raw_date(header: Sequence[bytes], key: bytes) -> str:
    line = next((line for line in header if line.startswith(key)), b"")
    return line.rpartition(b">")[2].strip().decode("utf-8", "replace")


def _parts(text: str | None) -> tuple[int | None, str | None]:
    match = _DATE.fullmatch(text or "")
    return (int(match[1]), f" {match[2]}") if match else (None, None)
