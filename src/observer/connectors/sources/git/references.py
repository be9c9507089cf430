"""The refs of a repository as a server lists them: parsed, digested, kept, compared."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from observer.connectors.sources.git.command import Git, GitLimitError, read_blocks

_PULL = re.compile(r"refs/(?:pull|pull-requests|merge-requests|changes)/")
_LARGEST_LISTING = 256 << 20


@dataclass(frozen=True, slots=True)
class Ref:
    """One ref. `object_id` is what it names, `peeled_id` what an annotated tag leads to in the end."""

    name: str
    object_id: str
    peeled_id: str | None = None

    @property
    def target_id(self) -> str:
        return self.peeled_id or self.object_id

    @property
    def kind(self) -> str:
        """branch, tag, pull (a forge's ref of a pull or merge request) or other."""
        if self.name.startswith("refs/heads/"):
            return "branch"
        if self.name.startswith("refs/tags/"):
            return "tag"
        return "pull" if _PULL.match(self.name) else "other"


@dataclass(frozen=True)
class Listing:
    """What `git ls-remote --symref` said of a repository at one moment; its digest names it."""

    text: bytes

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.text).hexdigest()[:32]

    @cached_property
    def refs(self) -> dict[str, Ref]:
        """Refs by name, without HEAD. Names that are not UTF-8 keep their odd bytes as \\xNN."""
        found: dict[str, Ref] = {}
        for line in self.text.decode("utf-8", "backslashreplace").split("\n"):
            object_id, _, name = line.partition("\t")
            if not name:
                continue
            if name.endswith("^{}"):
                found[name[:-3]] = Ref(name[:-3], found[name[:-3]].object_id, object_id)
            elif name != "HEAD" and not object_id.startswith("ref: "):
                found[name] = Ref(name, object_id)
        return found

    @cached_property
    def default_branch(self) -> str | None:
        """The branch that HEAD names, None where HEAD is detached or its branch has no commit."""
        match = re.search(rb"^ref: refs/heads/(.+)\tHEAD$", self.text, re.MULTILINE)
        return match[1].decode("utf-8", "backslashreplace") if match else None

    @cached_property
    def head(self) -> str | None:
        """The commit of HEAD."""
        match = re.search(rb"^([0-9a-f]{40,64})\tHEAD$", self.text, re.MULTILINE)
        return match[1].decode("ascii") if match else None

    @cached_property
    def tips(self) -> tuple[str, ...]:
        """The commits from which history is read: HEAD, branches and tags; not what forges keep beside them."""
        ids = [self.head] if self.head else []
        ids += [ref.target_id for ref in self.refs.values() if ref.kind in ("branch", "tag")]
        return tuple(dict.fromkeys(ids))

    @property
    def object_format(self) -> str:
        first = next(iter(self.refs.values()), None)
        return "sha256" if first and len(first.object_id) == 64 else "sha1"


def list_refs(git: Git, address: str) -> Listing:
    """Asks a repository for its refs. Raises GitError."""
    with git.stream("ls-remote", "--symref", "--quiet", "--", address) as out:
        text = next(read_blocks(out, size=_LARGEST_LISTING), b"")
        if len(text) >= _LARGEST_LISTING:
            raise GitLimitError(f"the list of refs is longer than {_LARGEST_LISTING} bytes")
    return Listing(text)


def keep(listing: Listing, folder: Path) -> None:
    """Keeps a listing under its digest, so that the state can name it."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / listing.digest
    if not target.exists():
        partial = target.with_suffix(".partial")
        partial.write_bytes(zlib.compress(listing.text, 1))
        partial.replace(target)


def recall(digest: str, folder: Path) -> Listing | None:
    """The listing that a digest names; None where it is lost, or is not what it was."""
    try:
        listing = Listing(zlib.decompress((folder / digest).read_bytes()))
    except (OSError, zlib.error):
        return None
    return listing if listing.digest == digest else None


def forget(folder: Path, *, but: Iterable[str]) -> None:
    """Removes the listings that no state names any more."""
    wanted = set(but)
    for file in folder.glob("*"):
        if file.name not in wanted:
            file.unlink(missing_ok=True)


def changed_refs(old: Listing | None, new: Listing) -> tuple[list[Ref], list[str]]:
    """Refs that are new or moved, and the names of those that are gone."""
    before = old.refs if old else {}
    moved = [ref for name, ref in new.refs.items() if before.get(name) != ref]
    return moved, [name for name in before if name not in new.refs]
