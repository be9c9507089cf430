"""Labels beside points, none over another: as many as fit, the first ones first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from observer.visualizations.errors import drawing_libraries
from observer.visualizations.labels import text_width
from observer.visualizations.theme import Theme

with drawing_libraries():
    import numpy as np
    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.patheffects import withStroke

_PLACES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


@dataclass(frozen=True, slots=True)
class Spot:
    """A point in data coordinates, its radius in points and what to write beside it."""

    x: float
    y: float
    text: str
    radius: float = 3.0


def place(
    axes: Axes, spots: Sequence[Spot], theme: Theme, *, size: float = 8.0, avoid: Sequence[Spot] = ()
) -> list[str]:
    """Writes labels where they overlap neither each other nor the points, and returns the texts that found a place.

    To be called when the figure's layout is known (`Canvas.later`).
    """
    if not spots:
        return []
    scale = axes.figure.dpi / 72
    window = axes.get_window_extent()
    taken = [_around(axes, spot, scale) for spot in (*spots, *avoid)]
    written: list[str] = []
    for spot in spots:
        x, y = axes.transData.transform((spot.x, spot.y))
        width, height = text_width(spot.text, size) * scale, size * 1.25 * scale
        gap = (spot.radius + 2.5) * scale
        for dx, dy in _PLACES:
            left = x + dx * gap - (width if dx < 0 else width / 2 if dx == 0 else 0)
            low = y + dy * gap - (height if dy < 0 else height / 2 if dy == 0 else 0)
            box = (left, low, left + width, low + height)
            is_inside = window.x0 <= box[0] and box[2] <= window.x1 and window.y0 <= box[1] and box[3] <= window.y1
            if is_inside and not _hits(box, taken):
                taken.append(box)
                written.append(spot.text)
                _write(axes, spot, (dx, dy), gap / scale, theme, size)
                break
    return written


def _write(axes: Axes, spot: Spot, side: tuple[int, int], gap: float, theme: Theme, size: float) -> None:
    label = axes.annotate(
        spot.text,
        (spot.x, spot.y),
        (side[0] * gap, side[1] * gap),
        textcoords="offset points",
        ha={1: "left", -1: "right", 0: "center"}[side[0]],
        va={1: "bottom", -1: "top", 0: "center"}[side[1]],
        size=size,
        color=theme.ink,
        zorder=6,
        path_effects=[withStroke(linewidth=2.4, foreground=theme.paper)],
    )
    label.set_in_layout(False)
    label.set_parse_math(False)


def _around(axes: Axes, spot: Spot, scale: float) -> tuple[float, float, float, float]:
    x, y = axes.transData.transform((spot.x, spot.y))
    reach = spot.radius * scale
    return (x - reach, y - reach, x + reach, y + reach)


def _hits(box: tuple[float, float, float, float], taken: Sequence[tuple[float, float, float, float]]) -> bool:
    if not taken:
        return False
    others = np.asarray(taken)
    return bool(
        ((others[:, 0] < box[2]) & (box[0] < others[:, 2]) & (others[:, 1] < box[3]) & (box[1] < others[:, 3])).any()
    )


def spread(values: npt.ArrayLike, gap: float) -> npt.NDArray[np.float64]:
    """Positions at least `gap` apart that stay as near to `values` as a pass up and a pass down find."""
    wanted = np.asarray(values, dtype=float)
    order = np.argsort(wanted, kind="stable")
    placed = wanted[order].copy()
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + gap)
    # Clusters drift up only; moving each back by half of its drift keeps it centred.
    start = 0
    for i in range(1, len(placed) + 1):
        if i == len(placed) or placed[i] - placed[i - 1] > gap * 1.001:
            placed[start:i] -= (placed[start:i] - wanted[order][start:i]).mean() / 1.0
            start = i
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + gap)
    found = np.empty_like(placed)
    found[order] = placed
    return found
