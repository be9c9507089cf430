"""Pictures of interactive charts: what a notebook showed as data of plotly is drawn once, so that pages can show it.

The data is that of strangers. Only kinds of charts that load nothing are drawn, without what could name an address, in
a browser that has no network.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

MEDIA_TYPE = "application/vnd.plotly.v1+json"
MAX_BYTES = 2 * 1024**2
_TRACES = frozenset(
    {
        *("bar", "box", "contour", "funnel", "heatmap", "histogram", "icicle", "pie", "sankey", "scatter", "sunburst"),
        *("treemap", "violin", "waterfall"),
    }
)
_LAYOUT = frozenset(
    {
        *("annotations", "autosize", "bargap", "barmode", "colorway", "font", "legend", "margin", "paper_bgcolor"),
        *("plot_bgcolor", "shapes", "showlegend", "title", "treemapcolorway", "uniformtext"),
    }
)
_AXES = ("xaxis", "yaxis")
_WIDTH, _HEIGHT, _LEAST, _MOST = 768, 480, 100, 1600

Outputs = Mapping[int, list[dict[str, Any]]]


def with_pictures(outputs: Outputs) -> dict[int, list[dict[str, Any]]]:
    """The outputs by cell, each interactive chart with a picture beside its data where one can be drawn."""
    return {cell: [_with_picture(output) for output in shown] for cell, shown in outputs.items()}


def _with_picture(output: dict[str, Any]) -> dict[str, Any]:
    data = output.get("data")
    if not isinstance(data, dict) or MEDIA_TYPE not in data or {"image/png", "image/svg+xml"} & data.keys():
        return output
    picture = _drawn(data[MEDIA_TYPE])
    if picture is None:
        return output
    return output | {"data": data | {"image/png": base64.b64encode(picture).decode("ascii")}}


def _drawn(given: object) -> bytes | None:
    """The chart as PNG; None where it is none, is not of a kind that is drawn, or there is no browser."""
    asked = harmless(given)
    if asked is None:
        return None
    from observer.visualizations.errors import VisualizationError
    from observer.visualizations.save import drawn_from_data

    try:
        return drawn_from_data(asked, "png")
    except VisualizationError:
        return None


def harmless(given: object) -> dict[str, Any] | None:
    """The part of a chart's data that may be drawn; None where the rest makes no chart."""
    if not isinstance(given, dict) or len(json.dumps(given)) > MAX_BYTES:
        return None
    traces, layout = given.get("data"), given.get("layout")
    if not isinstance(traces, list) or not traces or not isinstance(layout, dict):
        return None
    if any(not isinstance(trace, dict) or trace.get("type", "scatter") not in _TRACES for trace in traces):
        return None
    kept = {name: value for name, value in layout.items() if name in _LAYOUT or name.startswith(_AXES)}
    sizes = {"width": _size(layout.get("width"), _WIDTH), "height": _size(layout.get("height"), _HEIGHT)}
    parts = {"data": traces, "layout": kept | sizes | {"template": "none"}}
    return parts if not _names_address(parts) else None


def _size(value: object, usual: int) -> int:
    return int(min(max(value, _LEAST), _MOST)) if isinstance(value, (int, float)) else usual


def _names_address(value: object) -> bool:
    """Whether a text in it could be read as an address by a browser."""
    if isinstance(value, str):
        low = value.lower()
        return "://" in low or "url(" in low or low.lstrip().startswith(("data:", "javascript:", "//", "file:"))
    if isinstance(value, dict):
        return any(_names_address(each) for each in value.values())
    return isinstance(value, list) and any(_names_address(each) for each in value)
