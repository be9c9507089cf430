"""Every chart in the folder, found by its file, keeps the one contract."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from tests.unit.visualizations.charts import example, texts

from observer import visualizations
from observer.visualizations.contract import faults_of_visualization
from observer.visualizations.errors import VisualizationError
from observer.visualizations.registry import folders
from observer.visualizations.theme import DARK, LIGHT

HOSTILE = [
    *("$\\frac{1}{2}$", "<script>alert(1)</script>", "_private", "名前 🚀"),
    *("a\nb\u202ec", "x" * 300, "&amp;", "%{label}"),
]

every = pytest.mark.parametrize("name", visualizations.names())


def paper(figure: object) -> str:
    if hasattr(figure, "savefig"):
        return to_hex(figure.get_facecolor())  # type: ignore[attr-defined]
    return str(figure.layout.paper_bgcolor)  # type: ignore[attr-defined]


def test_there_are_more_than_twenty_of_them() -> None:
    assert len(visualizations.names()) >= 20


@every
def test_the_file_keeps_the_contract(name: str) -> None:
    (path,) = [folder / f"{name}.py" for folder in folders() if (folder / f"{name}.py").exists()]

    assert faults_of_visualization(path) == []


@every
def test_its_example_draws_in_light_and_dark(name: str) -> None:
    shown = example(name)

    dark = shown.redraw(shown.data, theme="dark", release=7)

    assert (paper(shown.figure), paper(dark)) == (LIGHT.paper, DARK.paper)
    assert any(shown.options.get("title", "")[:20] in text for text in texts(shown.figure))
    assert any("Powered by Open Source Observer · release 7" in text for text in texts(dark))


@every
def test_an_empty_frame_gives_a_figure_that_says_so(name: str) -> None:
    shown = example(name)

    figure = shown.redraw(shown.data.iloc[:0])

    assert any("Nothing to draw" in text for text in texts(figure))


@every
def test_one_row_is_enough_or_refused_with_advice(name: str) -> None:
    shown = example(name)

    try:
        figure = shown.redraw(shown.data.iloc[:1])
    except VisualizationError as error:
        assert error.hint
    else:
        assert any(True for _ in texts(figure))


@every
def test_unknown_values_are_told_and_never_zero(name: str) -> None:
    shown = example(name)
    numbers = [column for column in shown.of_type("number") if column in shown.data]
    if not numbers:
        pytest.skip("has no column of numbers")
    data = shown.data.copy()
    for column in numbers[:1]:
        data[column] = data[column].astype(float)
        data.loc[data.index[1::3], column] = np.nan

    figure = shown.redraw(data)

    assert any("unknown" in text for text in texts(figure))


@every
def test_nothing_but_unknown_values_gives_a_figure_that_says_so(name: str) -> None:
    shown = example(name)
    numbers = [column for column in shown.of_type("number") if column in shown.data]
    if not numbers:
        pytest.skip("has no column of numbers")
    data = shown.data.assign(**dict.fromkeys(numbers, np.nan))

    figure = shown.redraw(data)

    assert any("Nothing to draw" in text for text in texts(figure))


@every
def test_a_missing_column_is_named_with_the_parameter(name: str) -> None:
    shown = example(name)
    for role, columns in shown.columns.items():
        with pytest.raises(VisualizationError) as caught:
            shown.redraw(shown.data.rename(columns={columns[0]: "elsewhere"}))

        assert f"no column '{columns[0]}'" in str(caught.value)
        assert role in str(caught.value)
        assert "elsewhere" in str(caught.value)


@every
def test_a_column_of_another_type_is_named_with_the_parameter(name: str) -> None:
    shown = example(name)
    for column in [c for kind in ("number", "date") for c in shown.of_type(kind)]:
        wrong = shown.data.assign(**{column: "n/a"})

        with pytest.raises(VisualizationError, match=r"should hold (numbers|dates)") as caught:
            shown.redraw(wrong)

        assert f"'{column}'" in str(caught.value)
        assert "'n/a'" in str(caught.value)


@every
def test_hostile_names_are_drawn_as_they_stand(name: str) -> None:
    shown = example(name)
    column = shown.of_type("text")
    data = shown.data.copy()
    for text in column:
        values = list(dict.fromkeys(data[text].astype(str)))
        data[text] = data[text].astype(str).map(dict(zip(values, HOSTILE, strict=False))).fillna(data[text].astype(str))

    figure = shown.redraw(data, title="$x^2$ <b>bold</b> & co")

    if hasattr(figure, "savefig"):
        figure.draw_without_rendering()
        assert any("$x^2$ <b>bold</b> & co" in text for text in texts(figure))
    else:
        page = figure.to_html(include_plotlyjs=False)
        assert "<script>alert" not in page
        assert "&#36;x^2&#36; &lt;b&gt;" in figure.layout.title.text


def test_drawing_leaves_no_figure_open_and_no_setting_changed() -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    before = dict(mpl.rcParams)

    example("joy_plot").redraw(example("joy_plot").data)

    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before


def test_a_theme_that_is_not_there_is_refused() -> None:
    with pytest.raises(VisualizationError, match="did you mean 'dark'"):
        example("waterfall").redraw(pd.DataFrame({"label": ["a"], "amount": [1]}), theme="drak")
