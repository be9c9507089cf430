"""What is known about a project or collection beside its series: grants, packages, dependencies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from observer.model.metric import Grain
from observer.model.published import EntityType
from observer.query.answers import Entity, KeyMetric
from observer.query.catalogue import key_metrics_of
from observer.query.entity import by_ids
from observer.query.session import Session


@dataclass(frozen=True, slots=True)
class Grant:
    """Money that a project received: `amount` in US dollars, None where unknown; the token as written."""

    time: datetime
    to_project: str | None
    funder: str | None
    grant_pool: str | None
    amount: float | None
    token_amount: str | None
    token_unit: str | None
    event_source: str
    record_ref: str


@dataclass(frozen=True, slots=True)
class Funding:
    """All grants of a project or collection: the sum in US dollars of those that are known, and the newest."""

    grant_count: int
    unknown_amount_count: int
    known_amount: float | None
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """A package that belongs to a project, as its registry tells it."""

    artifact_id: str
    source: str
    namespace: str
    name: str
    latest_version: str | None
    license: str | None
    version_count: int
    last_published_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class OrganizationPart:
    """The commits that the people of one organization made; None as `name` stands for several small ones together.

    `affiliation` is organization, independent (people who belong to none) or unknown; `share` is of all commits of
    people, 0 to 1.
    """

    name: str | None
    title: str
    affiliation: str
    commit_count: int
    share: float


@dataclass(frozen=True, slots=True)
class Organizations:
    """Who made the commits of a project or collection in whole months from `since` on; no parts where none is known."""

    since: date
    parts: tuple[OrganizationPart, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A project on the other end of dependencies, and the number of different packages that they go through."""

    project: Entity
    package_count: int


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """A contract of a project: how it is known, when it was deployed and by whom."""

    network: str
    address: str
    basis: str
    deployment_date: date | None
    root_deployer: str | None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another collection that shares projects with this one."""

    collection: Entity
    shared_count: int
    project_count: int


@dataclass(frozen=True, slots=True)
class Dependence:
    """One project of a collection whose packages need those of another one: how many, and for what use."""

    project: Entity
    needs: Entity
    package_count: int
    use: str


@dataclass(frozen=True, slots=True)
class DependencyMap:
    """Who needs whom inside of a collection: the strongest links, of so many."""

    links: tuple[Dependence, ...]
    link_count: int


@dataclass(frozen=True, slots=True)
class Funded:
    """A project that received grants, in US dollars where known, beside how active it is; None: no value at all."""

    project: Entity
    grant_count: int
    unknown_amount_count: int
    known_amount: float | None
    activity: KeyMetric | None


@dataclass(frozen=True, slots=True)
class FundedProjects:
    """The projects of a collection that received most money, of so many that received any."""

    projects: tuple[Funded, ...]
    project_count: int


def funding(session: Session, of: Entity, limit: int) -> Funding:
    """The grants of a project, or of the projects of a collection, newest first."""
    condition = _TO_PROJECT[of.entity_type]
    totals = session.first(
        lambda *row: row,
        "select count(*), count(*) filter (where amount is null), sum(amount) from oss_funding where " + condition,  # noqa: S608 - constants of ours
        (of.id,),
    )
    count, unknown, known = totals or (0, 0, None)
    grants = session.all(Grant, _GRANTS + condition + " order by time desc, event_id limit %s", (of.id, limit))
    return Funding(count, unknown, known, tuple(grants))


def packages(session: Session, of: Entity, limit: int) -> tuple[PackageFacts, ...]:
    """The packages of a project or collection, those published last first."""
    return tuple(session.all(PackageFacts, _PACKAGES[of.entity_type], (of.id, limit)))


def organizations(session: Session, of: Entity, limit: int) -> Organizations:
    """The commits of people in the month of the last day and the eleven before, by organization, most first.

    Organizations after the first `limit` are one part; those who belong to none and those who are not known come last.
    """
    last = session.release.as_of
    since = date(last.year - (last.month < 12), last.month % 12 + 1, 1)
    values = (of.entity_type.value, of.id, since)
    found: list[OrganizationPart] = session.all(OrganizationPart, _ORGANIZATIONS, values)
    named = [part for part in found if part.affiliation == "organization"]
    others = sorted((part for part in found if part.affiliation != "organization"), key=lambda part: part.affiliation)
    if all(part.affiliation == "unknown" for part in found):
        return Organizations(since, ())
    small = named[limit:]
    if small:
        count, share = sum(part.commit_count for part in small), sum(part.share for part in small)
        title = f"{len(small)} other{'s' if len(small) > 1 else ''}"
        small = [OrganizationPart(None, title, "organization", count, share)]
    return Organizations(since, (*named[:limit], *small, *others))


def dependencies(session: Session, of: Entity, limit: int) -> tuple[Link, ...]:
    """The projects whose packages a project's packages depend on directly, most packages first."""
    return _links(session, _DEPENDENCIES, of, limit)


