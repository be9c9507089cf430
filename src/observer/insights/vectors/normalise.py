"""The four ways to bring the values of a set to 0..1. All keep the order of the values, up to ties and clipping.

Where no two values differ there is nothing to tell projects apart by: all get 0.5, neither the best nor the worst.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from math import floor, fsum, log10, sqrt
from statistics import NormalDist

from observer.errors import QueryError

MIDDLE = 0.5
"""The score of values that are all the same."""

CUTS = (0.05, 0.95)
"""The quantiles at which percentile_clip cuts where a vector says nothing."""

_NORMAL = NormalDist()


class Method(StrEnum):
    """How values are squeezed."""

    LOG_MIN_MAX = "log_min_max"
    RANK_GAUSSIAN = "rank_gaussian"
    Z_SCORE = "z_score"
    PERCENTILE_CLIP = "percentile_clip"


def min_max(values: Sequence[float]) -> list[float]:
    """The least value becomes 0, the largest 1."""
    if not values:
        return []
    low, span = min(values), max(values) - min(values)
    return [(value - low) / span for value in values] if span else [MIDDLE] * len(values)


def log_min_max(values: Sequence[float]) -> list[float]:
    """log10(x + 1), then `min_max`: each tenfold counts the same. QueryError where a value is negative."""
    if any(value < 0 for value in values):
        hint = f"use {Method.RANK_GAUSSIAN.value} or {Method.Z_SCORE.value}"
        raise QueryError(f"{Method.LOG_MIN_MAX.value} takes no negative values", hint=hint)
    return min_max([log10(value + 1) for value in values])


def rank_gaussian(values: Sequence[float]) -> list[float]:
    """The normal quantile of (rank - 0.5) / n, then `min_max`; only the order counts. Ties share their mean rank."""
    count = len(values)
    return min_max([_NORMAL.inv_cdf((rank - 0.5) / count) for rank in mean_ranks(values)])


def z_score(values: Sequence[float]) -> list[float]:
    """The normal distribution function of the distance from the mean in (population) standard deviations."""
    if not values:
        return []
    mean = fsum(values) / len(values)
    deviation = sqrt(fsum((value - mean) ** 2 for value in values) / len(values))
    return [_NORMAL.cdf((value - mean) / deviation) for value in values] if deviation else [MIDDLE] * len(values)


def percentile_clip(values: Sequence[float], low: float = CUTS[0], high: float = CUTS[1]) -> list[float]:
    """Values beyond the quantiles `low` and `high` (0..1) count as these, then `min_max`: outliers rule no scale."""
    if not values:
        return []
    least, most = quantile(values, low), quantile(values, high)
    return min_max([min(max(value, least), most) for value in values])


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie, with straight lines between neighbours (Hyndman and Fan's 7)."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def mean_ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1 for the least; equal values share the mean of their ranks."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in order[start : end + 1]:
            ranks[place] = (start + end) / 2 + 1
        start = end + 1
    return ranks


METHODS: Mapping[Method, Callable[[Sequence[float]], list[float]]] = {
    Method.LOG_MIN_MAX: log_min_max,
    Method.RANK_GAUSSIAN: rank_gaussian,
    Method.Z_SCORE: z_score,
    Method.PERCENTILE_CLIP: percentile_clip,
}
