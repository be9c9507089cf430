"""Where the content of an observatory is: its own folders, or those that come with the package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from observer.errors import ConfigError

PACKAGED = Path(__file__).resolve().parent / "content"
CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Content:
    """The content folders that a run reads."""

    transform: Path
    metrics: Path
    connectors: Path
    identities: Path
    organizations: Path
    insights: Path


def content_of(root: Path) -> Content:
    """The content folders of an observatory: `root`'s own where it has them, else the packaged ones.

    Decisions about identities and declarations of organizations are an observatory's own; the folders need not exist.
    """
    return Content(
        transform=_folder(root, "transform", "dbt_project.yml"),
        metrics=_folder(root, "metrics", None),
        connectors=_folder(root, "connectors", None),
        identities=root / "identities",
        organizations=root / "organizations",
        insights=_folder(root, "insights", None),
    )


def packaged(name: str) -> Path:
    """A content file or folder as it came with the package (or stands in the checkout)."""
    for base in (PACKAGED, CHECKOUT):
        if (base / name).exists():
            return base / name
    raise ConfigError(f"the package has no content '{name}'", hint="install the package again")


def own_checkout() -> Path | None:
    """The git checkout that this code runs from, if it does."""
    return CHECKOUT if (CHECKOUT / ".git").exists() and (CHECKOUT / "src" / "observer").is_dir() else None


def _folder(root: Path, name: str, marker: str | None) -> Path:
    own = root / name
    if own.is_dir() and (marker is None or (own / marker).is_file()):
        return own
    return packaged(name)
