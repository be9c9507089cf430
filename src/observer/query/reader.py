"""All questions that can be asked of one release, answered within one snapshot of it."""

from __future__ import annotations

from datetime import date

from observer.model.metric import Grain
from observer.model.published import EntityType, Table
from observer.model.release import Release
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
from observer.query.request import EventFilter, Listing, RowQuery


class ReleaseReader:
    """One release, seen by one request. Got from `ReadModel.pinned`, good until the end of its `with`.

    Synchronous, not to be shared between threads. What does not exist is a NotFoundError, a question that
    cannot be answered a QueryError, a database that fails a ServingError.
    """

    release: Release

    def project(self, key: str) -> Entity:
        """The project of this name, id or legacy id."""
        raise NotImplementedError

    def collection(self, key: str) -> Entity:
        """The collection of this name, id or legacy id."""
        raise NotImplementedError

    def artifact(self, source: str, namespace: str, name: str) -> Entity:
        """The artifact of this name today or, if there is none, the last one that had the name.

        Case does not matter. `former_name` of the answer is set where the name asked for is an old one.
        """
        raise NotImplementedError

    def artifact_by_id(self, key: str) -> Entity:
        """The artifact of this id or legacy id."""
        raise NotImplementedError

    def entity(self, entity_type: EntityType, key: str) -> Entity:
        """The entity of this type by name, id or legacy id (artifacts by id or legacy id only)."""
        raise NotImplementedError

    def entities(self, entity_type: EntityType, listing: Listing) -> Page[Listed]:
        """A page of projects, collections or artifacts."""
        raise NotImplementedError

    def projects_of(self, entity: Entity) -> tuple[Entity, ...]:
        """The projects that own an artifact or belong to a collection, by name."""
        raise NotImplementedError

    def collections_of(self, entity: Entity) -> tuple[Entity, ...]:
        """The collections that contain a project or artifact, by name."""
        raise NotImplementedError

    def repository(self, artifact: Entity) -> Repository | None:
        """What is known about a repository beside its events; None for other artifacts."""
        raise NotImplementedError

    def names(self, artifact: Entity) -> tuple[ArtifactName, ...]:
        """Every name that an artifact has or had, the newest first."""
        raise NotImplementedError

    def search(self, text: str, *, entity_type: EntityType | None = None, limit: int = 20) -> tuple[SearchHit, ...]:
        """Entities whose name, display name or former name is like the text, best first; forgives typing errors."""
        raise NotImplementedError

    def metrics(self) -> tuple[Metric, ...]:
        """The metric catalogue, by name."""
        raise NotImplementedError

    def metric(self, name: str) -> Metric:
        """The metric of this name or id."""
        raise NotImplementedError

    def key_metrics(self, entity: Entity) -> tuple[KeyMetric, ...]:
        """The current values of an entity: every metric at rolling 30, 90, 180 days and all time."""
        raise NotImplementedError

    def series(
        self, metric: str, entity: Entity, grain: Grain, start: date | None = None, end: date | None = None
    ) -> Series:
        """The values of a metric over time, with a point for every bucket that has a day in start..end.

        Buckets without a row are zero where coverage is complete over the bucket and unknown elsewhere.
        Without `start` it begins at the first day that was seen, without `end` it ends at `as_of`.
        """
        raise NotImplementedError

    def coverage(self, entity: Entity) -> tuple[EntityCoverage, ...]:
        """How much of an entity was seen, by event type and run of days."""
        raise NotImplementedError

    def artifact_coverage(
        self, entity: Entity, *, limit: int = 100, cursor: str | None = None
    ) -> Page[ArtifactCoverage]:
        """The coverage runs of an entity's artifacts, by artifact, source, type and day."""
        raise NotImplementedError

    def explain(
        self,
        metric: str,
        entity: Entity,
        grain: Grain,
        bucket: date | None = None,
        *,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Explanation:
        """Why a number is what it is: definition, SQL, models, events and people behind it.

        `bucket` None takes `as_of` for rolling grains and all time, else the newest bucket. `cursor` pages the
        events.
        """
        raise NotImplementedError

    def events(
        self, entity: Entity, where: EventFilter | None = None, *, limit: int = 100, cursor: str | None = None
    ) -> Page[EventRow]:
        """The events of an entity's artifacts, newest first."""
        raise NotImplementedError

    def status(self) -> Status:
        """Freshness and completeness, by connector and by event type."""
        raise NotImplementedError

    def quarantine(self, *, limit: int = 100, cursor: str | None = None) -> Page[QuarantinedRecord]:
        """Input that was refused, newest first."""
        raise NotImplementedError

    def models(self) -> tuple[Model, ...]:
        """The models of the warehouse, by layer and name."""
        raise NotImplementedError

    def model(self, name: str) -> Model:
        """The model of this name."""
        raise NotImplementedError

    def lineage(self, model: str) -> Lineage:
        """Everything that a model is made from, back to the sources."""
        raise NotImplementedError

    def tables(self) -> tuple[Table, ...]:
        """The published tables with their columns: what `rows` can be asked for."""
        raise NotImplementedError

    def rows(self, query: RowQuery) -> bytes:
        """Rows of one published table as a JSON list of objects, written by the database in one statement.

        Dates are ISO text, timestamps ISO text with offset, whole numbers and amounts JSON numbers.
        """
        raise NotImplementedError
