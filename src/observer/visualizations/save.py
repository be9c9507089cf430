"""Charts as files: SVG, PNG or a page of HTML that fetches nothing from elsewhere."""

from __future__ import annotations

import base64
import binascii
import html
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from observer.visualizations.browser import page_text
from observer.visualizations.errors import VisualizationError, drawing_libraries
from observer.visualizations.labels import POWERED_BY

SUFFIXES = (".svg", ".png", ".html")


@runtime_checkable
class _Plotly(Protocol):
    """What is asked of a figure of plotly."""

    def to_html(self, **options: Any) -> str: ...


def save(figure: object, path: Path | str) -> Path:
    """Writes a chart to a file whose ending says how: .svg, .png or .html; the folder must exist.

    SVG keeps text as text. A plotly chart needs Chromium to become SVG or PNG, and carries its script in HTML.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in SUFFIXES:
        raise VisualizationError(f"cannot save a chart as {target.name!r}", hint=f"end it in {', '.join(SUFFIXES)}")
    if not target.parent.is_dir():
        raise VisualizationError(f"there is no folder {target.parent}", hint="make it first")
    target.write_bytes(rendered(figure, suffix[1:]))
    return target


def rendered(figure: object, form: str) -> bytes:
    """A chart as the bytes of a `svg`, `png` or `html` file."""
    if isinstance(figure, _Plotly):
        return _of_plotly(figure, form)
    if not hasattr(figure, "savefig"):
        raise VisualizationError(f"a {type(figure).__name__} is no chart", hint="give the figure that a chart returned")
    if form == "html":
        return _page(_title(figure), _drawn(figure, "svg").decode()).encode()
    return _drawn(figure, form)


def drawn_from_data(chart: Mapping[str, Any], form: str) -> bytes:
    """A chart of plotly, given as its `data` and `layout`, as the bytes of a `svg`, `png` or `html` file."""
    with drawing_libraries():
        import plotly.graph_objects as go
    try:
        figure = go.Figure(chart)
    except (ValueError, TypeError) as error:
        hint = "give data and layout of a chart of plotly"
        raise VisualizationError("this is no chart of plotly", hint=hint) from error
    return rendered(figure, form)


def _drawn(figure: Any, form: str) -> bytes:
    buffer = io.BytesIO()
    # No date: the same data gives the same file.
    metadata = {"Date": None, "Title": _title(figure), "Creator": POWERED_BY} if form == "svg" else {"Software": None}
    figure.savefig(buffer, format=form, metadata=metadata)
    return buffer.getvalue()


def _title(figure: Any) -> str:
    return str(getattr(figure, "alternative", "")) or "Chart"


def _page(title: str, svg: str) -> str:
    drawing = svg[svg.index("<svg") :]
    name = html.escape(title)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        '<meta name="viewport" content="width=device-width">'
        "<style>body{margin:0}svg{max-width:100%;height:auto}</style>"
        f'</head><body><figure style="margin:0" role="img" aria-label="{name}">{drawing}</figure></body></html>\n'
    )


def _of_plotly(figure: _Plotly, form: str) -> bytes:
    if form == "html":
        return figure.to_html(include_plotlyjs=True, include_mathjax=False, div_id="chart").encode()
    layout = figure.layout  # type: ignore[attr-defined]
    size = f"format:'{form}',width:{int(layout.width)},height:{int(layout.height)},scale:{2 if form == 'png' else 1}"
    # The picture takes the place of the page, from where Chromium prints it.
    script = (
        "Plotly.toImage(document.getElementById('{plot_id}'),{" + size + "})"
        ".then(function(u){document.title='done';document.body.textContent='<<'+u+'>>'})"
    )
    page = figure.to_html(include_plotlyjs=True, include_mathjax=False, div_id="chart", post_script=script)
    found = re.search(r"&lt;&lt;data:image/[a-z+]+(;base64)?,(.*?)&gt;&gt;", page_text(page), re.DOTALL)
    if not found:
        raise VisualizationError(f"Chromium did not draw the {form}", hint="save the chart as .html instead")
    return _decoded(html.unescape(found.group(2)), is_base64=bool(found.group(1)))


def _decoded(text: str, *, is_base64: bool) -> bytes:
    from urllib.parse import unquote_to_bytes

    if not is_base64:
        return unquote_to_bytes(text)
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise VisualizationError("Chromium gave a damaged picture", hint="save the chart as .html instead") from error
