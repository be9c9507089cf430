"""The pairs of blobs whose lines were counted already, for all repositories, in one file."""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

# Ids of an old and a new blob in hexadecimal, all zeros where there is no file on that side.
Pair = tuple[bytes, bytes]

_LOOK_UP = 500
_BITS = 63
_LARGEST = (1 << _BITS) - 1


class Memo:
    """Remembers pairs. It holds no more than the state vouches for.

    `state` names the memo and the number of its last batch. What was added after that, by a run that did not
    come to its end, is forgotten when the memo is opened, and everything if the state is of another memo.

    A pair is kept as 63 bits, mixed with a secret of the memo: two of 100 million pairs meet in one of 2,000 memos,
    and nobody can choose content so that somebody else's pair seems to be known.
    """

    def __init__(self, path: Path, state: Mapping[str, object]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._is_empty = True
        try:
            self._open(path, state)
        except sqlite3.DatabaseError:
            for file in path.parent.glob(f"{path.name}*"):
                file.unlink()
            self._open(path, {})

    @property
    def state(self) -> dict[str, object]:
        return {"id": self._id, "batch": self._batch}

    def unknown(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Those of the pairs that are not remembered, in their order."""
        if self._is_empty:
            return list(pairs)
        wanted = {self._key(pair): pair for pair in pairs}
        keys = list(wanted)
        for start in range(0, len(keys), _LOOK_UP):
            some = keys[start : start + _LOOK_UP]
            marks = ",".join("?" * len(some))
            for (key,) in self._file.execute(f"select key from pairs where key in ({marks})", some):  # noqa: S608
                del wanted[key]
        return list(wanted.values())

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """What is added inside is remembered together, or not at all if there is an error."""
        self._batch += 1
        self._file.execute("begin")
        try:
            yield
            self._file.execute("update memo set batch = ?", (self._batch,))
            self._file.execute("commit")
        except BaseException:
            self._batch -= 1
            self._file.execute("rollback")
            raise

    def add(self, pairs: Iterable[Pair]) -> None:
        """Remembers pairs, in a batch."""
        keys = sorted(map(self._key, pairs))
        self._file.executemany(f"insert or ignore into pairs values (?, {self._batch:d})", zip(keys))  # noqa: S608
        self._is_empty = self._is_empty and not keys

    def close(self) -> None:
        self._file.close()

    def _open(self, path: Path, state: Mapping[str, object]) -> None:
        self._file = sqlite3.connect(path, isolation_level=None)
        self._file.execute("pragma journal_mode = wal")
        self._file.execute("pragma synchronous = normal")
        self._file.execute("create table if not exists memo (id text, secret integer, batch integer)")
        self._file.execute("create table if not exists pairs (key integer primary key, batch integer)")
        row = self._file.execute("select id, batch, secret from memo").fetchone()
        batch = state.get("batch")
        self._file.execute("begin")
        if row is None or row[0] != state.get("id") or not isinstance(batch, int) or row[1] < batch:
            self._id, self._batch, self._secret = uuid.uuid4().hex, 0, secrets.randbits(_BITS) | 1
            self._file.execute("delete from pairs")
            self._file.execute("delete from memo")
            self._file.execute("insert into memo values (?, ?, 0)", (self._id, self._secret))
        else:
            self._id, self._batch, self._secret = str(row[0]), batch, int(row[2])
            if row[1] > batch:
                self._file.execute("delete from pairs where batch > ?", (batch,))
                self._file.execute("update memo set batch = ?", (batch,))
        self._file.execute("commit")
        self._is_empty = self._file.execute("select 1 from pairs limit 1").fetchone() is None

    def _key(self, pair: Pair) -> int:
        old, new = pair
        return (int(new[:16], 16) ^ (int(old[:16], 16) * self._secret)) & _LARGEST
