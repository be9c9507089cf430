"""Every chart of matplotlib looks as it did when somebody last looked at it.

OBSERVER_UPDATE_GOLDEN=1 writes the pictures anew; look at them before they are committed.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.unit.visualizations.charts import example

from observer import visualizations

GOLDEN = Path(__file__).parent / "golden"
DPI = 50


def pixels(source: Path | io.BytesIO) -> np.ndarray:
    return np.asarray(Image.open(source).convert("RGB"), dtype=float)


def unlike(one: np.ndarray, other: np.ndarray) -> float:
    """The share of pixels that differ clearly, when each has looked one pixel around for its like."""
    if one.shape != other.shape:
        return 1.0
    shifts = [np.roll(other, (dy, dx), axis=(0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    nearest = np.min([np.abs(one - shifted).max(axis=2) for shifted in shifts], axis=0)
    return float((nearest > 48).mean())


@pytest.mark.parametrize("name", visualizations.names())
def test_a_chart_looks_as_it_did(name: str) -> None:
    figure = example(name).figure
    if not hasattr(figure, "savefig"):
        pytest.skip("plotly draws in a browser; its values are tested")
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI, metadata={"Software": None})
    path = GOLDEN / f"{name}.png"
    if os.environ.get("OBSERVER_UPDATE_GOLDEN"):
        Image.open(drawn).convert("RGB").quantize(48).save(path, optimize=True)

    assert unlike(pixels(drawn), pixels(path)) < 0.004


def test_the_comparison_sees_a_bar_that_is_missing() -> None:
    whole = {"label": ["a", "b", "c"], "amount": [3, 2, 2.5]}
    pictures = []
    for data in (whole, {**whole, "amount": [3, 2, 2.2]}):
        drawn = io.BytesIO()
        visualizations.waterfall(data).savefig(drawn, format="png", dpi=DPI)
        pictures.append(pixels(drawn))

    assert unlike(pictures[0], pictures[0]) == 0
    assert unlike(*pictures) > 0.004


def test_the_pictures_take_little_room() -> None:
    assert sum(path.stat().st_size for path in GOLDEN.glob("*.png")) < 1_000_000
