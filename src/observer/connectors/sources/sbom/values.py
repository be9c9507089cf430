"""Values out of parsed JSON whose shape nobody has checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from observer.connectors.sources.sbom.purl import Purl, parse_purl


def text(value: object) -> str | None:
    """A text that is not empty, or None."""
    return value.strip() or None if isinstance(value, str) else None


def listed(content: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of a list, none where it is absent. Raises ValueError where it holds something else."""
    value = content.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise ValueError(f"{name} is no list of objects")
    return value


def moment(value: object) -> datetime | None:
    """An ISO time as a naive UTC one; None where there is none or it is no time."""
    try:
        found = datetime.fromisoformat(str(value or "").strip())
    except ValueError:
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def purl_or_none(value: str) -> Purl | None:
    """The package URL, or None where the text is none."""
    try:
        return parse_purl(value)
    except ValueError:
        return None
