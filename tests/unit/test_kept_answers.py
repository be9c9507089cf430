"""Kept answers come as they were made, in every encoding, and large ones take little memory."""

from __future__ import annotations

import gzip
import random

import pytest
import zstandard
from starlette.requests import Request

from observer.kept_answers import PACKED_FROM, KeptAnswer, KeptAnswers

CHANCE = random.Random(3)
TEXT = b" ".join(CHANCE.choices((b"<td>", b"</td>", b"unknown", b"commits", b"1 024"), k=60_000))
SIZES = [0, 10, 2_000, PACKED_FROM - 1, PACKED_FROM, 300_000]


def asked(accepted: str, tag: str = "") -> Request:
    headers = [(b"accept-encoding", accepted.encode()), (b"if-none-match", tag.encode())]
    return Request({"type": "http", "method": "GET", "headers": headers})


def unpacked(body: bytes, encoding: str | None) -> bytes:
    if encoding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return gzip.decompress(body) if encoding == "gzip" else body


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("accepted", ["", "gzip", "zstd", "gzip, zstd", "br"])
def test_every_encoding_holds_the_same_body(size: int, accepted: str) -> None:
    body = TEXT[:size]
    answer = KeptAnswer(7, body, "text/html")

    for _ in range(2):
        response = answer.response(asked(accepted))
        headers = dict(response.raw_headers)
        assert unpacked(bytes(response.body), headers.get(b"content-encoding", b"").decode() or None) == body
        assert int(headers[b"content-length"]) == len(response.body)
    assert answer.response(asked(accepted, answer.tag)).status_code == 304


def test_large_answers_are_kept_packed_and_the_oldest_are_forgotten() -> None:
    kept = KeptAnswers(4_000_000)
    for number in range(400):
        kept.keep(number, KeptAnswer(1, TEXT[:100_000] + str(number).encode(), "text/html"))

    found = [number for number in range(400) if kept.find(number)]

    assert found == list(range(400 - len(found), 400))
    # Plain, with a packed form beside each, twenty would fit.
    assert 60 < len(found) < 400
