"""The table of REST endpoints: paths, parameters, answers. Routes and the OpenAPI document are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from observer.api.parameters import (
    CLASSES,
    CURSOR,
    ENTITY,
    METRIC,
    RELEASE,
    Parameter,
    Values,
    as_date,
    as_flag,
    as_grain,
    as_int,
    as_text,
    as_texts,
    day,
    entity_of,
    flag,
    grain,
    limit,
    namespace_of,
    text,
    texts,
)
from observer.model.metric import Grain
from observer.model.people import UserClass
from observer.model.published import EntityType
from observer.query.answers import (
    ArtifactCoverage,
    ArtifactName,
    Entity,
    EntityCoverage,
    EventRow,
    Explanation,
    KeyMetric,
    Lineage,
    Listed,
    Metric,
    Model,
    Page,
    QuarantinedRecord,
    Repository,
    SearchHit,
    Series,
    Status,
)
from observer.query.connectors import Connector, ConnectorDetail
from observer.query.explain import PEOPLE_AT_ONCE
from observer.query.reader import ReleaseReader
from observer.query.request import EventFilter, Listing


@dataclass(frozen=True, slots=True)
class ProjectAnswer:
    """A project with what it belongs to and its current values."""

    entity: Entity
    collections: tuple[Entity, ...]
    key_metrics: tuple[KeyMetric, ...]


@dataclass(frozen=True, slots=True)
class CollectionAnswer:
    """A collection with its current values."""

    entity: Entity
    key_metrics: tuple[KeyMetric, ...]


@dataclass(frozen=True, slots=True)
class ArtifactAnswer:
    """An artifact with its owners, its names over time and its current values."""

    entity: Entity
    projects: tuple[Entity, ...]
    repository: Repository | None
    names: tuple[ArtifactName, ...]
    key_metrics: tuple[KeyMetric, ...]


@dataclass(frozen=True, slots=True)
class Download:
    """A published table as files: rows, bytes and SHA-256 of the Parquet file, and addresses that stay."""

    table: str
    description: str
    rows: int
    bytes: int
    sha256: str
    columns: tuple[str, ...]
    parquet: str
    csv: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One GET: `answer` is the type of `data`, `respond` computes it from one release.

    An answer that `is_live` also depends on the time of the question, and is not kept.
    """

    path: str
    summary: str
    answer: Any
    respond: Callable[[ReleaseReader, Values], object]
    parameters: tuple[Parameter, ...] = ()
    is_live: bool = False

    @property
    def is_list(self) -> bool:
        """Whether the answer is a list, which can also be had as CSV."""
        return self.is_paged or getattr(self.answer, "__origin__", None) is tuple

    @property
    def is_paged(self) -> bool:
        """Whether the list comes in pages."""
        return getattr(self.answer, "__origin__", None) is Page


def _listing(entity_type: EntityType) -> Callable[[ReleaseReader, Values], Page[Listed]]:
    def respond(reader: ReleaseReader, values: Values) -> Page[Listed]:
        within = as_text(values, "within")
        return reader.entities(
            entity_type,
            Listing(
                sort=as_text(values, "sort") or "name",
                descending=as_flag(values, "descending"),
                grain=as_grain(values),
                metrics=as_texts(values, "metrics"),
                text=as_text(values, "text"),
                within=entity_of(reader, {"entity": within}) if within else None,
                source=as_text(values, "source"),
                limit=as_int(values, "limit"),
                cursor=as_text(values, "cursor"),
            ),
        )

    return respond


_LISTING = (
    text("sort", "`name` or the name of a metric.", default="name"),
    flag("descending", "Direction; by default names rise and values fall."),
    grain(Grain.ROLLING_90_DAYS),
    texts("metrics", "Metrics whose values to give with each entity, comma-separated."),
    text("text", "Keeps entities whose name contains this."),
    text("within", "Keeps entities inside this project or collection, written as for `entity`."),
    text("source", "Keeps artifacts of this source, for instance GITHUB."),
    limit(),
    CURSOR,
)


