"""The page of a plotly chart: the same title, colours and source line as those of matplotlib."""

from __future__ import annotations

from typing import Any

from observer.visualizations.errors import drawing_libraries
from observer.visualizations.labels import footer, markup, wrapped
from observer.visualizations.theme import WEB_FONTS, theme_of

with drawing_libraries():
    import plotly.graph_objects as go

PIXELS = 768
"""Width of a chart: 8 inches at 96 dots."""


def plotly_page(
    traces: list[Any], *, theme: str, title: str | None, release: int | None, height: int = 480, note: str = ""
) -> go.Figure:
    """A figure of plotly with `traces`; text in them must have gone through `labels.markup`."""
    look = theme_of(theme)
    lines = wrapped(title, 15, PIXELS - 40, 2) if title else []
    figure = go.Figure(data=traces)
    remark = f"{footer(release)}{' · ' + note if note else ''}"
    figure.update_layout(
        template="none",
        width=PIXELS,
        height=height,
        paper_bgcolor=look.paper,
        plot_bgcolor=look.paper,
        font={"family": WEB_FONTS, "size": 12, "color": look.ink},
        colorway=list(look.series),
        margin={"l": 22, "r": 22, "t": 28 + 24 * len(lines) + 22, "b": 44},
        hoverlabel={"bgcolor": look.paper, "font": {"color": look.ink, "family": WEB_FONTS}, "bordercolor": look.line},
    )
    if lines:
        text = "<b>" + "<br>".join(markup(line) for line in lines) + "</b>"
        figure.update_layout(
            title={
                "text": text,
                "x": 22 / PIXELS,
                "xanchor": "left",
                "y": 1 - 20 / height,
                "yanchor": "top",
                "font": {"size": 17},
            }
        )
    figure.add_annotation(
        text=markup(remark),
        x=0,
        y=0,
        xref="paper",
        yref="paper",
        yshift=-32,
        showarrow=False,
        xanchor="left",
        font={"size": 10, "color": look.soft},
    )
    return figure


def plotly_message(text: str, *, theme: str, title: str | None, release: int | None) -> go.Figure:
    """A figure that says why there is nothing to draw."""
    figure = plotly_page([], theme=theme, title=title, release=release, height=320)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    look = theme_of(theme)
    figure.add_annotation(
        text=markup(text),
        x=0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        showarrow=False,
        font={"size": 14, "color": look.soft},
    )
    return figure
