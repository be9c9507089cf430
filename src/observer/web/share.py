"""The picture that other sites show beside a link: name, a few current values, and a year of one metric, as SVG."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from observer.query.answers import KeyMetric, Series
from observer.web import format as fmt

WIDTH, HEIGHT = 1200, 630
_INK, _SOFT, _ACCENT, _PAPER, _LINE = "#1b2327", "#56626a", "#0b6e6e", "#fbfaf7", "#dfe3e1"
_LEFT, _CHART_TOP, _CHART_HEIGHT = 72, 400, 130
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def share_image(title: str, kind: str, values: Sequence[KeyMetric], series: Series | None, footer: str) -> Markup:
    """The picture, with its colours inside since it stands alone; unknown values say so."""
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="{_FONT}" role="img"><title>{fmt.escaped(title)}</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>',
        f'<rect width="16" height="{HEIGHT}" fill="{_ACCENT}"/>',
        _text(_LEFT, 92, 30, _SOFT, kind),
        _text(_LEFT, 170, 68 if len(title) <= 26 else 48, _INK, _cut(title, 44), bold=True),
    ]
    for place, value in enumerate(values[:3]):
        x = _LEFT + place * 360
        words = fmt.short(value.amount, unit=value.unit)
        body.append(_text(x, 280, 56, _INK, words, bold=True))
        body.append(_text(x, 320, 22, _SOFT, f"{value.display_name}, {fmt.GRAIN_LABELS[value.grain]}"))
    body += _bars(series) if series else []
    body += [_text(_LEFT, HEIGHT - 36, 24, _SOFT, footer), "</svg>"]
    return Markup("".join(body))  # noqa: S704 - every text above is escaped


def _bars(series: Series) -> list[str]:
    points = series.points
    most = max((point.amount or 0 for point in points), default=0)
    if not points or not most:
        return []
    slot = (WIDTH - 2 * _LEFT) / len(points)
    base = _CHART_TOP + _CHART_HEIGHT
    result = [f'<rect x="{_LEFT}" y="{base}" width="{WIDTH - 2 * _LEFT}" height="2" fill="{_LINE}"/>']
    is_known = True
    for place, point in enumerate(points):
        if point.amount is None:
            is_known = False
            result.append(
                f'<rect x="{_LEFT + place * slot:.1f}" y="{_CHART_TOP}" width="{slot:.1f}" height="{_CHART_HEIGHT}" '
                f'fill="{_LINE}"/>'
            )
        else:
            height = _CHART_HEIGHT * point.amount / most
            result.append(
                f'<rect x="{_LEFT + place * slot + 1:.1f}" y="{base - height:.1f}" width="{max(slot - 2, 1):.1f}" '
                f'height="{height:.1f}" fill="{_ACCENT}" fill-opacity="{1 if point.is_complete else 0.5}"/>'
            )
    words = f"{series.metric.display_name} by {fmt.GRAIN_LABELS[series.grain]}" + (
        "" if is_known else "; grey: unknown"
    )
    result.append(_text(_LEFT, _CHART_TOP - 12, 22, _SOFT, words))
    return result


def _text(x: float, y: float, size: int, colour: str, words: str, *, bold: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}"{weight}>{fmt.escaped(words)}</text>'


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
