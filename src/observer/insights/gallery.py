"""Whether the rendered gallery is that of the library as it is now."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from observer.insights.run import write_whole

_MARK = "library.sha256"


def is_fresh(root: Path, site: Path) -> bool:
    """Whether the gallery in `site` was written from the files that are in `root`, by their names, sizes and times."""
    mark = site / _MARK
    return (site / "index.json").exists() and mark.exists() and mark.read_text(encoding="utf-8") == _fingerprint(root)


def mark_fresh(root: Path, site: Path) -> None:
    """Notes from which files the gallery was written."""
    write_whole(site / _MARK, _fingerprint(root))


def _fingerprint(root: Path) -> str:
    digest = sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file():
            facts = path.stat()
            digest.update(f"{path.relative_to(root)}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
