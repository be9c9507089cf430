"""Small samples of real data for the examples of the charts; insights/visualizations/samples tells their sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from observer.errors import ConfigError
from observer.project import packaged
from observer.visualizations.errors import VisualizationError, drawing_libraries
from observer.visualizations.registry import FOLDER

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]


def sample(name: str) -> pd.DataFrame:
    """A sample by the name of its file: `sample("retropgf3")`."""
    with drawing_libraries():
        import pandas as pd
    try:
        path = packaged(f"{FOLDER}/samples/{name}.csv")
    except ConfigError as error:
        raise VisualizationError(f"there is no sample {name!r}", hint="samples/README.md lists them") from error
    return pd.read_csv(path, comment="#")
