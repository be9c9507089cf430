"""Charts for impact analysis: `from observer.visualizations import sankey`, then `sankey(data)` gives a figure.

The charts are contributed files, insights/visualizations/<name>.py; this package holds what they share. Nothing is
imported before it is asked for; the drawing libraries come with `make deps-insights`.
"""

from __future__ import annotations

from types import ModuleType

from observer.visualizations.registry import add_folder, add_packaged, load, names

__all__ = ["add_folder", "names"]

add_packaged()


def __getattr__(name: str) -> ModuleType:
    return load(name)


def __dir__() -> list[str]:
    return sorted([*globals(), *names()])
