"""Near-duplicates: items whose text and code share most of their phrases.

Similarity is the Jaccard index of the sets of five-word shingles (Broder 1997, "On the resemblance and containment of
documents"), computed whole: a library has hundreds of items, not millions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from observer.errors import Problem
from observer.insights.code import source_text
from observer.insights.item import Item
from observer.insights.kind import ItemKind

REFUSED = 0.6
"""From this similarity on an item is refused as a copy."""

SHOWN = 0.25
"""From this similarity on a reviewer is shown the other item."""

_WORDS = 5
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Similar:
    """Another item that says much the same: its key, and the share of phrases (0..1) that both have."""

    key: str
    similarity: float


def shingles(item: Item) -> frozenset[int]:
    """The item's phrases of five words, as hashes."""
    words = _WORD.findall(source_text(item).lower())
    return frozenset(hash(tuple(words[n : n + _WORDS])) for n in range(max(0, len(words) - _WORDS + 1)))


def similar_items(item: Item, phrases: Mapping[str, frozenset[int]]) -> tuple[Similar, ...]:
    """The items that are near to this one, nearest first; `phrases` has those of every item by key."""
    own = phrases[item.key]
    found = []
    for key, others in phrases.items():
        union = len(own | others)
        share = len(own & others) / union if union else 0.0
        if key != item.key and share >= SHOWN:
            found.append(Similar(key, round(share, 3)))
    return tuple(sorted(found, key=lambda near: (-near.similarity, near.key)))


def check_originality(item: Item, near: Sequence[Similar]) -> Iterator[Problem]:
    """An item says something that no other item says. Notebooks that start from a template are measured without it."""
    if item.kind is ItemKind.TEMPLATE:
        return
    for other in near:
        if other.similarity >= REFUSED and not other.key.startswith("template/"):
            hint = "build on that item and name it under 'uses', or say what is new"
            what = f"{other.similarity:.0%} of it stands in {other.key} already"
            yield Problem(item.place, None, what, hint, "duplicate")
