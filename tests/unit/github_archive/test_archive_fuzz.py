from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from archive_records import Reading, old_push, push, text

PIECES = [b"null", b"{", b"}", b'"', b"\\u0000", b"\\ud800", b"\xff", b"[", b"]", b",", b"1e400", b"\n", b"\r", b"\0"]
VALUES = [None, 1, -5, 2**70, 1.5, "x", "", [], {}, [[]], {"id": "x"}, True, "2015-99-99", "ann@example.org"]


def _mutate(dice: random.Random, line: bytes) -> bytes:
    place = dice.randrange(len(line))
    kind = dice.randrange(5)
    if kind == 0:
        return line[:place] + bytes([dice.randrange(256)]) + line[place + 1 :]
    if kind == 1:
        return line[:place] + dice.choice(PIECES) + line[place:]
    if kind == 2:
        return line[:place]
    if kind == 3:
        return line + line
    record: Any = json.loads(line)
    inner = record
    while isinstance(inner, dict) and inner:
        name = dice.choice(list(inner))
        if dice.random() < 0.4 or not isinstance(inner[name], dict):
            inner[name] = dice.choice(VALUES)
            break
        inner = inner[name]
    return json.dumps(record).encode()


@pytest.mark.parametrize("seed", range(12))
def test_no_damage_stops_the_reader_or_hides_a_line(read: Callable[..., Reading], seed: int) -> None:
    dice = random.Random(seed)
    good, lines = set(), []
    for number in range(80):
        line = text([push(number) if number % 3 else old_push(number)])[:-1]
        if dice.random() < 0.5:
            line = _mutate(dice, line)
        elif number % 3:
            good.add(str(2489368000 + number))
        lines.append(line)
    packed = bytearray(gzip.compress(b"\n".join(lines), mtime=0))

    whole = read(bytes(packed), is_packed=True)

    assert whole.outcome.status == "loaded"
    assert good <= {event_id for (event_id,) in whole.events("event_id")}
    assert "ann@" not in " ".join(rejected.reason + rejected.excerpt for rejected in whole.outcome.rejected)

    packed[dice.randrange(10, len(packed))] ^= 1 << dice.randrange(8)
    flipped = read(bytes(packed), is_packed=True)
    assert flipped.outcome.status == "corrupt" or flipped.outcome.loaded == whole.outcome.loaded
