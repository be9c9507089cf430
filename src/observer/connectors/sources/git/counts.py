"""Phase two: added and deleted lines of every pair of blobs, each pair diffed once for all repositories.

The pairs of a repository become the entries of two trees made for the purpose, one of old blobs and one of new
ones, and git compares these two trees: `--numstat` itself does the counting, without walking history again.
"""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from observer.connectors.sources.git.command import Git, GitError
from observer.connectors.sources.git.history import log
from observer.connectors.sources.git.mirror import Store
from observer.connectors.sources.git.news import readable

_BATCH = 50_000
_FETCH = 10_000
_LOOK_UP = 500
_GITLINK = "160000"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two blobs of a change; an id of zeros where the file was not there before, or is no more."""

    old_id: str
    new_id: str
    is_submodule: bool = False

    @property
    def key(self) -> bytes:
        return bytes.fromhex(self.old_id)[:16] + bytes.fromhex(self.new_id)[:16]


@dataclass(frozen=True, slots=True)
class LineCount:
    """What `git diff --numstat` says of a pair; both None where one side is binary."""

    pair: Pair
    additions: int | None
    deletions: int | None


class Memo:
    """The pairs that were handed over already, in a file; it holds no more than the state vouches for.

    `state` names the memo and the number of its last batch. What was added after that, by a run that did not
    come to its end, is forgotten when the memo is opened, and everything if the state is of another memo.
    """

    def __init__(self, path: Path, state: Mapping[str, object]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._open(path, state)
        except sqlite3.DatabaseError:
            path.unlink(missing_ok=True)
            self._open(path, {})

    @property
    def state(self) -> dict[str, object]:
        return {"id": self._id, "batch": self._batch}

    def unknown(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Those of the pairs that are not in the memo, in their order."""
        wanted = {pair.key: pair for pair in pairs}
        if self._batch == 0:
            return list(wanted.values())
        keys = list(wanted)
        for start in range(0, len(keys), _LOOK_UP):
            some = keys[start : start + _LOOK_UP]
            marks = ",".join("?" * len(some))
            for (key,) in self._file.execute(f"select key from pairs where key in ({marks})", some):  # noqa: S608
                del wanted[key]
        return list(wanted.values())

    def add(self, pairs: Iterable[Pair]) -> None:
        """Adds a batch."""
        self._batch += 1
        rows = ((pair.key, self._batch) for pair in pairs)
        with self._file:
            self._file.executemany("insert or ignore into pairs values (?, ?)", rows)
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


def changed_pairs(git: Git, *, tips: Iterable[str], known: Iterable[str]) -> list[Pair]:
    """The distinct pairs of all changes reachable from the tips and not from what is known; merges have none."""
    found: dict[bytes, bytes] = {}
    revisions = [*tips, *(f"^{tip}" for tip in known)]
    for commits in log(git, revisions, ("%H",), "--raw", "--no-abbrev"):
        for commit in commits:
            for header in commit.split(b"\0")[1:-1:2]:
                modes, _, ids = header.lstrip(b"\n:").partition(b" ")
                found.setdefault(ids, modes)
    return [_pair(ids, mode) for ids, mode in found.items()]


def count_lines(store: Store, pairs: Sequence[Pair]) -> Iterator[list[LineCount]]:
    """Line counts in batches. Pairs with a blob that cannot be had are left out: their counts are unknown.

    Raises GitError where git fails for another reason.
    """
    yield [_submodule(pair) for pair in pairs if pair.is_submodule]
    blobs = [pair for pair in pairs if not pair.is_submodule]
    is_partial = store.location.path is None
    for start in range(0, len(blobs), _BATCH):
        batch = blobs[start : start + _BATCH]
        if is_partial:
            batch = _with_blobs(store, batch)
        try:
            yield _numstat(store, batch)
        except GitError:
            there = _with_blobs(store, batch)
            if len(there) == len(batch):
                raise
            yield _numstat(store, there)


def _pair(ids: bytes, mode: bytes) -> Pair:
    new_mode, old_id, new_id, _ = ids.decode("ascii").split(" ")
    return Pair(old_id, new_id, is_submodule=_GITLINK in (mode.decode("ascii"), new_mode))


def _submodule(pair: Pair) -> LineCount:
    """Git shows a submodule as a file of one line that names its commit."""
    return LineCount(pair, int(pair.new_id.strip("0") != ""), int(pair.old_id.strip("0") != ""))


def _with_blobs(store: Store, pairs: Sequence[Pair]) -> list[Pair]:
    wanted = list(dict.fromkeys(i for pair in pairs for i in (pair.old_id, pair.new_id) if i.strip("0")))
    missing = _but(wanted, readable(store.reading, wanted))
    if missing and store.location.path is None:
        for start in range(0, len(missing), _FETCH):
            store.fetch_blobs(missing[start : start + _FETCH])
        missing = _but(missing, readable(store.reading, missing))
    gone = set(missing)
    return [pair for pair in pairs if pair.old_id not in gone and pair.new_id not in gone]


def _but(object_ids: Sequence[str], there: Iterable[str]) -> list[str]:
    found = set(there)
    return [object_id for object_id in object_ids if object_id not in found]


def _numstat(store: Store, pairs: Sequence[Pair]) -> list[LineCount]:
    if not pairs:
        return []
    sides = _side(pairs, new=False), _side(pairs, new=True)
    trees = [_write_tree(store.reader / "objects", side, len(pairs[0].old_id)) for side in sides]
    try:
        options = ("--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv")
        said = store.reading.run("diff-tree", *options, *(tree.parent.name + tree.name for tree in trees))
    finally:
        for tree in trees:
            tree.unlink(missing_ok=True)
    rows = (line.split(b"\t") for line in said.split(b"\0") if line)
    return [
        LineCount(pairs[int(name)], None if added == b"-" else int(added), None if deleted == b"-" else int(deleted))
        for added, deleted, name in rows
    ]


def _side(pairs: Sequence[Pair], *, new: bool) -> bytes:
    """The content of a tree that holds one side of each pair under the pair's number."""
    entries: list[bytes] = []
    for number, pair in enumerate(pairs):
        object_id = pair.new_id if new else pair.old_id
        if object_id.strip("0"):
            # A change of mode alone has one blob on both sides: it takes two modes to be shown.
            mode = b"100755" if new and pair.old_id == pair.new_id else b"100644"
            entries.append(b"%s %08d\0%s" % (mode, number, bytes.fromhex(object_id)))
    return b"".join(entries)


def _write_tree(objects: Path, content: bytes, id_length: int) -> Path:
    raw = b"tree %d\0%s" % (len(content), content)
    digest = hashlib.sha256(raw) if id_length == 64 else hashlib.sha1(raw, usedforsecurity=False)
    name = digest.hexdigest()
    path = objects / name[:2] / name[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(raw, 1))
    return path