def _project(reader: ReleaseReader, values: Values) -> ProjectAnswer:
    entity = reader.project(str(values["name"]))
    return ProjectAnswer(entity, reader.collections_of(entity), reader.key_metrics(entity))


def _collection(reader: ReleaseReader, values: Values) -> CollectionAnswer:
    entity = reader.collection(str(values["name"]))
    return CollectionAnswer(entity, reader.key_metrics(entity))


def _artifact(reader: ReleaseReader, values: Values) -> ArtifactAnswer:
    entity = reader.artifact(str(values["source"]), namespace_of(str(values["namespace"])), str(values["name"]))
    return ArtifactAnswer(
        entity,
        reader.projects_of(entity),
        reader.repository(entity),
        reader.names(entity),
        reader.key_metrics(entity),
    )


def _series(reader: ReleaseReader, values: Values) -> Series:
    return reader.series(
        str(values["metric"]),
        entity_of(reader, values),
        as_grain(values),
        as_date(values, "start"),
        as_date(values, "end"),
        tuple(UserClass(each) for each in as_texts(values, "classes")),
    )


def _explain(reader: ReleaseReader, values: Values) -> Explanation:
    return reader.explain(
        str(values["metric"]),
        entity_of(reader, values),
        as_grain(values),
        as_date(values, "bucket"),
        limit=as_int(values, "limit"),
        cursor=as_text(values, "cursor"),
        with_people=as_flag(values, "people"),
    )


def _events(reader: ReleaseReader, values: Values) -> Page[EventRow]:
    where = EventFilter(as_texts(values, "event_types"), as_date(values, "start"), as_date(values, "end"))
    return reader.events(
        entity_of(reader, values), where, limit=as_int(values, "limit"), cursor=as_text(values, "cursor")
    )


def _search(reader: ReleaseReader, values: Values) -> tuple[SearchHit, ...]:
    kind = as_text(values, "entity_type")
    entity_type = EntityType(kind) if kind else None
    return reader.search(str(values["text"]), entity_type=entity_type, limit=as_int(values, "limit"))


def _artifact_coverage(reader: ReleaseReader, values: Values) -> Page[ArtifactCoverage]:
    return reader.artifact_coverage(
        entity_of(reader, values), limit=as_int(values, "limit"), cursor=as_text(values, "cursor")
    )


def _quarantine(reader: ReleaseReader, values: Values) -> Page[QuarantinedRecord]:
    return reader.quarantine(limit=as_int(values, "limit"), cursor=as_text(values, "cursor"))


def _downloads(reader: ReleaseReader, _: Values) -> tuple[Download, ...]:
    described = {table.name: table.description for table in reader.tables()}
    return tuple(
        Download(
            entry.name,
            described.get(entry.name, ""),
            entry.rows,
            entry.bytes,
            entry.sha256,
            tuple(name for name, _ in entry.columns),
            f"/api/v1/releases/{reader.release.number}/{entry.name}.parquet",
            f"/api/v1/releases/{reader.release.number}/{entry.name}.csv",
        )
        for entry in reader.release.tables
    )


def _entity_type() -> Parameter:
    names = [entity_type.value for entity_type in EntityType]

    def parse(value: str) -> str:
        return EntityType(value).value

    return Parameter("entity_type", "Keeps entities of this type.", {"type": "string", "enum": names}, parse)


