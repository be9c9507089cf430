"""Numbers that look random and depend on their key alone: no shared state, no clock, no generator of the library."""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")

_MASK = (1 << 64) - 1
_INCREMENT = 0x9E3779B97F4A7C15


class Draws:
    """The numbers of one key, such as (seed, "star", repository, day); splitmix64 over a BLAKE2b start."""

    __slots__ = ("_state",)

    def __init__(self, seed: int, *key: object) -> None:
        text = "\x1f".join(str(part) for part in (seed, *key))
        self._state = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")

    def bits(self) -> int:
        """64 uniform bits."""
        self._state = value = (self._state + _INCREMENT) & _MASK
        value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
        return value ^ (value >> 31)

    def below(self, bound: int) -> int:
        """A whole number in [0, bound)."""
        return (self.bits() * bound) >> 64

    def unit(self) -> float:
        """A number in [0, 1)."""
        return (self.bits() >> 11) * 2.0**-53

    def chance(self, probability: float) -> bool:
        return self.unit() < probability

    def pick(self, items: Sequence[Item]) -> Item:
        return items[self.below(len(items))]

    def weighted(self, cumulative: Sequence[float]) -> int:
        """An index, by cumulative weights (see `cumulate`)."""
        return min(bisect_right(cumulative, self.unit() * cumulative[-1]), len(cumulative) - 1)

    def count(self, mean: float) -> int:
        """A Poisson count; means above 30 are split so that exp() keeps its precision."""
        if mean <= 0:
            return 0
        if mean > 30:
            return self.count(mean / 2) + self.count(mean / 2)
        limit, product, count = math.exp(-mean), self.unit(), 0
        while product > limit:
            product *= self.unit()
            count += 1
        return count

    def log_normal(self, median: float, sigma: float) -> float:
        first, second = 1.0 - self.unit(), self.unit()
        normal = math.sqrt(-2.0 * math.log(first)) * math.cos(2.0 * math.pi * second)
        return median * math.exp(sigma * normal)

    def hexadecimal(self, length: int = 40) -> str:
        """A made-up object id."""
        text = "".join(f"{self.bits():016x}" for _ in range((length + 15) // 16))
        return text[:length]


def cumulate(weights: Sequence[float]) -> list[float]:
    """Running sums of weights, the form that `Draws.weighted` takes."""
    total, sums = 0.0, []
    for weight in weights:
        total += weight
        sums.append(total)
    return sums
