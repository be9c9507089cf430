"""Charts of plotly that a notebook showed: drawn where they load nothing, left alone where they might."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from observer.insights.interactive import MEDIA_TYPE, harmless, with_pictures
from observer.insights.picture import is_picture

BAR = {"data": [{"type": "bar", "x": ["a"], "y": [1]}], "layout": {"title": {"text": "One"}, "width": 400}}


@pytest.mark.parametrize(
    "changed",
    [
        {"data": [{"type": "image", "source": "data:image/png;base64,AA"}]},
        {"data": [{"type": "scattermapbox"}]},
        {"data": [{"type": "bar", "text": "<a href='http://127.0.0.1:8000/'>x</a>"}]},
        {"data": [{"type": "bar", "hovertemplate": "<b style='background:url(/etc/passwd)'>"}]},
        {"data": [{"type": "bar", "customdata": ["file:/etc/passwd"]}]},
        {"data": []},
        {"data": "bar"},
        {"data": [{"type": "bar", "x": ["a" * 3_000_000]}]},
        {"layout": None},
    ],
)
def test_what_might_load_something_is_not_drawn(changed: dict[str, Any]) -> None:
    output = {"output_type": "display_data", "data": {MEDIA_TYPE: BAR | changed}}

    assert harmless(BAR | changed) is None
    assert with_pictures({1: [output]}) == {1: [output]}


def test_pictures_of_the_layout_and_sizes_without_measure_are_left_out() -> None:
    layout = {"images": [{"source": "/etc/passwd.png"}], "template": {}, "width": 10**9, "height": "x", "xaxis2": {}}

    drawn = harmless(BAR | {"layout": layout})

    assert drawn is not None
    assert drawn["layout"] == {"xaxis2": {}, "width": 1600, "height": 480, "template": "none"}


@pytest.mark.slow
def test_a_chart_gets_a_picture_beside_its_data() -> None:
    pytest.importorskip("plotly")
    ((output,),) = with_pictures({1: [{"data": {MEDIA_TYPE: BAR}}]}).values()
    if "image/png" not in output["data"]:
        pytest.skip("there is no Chromium")

    assert is_picture(base64.b64decode(output["data"]["image/png"]), "image/png")
    assert output["data"][MEDIA_TYPE] == BAR
