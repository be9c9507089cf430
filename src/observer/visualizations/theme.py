"""The two looks of every chart: colours for paper, text and series. Knows no drawing library."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from observer.visualizations.errors import VisualizationError

ThemeName = Literal["light", "dark"]

FONT = "DejaVu Sans"
"""Comes with matplotlib, so that a chart looks the same on every machine."""

WEB_FONTS = f'ui-sans-serif, system-ui, "Segoe UI", Roboto, "{FONT}", sans-serif'


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as `#rrggbb`.

    `series` are told apart by people with any of the three kinds of colour blindness, and stand out from `paper` by
    3:1 or more; a chart with more series puts the rest together as `other`. `unknown` is the hatching of what nobody
    looked at. `sequential` runs from little to much, `diverging` from below over the middle to above.
    """

    name: ThemeName
    paper: str
    ink: str
    soft: str
    line: str
    other: str
    unknown: str
    series: tuple[str, ...]
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]

    @property
    def accent(self) -> str:
        """The colour of a single series."""
        return self.series[0]

    @property
    def contrast(self) -> str:
        """The colour of what the eye should go to."""
        return self.series[1]

    def colours(self, count: int) -> list[str]:
        """So many colours of series; beyond the palette all are `other`."""
        return [*self.series, *[self.other] * max(0, count - len(self.series))][:count]


LIGHT = Theme(
    name="light",
    paper="#fbfaf7",
    ink="#1b2327",
    soft="#56626a",
    line="#dfe3e1",
    other="#8b959b",
    unknown="#b3bbc0",
    series=("#0b6e6e", "#e36927", "#598ce2", "#420e1b", "#b8749c", "#6c5005", "#040c92"),
    sequential=("#e6f0ee", "#bcdcd7", "#85bfb8", "#479c97", "#0f7575", "#0a4d52", "#082d33"),
    diverging=("#a3400f", "#e08a58", "#f3d3bf", "#f1f0ec", "#c3d6f3", "#6a97de", "#2449a0"),
)

DARK = Theme(
    name="dark",
    paper="#11171a",
    ink="#e8edec",
    soft="#a3b0b4",
    line="#2b363b",
    other="#75838a",
    unknown="#55636a",
    series=("#4fc0b5", "#f0782f", "#b180fc", "#fdc436", "#ba2d5e", "#446db0", "#f1ddf6"),
    sequential=("#1a2a2d", "#1c4145", "#1f5f61", "#2c8480", "#4bada3", "#86d2c8", "#d0f2ec"),
    diverging=("#f7a06a", "#b9602b", "#5b3a28", "#232b2f", "#2b4270", "#4f79c9", "#a5c3f8"),
)

THEMES: dict[str, Theme] = {"light": LIGHT, "dark": DARK}


def theme_of(name: str) -> Theme:
    """The theme of a name."""
    try:
        return THEMES[name]
    except KeyError:
        near = difflib.get_close_matches(str(name), THEMES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "there are 'light' and 'dark'"
        raise VisualizationError(f"there is no theme {name!r}", hint=hint) from None


def font_files() -> dict[str, Path]:
    """The files of `FONT` by style as they come with matplotlib: "", "B" bold, "I" italic, "BI", and "M" monospaced."""
    from importlib.util import find_spec

    from observer.visualizations.errors import MissingLibraryError

    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise MissingLibraryError("matplotlib")
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    names = {"": "Sans", "B": "Sans-Bold", "I": "Sans-Oblique", "BI": "Sans-BoldOblique", "M": "SansMono"}
    return {style: folder / f"DejaVu{name}.ttf" for style, name in names.items()}
