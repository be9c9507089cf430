from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from archive_records import Reading, event, old_push, push, text

from observer.connectors.sources.github_archive.config import Limits

Read = Callable[..., Reading]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda packed: packed[:-20], "the gzip stream ends early"),
        (lambda packed: packed[: len(packed) // 2], "the gzip stream ends early"),
        (lambda packed: packed[:-8] + b"\0\0\0\0" + packed[-4:], "damaged gzip stream"),
        (lambda packed: packed[:-4] + b"\1\0\0\0", "damaged gzip stream"),
        (lambda packed: packed[:90] + bytes([packed[90] ^ 0x55]) + packed[91:], "damaged gzip stream"),
        (lambda packed: packed + b"<html>", "what follows the last gzip member is not gzip"),
        (lambda packed: packed + packed[:30], "the gzip stream ends early"),
        (lambda packed: b"", "the file is empty (0 bytes)"),
        (lambda packed: b"<?xml version='1.0'?><Error/>", "not a gzip file"),
    ],
    ids=["cut trailer", "cut half", "checksum", "length", "bit flip", "garbage", "half member", "empty", "error page"],
)
def test_a_damaged_file_is_refused_whole(read: Read, damage: Callable[[bytes], bytes], reason: str) -> None:
    packed = gzip.compress(text(push(number) for number in range(40)), mtime=0)

    reading = read(damage(packed), is_packed=True)

    assert (reading.outcome.status, reading.outcome.loaded, reading.outcome.events) == ("corrupt", 0, None)
    assert str(reading.outcome.reason).startswith(reason)
    assert reading.reasons() == {None: reading.outcome.reason}
    assert len(reading.outcome.sha256) == 64


@pytest.mark.parametrize(
    "pack",
    [
        lambda one, two: gzip.compress(one) + gzip.compress(two),
        lambda one, two: gzip.compress(one) + gzip.compress(b"") + gzip.compress(two) + b"\0" * 512,
        lambda one, two: gzip.compress(one[:100]) + gzip.compress(one[100:] + two),
    ],
    ids=["two members", "empty member and padding", "line over two members"],
)
def test_all_members_of_a_gzip_file_are_read(read: Read, pack: Callable[[bytes, bytes], bytes]) -> None:
    packed = pack(text([push(1), push(2)]), text([push(3)]))

    assert read(packed, is_packed=True).outcome.loaded == 3


def test_a_bomb_is_refused_before_it_is_inflated(read: Read) -> None:
    bomb = zlib.compressobj(9, wbits=31)
    packed = b"".join(bomb.compress(bytes(2**20)) for _ in range(200)) + bomb.flush()

    reading = read(packed, is_packed=True)

    assert (reading.outcome.status, reading.outcome.reason) == ("refused", "inflates to more than 200 times its size")


