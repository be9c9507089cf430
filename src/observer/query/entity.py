"""Finds single entities by name, former name, id or legacy id, and walks between them."""

from __future__ import annotations

from dataclasses import replace
from typing import LiteralString

from observer.errors import NotFoundError
from observer.model.published import EntityType
from observer.query.answers import ArtifactName, Entity, Repository
from observer.query.session import Session

ENTITY_COLUMNS: dict[EntityType, LiteralString] = {
    EntityType.PROJECT: "project_id, legacy_project_id, project_source, project_namespace, project_name, "
    "display_name, description, null, null, null, record_ref",
    EntityType.COLLECTION: "collection_id, legacy_collection_id, collection_source, collection_namespace, "
    "collection_name, display_name, description, null, null, null, record_ref",
    EntityType.ARTIFACT: "artifact_id, legacy_artifact_id, artifact_source, artifact_namespace, artifact_name, "
    "null, null, artifact_url, artifact_type, artifact_source_id, null",
}
"""What `entity_of` takes, from the tables of ENTITY_TABLES."""

ENTITY_TABLES: dict[EntityType, LiteralString] = {
    EntityType.PROJECT: "projects",
    EntityType.COLLECTION: "collections",
    EntityType.ARTIFACT: "artifacts",
}

MEMBERS: dict[EntityType, LiteralString] = {
    EntityType.ARTIFACT: "select %(entity_id)s::text as artifact_id",
    EntityType.PROJECT: "select artifact_id from artifacts_by_project where project_id = %(entity_id)s",
    EntityType.COLLECTION: "select artifact_id from artifacts_by_collection where collection_id = %(entity_id)s",
}
"""The artifacts that an entity is made of."""

_BY_KEY: dict[EntityType, LiteralString] = {
    EntityType.PROJECT: "project_name = %(key)s or project_id = %(key)s or legacy_project_id = %(key)s",
    EntityType.COLLECTION: "collection_name = %(key)s or collection_id = %(key)s or legacy_collection_id = %(key)s",
    EntityType.ARTIFACT: "artifact_id = %(key)s or legacy_artifact_id = %(key)s",
}
_PROJECTS: dict[EntityType, LiteralString] = {
    EntityType.ARTIFACT: "project_id in (select project_id from artifacts_by_project where artifact_id = %s)",
    EntityType.COLLECTION: "project_id in (select project_id from projects_by_collection where collection_id = %s)",
}
_COLLECTIONS: dict[EntityType, LiteralString] = {
    EntityType.ARTIFACT: "collection_id in (select collection_id from artifacts_by_collection where artifact_id = %s)",
    EntityType.PROJECT: "collection_id in (select collection_id from projects_by_collection where project_id = %s)",
}


def entity_of(entity_type: EntityType, *values: str | None) -> Entity:
    """An entity from the columns of ENTITY_COLUMNS."""
    key, legacy, source, namespace, name, title, description, url, kind, source_id, ref = values
    return Entity(
        entity_type=entity_type,
        id=key or "",
        legacy_id=legacy,
        source=source or "",
        namespace=namespace or "",
        name=name or "",
        display_name=title,
        description=description,
        url=url,
        artifact_type=kind,
        source_id=source_id,
        record_ref=ref,
    )


def entity(session: Session, entity_type: EntityType, key: str) -> Entity:
    """The entity of this type by name (not for artifacts), id or legacy id."""
    found = _select(session, entity_type, _BY_KEY[entity_type], {"key": key})
    if not found:
        raise NotFoundError(f"there is no {entity_type} '{key}'", hint="search for a part of its name")
    exact = [e for e in found if e.name == key and entity_type is not EntityType.ARTIFACT]
    return (exact or found)[0]


