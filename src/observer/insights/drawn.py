"""The picture of an item that runs no code: a data set, a bounty or a challenge, drawn from its own file as SVG.

What has no value is left out: it is never drawn as a bar of length zero.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from observer.errors import ContentError
from observer.insights.bounties.prices import price_list_of
from observer.insights.challenges.terms import Terms, terms_of
from observer.insights.item import Item
from observer.insights.kind import ItemKind
from observer.visualizations.theme import LIGHT, WEB_FONTS

WIDTH, HEIGHT = 480, 270
_LEFT, _RIGHT, _TOP = 168, 350, 56
_MOST_BARS, _MOST_GROUPS = 8, 12
_MOST_BYTES = 5 * 1024**2


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from `begin` to `end`, both at least 0 and in one unit, with a name before and a `text` behind it."""

    label: str
    begin: float
    end: float
    text: str


def drawn_picture(item: Item) -> bytes | None:
    """An SVG in the light theme; None for other kinds, and where the file cannot be read or has nothing to draw."""
    draw = {ItemKind.BOUNTY: _bounty, ItemKind.CHALLENGE: _challenge, ItemKind.DATASET: _dataset}.get(item.kind)
    try:
        shapes = draw(item) if draw else None
    except (ContentError, OSError, ValueError):
        return None  # what is wrong is told by the check; the gallery shows the kind's name instead
    return _svg(shapes).encode() if shapes else None


def _bounty(item: Item) -> list[str]:
    prices = price_list_of(item)
    bars = [
        Bar(
            price.work.value.replace("_", " "),
            0,
            float(price.reward),
            f"{price.reward}" + (f" to {price.cap_per_project}" if price.cap_per_project is not None else ""),
        )
        for price in prices.prices
    ]
    return [_heading(f"{prices.currency} per entry, to the cap of a project"), *_bars(bars)]


def _challenge(item: Item) -> list[str]:
    terms = terms_of(item)
    bars = [
        Bar(each.name, float(each.least), float(each.most), f"{each.least} to {each.most}") for each in terms.rewards
    ]
    pool = f"Pool of {terms.pool.amount:,.2f} {terms.pool.currency}; each submission earns".replace(",", "\u202f")
    return [_heading(pool), *_bars(bars[:4]), *_timeline(terms)]


def _dataset(item: Item) -> list[str] | None:
    for source in item.front.data:
        if source.file is not None:
            path = item.path.parent / source.file
            if path.resolve().is_relative_to(item.path.parent.resolve()) and (rows := _rows(path)):
                return _of_rows(rows)
    return None


def _of_rows(rows: Sequence[Mapping[str, object]]) -> list[str] | None:
    """The largest values of the first column of numbers; without one, how many rows each group of a column has."""
    names = list(rows[0])
    values = {name: [_number(row.get(name)) for row in rows] for name in names[1:]}
    numeric = next((name for name in names[1:] if _is_numeric(rows, name, values[name])), None)
    if numeric is not None:
        known = [(row, value) for row, value in zip(rows, values[numeric], strict=True) if value is not None]
        first = sorted(known, key=lambda each: -each[1])[:_MOST_BARS]
        bars = [Bar(str(row[names[0]]), 0, value, f"{value:,.6g}".replace(",", "\u202f")) for row, value in first]
        title = f"{numeric.replace('_', ' ')}: {len(first)} of {len(rows)} rows, largest first"
        return [_heading(title), *_bars(bars)] if bars and first[-1][1] >= 0 else None
    for name in names[1:] or names:
        counts = Counter(str(row[name]) for row in rows if row.get(name) not in (None, ""))
        if 1 < len(counts) <= _MOST_GROUPS:
            bars = [Bar(group, 0, count, str(count)) for group, count in counts.most_common(_MOST_BARS)]
            return [_heading(f"Rows by {name.replace('_', ' ')}, of {len(rows)}"), *_bars(bars)]
    return None


def _rows(path: Path) -> list[Mapping[str, object]]:
    if path.stat().st_size > _MOST_BYTES:
        return []
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    if path.suffix == ".json":
        found = json.loads(path.read_text(encoding="utf-8"))
        is_table = isinstance(found, list) and all(isinstance(row, dict) for row in found)
        return found if is_table else []
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return list(pq.read_table(path).to_pylist())
    return []


def _is_numeric(rows: Iterable[Mapping[str, object]], name: str, numbers: Sequence[float | None]) -> bool:
    """Whether everything that is there is a number, and something is."""
    there = [row.get(name) not in (None, "") for row in rows]
    return any(there) and all(number is not None for is_there, number in zip(there, numbers, strict=True) if is_there)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _heading(text: str) -> str:
    return f'<text x="16" y="32" font-size="16" font-weight="600" fill="{LIGHT.ink}">{escape(_short(text, 58))}</text>'


def _bars(bars: Sequence[Bar]) -> list[str]:
    most = max((bar.end for bar in bars), default=0) or 1
    shapes = []
    for number, bar in enumerate(bars[:_MOST_BARS]):
        y = _TOP + number * 25
        begin, end = (_LEFT + (_RIGHT - _LEFT) * at / most for at in (bar.begin, bar.end))
        shapes += [
            f'<text x="{_LEFT - 8}" y="{y + 13}" text-anchor="end" fill="{LIGHT.ink}">'
            f"{escape(_short(bar.label, 21))}</text>",
            f'<rect x="{begin:.1f}" y="{y}" width="{end - begin:.1f}" height="17" fill="{LIGHT.accent}"/>',
            f'<text x="{end + 6:.1f}" y="{y + 13}" fill="{LIGHT.soft}">{escape(bar.text)}</text>',
        ]
    return shapes


def _timeline(terms: Terms) -> list[str]:
    """The three days of a challenge, each as far from the others as in the calendar."""
    whole = max(1, (terms.results_by - terms.opens).days)
    named: tuple[tuple[str, dt.date], ...] = (
        ("opens", terms.opens),
        ("closes", terms.closes),
        ("results", terms.results_by),
    )
    shapes = [f'<path d="M40 204H440" stroke="{LIGHT.other}" stroke-width="2"/>']
    for (name, day), anchor, dy in zip(named, ("start", "end", "end"), (0, 0, -46), strict=True):
        x = 40 + 400 * (day - terms.opens).days / whole
        shapes += [
            f'<circle cx="{x:.1f}" cy="204" r="6" fill="{LIGHT.contrast}"/>',
            f'<text x="{x + (-6 if anchor == "start" else 6):.1f}" y="{228 + dy}" text-anchor="{anchor}" '
            f'fill="{LIGHT.ink}">{name} {day.isoformat()}</text>',
        ]
    return shapes


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "\u2026"


def _svg(shapes: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="{escape(WEB_FONTS)}" font-size="13"><rect width="100%" height="100%" fill="{LIGHT.paper}"/>'
        + "".join(shapes)
        + "</svg>\n"
    )