def test_a_file_over_the_size_limit_is_refused(read: Read) -> None:
    reading = read([push(number) for number in range(100)], limits=Limits(max_file_bytes=10_000))

    assert (reading.outcome.status, reading.outcome.loaded) == ("refused", 0)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (text([push(2)])[:200], "the record ends early"),
        (b'{"id":"1","type":"\xff\xfe"}', "invalid UTF-8"),
        (b'{"id":"1","type":"\\ud83d"}', "lone surrogate"),
        (text([push(2, x="a\0b")])[:-1], "contains a NUL character"),
        (b"null", "not an object but null"),
        (b"[]", "not an object but a list"),
        (b"17", "not an object but a number"),
        (b'"text"', "not an object but a text"),
        (b"\0\0\0\0", "not JSON"),
        (b"{}", "no type"),
        (text([push(2, repo=None)])[:-1], "no repository"),
        (text([push(2, id=None)])[:-1], "no id"),
        (text([push(2, id=1e30)])[:-1], "id is not a number: '1e+30'"),
        (text([push(2, created_at="2015-13-45T99:00:00Z")])[:-1], "impossible date '2015-13-45T99:00:00Z'"),
        (text([push(2, created_at="99999-01-01T00:00:00Z")])[:-1], "impossible date '99999-01-01T00:00:00Z'"),
        (text([push(2, created_at="0000-01-01T00:00:00Z")])[:-1], "impossible date '0000-01-01T00:00:00Z'"),
        (text([push(2, created_at="1999-01-01T00:00:00Z")])[:-1], "impossible date '1999-01-01T00:00:00Z'"),
        (text([push(2, created_at=None)])[:-1], "impossible date 'None'"),
        (text([push(2, payload=None)])[:-1], "a push without payload"),
        (text([push(2, payload="{")])[:-1], "the payload is a text that is not JSON"),
        (text([push(2, payload={"push_id": 1, "size": "many"})])[:-1], "payload.size is not an integer of 32 bits"),
        (text([push(2, payload={"push_id": 1, "size": 2**40})])[:-1], "payload.size is not an integer of 32 bits"),
        (text([push(2, type={"a": 1})])[:-1], "no type"),
        (b'{"id":"1","type":' + b"[" * 5000 + b"]" * 5000 + b"}", "not JSON"),
        (b'{"id":"1","size":NaN}', "not JSON"),
    ],
)
def test_a_bad_line_is_quarantined_and_the_good_ones_load(read: Read, line: bytes, reason: str) -> None:
    reading = read([push(1), line, push(3)])

    assert reading.outcome.status == "loaded"
    assert reading.events("line") == [(1,), (3,)]
    assert set(reading.reasons()) == {2}
    assert reading.reasons()[2].startswith(reason)


@pytest.mark.parametrize(
    ("line", "type_"),
    [
        (b"\xef\xbb\xbf" + text([push(2)])[:-1], "PushEvent"),
        (text([push(2)])[:-1] + b"\r", "PushEvent"),
        (b"  " + text([push(2)])[:-1] + b"\t", "PushEvent"),
        (text([push(2, id=2489368240)])[:-1], "PushEvent"),
        (text([push(2, actor=None)])[:-1], "PushEvent"),
        (text([push(2, type="BrandNewEvent", payload={"anything": []})])[:-1], "BrandNewEvent"),
        (text([push(2, payload=json.dumps(push(2)["payload"]))])[:-1], "PushEvent"),
        (text([push(2, note="\\u0000 written out")])[:-1], "PushEvent"),
        (text([push(2, deep=json.loads("[" * 500 + "]" * 500))])[:-1], "PushEvent"),
        (text([push(2, extra={"new": "field"}, actor={"id": 1, "login": "x", "more": [1]})])[:-1], "PushEvent"),
        (text([event("WatchEvent", {"action": "started"}, number=2)])[:-1], "WatchEvent"),
        (text([old_push(2)])[:-1], "PushEvent"),
    ],
)
def test_an_odd_line_loads_as_what_it_is(read: Read, line: bytes, type_: str) -> None:
    reading = read([push(1), line, push(3)])

    assert reading.outcome.rejected == []
    assert reading.events("line, type")[1] == (2, type_)


def test_a_payload_in_a_text_gives_the_same_columns(read: Read) -> None:
    plain, exported = push(1), push(1, payload=json.dumps(push(1)["payload"]))

    columns = "* exclude (file_sha256)"
    assert read([plain]).events(columns) == read([exported]).events(columns)
    assert read([plain]).commits(columns) == read([exported]).commits(columns)


def test_blank_lines_are_counted_apart(read: Read) -> None:
    reading = read([push(1), b"", b"  \t", push(2), b""])

    assert (reading.outcome.lines, reading.outcome.loaded, reading.outcome.blank) == (5, 2, 3)
    assert reading.events("line") == [(1,), (4,)]


