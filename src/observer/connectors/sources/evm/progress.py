"""How far each network was read: the state of the source, and where to take it up after a reorganisation; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

# Enough to find the common ancestor of any reorganisation that a network has had, and small in the state.
REMEMBERED = 256

Mark = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Progress:
    """One network. `next` is the block to read, `highest` the highest whose row is stored, `recent` the last blocks'

    numbers and hashes in order, `streams` what was read of all of them."""

    next: int
    highest: int = -1
    recent: tuple[Mark, ...] = ()
    streams: frozenset[str] = field(default_factory=frozenset)

    @property
    def parent_hash(self) -> str | None:
        """The hash of the block before the next, where it is remembered."""
        return self.recent[-1][1] if self.recent and self.recent[-1][0] == self.next - 1 else None

    def after(self, marks: Iterable[Mark]) -> Progress:
        """The progress when further blocks are stored."""
        kept = (*self.recent, *marks)[-REMEMBERED:]
        last = kept[-1][0]
        return replace(self, next=last + 1, highest=max(self.highest, last), recent=kept)

    def back_to_common_ancestor(self, hash_of: Callable[[int], str | None]) -> Progress | None:
        """The progress of the blocks that are still in the chain; None where none of the remembered ones is."""
        kept = self.recent
        while kept and hash_of(kept[-1][0]) != kept[-1][1]:
            kept = kept[:-1]
        if not kept:
            return None if self.recent else self
        return replace(self, next=kept[-1][0] + 1, recent=kept)

    def dumped(self) -> dict[str, object]:
        """The progress as JSON."""
        return {
            "next": self.next,
            "highest": self.highest,
            "recent": [list(mark) for mark in self.recent],
            "streams": sorted(self.streams),
        }


def loaded(data: Mapping[str, Any]) -> Progress:
    """The progress that `dumped` gave."""
    return Progress(
        next=int(data["next"]),
        highest=int(data["highest"]),
        recent=tuple((int(number), str(own)) for number, own in data["recent"]),
        streams=frozenset(map(str, data["streams"])),
    )
