"""What the charts share: data in any shape, themes that all can see, files, names, and no weight for others."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from observer import visualizations
from observer.errors import ConfigError
from observer.visualizations.errors import VisualizationError
from observer.visualizations.frame import checked, one_each, release_of
from observer.visualizations.save import save
from observer.visualizations.theme import DARK, LIGHT, Theme

RECORDS = [{"day": "2024-01-31", "name": "a", "n": 1}, {"day": None, "name": None, "n": None}]

# Machado, Oliveira and Fernandes 2009, severity 1.
BLINDNESS = {
    "none": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def oklab(rgb: np.ndarray) -> np.ndarray:
    to_lms = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
              [0.0883024619, 0.2817188376, 0.6299787005]]  # fmt: skip
    to_lab = [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099],
              [0.0259040371, 0.7827717662, -0.808675766]]  # fmt: skip
    return np.array(to_lab) @ np.cbrt(np.clip(np.array(to_lms) @ rgb, 0, None))


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("kind", BLINDNESS)
def test_series_are_told_apart_with_any_colour_vision(theme: Theme, kind: str) -> None:
    seen = [oklab(np.clip(np.array(BLINDNESS[kind]) @ linear(colour), 0, 1)) for colour in theme.series]

    closest = min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2))

    # The palette of Okabe and Ito (2008), made for this, reaches 0.076.
    assert closest > 0.09


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_marks_and_text_stand_out_from_the_paper(theme: Theme) -> None:
    assert min(contrast(colour, theme.paper) for colour in theme.series) >= 3
    assert min(contrast(colour, theme.paper) for colour in (theme.ink, theme.soft)) >= 4.5


@pytest.mark.parametrize(
    "data",
    [RECORDS, pd.DataFrame(RECORDS), pa.Table.from_pylist(RECORDS), {k: [r[k] for r in RECORDS] for k in RECORDS[0]},
     pytest.importorskip("polars").DataFrame(RECORDS)],
    ids=["records", "pandas", "arrow", "mapping", "polars"],
)  # fmt: skip
def test_data_of_any_shape_gives_the_same_frame(data: object) -> None:
    found = checked(data, text={"label": "name"}, numbers={"value": "n"}, dates={"bucket": "day"})

    assert list(found["label"]) == ["a", "(no name)"]
    assert found["value"][0] == 1
    assert found.isna().sum().to_dict() == {"label": 0, "value": 1, "bucket": 1}
    assert found["bucket"][0] == pd.Timestamp(2024, 1, 31)


def test_the_answer_of_the_client_is_data_and_brings_its_release() -> None:
    from observer.client import Table

    answer = Table(("project_name", "amount"), (("a", 3), ("b", None)), "select ...", 12)

    figure = visualizations.distribution_bars(answer)

    assert "release 12" in figure.texts[-2].get_text()
    frame = pd.DataFrame({"x": [1]})
    frame.attrs["release"] = 3
    assert (release_of(frame, None), release_of(frame, 4), release_of([], None)) == (3, 4, None)


def test_money_as_decimals_and_dates_with_zones_are_read() -> None:
    data = {"v": [Decimal("1.5"), None], "d": ["2024-01-01T02:00:00+02:00", "2024-01-02"]}

    found = checked(data, numbers={"value": "v"}, dates={"bucket": "d"})

    assert found["value"][0] == 1.5
    assert found["bucket"][0] == pd.Timestamp(2024, 1, 1)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"v": [1, float("inf")]}, "holds infinity in row 1; what is divided by zero is unknown"),
        ({"v": [1, "two"]}, "row 1 holds 'two'"),
        ({"vv": [1]}, "no column 'v' for `value`; it has vv; did you mean value='vv'?"),
        (7, "the data is a int, not a table"),
        ({"v": [1], "w": [1, 2]}, "the data is no table"),
    ],
)
def test_what_is_wrong_with_data_is_said(data: object, message: str) -> None:
    with pytest.raises(VisualizationError) as caught:
        checked(data, numbers={"value": "v"})

    assert message in str(caught.value)


def test_several_rows_for_one_place_are_refused() -> None:
    frame = pd.DataFrame({"bucket": ["x", "x"], "value": [1, 2]})

    with pytest.raises(VisualizationError, match="several rows for bucket 'x'"):
        one_each(frame, ["bucket"], "add them up")


def test_a_chart_is_saved_as_svg_png_and_html_with_text_as_text(tmp_path: Path) -> None:
    draw = functools.partial(visualizations.waterfall, {"label": ["<b>", "$x$"], "amount": [1, 2]})
    figure, same = (draw(title='A & "B" <script>') for _ in range(2))

    svg, png, page = (save(figure, tmp_path / f"chart.{ending}") for ending in ("svg", "png", "html"))

    words = "".join(ET.parse(svg).getroot().itertext())
    assert 'A & "B" <script>' in words
    assert "<b>" in words
    assert "$x$" in words
    assert png.read_bytes().startswith(b"\x89PNG")
    assert "<script" not in page.read_text()
    assert "http://www.w3.org" in page.read_text()
    assert svg.read_bytes() == save(same, tmp_path / "again.svg").read_bytes()


def test_an_interactive_chart_is_one_page_that_fetches_nothing(tmp_path: Path) -> None:
    figure = visualizations.treemap({"project_name": ["</script><script>alert(1)</script>"], "amount": [1]})

    page = save(figure, tmp_path / "chart.html").read_text()

    assert "<script>alert(1)" not in page
    assert 'src="http' not in page
    assert "cdn.plot.ly/plotly" not in page


@pytest.mark.browser
def test_an_interactive_chart_becomes_a_picture_in_chromium(tmp_path: Path) -> None:
    from observer.visualizations.browser import BROWSERS

    if not any(shutil.which(name) for name in BROWSERS):
        pytest.skip("no Chromium")
    figure = visualizations.treemap({"project_name": ["first", "<b>&"], "amount": [3, 1]}, title="Two parts")

    words = "".join(ET.parse(save(figure, tmp_path / "chart.svg")).getroot().itertext())

    assert "first" in words
    assert "<b>&" in words
    assert "Two parts" in words


@pytest.mark.parametrize(("name", "message"), [("x.pdf", "end it in"), ("no/x.svg", "there is no folder")])
def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(VisualizationError, match=message):
        save(visualizations.waterfall({"label": ["x"], "amount": [1]}), tmp_path / name)


def test_a_chart_is_its_module_however_it_is_imported() -> None:
    code = (
        "import observer.visualizations.waterfall\n"
        "from observer.visualizations import waterfall\n"
        "import observer.visualizations as v\n"
        "from observer.visualizations.waterfall import draw\n"
        "import inspect\n"
        "assert waterfall is v.waterfall and waterfall.draw is draw is waterfall.waterfall\n"
        "assert 'title' in inspect.signature(waterfall).parameters and 'hang on each other' in waterfall.__doc__\n"
        "assert waterfall({'label': ['a'], 'amount': [1]}).axes\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_nothing_heavy_is_imported_before_a_chart_is_asked_for() -> None:
    code = (
        "import sys, observer.visualizations as v, observer.visualizations.contract\n"
        "assert len(v.names()) > 20 and 'sankey' in dir(v)\n"
        "assert not {'matplotlib', 'seaborn', 'plotly', 'pandas', 'numpy'} & set(sys.modules)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_a_missing_library_is_named_with_how_to_install_it() -> None:
    code = (
        "import sys\n"
        "from importlib.abc import MetaPathFinder\n"
        "class Without(MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name.partition('.')[0] == 'matplotlib':\n"
        "            raise ModuleNotFoundError(name, name=name)\n"
        "sys.meta_path.insert(0, Without())\n"
        "from observer.visualizations import distribution_bars\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert "visualizations need matplotlib, which is not installed; run `make deps-insights`" in done.stderr


def test_a_name_that_is_not_there_suggests_another() -> None:
    with pytest.raises(AttributeError, match="did you mean 'sankey'"):
        visualizations.sanky  # noqa: B018


def test_a_folder_of_ones_own_adds_charts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visualizations, "__path__", list(visualizations.__path__))
    text = (
        "from observer.visualizations.registry import visualization\n@visualization\ndef draw(data):\n    return data\n"
    )
    (tmp_path / "own_chart.py").write_text(text)

    visualizations.add_folder(tmp_path)

    assert "own_chart" in visualizations.names()
    assert visualizations.own_chart(7) == 7
    with pytest.raises(ConfigError, match="there is no folder"):
        visualizations.add_folder(tmp_path / "none")
