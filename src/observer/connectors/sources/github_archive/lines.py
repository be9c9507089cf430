"""Cuts an inflated file into chunks of records: lines as a rule, documents where lines say nothing."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson
import pyarrow as pa

from observer.connectors.sources.github_archive import documents
from observer.connectors.sources.github_archive.inflate import RefusedError

_CHUNK = 24 * 1024 * 1024
_DOCUMENTS = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some records of a file: `text` by record, and for each its line from 1 and its place in the line from 0."""

    text: pa.StringArray
    line: pa.Int64Array
    place: pa.Int32Array

    def __len__(self) -> int:
        return len(self.text)

    def table(self) -> pa.Table:
        return pa.table({"line": self.line, "place": self.place, "j": self.text})

    def record(self, index: int) -> bytes:
        """The bytes of one record, as they are in the file."""
        value: bytes = self.text[index].as_buffer().to_pybytes()
        return value


@dataclass(frozen=True, slots=True)
class Oversized:
    """A line longer than the limit, of which only the beginning was kept."""

    line: int
    excerpt: bytes


def chunks(blocks: Iterable[bytes], max_line_bytes: int) -> Iterator[Chunk | Oversized]:
    """The records of a file in order. Raises RefusedError for a file of documents that is too large to hold."""
    stream = iter(blocks)
    head = _head(stream)
    if _is_documents(head, max_line_bytes):
        yield from _documents(head, stream)
        return
    yield from _lines(head, stream, max_line_bytes)


def of_pieces(pieces: Iterable[tuple[bytes, int, int]]) -> Chunk:
    """A chunk of single records given as text, line and place."""
    texts, lines, places = zip(*pieces, strict=True)
    binary = pa.array(texts, pa.binary())
    return Chunk(_as_text(binary), pa.array(lines, pa.int64()), pa.array(places, pa.int32()))


def _head(stream: Iterator[bytes]) -> bytes:
    """The beginning of a file, at least one whole line of it unless the file has none."""
    head = b""
    for block in stream:
        head += block
        if b"\n" in head.lstrip() or len(head) > _DOCUMENTS:
            break
    return head


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


def _documents(head: bytes, stream: Iterator[bytes]) -> Iterator[Chunk]:
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


def _lines(head: bytes, stream: Iterator[bytes], max_line_bytes: int) -> Iterator[Chunk | Oversized]:
    line, size, parts = 1, len(head), [head]
    is_skipping = False
    while True:
        block = next(stream, b"")
        if block and is_skipping:
            newline = block.find(b"\n")
            block = block[newline + 1 :] if newline >= 0 else block[:0]
            is_skipping = newline < 0
            if not block:
                continue
        if block:
            parts.append(block)
            size += len(block)
            if size < _CHUNK:
                continue
        data = b"".join(parts)
        end = data.rfind(b"\n") + 1 if block else len(data)
        if end:
            chunk = _chunk(data[:end] if end < len(data) else data, line)
            line += len(chunk)
            yield chunk
        rest = data[end:]
        if len(rest) > max_line_bytes:
            yield Oversized(line, rest[:500])
            line, rest, is_skipping = line + 1, b"", True
        parts, size = [rest], len(rest)
        if not block:
            return


def _chunk(data: bytes, first_line: int) -> Chunk:
    """Lines of `data` without copying them: each keeps its line break, which is blank to a JSON reader."""
    offsets, find, at = array("i", [0]), data.find, 0
    while at := find(b"\n", at) + 1:
        offsets.append(at)
    if offsets[-1] != len(data):
        offsets.append(len(data))
    count = len(offsets) - 1
    text = pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data))
    lines = pa.array(range(first_line, first_line + count), pa.int64())
    return Chunk(text, lines, pa.array([0] * count, pa.int32()))


def _as_text(binary: pa.BinaryArray) -> pa.StringArray:
    _, offsets, data = binary.buffers()
    return pa.StringArray.from_buffers(len(binary), offsets, data)
