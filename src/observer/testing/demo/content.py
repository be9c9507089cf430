"""The text of the demo world: files, messages, titles and comments."""

from __future__ import annotations

import zlib

from observer.testing.demo.chance import Draws

_WORDS = (
    "anchor", "basin", "copper", "dune", "ember", "fathom", "gravel", "harbor", "island", "jetty", "kelp",
    "lantern", "meadow", "north", "orchard", "pebble", "quarry", "reed", "saddle", "tide", "umber", "valley",
    "willow", "yarrow", "zephyr", "amber", "birch", "cinder", "delta", "estuary",
)  # fmt: skip
_VERBS = (
    "Add", "Fix", "Simplify", "Document", "Test", "Rename", "Remove", "Speed-up", "Guard", "Refactor",
    "Explain", "Split",
)  # fmt: skip
_MODULES = (
    "parser", "reader", "index", "cache", "router", "planner", "codec", "ledger", "store", "shell", "schema",
    "clock",
)  # fmt: skip
_FOLDERS = ("src", "src/core", "src/io", "tests", "docs", "tools")
_ENDINGS = {"src": ".py", "src/core": ".py", "src/io": ".py", "tests": ".py", "docs": ".md", "tools": ".sh"}


class Files:
    """The paths of a repository. A new version of a path shares most of its lines with the one before."""

    def __init__(self) -> None:
        self._versions: dict[str, int] = {"README.md": 1, "LICENSE": 1}

    def first(self) -> tuple[tuple[str, bytes], ...]:
        return tuple((path, content(path, 1)) for path in self._versions)

    def change(self, draws: Draws) -> tuple[tuple[str, bytes | None], ...]:
        """One to three changed, new or deleted paths."""
        changes: dict[str, bytes | None] = {}
        for _ in range(1 + draws.below(3)):
            paths = list(self._versions)
            if len(paths) < 6 or draws.chance(0.12):
                folder = draws.pick(_FOLDERS)
                path = f"{folder}/{draws.pick(_MODULES)}_{draws.pick(_WORDS)}{_ENDINGS[folder]}"
            else:
                path = draws.pick(paths)
                if len(paths) > 12 and draws.chance(0.02) and path not in ("README.md", "LICENSE"):
                    del self._versions[path]
                    changes[path] = None
                    continue
            self._versions[path] = self._versions.get(path, 0) + 1
            changes[path] = content(path, self._versions[path])
        return tuple(changes.items())


def content(path: str, version: int) -> bytes:
    """The text of a path in a version: a window that moves over an endless poem."""
    start, count = zlib.crc32(path.encode()), len(_WORDS)
    lines = range(version, version + 10 + min(2 * version, 30))
    text = (f"{_WORDS[(start + 7 * n) % count]} {_WORDS[(start + 11 * n) % count]} {n}\n" for n in lines)
    return f"# {path}\n{''.join(text)}".encode()


def title(draws: Draws) -> str:
    return f"{draws.pick(_VERBS)} {draws.pick(_WORDS)} in the {draws.pick(_MODULES)}"


def prose(draws: Draws, length: int) -> str:
    """About `length` characters of words."""
    words = [draws.pick(_WORDS) for _ in range(max(1, min(length, 120) // 7))]
    text = " ".join(words)
    return (text + ". ") * max(1, length // (len(text) + 2))
