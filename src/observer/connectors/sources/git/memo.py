"""The pairs of blobs whose lines were counted already, for all repositories, in one file."""

from __future__ import annotations

import sqlite3
import uuid
from binascii import unhexlify
from collections.abc import Iterable, Mapping
from pathlib import Path

# Ids of an old and a new blob in hexadecimal, all zeros where there is no file on that side.
Pair = tuple[bytes, bytes]

_LOOK_UP = 500
# Hexadecimal digits of each id that are kept: 80 bits, which nobody can hit twice.
_DIGITS = 20


class Memo:
    """Remembers pairs. It holds no more than the state vouches for.

    `state` names the memo and the number of its last batch. What was added after that, by a run that did not
    come to its end, is forgotten when the memo is opened, and everything if the state is of another memo.
    """

    def __init__(self, path: Path, state: Mapping[str, object]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
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
        if self._batch == 0:
            return list(pairs)
        wanted = {_key(pair): pair for pair in pairs}
        keys = list(wanted)
        for start in range(0, len(keys), _LOOK_UP):
            some = keys[start : start + _LOOK_UP]
            marks = ",".join("?" * len(some))
            for (key,) in self._file.execute(f"select key from pairs where key in ({marks})", some):  # noqa: S608
                del wanted[key]
        return list(wanted.values())

    def add(self, pairs: Iterable[Pair]) -> None:
        """Remembers a batch of pairs."""
        self._batch += 1
        keys = sorted(map(_key, pairs))
        with self._file:
            self._file.executemany(f"insert or ignore into pairs values (?, {self._batch:d})", zip(keys))  # noqa: S608
            self._file.execute("update memo set batch = ?", (self._batch,))

    def close(self) -> None:
        self._file.close()

    def _open(self, path: Path, state: Mapping[str, object]) -> None:
        self._file = sqlite3.connect(path)
        self._file.execute("pragma journal_mode = wal")
        self._file.execute("pragma synchronous = normal")
        self._file.execute("create table if not exists memo (id text, batch integer)")
        self._file.execute("create table if not exists pairs (key blob primary key, batch integer) without rowid")
        row = self._file.execute("select id, batch from memo").fetchone()
        batch = state.get("batch")
        with self._file:
            if row is None or row[0] != state.get("id") or not isinstance(batch, int) or row[1] < batch:
                self._id, self._batch = uuid.uuid4().hex, 0
                self._file.execute("delete from pairs")
                self._file.execute("delete from memo")
                self._file.execute("insert into memo values (?, 0)", (self._id,))
            else:
                self._id, self._batch = str(row[0]), batch
                if row[1] > batch:
                    self._file.execute("delete from pairs where batch > ?", (batch,))
                    self._file.execute("update memo set batch = ?", (batch,))


def _key(pair: Pair) -> bytes:
    return unhexlify(pair[0][:_DIGITS] + pair[1][:_DIGITS])