def artifact(session: Session, source: str, namespace: str, name: str) -> Entity:
    """The artifact of this name, today's before former ones.

    A namespace of `-` stands for none. Addresses had their network as namespace, and are found under it as well.
    """
    given = "" if namespace == "-" else namespace.lower()
    names = {"source": source.upper(), "namespace": given, "name": name.lower()}
    names["or_namespace"] = "" if given == source.lower() else given
    found = _select(
        session,
        EntityType.ARTIFACT,
        "artifact_source = %(source)s and artifact_namespace in (%(namespace)s, %(or_namespace)s) "
        "and artifact_name = %(name)s",
        names,
    )
    if found:
        return max(found, key=lambda each: each.namespace == given)
    former = session.first(
        str,
        "select artifact_id from artifact_names inner join artifacts using (artifact_id) "
        "where artifact_source = %(source)s and artifact_names.artifact_namespace = %(namespace)s "
        "and artifact_names.artifact_name = %(name)s order by valid_to desc nulls first, artifact_id limit 1",
        names,
    )
    if former is None:
        raise NotFoundError(
            f"there is no artifact '{names['namespace']}/{names['name']}' of source {names['source']}",
            hint="search for a part of its name",
        )
    return replace(entity(session, EntityType.ARTIFACT, former), former_name=f"{names['namespace']}/{names['name']}")


def projects_of(session: Session, of: Entity) -> tuple[Entity, ...]:
    """The projects of an artifact or collection, by name; a project is its own."""
    if of.entity_type is EntityType.PROJECT:
        return (of,)
    statement = _statement(EntityType.PROJECT, _PROJECTS[of.entity_type])
    return tuple(session.all(_make(EntityType.PROJECT), statement + " order by project_name", (of.id,)))


def collections_of(session: Session, of: Entity) -> tuple[Entity, ...]:
    """The collections of a project or artifact, by name; a collection is its own."""
    if of.entity_type is EntityType.COLLECTION:
        return (of,)
    statement = _statement(EntityType.COLLECTION, _COLLECTIONS[of.entity_type])
    return tuple(session.all(_make(EntityType.COLLECTION), statement + " order by collection_name", (of.id,)))


def by_ids(session: Session, entity_type: EntityType, ids: list[str]) -> dict[str, Entity]:
    """Entities of one type by primary id."""
    condition = _statement(entity_type, _ID_COLUMN[entity_type] + " = any(%s)")
    return {found.id: found for found in session.all(_make(entity_type), condition, (ids,))}


def repository(session: Session, of: Entity) -> Repository | None:
    """What is known about a repository beside its events."""
    return session.first(
        Repository,
        "select artifact_id, artifact_url, default_branch, is_fork, role, star_count, fork_count, first_commit_at, "
        "last_commit_at, commit_count, observed_at from repositories where artifact_id = %s",
        (of.id,),
    )


def names(session: Session, of: Entity) -> tuple[ArtifactName, ...]:
    """Every name of an artifact, the newest first."""
    found = session.all(
        ArtifactName,
        "select artifact_namespace, artifact_name, valid_from, valid_to, basis from artifact_names "
        "where artifact_id = %s order by valid_to desc nulls first, valid_from desc nulls last, artifact_name",
        (of.id,),
    )
    return tuple(found)


_ID_COLUMN: dict[EntityType, LiteralString] = {
    EntityType.PROJECT: "project_id",
    EntityType.COLLECTION: "collection_id",
    EntityType.ARTIFACT: "artifact_id",
}


def _select(session: Session, entity_type: EntityType, where: LiteralString, values: dict[str, str]) -> list[Entity]:
    statement = _statement(entity_type, where) + " order by 1 limit 5"
    return session.all(_make(entity_type), statement, values)


def _statement(entity_type: EntityType, where: LiteralString) -> LiteralString:
    return f"select {ENTITY_COLUMNS[entity_type]} from {ENTITY_TABLES[entity_type]} where {where}"  # noqa: S608


def _make(entity_type: EntityType):  # type: ignore[no-untyped-def]
    return lambda *values: entity_of(entity_type, *values)