def dependents(session: Session, of: Entity, limit: int) -> tuple[Link, ...]:
    """The projects whose packages depend directly on a project's packages, most packages first."""
    return _links(session, _DEPENDENTS, of, limit)


def contracts(session: Session, of: Entity, limit: int) -> tuple[ContractFacts, ...]:
    """The contracts of a project, the newest first."""
    statement: LiteralString = (
        "select contract_namespace, contract_address, basis, deployment_date, root_deployer_address from contracts "
        "where project_id = %s order by deployment_date desc nulls last, contract_namespace, contract_address limit %s"
    )
    return tuple(session.all(ContractFacts, statement, (of.id, limit)))


def overlaps(session: Session, of: Entity, limit: int) -> tuple[Overlap, ...]:
    """The collections that share most projects with a collection."""
    rows: list[tuple[str, int, int]] = session.all(lambda *row: row, _OVERLAPS, {"id": of.id, "limit": limit})
    found = by_ids(session, EntityType.COLLECTION, [row[0] for row in rows])
    return tuple(Overlap(found[key], shared, size) for key, shared, size in rows if key in found)


def dependency_map(session: Session, of: Entity, limit: int) -> DependencyMap:
    """The links between projects of a collection that go through most packages."""
    rows: list[tuple[str, str, int, str, int]] = session.all(lambda *row: row, _MAP, {"id": of.id, "limit": limit})
    found = by_ids(session, EntityType.PROJECT, sorted({key for row in rows for key in row[:2]}))
    links = [
        Dependence(found[user], found[used], count, use)
        for user, used, count, use, _ in rows
        if user in found and used in found
    ]
    return DependencyMap(tuple(links), rows[0][-1] if rows else 0)


def funded(session: Session, of: Entity, metric: str, grain: Grain, limit: int) -> FundedProjects:
    """The projects of a collection that received most money, each with its current value of a metric."""
    rows: list[tuple[str, int, int, float | None, int]] = session.all(
        lambda *row: row, _FUNDED, {"id": of.id, "limit": limit}
    )
    ids = [row[0] for row in rows]
    projects = by_ids(session, EntityType.PROJECT, ids)
    values = dict(key_metrics_of(session, EntityType.PROJECT, ids, names=[metric], grain=grain))
    found = [
        Funded(projects[key], count, unknown, known, values.get(key))
        for key, count, unknown, known, _ in rows
        if key in projects
    ]
    return FundedProjects(tuple(found), rows[0][-1] if rows else 0)


def _links(session: Session, statement: LiteralString, of: Entity, limit: int) -> tuple[Link, ...]:
    rows: list[tuple[str, int]] = session.all(lambda *row: row, statement, {"id": of.id, "limit": limit})
    found = by_ids(session, EntityType.PROJECT, [key for key, _ in rows])
    return tuple(Link(found[key], count) for key, count in rows if key in found)


