"""What a page is: its data and the template that shows it. No SQL, no HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from observer.model.release import Release


@dataclass(frozen=True, slots=True)
class Page:
    """A page: template and context for people, `data` as JSON for programs, `rows` as CSV where it is a list.

    `entity_path` is the address of the entity that the page is about, for its picture and for embedding.
    """

    release: Release
    template: str
    title: str
    description: str = ""
    context: Mapping[str, object] = field(default_factory=dict)
    data: object = None
    rows: Sequence[object] | None = None
    redirect: str | None = None
    entity_path: str | None = None
