"""Each way in which a contributed chart can break its contract is named, with how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from observer.visualizations.contract import faults_of_source, faults_of_visualization

GOOD = '''"""Bars of something."""

from __future__ import annotations

from observer.visualizations.registry import visualization


@visualization
def draw(data, *, label="project_name", value="amount", unit=None, theme="light", title=None, release=None) -> Figure:
    """Bars as high as the amounts of projects.

    When to use:
        To compare a handful of projects by one amount; not for series.

    Columns:
        label (text): The project.
        value (number): Its amount.

    Parameters:
        unit: Unit of the amount.

    Example:
        >>> figure = bars({"project_name": ["a"], "amount": [1]})
    """
    return None
'''

FAULTS = {
    "no Python": ("def draw(", "def draw((", "this is no Python"),
    "no draw": ("def draw(", "def drawing(", "there is no function draw"),
    "no module docstring": ('"""Bars of something."""\n', "", "begin with a docstring"),
    "no docstring": ('    """Bars as', '    x = """Bars as', "draw has no docstring"),
    "no sentence": ("Bars as high as the amounts of projects.", "Bars", "does not begin with a sentence"),
    "no use": ("    When to use:\n", "    When:\n", "no section 'When to use:'"),
    "a use of few words": (
        "To compare a handful of projects by one amount; not for series.", "For bars.", "hardly says when"),
    "no columns": ("    Columns:\n", "    Cols:\n", "no section 'Columns:'"),
    "columns without entries": (
        "label (text): The project.\n        value (number): Its amount.", "label and value", "lists none"),
    "a column of no type": ("label (text):", "label (string):", "has the type 'string'"),
    "an undescribed parameter": ("        unit: Unit of the amount.\n", "", "`unit` is not described"),
    "a parameter that is not there": ("unit: Unit", "units: Unit", "describes `units`, which draw does not take"),
    "no example": ("    Example:\n", "    Sample:\n", "no section 'Example:'"),
    "an example without code": (">>> figure = bars(", "figure = bars(", "the example has no code"),
    "an example of another chart": ("figure = bars(", "figure = other(", "does not call bars(...)"),
    "an example that is no Python": ('[1]})\n    """', '[1]}\n    """', "the example is no Python"),
    "an example that keeps nothing": (">>> figure = bars(", ">>> bars(", "keeps no figure"),
    "data by name": ("def draw(data, *,", "def draw(*, data=None,", "by position; take `data` alone"),
    "two by position": ("draw(data, *,", "draw(data, other, *,", "by position; take `data` alone"),
    "any parameter": ("release=None)", "release=None, **options)", "takes any parameter"),
    "no theme": ('theme="light", ', "", "no parameter `theme`"),
    "no default": ('label="project_name"', "label", "`label` has no default"),
    "no return type": (" -> Figure", "", "does not say what it returns"),
    "no mark": ("@visualization\n", "", "draw is not marked"),
    "pyplot": ("from observer.vis", "import matplotlib.pyplot as plt\nfrom observer.vis", "pyplot is not used here"),
    "pyplot by from": ("from observer.vis", "from matplotlib import pyplot\nfrom observer.vis", "pyplot is not used"),
    "the network": ("from observer.vis", "import requests\nfrom observer.vis", "requests reaches beyond the data"),
    "the system": ("    return None", "    from os import system\n    return None", "os reaches beyond the data"),
    "a file": ("    return None", "    return open('x')", "open() reaches beyond the data"),
    "a relative import": ("from observer.vis", "from . import x\nfrom observer.vis", "a relative import"),
    "work at import": ("@visualization", "print('hello')\n\n\n@visualization", "this runs when the file is imported"),
}  # fmt: skip


def test_a_good_chart_has_no_fault() -> None:
    assert faults_of_source(GOOD, "bars") == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_how_to_mend_it(fault: str) -> None:
    old, new, expected = FAULTS[fault]
    assert old in GOOD

    found = faults_of_source(GOOD.replace(old, new), "bars")

    assert any(expected in one for one in found), found
    assert all(";" in one or ":" in one for one in found)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Bars", "none for a chart"), ("calendar", "a module of Python"), ("theme", "a module of the engine"),
     ("class", "none for a chart"), ("_bars", "none for a chart")],
)  # fmt: skip
def test_a_name_that_cannot_be_is_refused(name: str, expected: str) -> None:
    found = faults_of_source(GOOD.replace("bars(", f"{name}("), name)

    assert any(expected in one for one in found)


def test_a_file_that_is_no_text_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "bars.py"
    path.write_bytes(b"\xff\xfe\x00")

    assert "UTF-8" in faults_of_visualization(path)[0]


def test_the_file_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "bars.py"
    path.write_text(f"open({str(tmp_path / 'made')!r}, 'w')\n")

    assert faults_of_visualization(path)
    assert not (tmp_path / "made").exists()