_GRANTS: LiteralString = (
    "select time, to_project_name, coalesce(from_project_name, from_type), grant_pool_name, amount, token_amount, "
    "token_unit, event_source, record_ref from oss_funding where "
)
_TO_PROJECT: dict[EntityType, LiteralString] = {
    EntityType.PROJECT: "to_project_id = %s",
    EntityType.COLLECTION: "to_project_id in (select project_id from projects_by_collection where collection_id = %s)",
}
_OWNED: dict[EntityType, LiteralString] = {
    EntityType.PROJECT: "artifacts_by_project where project_id = %s",
    EntityType.COLLECTION: "artifacts_by_collection where collection_id = %s",
}
_ORGANIZATIONS: LiteralString = """
    select contributions.organization_name, coalesce(organizations.display_name, contributions.organization_name),
        contributions.affiliation, sum(contributions.commit_count)::bigint,
        (sum(contributions.commit_count) / sum(sum(contributions.commit_count)) over ())::double precision
    from contributions_by_organization as contributions
    left join organizations
        on organizations.organization_name = contributions.organization_name
        and contributions.affiliation = 'organization'
    where contributions.entity_type = %s and contributions.entity_id = %s and contributions.month >= %s
    group by contributions.organization_name, organizations.display_name, contributions.affiliation
    order by sum(contributions.commit_count) desc, contributions.organization_name
"""
_PACKAGES: dict[EntityType, LiteralString] = {
    kind: "select package_artifact_id, package_artifact_source, package_artifact_namespace, "  # noqa: S608
    "package_artifact_name, "
    "latest_version, license, version_count, last_published_at, state from packages "
    "where package_artifact_id in (select artifact_id from " + owned + ") "
    "order by last_published_at desc nulls last, package_artifact_name limit %s"
    for kind, owned in _OWNED.items()
}
_DEPENDENCIES: LiteralString = (
    "select owners.project_id, count(distinct links.dependency_artifact_id) as package_count "
    "from artifacts_by_project as own "
    "join package_dependencies as links on links.package_artifact_id = own.artifact_id "
    "join artifacts_by_project as owners on owners.artifact_id = links.dependency_artifact_id "
    "where own.project_id = %(id)s and owners.project_id <> %(id)s "
    "group by 1 order by 2 desc, 1 limit %(limit)s"
)
_DEPENDENTS: LiteralString = (
    "select owners.project_id, count(distinct links.package_artifact_id) as package_count "
    "from artifacts_by_project as own "
    "join package_dependencies as links on links.dependency_artifact_id = own.artifact_id "
    "join artifacts_by_project as owners on owners.artifact_id = links.package_artifact_id "
    "where own.project_id = %(id)s and owners.project_id <> %(id)s "
    "group by 1 order by 2 desc, 1 limit %(limit)s"
)
_MAP: LiteralString = (
    "select dependent_project_id, dependency_project_id, dependency_count, dependency_use, count(*) over () "
    "from dependencies_by_collection where collection_id = %(id)s "
    "order by dependency_count desc, dependent_project_id, dependency_project_id limit %(limit)s"
)
_FUNDED: LiteralString = (
    "select to_project_id, count(*), count(*) filter (where amount is null), sum(amount), count(*) over () "
    "from oss_funding "
    "where to_project_id in (select project_id from projects_by_collection where collection_id = %(id)s) "
    "group by 1 order by 4 desc nulls last, 1 limit %(limit)s"
)
_OVERLAPS: LiteralString = (
    "select other.collection_id, count(*) as shared_count, (select count(*) from projects_by_collection as members "
    "where members.collection_id = other.collection_id) as project_count "
    "from projects_by_collection as own join projects_by_collection as other on other.project_id = own.project_id "
    "where own.collection_id = %(id)s and other.collection_id <> %(id)s "
    "group by 1 order by 2 desc, 1 limit %(limit)s"
)
