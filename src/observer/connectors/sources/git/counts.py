"""Phase two: added and deleted lines of pairs of blobs, each pair diffed once.

The pairs become the entries of two trees made for the purpose, one of old blobs and one of new ones, and git
compares these two trees: `--numstat` itself does the counting, without walking history again.
"""

from __future__ import annotations

import hashlib
import zlib
from binascii import unhexlify
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from observer.connectors.sources.git.command import Git, GitError
from observer.connectors.sources.git.history import log
from observer.connectors.sources.git.memo import Pair
from observer.connectors.sources.git.mirror import Store
from observer.connectors.sources.git.news import readable

_BATCH = 50_000
_FETCH = 10_000
_GITLINK = b"160000"


@dataclass(frozen=True, slots=True)
class ChangedPairs:
    """The distinct pairs of some changes, and those of their ids that are commits of submodules."""

    pairs: list[Pair]
    submodules: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class LineCounts:
    """What `git diff --numstat` says of pairs, in their order; null counts where one side is binary."""

    pairs: list[Pair]
    additions: pa.Array
    deletions: pa.Array


def changed_pairs(git: Git, *, tips: Iterable[str], known: Iterable[str]) -> Iterator[ChangedPairs]:
    """Pairs of all changes reachable from the tips and not from what is known, some at a time; merges have none."""
    for commits in log(git, [*tips, *(f"^{tip}" for tip in known)], ("%H",), "--raw", "--no-abbrev"):
        headers = list(chain.from_iterable(commit.split(b"\0")[1:-1:2] for commit in commits))
        parts = b" ".join(headers).translate(None, b"\n:").split(b" ") if headers else []
        submodules: set[bytes] = set()
        if _GITLINK in parts:
            for modes, ids in ((parts[0::5], parts[2::5]), (parts[1::5], parts[3::5])):
                submodules.update(i for mode, i in zip(modes, ids, strict=True) if mode == _GITLINK)
        yield ChangedPairs(list(dict.fromkeys(zip(parts[2::5], parts[3::5], strict=True))), frozenset(submodules))


def count_lines(store: Store, pairs: Sequence[Pair], submodules: Collection[bytes] = ()) -> Iterator[LineCounts]:
    """Line counts of pairs, in batches. Pairs with a blob that cannot be had are left out.

    A submodule counts as git shows it: a file of one line that names its commit. Raises GitError where git
    fails for another reason.
    """
    is_partial = store.location.path is None
    for start in range(0, len(pairs), _BATCH):
        batch = list(pairs[start : start + _BATCH])
        if is_partial:
            batch = _with_blobs(store, batch, submodules)
        try:
            counts = _numstat(store, batch, submodules)
        except GitError:
            there = _with_blobs(store, batch, submodules)
            if len(there) == len(batch):
                raise
            counts = _numstat(store, there, submodules)
        yield counts


def _with_blobs(store: Store, pairs: Sequence[Pair], submodules: Collection[bytes]) -> list[Pair]:
    ids = dict.fromkeys(chain.from_iterable(pairs))
    wanted = [i.decode("ascii") for i in ids if i.strip(b"0") and i not in submodules]
    missing = _but(wanted, readable(store.reading, wanted))
    if missing and store.location.path is None:
        for start in range(0, len(missing), _FETCH):
            store.fetch_blobs(missing[start : start + _FETCH])
        missing = _but(missing, readable(store.reading, missing))
    gone = {object_id.encode("ascii") for object_id in missing}
    return [pair for pair in pairs if pair[0] not in gone and pair[1] not in gone]


def _but(object_ids: Sequence[str], there: Iterable[str]) -> list[str]:
    found = set(there)
    return [object_id for object_id in object_ids if object_id not in found]


def _numstat(store: Store, pairs: list[Pair], submodules: Collection[bytes]) -> LineCounts:
    if not pairs:
        return LineCounts([], pa.array([], pa.int32()), pa.array([], pa.int32()))
    sides = (
        _tree([old for old, _ in pairs], b"100644", submodules),
        _tree([new for _, new in pairs], b"100755", submodules),
    )
    trees = [_write(store.reader / "objects", side, len(pairs[0][0])) for side in sides]
    try:
        options = ("--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv")
        said = store.reading.run("diff-tree", *options, *(tree.parent.name + tree.name for tree in trees))
    finally:
        for tree in trees:
            tree.unlink(missing_ok=True)
    parts = said.removesuffix(b"\0").replace(b"\0", b"\t").split(b"\t")
    if len(parts) != 3 * len(pairs):
        raise GitError(f"git diff-tree counted {len(parts) // 3} of {len(pairs)} pairs")
    return LineCounts(pairs, _numbers(parts[0::3]), _numbers(parts[1::3]))


def _numbers(texts: list[bytes]) -> pa.Array:
    """Counts, null for the "-" of binary files."""
    array = pa.array(texts, pa.string())
    return pc.if_else(pc.equal(array, "-"), None, array).cast(pa.int32())


def _tree(object_ids: Sequence[bytes], mode: bytes, submodules: Collection[bytes]) -> bytes:
    """A tree's content that holds objects under their numbers, so that git tells of them in their order.

    The two sides have different modes: a change of mode alone has one blob on both, and is told all the same.
    """
    size = len(object_ids[0]) // 2
    raw = unhexlify(b"".join(object_ids))
    nothing = bytes(size)
    heads: Iterable[bytes] = _heads(mode)
    if submodules:
        links = zip(_heads(_GITLINK), heads, object_ids, strict=False)
        heads = [link if object_id in submodules else head for link, head, object_id in links]
    objects = (raw[start : start + size] for start in range(0, len(raw), size))
    return b"".join([head + held for head, held in zip(heads, objects, strict=False) if held != nothing])


@cache
def _heads(mode: bytes) -> list[bytes]:
    """What stands before the id in each entry of a tree."""
    return [b"%s %08d\0" % (mode, number) for number in range(_BATCH)]


def _write(objects: Path, content: bytes, digits: int) -> Path:
    """Writes a tree as a loose object, not compressed: it is read once."""
    raw = b"tree %d\0%s" % (len(content), content)
    digest = hashlib.sha256(raw) if digits == 64 else hashlib.sha1(raw, usedforsecurity=False)
    name = digest.hexdigest()
    path = objects / name[:2] / name[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(raw, 0))
    return path
