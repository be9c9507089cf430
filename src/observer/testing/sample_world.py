"""What happens in the sample: repositories, people, events and what was seen of them. Fictitious."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from observer.model.identifier import entity_id

Row = Mapping[str, object]
Rows = Mapping[str, Sequence[Row]]

FIRST_DAY = date(2024, 1, 1)
AS_OF = date(2024, 3, 31)
OBSERVED_AT = datetime(2024, 4, 1, 3, 0, tzinfo=UTC)

REPOSITORIES = {
    "lattice-labs/core": ("101", "lattice"),
    "lattice-labs/docs": ("102", "lattice"),
    "quill/quill": ("103", "quill"),
    "harbor-works/harbor": ("104", "harbor"),
}
PEOPLE = {"ada": "person", "grace": "person", "linus": "person", "renovate[bot]": "bot"}
COLLECTIONS = {"tool-makers": ("lattice", "quill"), "everything": ("lattice", "quill", "harbor")}
TITLES = {"lattice": "Lattice Protocol", "quill": "Quill Editor", "harbor": "Harbour Works"}
UNSEEN = (date(2024, 2, 10), date(2024, 2, 19))
TYPES = ("COMMIT_CODE", "STARRED", "PULL_REQUEST_OPENED", "PULL_REQUEST_MERGED", "STAR_COUNT")


@dataclass(frozen=True, slots=True)
class SampleEvent:
    """An event of the sample: who did what to which repository; `amount` None is unknown."""

    day: date
    type: str
    repository: str
    person: str | None
    amount: float | None
    number: int


def events() -> Iterator[SampleEvent]:
    """Every event, in order of day."""
    number = 0
    for offset in range((AS_OF - FIRST_DAY).days + 1):
        day = FIRST_DAY + timedelta(days=offset)
        for type_, repository, person, amount in _on(offset, day):
            number += 1
            yield SampleEvent(day, type_, repository, person, amount, number)


def _on(offset: int, day: date) -> Iterator[tuple[str, str, str | None, float | None]]:
    core, docs, quill = "lattice-labs/core", "lattice-labs/docs", "quill/quill"
    if day.weekday() < 3:
        yield "COMMIT_CODE", core, "ada", 1
    if offset % 7 == 4:
        yield "COMMIT_CODE", core, "grace", 1
        yield "PULL_REQUEST_OPENED", core, "grace", 1
    if offset % 14 == 5:
        yield "PULL_REQUEST_MERGED", core, "ada", 1
        yield "COMMIT_CODE", docs, "renovate[bot]", 1
    if offset % 30 == 20:
        yield "COMMIT_CODE", docs, "linus", 1
    if offset % 9 == 2 and day.month != 2:
        yield "COMMIT_CODE", quill, "linus", 1
    if offset == 40:
        yield "COMMIT_CODE", quill, "grace", None
    if offset % 5 == 0 and not UNSEEN[0] <= day <= UNSEEN[1]:
        yield "STARRED", quill, "grace" if offset % 2 else None, 1
    if day.day == 15:
        yield "STAR_COUNT", core, None, 100 + offset
        yield "STAR_COUNT", quill, None, 10.0


def artifact_of(repository: str) -> dict[str, object]:
    """The naming columns of a repository."""
    namespace, name = repository.split("/")
    return {
        "artifact_id": entity_id("GITHUB", namespace, name),
        "artifact_source_id": REPOSITORIES[repository][0],
        "artifact_source": "GITHUB",
        "artifact_namespace": namespace,
        "artifact_name": name,
    }


PACKAGE: dict[str, object] = {
    "artifact_id": entity_id("NPM", "@lattice", "core"),
    "artifact_source_id": "@lattice/core",
    "artifact_source": "NPM",
    "artifact_namespace": "@lattice",
    "artifact_name": "core",
}


def project_of(name: str) -> dict[str, object]:
    """The naming columns of a project."""
    names = {"project_source": "OSS_DIRECTORY", "project_namespace": "oso", "project_name": name}
    return {"project_id": entity_id("OSS_DIRECTORY", "oso", name), **names}


def collection_of(name: str) -> dict[str, object]:
    """The naming columns of a collection."""
    names = {"collection_source": "OSS_DIRECTORY", "collection_namespace": "oso", "collection_name": name}
    return {"collection_id": entity_id("OSS_DIRECTORY", "oso", name), **names}


def entities() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every entity as type, id and the repositories that it is made of."""
    for repository in REPOSITORIES:
        yield "artifact", str(artifact_of(repository)["artifact_id"]), (repository,)
    yield "artifact", str(PACKAGE["artifact_id"]), ()
    for project in TITLES:
        owned = tuple(r for r, (_, owner) in REPOSITORIES.items() if owner == project)
        yield "project", str(project_of(project)["project_id"]), owned
    for collection, projects in COLLECTIONS.items():
        owned = tuple(r for r, (_, owner) in REPOSITORIES.items() if owner in projects)
        yield "collection", str(collection_of(collection)["collection_id"]), owned
