"""Small samples of real data for the examples of the charts; samples/README.md beside this file tells their sources."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from observer.visualizations.errors import VisualizationError, drawing_libraries

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> pd.DataFrame:
    """A sample by the name of its file: `sample("retropgf3")`."""
    with drawing_libraries():
        import pandas as pd
    paths = {path.stem: path for path in SAMPLES.glob("*.csv")}
    if name not in paths:
        raise VisualizationError(f"there is no sample {name!r}", hint=f"there are {', '.join(sorted(paths))}")
    return pd.read_csv(paths[name])
