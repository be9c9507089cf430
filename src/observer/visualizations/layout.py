"""Places for the nodes of a network, by forces; thousands of nodes in seconds, without scipy.

Attraction is linear along edges as in Fruchterman and Reingold (1991) with the logarithm of LinLog (Noack 2009), which
draws communities apart; nodes push each other away by their degrees as in ForceAtlas2 (Jacomy and others 2014). The
pushing of all by all is a convolution over a grid, computed with fast Fourier transforms: its cost follows the nodes
and not their pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

from observer.visualizations.errors import drawing_libraries

with drawing_libraries():
    import numpy as np
    import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_EXACT = 400
"""Up to so many nodes each pair is computed."""


@dataclass(frozen=True, slots=True)
class Network:
    """An undirected graph: names by number, and for each edge two different numbers and a weight."""

    names: list[str]
    first: Integers
    second: Integers
    weight: Floats

    @property
    def degrees(self) -> Floats:
        """Number of neighbours of each node."""
        ends = np.concatenate([self.first, self.second])
        return np.bincount(ends, minlength=len(self.names)).astype(float)


def network_of(sources: list[str], targets: list[str], weights: Floats) -> Network:
    """The network of an edge list: loops dropped, both directions and repeated edges added up."""
    names, numbers = np.unique(np.array([*sources, *targets], dtype=object).astype(str), return_inverse=True)
    one, other = numbers[: len(sources)], numbers[len(sources) :]
    low, high = np.minimum(one, other), np.maximum(one, other)
    kept = low != high
    keys, place = np.unique(low[kept] * len(names) + high[kept], return_inverse=True)
    total = np.bincount(place, weights=weights[kept], minlength=len(keys)).astype(float)
    return Network([str(n) for n in names], keys // max(1, len(names)), keys % max(1, len(names)), total)


def force_layout(
    network: Network, *, groups: Integers | None = None, rounds: int | None = None, seed: int = 1
) -> Floats:
    """Places as an array of (x, y), centred, nearly all within -1 to 1; the same for the same network and seed.

    `groups` are communities that begin side by side, which large networks need to untangle in a few rounds.
    """
    count = len(network.names)
    if count < 2:
        return np.zeros((count, 2))
    radius = float(np.sqrt(count))
    places = _start(count, groups, radius, np.random.default_rng(seed))
    mass = network.degrees + 1.0
    strength = np.log1p(network.weight / max(1e-12, float(np.median(network.weight)) if len(network.weight) else 1.0))
    # Pushing and pulling are equal where the network is about as wide as its nodes need.
    push = 1.1 * radius * np.log1p(radius) / float(mass.sum())
    steps = rounds or (260 if count <= 1000 else 130)
    for step in range(steps):
        force = _repulsion(places, mass) * push + _attraction(network, strength, places)
        # Gravity keeps parts that hang on nothing within sight.
        force -= places / radius * mass[:, None] * 0.12
        shift = force / mass[:, None]
        length = np.linalg.norm(shift, axis=1, keepdims=True) + 1e-9
        most = radius * 0.09 * (1 - step / steps) ** 1.3 + 0.005
        places = places + shift / length * np.minimum(length, most)
        places -= places.mean(axis=0)
    reach = np.maximum(np.quantile(np.abs(places), 0.99, axis=0), 1e-9)
    return np.asarray(np.clip(places / reach, -1.08, 1.08), dtype=float)


def _start(count: int, groups: Integers | None, radius: float, dice: np.random.Generator) -> Floats:
    if groups is None or groups.max() == 0:
        return dice.normal(size=(count, 2)) * radius * 0.5
    # Seeds of a sunflower: the largest groups in the middle, each as far from the next as it is wide.
    sizes = np.bincount(groups)
    out = np.sqrt((np.cumsum(sizes) - sizes / 2) / count) * radius
    angle = np.arange(len(sizes)) * np.pi * (3 - np.sqrt(5))
    centres = np.column_stack([np.cos(angle), np.sin(angle)]) * out[:, None]
    spread = np.sqrt(sizes / count) * radius * 0.35
    return centres[groups] + dice.normal(size=(count, 2)) * spread[groups][:, None]


def _attraction(network: Network, strength: Floats, places: Floats) -> Floats:
    between = places[network.second] - places[network.first]
    distance = np.linalg.norm(between, axis=1) + 1e-9
    pull = between * (strength * np.log1p(distance) / distance)[:, None]
    found = np.empty_like(places)
    for axis in (0, 1):
        found[:, axis] = np.bincount(network.first, weights=pull[:, axis], minlength=len(places))
        found[:, axis] -= np.bincount(network.second, weights=pull[:, axis], minlength=len(places))
    return found


def _repulsion(places: Floats, mass: Floats) -> Floats:
    return _pairs(places, mass) if len(places) <= _EXACT else _grid(places, mass)


def _pairs(places: Floats, mass: Floats) -> Floats:
    between = places[:, None, :] - places[None, :, :]
    square = (between**2).sum(axis=2) + 0.05
    return np.asarray((between * (mass[None, :] * mass[:, None] / square)[:, :, None]).sum(axis=1))


def _grid(places: Floats, mass: Floats, cells: int = 128) -> Floats:
    low, high = places.min(axis=0), places.max(axis=0)
    cell = float((high - low).max()) / (cells - 2) or 1.0
    at = (places - low) / cell
    left = np.clip(at.astype(int), 0, cells - 2)
    share = at - left
    corners = [(dx, dy) for dx in (0, 1) for dy in (0, 1)]
    weights = [
        (share[:, 0] if dx else 1 - share[:, 0]) * (share[:, 1] if dy else 1 - share[:, 1]) for dx, dy in corners
    ]
    flat = [(left[:, 0] + dx) * cells + left[:, 1] + dy for dx, dy in corners]
    density = sum(
        np.bincount(index, weights=weight * mass, minlength=cells * cells)
        for index, weight in zip(flat, weights, strict=True)
    )
    fields = _field(np.asarray(density).reshape(cells, cells), cell)
    force = np.zeros_like(places)
    for axis, field in enumerate(fields):
        values = field.ravel()
        for index, weight in zip(flat, weights, strict=True):
            force[:, axis] += values[index] * weight
    return force * mass[:, None]


def _field(density: Floats, cell: float) -> tuple[Floats, Floats]:
    cells = len(density)
    size = 2 * cells
    offset = np.fft.fftfreq(size, 1 / size) * cell
    square = offset[:, None] ** 2 + offset[None, :] ** 2 + (0.6 * cell) ** 2
    spectrum = np.fft.rfft2(density, (size, size))
    across, up = (
        np.fft.irfft2(spectrum * np.fft.rfft2(kernel), (size, size))[:cells, :cells]
        for kernel in (offset[:, None] / square, offset[None, :] / square)
    )
    return across, up


def communities(network: Network, *, rounds: int = 30, seed: int = 1) -> Integers:
    """The community of each node, 0 for the largest: label propagation (Raghavan and others 2007), half at a time."""
    count = len(network.names)
    labels = np.arange(count)
    if not len(network.first):
        return labels
    dice = np.random.default_rng(seed)
    here = np.concatenate([network.first, network.second])
    there = np.concatenate([network.second, network.first])
    # An edge counts by how few neighbours its ends have, so that hubs do not swallow everything.
    degrees = network.degrees
    weight = np.tile(network.weight, 2) / np.sqrt(degrees[here] * degrees[there])
    for _ in range(rounds):
        keys, place = np.unique(here * count + labels[there], return_inverse=True)
        votes = np.bincount(place, weights=weight) * (1 + dice.random(len(keys)) * 1e-6)
        order = np.lexsort((votes, keys // count))
        last = np.r_[np.flatnonzero(np.diff(keys[order] // count)), len(keys) - 1]
        winner = labels.copy()
        winner[keys[order][last] // count] = keys[order][last] % count
        chosen = dice.random(count) < 0.5
        changed = chosen & (winner != labels)
        labels = np.where(changed, winner, labels)
        if not (winner != labels).any():
            break
    _, numbers, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return rank[numbers]
