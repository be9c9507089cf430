"""Errors of the visualizations: data that cannot be drawn, and libraries that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from observer.errors import ObserverError

LIBRARIES = ("fpdf", "matplotlib", "mpl_toolkits", "networkx", "numpy", "pandas", "plotly", "seaborn")


class VisualizationError(ObserverError):
    """A chart cannot be drawn or saved as asked: the data, a parameter or the file name is wrong."""

    status = 422


class MissingLibraryError(VisualizationError, ImportError):
    """A drawing library is not installed; the observatory itself needs none."""

    def __init__(self, library: str) -> None:
        super().__init__(f"visualizations need {library}, which is not installed", hint="run `make deps-insights`")


@contextmanager
def drawing_libraries() -> Iterator[None]:
    """Tells how to install a drawing library when an import inside fails for want of it."""
    try:
        yield
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in LIBRARIES:
            raise
        raise MissingLibraryError(library) from error
