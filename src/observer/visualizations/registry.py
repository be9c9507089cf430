"""Finds the contributed charts by the names of their files, and makes their modules callable."""

from __future__ import annotations

import difflib
import importlib
import inspect
import keyword
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from observer.errors import ConfigError
from observer.project import packaged
from observer.visualizations.errors import drawing_libraries

PACKAGE = "observer.visualizations"
FOLDER = "insights/visualizations"

Draw = TypeVar("Draw", bound=Callable[..., object])


class Visualization(ModuleType):
    """The module of a chart; calling it draws, so that `sankey(data)` and `sankey.draw(data)` are the same."""

    draw: Callable[..., Any]

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self.draw(*arguments, **options)


def visualization(draw: Draw) -> Draw:
    """Marks the function of a chart. Its module can be called as the function, and shows its docstring."""
    module = sys.modules.get(draw.__module__)
    if module is not None and draw.__module__.startswith(PACKAGE + "."):
        # Importing a module binds it in its package, so a function of the same name could not stay there.
        module.__class__ = Visualization
        module.__doc__ = draw.__doc__
        module.__dict__["__signature__"] = inspect.signature(draw)
        module.__dict__[draw.__module__.rpartition(".")[2]] = draw
    return draw


def folders() -> list[Path]:
    """Where charts are looked for: what came with the package, then what was added."""
    return [Path(path) for path in sys.modules[PACKAGE].__path__[1:]]


def add_folder(folder: Path | str) -> None:
    """Adds a folder of charts of one's own; those that came with the package keep their names."""
    path = Path(folder).resolve()
    if not path.is_dir():
        raise ConfigError(f"there is no folder {path}", hint="give a folder with one .py file for each chart")
    if path not in folders():
        sys.modules[PACKAGE].__path__.append(str(path))
        importlib.invalidate_caches()


def names() -> tuple[str, ...]:
    """The names of all charts, in alphabetical order."""
    found = {path.stem for folder in folders() for path in folder.glob("*.py")}
    return tuple(sorted(name for name in found if is_name(name)))


def is_name(name: str) -> bool:
    """Whether a file of this name can be a chart."""
    return name.isidentifier() and name == name.lower() and not name.startswith("_") and not keyword.iskeyword(name)


def load(name: str) -> ModuleType:
    """The module of a chart. Raises AttributeError where there is none, MissingLibraryError without the libraries."""
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=1)
        raise AttributeError(f"there is no visualization {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    with drawing_libraries():
        return importlib.import_module(f"{PACKAGE}.{name}")


def add_packaged() -> None:
    """Puts the charts that came with the package on its path; without them the package has none."""
    try:
        folder = packaged(FOLDER)
    except ConfigError:
        return
    sys.modules[PACKAGE].__path__.append(str(folder))
