"""Finds JSON documents in text that no line breaks separate: arrays, pretty-printed and concatenated objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(rb'"(?:[^"\\]+|\\.)*+"|[{}\[\]]', re.DOTALL)
_BETWEEN = b" \t\r\n,\x1e"
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of one document, or of a rest that is none; `line` counts from 1 in the text."""

    text: bytes
    line: int
    is_whole: bool


def split(text: bytes, line: int = 1) -> Iterator[Piece]:
    """The documents of a text, in order; a rest that closes no bracket comes last and is not whole.

    If the text is one array, its elements are the documents.
    """
    begin = 0
    body = text.removeprefix(BOM)
    offset = len(text) - len(body)
    if is_array(body):
        start = body.index(b"[") + 1
        end = body.rstrip().removesuffix(b"]")
        begin, body = offset + start, end[start:]
    else:
        begin = offset
    line += text.count(b"\n", 0, begin)
    yield from _objects(body, line)


def is_array(text: bytes) -> bool:
    """Whether a text is one JSON array of objects by its first and last characters."""
    inner = text.strip()
    return inner[:1] == b"[" and inner[-1:] == b"]" and inner[1:-1].strip()[:1] == b"{"


def _objects(text: bytes, line: int) -> Iterator[Piece]:
    depth, start, counted = 0, 0, 0
    for token in _TOKEN.finditer(text):
        sign = token.group()
        if sign in (b"{", b"["):
            depth += 1
            continue
        if sign not in (b"}", b"]") or depth == 0:
            continue
        depth -= 1
        if depth == 0:
            skipped = len(text[start : token.end()]) - len(text[start : token.end()].lstrip(_BETWEEN))
            line += text.count(b"\n", counted, start + skipped)
            counted = start + skipped
            yield Piece(text[counted : token.end()], line, is_whole=True)
            start = token.end()
    rest = text[start:]
    if rest.strip(_BETWEEN):
        skipped = len(rest) - len(rest.lstrip(_BETWEEN))
        yield Piece(rest.strip(_BETWEEN), line + text.count(b"\n", counted, start + skipped), is_whole=False)