def test_documents_on_one_line_are_told_apart(read: Read) -> None:
    line = b"".join(text([push(number)])[:-1] for number in (1, 2)) + b'{"id":"9","ty'
    reading = read([line, push(4)])

    assert (reading.outcome.lines, reading.outcome.loaded, reading.outcome.quarantined) == (4, 3, 1)
    assert reading.events("_record_ref") == [
        ("github-archive:2015-01-01-0.json.gz#L1",),
        ("github-archive:2015-01-01-0.json.gz#L1.1",),
        ("github-archive:2015-01-01-0.json.gz#L2",),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"".join(text([push(number)])[:-1] for number in range(30)),
        json.dumps([push(number) for number in range(30)]).encode(),
        json.dumps([push(number) for number in range(30)], indent=2).encode(),
        b"\xef\xbb\xbf" + json.dumps([push(number) for number in range(30)], indent=2).encode() + b"\n",
        b"\n\n" + "\n".join(json.dumps(push(number), indent=1) for number in range(30)).encode(),
    ],
    ids=["no delimiter", "array", "pretty array", "array with mark", "pretty documents"],
)
@pytest.mark.parametrize("max_line_bytes", [1024, 1024**2])
def test_documents_are_read_without_line_breaks_between_them(read: Read, body: bytes, max_line_bytes: int) -> None:
    reading = read(body, limits=Limits(max_line_bytes=max_line_bytes))

    assert reading.outcome.loaded == 30
    assert reading.outcome.rejected == []
    assert len({reference for (reference,) in reading.events("_record_ref")}) == 30


def test_pretty_documents_say_the_line_where_they_begin(read: Read) -> None:
    body = "\n".join(json.dumps(push(number), indent=1) for number in range(3)).encode()
    height = len(json.dumps(push(1), indent=1).splitlines())

    assert read(body).events("line") == [(1,), (1 + height,), (1 + 2 * height,)]


def test_an_oversized_line_is_quarantined_without_being_held(read: Read) -> None:
    long = b'{"id":"1","body":"' + b"x" * (50 * 1024**2) + b'"}'

    reading = read([push(1), long, push(3), push(4)])

    assert reading.reasons() == {2: "line longer than 16777216 bytes"}
    assert reading.events("line") == [(1,), (3,), (4,)]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_line_over_the_limit_is_refused_wherever_it_is(read: Read, place: int) -> None:
    records: list[Any] = [push(1), push(2)]
    records.insert(place, push(3, body="y" * 3000))

    reading = read(records, limits=Limits(max_line_bytes=2048))

    assert reading.reasons() == {place + 1: "line longer than 2048 bytes"}
    assert reading.outcome.loaded == 2


def test_a_file_without_one_event_is_refused(read: Read) -> None:
    reading = read([{"url": "https://example.org", "number": 1}, {"url": "x"}])

    assert (reading.outcome.status, reading.outcome.reason) == ("refused", "no record is an event: no type")
    assert reading.outcome.events is None


def test_an_empty_archive_is_an_hour_without_events(read: Read) -> None:
    reading = read([])

    assert (reading.outcome.status, reading.outcome.lines) == ("loaded", 0)
    assert reading.events() == reading.commits() == []


@pytest.mark.parametrize("name", ["2015-01-01-0.json", "2015-01-01-0.json.zst"])
def test_other_packings_give_the_same_rows(read: Read, name: str) -> None:
    records = [push(1), b"broken", push(3)]
    body = (
        text(records)
        if name.endswith("json")
        else zstandard.compress(text(records[:2])) + zstandard.compress(text(records[2:]))
    )

    reading = read(body, name)

    assert reading.reasons() == {2: reading.reasons()[2]}
    assert reading.events("event_key, type, line") == read(records).events("event_key, type, line")


def test_a_cut_zstandard_file_is_refused(read: Read) -> None:
    body = zstandard.compress(text(push(number) for number in range(100)))

    assert read(body[:-10], "2015-01-01-0.json.zst").outcome.status == "corrupt"
    assert read(b"nothing", "2015-01-01-0.json.zst").outcome.status == "corrupt"


def test_lines_that_cross_buffers_stay_whole(read: Read) -> None:
    count = 12_000
    reading = read([push(number, filler="z" * 1500) for number in range(count)])

    assert (reading.outcome.lines, reading.outcome.loaded) == (count, count)
