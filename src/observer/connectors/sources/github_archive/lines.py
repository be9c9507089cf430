"""Cuts an inflated file into chunks of records: lines as a rule, documents where lines say nothing."""

from __future__ import annotations

import itertools
import sys
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson
import pyarrow as pa

from observer.connectors.sources.github_archive import documents
from observer.connectors.sources.github_archive.inflate import RefusedError

# Text of a record, its line from 1, and its place in that line from 0.
SCHEMA = pa.schema([("j", pa.string()), ("line", pa.int64()), ("place", pa.int32())])
_DOCUMENTS = 128 * 1024 * 1024
_BUFFER = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Oversized:
    """A line longer than the limit, of which only the beginning was kept."""

    line: int
    excerpt: bytes


def batches(blocks: Iterable[bytes], max_line_bytes: int) -> Iterator[pa.RecordBatch | Oversized]:
    """The records of a file in order, as batches of SCHEMA whose text need not be valid.

    Raises RefusedError for a file of documents that is too large to hold.
    """
    stream = iter(blocks)
    head = _head(stream)
    if _is_documents(head, max_line_bytes):
        return _documents(head, stream)
    return _lines(head, stream, max_line_bytes)


def of_pieces(pieces: Iterable[tuple[bytes, int, int]]) -> pa.RecordBatch:
    """A batch of single records given as text, line and place."""
    texts, lines, places = zip(*pieces, strict=True)
    offsets = array("i", itertools.accumulate(map(len, texts), initial=0))
    return _record_batch(b"".join(texts), offsets, array("q", lines), array("i", places))


def record(batch: pa.RecordBatch, index: int) -> bytes:
    """The bytes of one record, as they are in the file."""
    value: bytes = batch.column(0)[index].as_buffer().to_pybytes()
    return value


def _head(stream: Iterator[bytes]) -> bytes:
    """The beginning of a file, at least one whole line of it unless the file has none."""
    parts, size, has_text = [], 0, False
    for block in stream:
        parts.append(block)
        size += len(block)
        text = block if has_text else block.lstrip()
        has_text = has_text or bool(text)
        if b"\n" in text or size > _DOCUMENTS:
            break
    return b"".join(parts)


def _is_documents(head: bytes, max_line_bytes: int) -> bool:
    """Whether lines are no records here: one array, pretty-printed objects, or no line break at all."""
    text = head.removeprefix(documents.BOM).lstrip()
    first, newline, _ = text.partition(b"\n")
    if not newline:
        return len(first) > max_line_bytes
    if len(first) > max_line_bytes:
        piece = next(documents.split(first), None)
        return piece is not None and piece.is_whole and len(piece.text) <= max_line_bytes
    if _is_json(first):
        return False
    if first.rstrip() == b"[":
        return True
    piece = next(documents.split(text), None)
    return piece is not None and piece.is_whole and b"\n" in piece.text and _is_json(piece.text)


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _documents(head: bytes, stream: Iterator[bytes]) -> Iterator[pa.RecordBatch | Oversized]:
    parts, size = [head], len(head)
    for block in stream:
        size += len(block)
        if size > _DOCUMENTS:
            raise RefusedError("refused", f"no line breaks, and larger than {_DOCUMENTS} bytes when inflated")
        parts.append(block)
    pieces, place, last = [], 0, 0
    for piece in documents.split(b"".join(parts)):
        place = place + 1 if piece.line == last else 0
        last = piece.line
        pieces.append((piece.text, piece.line, place))
    if pieces:
        yield of_pieces(pieces)


def _lines(head: bytes, stream: Iterator[bytes], max_line_bytes: int) -> Iterator[pa.RecordBatch | Oversized]:
    buffers = _Buffers()
    line, size, buffer = 1, 0, buffers.take()
    is_skipping = False
    for block in itertools.chain([head], stream):
        if is_skipping:
            newline = block.find(b"\n")
            if newline < 0:
                continue
            block, is_skipping = block[newline + 1 :], False
        buffer[size : size + len(block)] = block
        size += len(block)
        if size < _BUFFER:
            continue
        end = buffer.rfind(b"\n", 0, size) + 1
        rest = bytes(memoryview(buffer)[end:size])
        if end:
            batch = _batch(buffer, end, line)
            line += len(batch)
            yield batch
            del batch
        if len(rest) > max_line_bytes:
            yield Oversized(line, rest[:500])
            line, rest, is_skipping = line + 1, b"", True
        size = len(rest)
        buffer = buffers.take()
        buffer[:size] = rest
    if size:
        yield _batch(buffer, size, line)


class _Buffers:
    """Buffers that are used again once nobody looks at their batch any more: fresh memory costs as much as JSON."""

    def __init__(self) -> None:
        self._buffers: list[bytearray] = []

    def take(self) -> bytearray:
        for index in range(len(self._buffers)):
            # One reference is the list's and one the call's; a batch holds another.
            if sys.getrefcount(self._buffers[index]) <= 2:
                return self._buffers[index]
        self._buffers.append(bytearray(_BUFFER + _BUFFER // 4))
        return self._buffers[-1]


def _batch(data: bytearray, end: int, line: int) -> pa.RecordBatch:
    """The lines of `data[:end]` without copying them; each keeps its line break, which JSON allows."""
    offsets, find, at = array("i", [0]), data.find, 0
    while at := find(b"\n", at, end) + 1:
        offsets.append(at)
    if offsets[-1] != end:
        offsets.append(end)
    count = len(offsets) - 1
    return _record_batch(data, offsets, array("q", range(line, line + count)), bytes(4 * count))


def _record_batch(
    data: bytes | bytearray, offsets: array[int], lines: array[int], places: array[int] | bytes
) -> pa.RecordBatch:
    """Arrays over buffers as they are: `pa.array` would import pandas where it is installed, for half a second."""
    count = len(lines)
    columns = [
        pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data)),
        pa.Int64Array.from_buffers(pa.int64(), count, [None, pa.py_buffer(lines)]),
        pa.Int32Array.from_buffers(pa.int32(), count, [None, pa.py_buffer(places)]),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