BADGE_PARAMETERS = (
    grain(Grain.ROLLING_90_DAYS),
    text("label", "Words on the left; the metric's title if absent."),
    RELEASE,
)
"""What the address of a badge may be followed by."""

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("/projects", "Projects", Page[Listed], _listing(EntityType.PROJECT), _LISTING),
    Endpoint("/collections", "Collections", Page[Listed], _listing(EntityType.COLLECTION), _LISTING),
    Endpoint("/artifacts", "Artifacts", Page[Listed], _listing(EntityType.ARTIFACT), _LISTING),
    Endpoint("/projects/{name}", "One project, by name or id", ProjectAnswer, _project),
    Endpoint("/collections/{name}", "One collection, by name or id", CollectionAnswer, _collection),
    Endpoint(
        "/artifacts/{source}/{namespace}/{name:path}",
        "One artifact, by today's or an old name",
        ArtifactAnswer,
        _artifact,
    ),
    Endpoint(
        "/search",
        "Entities by text; forgives typing errors",
        tuple[SearchHit, ...],
        _search,
        (text("text", "What to look for.", required=True), _entity_type(), limit(20, 100)),
    ),
    Endpoint("/metrics", "The metric catalogue", tuple[Metric, ...], lambda reader, _: reader.metrics()),
    Endpoint("/metrics/{name}", "One metric", Metric, lambda reader, values: reader.metric(str(values["name"]))),
    Endpoint(
        "/key-metrics",
        "Current values of an entity",
        tuple[KeyMetric, ...],
        lambda reader, values: reader.key_metrics(entity_of(reader, values)),
        (ENTITY,),
    ),
    Endpoint(
        "/series",
        "Values of a metric over time",
        Series,
        _series,
        (METRIC, ENTITY, grain(Grain.MONTH), day("start", "First day."), day("end", "Last day."), CLASSES),
    ),
    Endpoint(
        "/explain",
        "Why a number is what it is: definition, SQL, models, events and people behind it",
        Explanation,
        _explain,
        (
            METRIC,
            ENTITY,
            grain(Grain.ALL),
            day("bucket", "The bucket; the newest if absent."),
            flag(
                "people",
                f"Whether to count people; if absent, where at most {PEOPLE_AT_ONCE:,} events are behind it.",
            ),
            limit(100),
            CURSOR,
        ),
    ),
    Endpoint(
        "/events",
        "Events of an entity, newest first",
        Page[EventRow],
        _events,
        (
            ENTITY,
            texts("event_types", "Event types, comma-separated."),
            day("start", "First day."),
            day("end", "Last day."),
            limit(100),
            CURSOR,
        ),
    ),
    Endpoint(
        "/coverage",
        "How much of an entity was seen, by event type and run of days",
        tuple[EntityCoverage, ...],
        lambda reader, values: reader.coverage(entity_of(reader, values)),
        (ENTITY,),
    ),
    Endpoint(
        "/coverage/artifacts",
        "Coverage runs of an entity's artifacts",
        Page[ArtifactCoverage],
        _artifact_coverage,
        (ENTITY, limit(100), CURSOR),
    ),
    Endpoint("/status", "Freshness and completeness", Status, lambda reader, _: reader.status(), is_live=True),
    Endpoint("/tables", "Published tables to download, as Parquet and CSV", tuple[Download, ...], _downloads),
    Endpoint("/quarantine", "Input that was refused", Page[QuarantinedRecord], _quarantine, (limit(100), CURSOR)),
    Endpoint(
        "/connectors",
        "What is collected from where, and how fresh it is now",
        tuple[Connector, ...],
        lambda reader, _: reader.connectors(),
        is_live=True,
    ),
    Endpoint(
        "/connectors/{name}",
        "One connector, with its page and the schema of its config",
        ConnectorDetail,
        lambda reader, values: reader.connector(str(values["name"])),
        is_live=True,
    ),
    Endpoint("/models", "The models of the warehouse", tuple[Model, ...], lambda reader, _: reader.models()),
    Endpoint(
        "/models/{name}", "One model, with its SQL", Model, lambda reader, values: reader.model(str(values["name"]))
    ),
    Endpoint(
        "/lineage/{name}",
        "What a model is made from",
        Lineage,
        lambda reader, values: reader.lineage(str(values["name"])),
    ),
)
