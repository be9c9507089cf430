"""All questions that can be asked of one release, answered within one snapshot of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from observer.model.metric import Grain
from observer.model.people import UserClass
from observer.model.published import EntityType, Table
from observer.model.release import Release
from observer.query import (
    activity,
    catalogue,
    connectors,
    context,
    entity,
    explain,
    listing,
    models,
    quality,
    relations,
    rows,
    search,
    series,
    status,
)
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
    UserShare,
)
from observer.query.connectors import Connector, ConnectorDetail
from observer.query.context import (
    ContractFacts,
    DependencyMap,
    FundedProjects,
    Funding,
    Link,
    Organizations,
    Overlap,
    PackageFacts,
)
from observer.query.quality import ClassSize, Evidence, Rule, Spread
from observer.query.request import AggregateQuery, EventFilter, Listing, PreparedRows, RowQuery
from observer.query.session import Session


class ReleaseReader:
    """One release, seen by one request. Got from `ReadModel.pinned`, good until the end of its `with`.

    Synchronous, not to be shared between threads. What does not exist is a NotFoundError, a question that
    cannot be answered a QueryError, a database that fails a ServingError.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def release(self) -> Release:
        """The release that all answers come from."""
        return self._session.release

    def project(self, key: str) -> Entity:
        """The project of this name, id or legacy id."""
        return entity.entity(self._session, EntityType.PROJECT, key)

    def collection(self, key: str) -> Entity:
        """The collection of this name, id or legacy id."""
        return entity.entity(self._session, EntityType.COLLECTION, key)

    def artifact(self, source: str, namespace: str, name: str) -> Entity:
        """The artifact of this name today or, if there is none, the last one that had the name.

        Case does not matter. `former_name` of the answer is set where the name asked for is an old one.
        """
        return entity.artifact(self._session, source, namespace, name)

    def artifact_by_id(self, key: str) -> Entity:
        """The artifact of this id or legacy id."""
        return entity.entity(self._session, EntityType.ARTIFACT, key)

    def entity(self, entity_type: EntityType, key: str) -> Entity:
        """The entity of this type by name, id or legacy id (artifacts by id or legacy id only)."""
        return entity.entity(self._session, entity_type, key)

    def entities(self, entity_type: EntityType, asked: Listing) -> Page[Listed]:
        """A page of projects, collections or artifacts."""
        return listing.entities(self._session, entity_type, asked)

    def projects_of(self, of: Entity) -> tuple[Entity, ...]:
        """The projects that own an artifact or belong to a collection, by name."""
        return entity.projects_of(self._session, of)

    def collections_of(self, of: Entity) -> tuple[Entity, ...]:
        """The collections that contain a project or artifact, by name."""
        return entity.collections_of(self._session, of)

    def repository(self, artifact: Entity) -> Repository | None:
        """What is known about a repository beside its events; None for other artifacts."""
        return entity.repository(self._session, artifact)

    def funding(self, of: Entity, *, limit: int = 20) -> Funding:
        """The grants of a project, or of the projects of a collection."""
        return context.funding(self._session, of, limit)

    def packages(self, of: Entity, *, limit: int = 100) -> tuple[PackageFacts, ...]:
        """The packages of a project or collection, those published last first."""
        return context.packages(self._session, of, limit)

    def organizations(self, of: Entity, *, limit: int = 12) -> Organizations:
        """Who made the commits of a project or collection in the last twelve months, by organization."""
        return context.organizations(self._session, of, limit)

    def dependencies(self, of: Entity, *, limit: int = 50) -> tuple[Link, ...]:
        """The projects that a project's packages depend on directly."""
        return context.dependencies(self._session, of, limit)

    def dependents(self, of: Entity, *, limit: int = 50) -> tuple[Link, ...]:
        """The projects whose packages depend directly on a project's packages."""
        return context.dependents(self._session, of, limit)

    def contracts(self, of: Entity, *, limit: int = 50) -> tuple[ContractFacts, ...]:
        """The contracts of a project, the newest first."""
        return context.contracts(self._session, of, limit)

    def overlaps(self, of: Entity, *, limit: int = 12) -> tuple[Overlap, ...]:
        """The collections that share most projects with a collection."""
        return context.overlaps(self._session, of, limit)

    def dependency_map(self, of: Entity, *, limit: int = 80) -> DependencyMap:
        """Who needs whom inside of a collection."""
        return context.dependency_map(self._session, of, limit)

    def funded(self, of: Entity, metric: str, grain: Grain, *, limit: int = 60) -> FundedProjects:
        """The projects of a collection that received most money, each with its current value of a metric."""
        return context.funded(self._session, of, metric, grain, limit)

    def names(self, artifact: Entity) -> tuple[ArtifactName, ...]:
        """Every name that an artifact has or had, the newest first."""
        return entity.names(self._session, artifact)

    def search(self, text: str, *, entity_type: EntityType | None = None, limit: int = 20) -> tuple[SearchHit, ...]:
        """Entities whose name, display name or former name is like the text, best first; forgives typing errors."""
        return search.search(self._session, text, entity_type, limit)

    def metrics(self) -> tuple[Metric, ...]:
        """The metric catalogue, by name."""
        return catalogue.metrics(self._session)

    def metric(self, name: str) -> Metric:
        """The metric of this name or id."""
        return catalogue.metric(self._session, name)

    def key_metrics(self, of: Entity) -> tuple[KeyMetric, ...]:
        """The current values of an entity: every metric at rolling 30, 90, 180 days and all time."""
        return catalogue.key_metrics(self._session, of)

    def series(
        self,
        metric: str,
        of: Entity,
        grain: Grain,
        start: date | None = None,
        end: date | None = None,
        classes: Sequence[UserClass] = (),
    ) -> Series:
        """The values of a metric over time, with a point for every bucket that has a day in start..end.

        Buckets without a row are zero where coverage is complete over the bucket and unknown elsewhere.
        Without `start` it begins at the first day that was seen, without `end` it ends at `as_of`. `classes` are the
        classes of users to count, without them those of the definition; QueryError where they cannot be told apart.
        """
        return series.series(self._session, metric, of, grain, start, end, classes)

    def series_of_metrics(
        self,
        metrics: Sequence[str],
        of: Entity,
        grain: Grain,
        start: date | None = None,
        end: date | None = None,
        classes: Sequence[UserClass] = (),
    ) -> tuple[Series, ...]:
        """The series of several metrics of one entity, each as `series` gives it, read together.

        Metrics that do not exist or lack the grain are left out; `classes` change those that can be told apart.
        """
        return series.series_of_metrics(self._session, metrics, of, grain, start, end, classes)

    def series_of_entities(
        self, metric: str, entities: Sequence[Entity], grain: Grain, start: date | None = None
    ) -> tuple[Series, ...]:
        """The series of one metric of several entities of one type, each as `series` gives it, read together.

        For grains that are no current values: rolling windows end with their last sampled day instead of today's.
        """
        return series.series_of_entities(self._session, metric, entities, grain, start)

    def coverage(self, of: Entity) -> tuple[EntityCoverage, ...]:
        """How much of an entity was seen, by event type and run of days."""
        return tuple(series.coverage_runs(self._session, of, None))

    def artifact_coverage(self, of: Entity, *, limit: int = 100, cursor: str | None = None) -> Page[ArtifactCoverage]:
        """The coverage runs of an entity's artifacts, by artifact, source, type and day."""
        return status.artifact_coverage(self._session, of, limit, cursor)

    def explain(
        self,
        metric: str,
        of: Entity,
        grain: Grain,
        bucket: date | None = None,
        *,
        limit: int = 100,
        cursor: str | None = None,
        with_people: bool | None = None,
    ) -> Explanation:
        """Why a number is what it is: definition, SQL, models, events and people behind it.

        `bucket` None takes `as_of` for rolling grains and all time, else the newest bucket. `cursor` pages the
        events. People are told where at most PEOPLE_AT_ONCE events are behind the number, or as `with_people` says.
        """
        return explain.explain(self._session, metric, of, grain, bucket, limit, cursor, with_people)

    def people(
        self,
        metric: str,
        of: Entity,
        grain: Grain,
        bucket: date | None = None,
        *,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[UserShare]:
        """The people behind a number, those with most events first: what `explain` begins, page by page."""
        return explain.people(self._session, metric, of, grain, bucket, limit, cursor)

    def evidence(self, metric: str, of: Entity, grain: Grain) -> tuple[Evidence, ...]:
        """On which sources a current value rests, and how much of everything they capture; else nothing."""
        return quality.evidence(self._session, metric, of, grain)

    def rules(self) -> tuple[Rule, ...]:
        """What must hold in every build, and whether it does in this release."""
        return quality.rules(self._session)

    def spread(self, metric: str, entity_type: EntityType, grain: Grain) -> Spread:
        """How the current values of a metric are spread over projects, collections or artifacts."""
        return quality.spread(self._session, metric, entity_type, grain)

    def class_sizes(self) -> tuple[ClassSize, ...]:
        """How many users are in each class."""
        return quality.class_sizes(self._session)

    def events(
        self, of: Entity, where: EventFilter | None = None, *, limit: int = 100, cursor: str | None = None
    ) -> Page[EventRow]:
        """The events of an entity's artifacts, newest first."""
        return activity.events(self._session, of, where or EventFilter(), limit, cursor)

    def status(self) -> Status:
        """Freshness and completeness, by connector and by event type."""
        return status.status(self._session)

    def quarantine(self, *, limit: int = 100, cursor: str | None = None) -> Page[QuarantinedRecord]:
        """Input that was refused, newest first."""
        return status.quarantine(self._session, limit, cursor)

    def connectors(self) -> tuple[Connector, ...]:
        """What the observatory knows to collect, with how fresh it is now."""
        return connectors.connectors(self._session)

    def connector(self, name: str) -> ConnectorDetail:
        """The connector of this name, with its page and the schema of its config."""
        return connectors.connector(self._session, name)

    def connector_registry(self, base_url: str, version: str) -> Mapping[str, object]:
        """The catalogue in the form of Airbyte's registry; documentation is at `base_url`."""
        return connectors.registry(self._session, base_url, version)

    def models(self) -> tuple[Model, ...]:
        """The models of the warehouse, by layer and name."""
        return models.models(self._session)

    def model(self, name: str) -> Model:
        """The model of this name."""
        return models.model(self._session, name)

    def lineage(self, model: str) -> Lineage:
        """Everything that a model is made from, back to the sources."""
        return models.lineage(self._session, model)

    def graph(self) -> Lineage:
        """All models and sources, with what each reads."""
        return models.graph(self._session)

    def tables(self) -> tuple[Table, ...]:
        """The published tables and views with their columns: what `rows` can be asked for."""
        return relations.relations(self._session)

    def rows(self, query: RowQuery) -> tuple[bytes, int]:
        """Rows of one published table as a JSON list of objects, written by the database in one statement, and
        their number.

        Dates are ISO text, timestamps ISO text with offset, whole numbers and amounts JSON numbers.
        """
        return rows.rows(self._session, rows.prepare(self._session, query), {})

    def prepare_rows(self, query: RowQuery) -> PreparedRows:
        """The statement of `rows`, good for this release, to be run with the values of its placeholders."""
        return rows.prepare(self._session, query)

    def prepared_rows(self, prepared: PreparedRows, later: Mapping[str, str | int]) -> tuple[bytes, int]:
        """What `rows` gives, by a statement prepared before."""
        return rows.rows(self._session, prepared, later)

    def aggregate(self, query: AggregateQuery) -> bytes:
        """Aggregates of one published table as a JSON object, written by the database in one statement."""
        return rows.aggregate(self._session, query)

    def limit_time(self, seconds: float) -> None:
        """Lets every statement from now on take this long at most."""
        self._session.limit_time(seconds)
