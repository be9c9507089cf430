"""The history of items over listings: a version is written only where the content of an item changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from observer.connectors.sources.issue_snapshots.items import Item, Listing


@dataclass(frozen=True, slots=True)
class Version:
    """What became of an item in a listing; without `item` it was there before and no longer is."""

    number: int
    item: Item | None


@dataclass(slots=True)
class History:
    """What is known of one kind of items in one repository after its last listing: a hash for every item there."""

    last_at: datetime | None = None
    hashes: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, state: Mapping[str, object] | None) -> History:
        """The history that `state()` gave; a new one where there is none."""
        if not state:
            return cls()
        hashes, last_at = state.get("hashes"), state.get("last_at")
        return cls(
            datetime.fromisoformat(str(last_at)) if last_at else None,
            {int(number): str(value) for number, value in hashes.items()} if isinstance(hashes, Mapping) else {},
        )

    def state(self) -> dict[str, object]:
        """The history as JSON."""
        return {
            "last_at": self.last_at.isoformat() if self.last_at else None,
            "hashes": {str(number): value for number, value in sorted(self.hashes.items())},
        }

    def is_known(self, listing: Listing) -> bool:
        """Whether a listing was taken before: listings come in the order of their times."""
        return self.last_at is not None and listing.snapshot_at <= self.last_at

    def take(self, listing: Listing, items: Iterable[Item]) -> Iterator[Version]:
        """The versions that a complete listing brings, by number; nothing for what is as it was."""
        found = {item.number: item for item in items}
        before, self.hashes = self.hashes, {number: item.content_hash for number, item in found.items()}
        self.last_at = listing.snapshot_at
        for number in sorted(before.keys() | found.keys()):
            item = found.get(number)
            if item is None or before.get(number) != item.content_hash:
                yield Version(number, item)
