"""Lists projects, collections and artifacts by name or by the value of a metric, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, LiteralString, TypeAlias

from observer.errors import QueryError
from observer.model.published import EntityType
from observer.query import catalogue
from observer.query.answers import Entity, KeyMetric, Listed, Page
from observer.query.entity import ENTITY_COLUMNS, ENTITY_TABLES, entity_of
from observer.query.request import MAX_THRESHOLDS, Listing
from observer.query.session import Session, checked_limit, contains_pattern, decode_cursor, encode_cursor

Join: TypeAlias = Literal["inner", "left"]

# The order of names, and the order within equal values: the id settles what names do not.
_ORDER: dict[EntityType, LiteralString] = {
    EntityType.PROJECT: "project_name, project_id",
    EntityType.COLLECTION: "collection_name, collection_id",
    EntityType.ARTIFACT: "artifact_namespace, artifact_name, artifact_id",
}
_AFTER: dict[EntityType, LiteralString] = {
    EntityType.PROJECT: "%(after_name)s, %(after_id)s",
    EntityType.COLLECTION: "%(after_name)s, %(after_id)s",
    EntityType.ARTIFACT: "%(after_namespace)s, %(after_name)s, %(after_id)s",
}
_ID: dict[EntityType, LiteralString] = {
    EntityType.PROJECT: "project_id",
    EntityType.COLLECTION: "collection_id",
    EntityType.ARTIFACT: "artifact_id",
}
_TEXT: dict[EntityType, LiteralString] = {
    EntityType.PROJECT: "(project_name ilike %(text)s or display_name ilike %(text)s)",
    EntityType.COLLECTION: "(collection_name ilike %(text)s or display_name ilike %(text)s)",
    EntityType.ARTIFACT: "(artifact_namespace || '/' || artifact_name) ilike %(text)s",
}
_WITHIN: dict[tuple[EntityType, EntityType], LiteralString] = {
    (EntityType.PROJECT, EntityType.COLLECTION): "project_id in (select project_id from projects_by_collection "
    "where collection_id = %(within)s)",
    (EntityType.ARTIFACT, EntityType.PROJECT): "artifact_id in (select artifact_id from artifacts_by_project "
    "where project_id = %(within)s)",
    (EntityType.ARTIFACT, EntityType.COLLECTION): "artifact_id in (select artifact_id from artifacts_by_collection "
    "where collection_id = %(within)s)",
}


_PLACES: tuple[LiteralString, ...] = ("0", "1", "2", "3")


def entities(session: Session, entity_type: EntityType, listing: Listing) -> Page[Listed]:
    """A page of entities of one type, with the values asked for."""
    limit = checked_limit(listing.limit)
    is_falling = listing.sort != "name" if listing.descending is None else listing.descending
    conditions, values = _conditions(entity_type, listing)
    count, counted = _count(entity_type, conditions), dict(values)
    by_value = listing.sort != "name"
    if by_value:
        metric = catalogue.metric(session, listing.sort)
        catalogue.check_grain(metric, listing.grain)
        values |= {"metric": metric.name, "grain": listing.grain.value, "entity_type": entity_type.value}
    if listing.cursor:
        conditions, values = _after(entity_type, listing, is_falling, conditions, values)
    values["limit"] = limit + 1
    rows = _rows(session, entity_type, conditions, values, by_value=by_value, is_falling=is_falling)
    # The first page of a list that ends with it is counted already.
    is_whole = not listing.cursor and len(rows) <= limit
    total = len(rows) if is_whole else session.first(int, count, counted)
    shown = [row[0] for row in rows[:limit]]
    following = None
    if len(rows) > limit:
        last, amount = rows[limit - 1]
        following = encode_cursor(listing.sort, amount, last.namespace, last.name, last.id)
    return Page(tuple(_with_values(session, entity_type, shown, listing)), following, total)


def _rows(
    session: Session,
    entity_type: EntityType,
    conditions: Sequence[LiteralString],
    values: Mapping[str, object],
    *,
    by_value: bool,
    is_falling: bool,
) -> list[tuple[Entity, float | None]]:
    """Entities in their order, with the value that they are sorted by; as many as `limit` among the values says."""
    joins: Sequence[Join | None] = ("left",) if by_value else (None,)
    if by_value and is_falling and not conditions:
        # Of all entities, those with the largest values come in the order of the index on values.
        joins = ("inner", "left")
    rows: list[tuple[Entity, float | None]] = []
    for join in joins:
        statement = _statement(entity_type, conditions, join, is_falling=is_falling)
        rows = session.all(lambda amount, *columns: (entity_of(entity_type, *columns), amount), statement, values)
        if len(rows) == values["limit"]:
            break
    return rows


def _conditions(entity_type: EntityType, listing: Listing) -> tuple[list[LiteralString], dict[str, object]]:
    conditions: list[LiteralString] = []
    values: dict[str, object] = {}
    if listing.text:
        conditions.append(_TEXT[entity_type])
        values["text"] = contains_pattern(listing.text)
    if listing.within:
        inside = _WITHIN.get((entity_type, listing.within.entity_type))
        if inside is None:
            raise QueryError(f"a {listing.within.entity_type} does not contain {entity_type}s")
        conditions.append(inside)
        values["within"] = listing.within.id
    if listing.source:
        if entity_type is not EntityType.ARTIFACT:
            raise QueryError("only artifacts can be listed by source")
        conditions.append("artifact_source = %(source)s")
        values["source"] = listing.source.upper()
    if len(listing.at_least) > MAX_THRESHOLDS:
        raise QueryError(f"at most {MAX_THRESHOLDS} thresholds at a time")
    for place, (name, least) in enumerate(sorted(listing.at_least.items())):
        condition, given = _threshold(entity_type, place)
        conditions.append(condition)
        values |= dict(zip(given, (entity_type.value, name, listing.grain.value, least), strict=True))
    return conditions, values


def _threshold(entity_type: EntityType, place: int) -> tuple[LiteralString, tuple[str, str, str, str]]:
    """The condition that a value is known and reaches a threshold, and the names of its four values."""
    mark = _PLACES[place]
    condition: LiteralString = (
        f"{_ID[entity_type]} in (select entity_id from key_metrics where entity_type = %(t{mark})s "  # noqa: S608
        f"and metric_name = %(m{mark})s and grain = %(g{mark})s and amount >= %(a{mark})s)"
    )
    return condition, (f"t{mark}", f"m{mark}", f"g{mark}", f"a{mark}")


def _after(
    entity_type: EntityType,
    listing: Listing,
    is_falling: bool,
    conditions: list[LiteralString],
    values: dict[str, object],
) -> tuple[list[LiteralString], dict[str, object]]:
    position = decode_cursor(listing.cursor or "", str, (float, int, type(None)), str, str, str)
    sort, amount, namespace, name, key = position
    if sort != listing.sort:
        raise QueryError("the cursor belongs to another order", hint="begin again without a cursor")
    values = values | {"after_amount": amount, "after_namespace": namespace, "after_name": name, "after_id": key}
    rest: LiteralString = f"({_ORDER[entity_type]}) > ({_AFTER[entity_type]})"
    if listing.sort == "name":
        back: LiteralString = f"({_ORDER[entity_type]}) < ({_AFTER[entity_type]})"
        return [*conditions, back if is_falling else rest], values
    if amount is None:
        return [*conditions, f"key_metrics.amount is null and {rest}"], values
    beyond: LiteralString = "<" if is_falling else ">"
    value: LiteralString = "%(after_amount)s::double precision"
    return [
        *conditions,
        f"(key_metrics.amount {beyond} {value} or key_metrics.amount is null "
        f"or (key_metrics.amount = {value} and {rest}))",
    ], values


def _count(entity_type: EntityType, conditions: Sequence[LiteralString]) -> LiteralString:
    return f"select count(*) from {ENTITY_TABLES[entity_type]}{_where(conditions)}"  # noqa: S608


def _statement(
    entity_type: EntityType,
    conditions: Sequence[LiteralString],
    join: Join | None,
    *,
    is_falling: bool,
) -> LiteralString:
    """The statement of a page; an inner join leaves those out whose value is unknown, who come last anyway."""
    table, names, key = ENTITY_TABLES[entity_type], _ORDER[entity_type], _ID[entity_type]
    direction: LiteralString = "desc" if is_falling else "asc"
    amount: LiteralString = "key_metrics.amount" if join else "null::double precision"
    known: LiteralString = " and key_metrics.amount is not null" if join == "inner" else ""
    joined: LiteralString = (
        f" {join} join key_metrics on key_metrics.entity_id = {table}.{key} and key_metrics.entity_type = "
        f"%(entity_type)s and key_metrics.metric_name = %(metric)s and key_metrics.grain = %(grain)s{known}"
        if join
        else ""
    )
    order: LiteralString = (
        f"key_metrics.amount {direction} nulls last, {names}"
        if join
        else f"{names.replace(',', f' {direction},')} {direction}"
    )
    return (
        f"select {amount}, {ENTITY_COLUMNS[entity_type]} from {table}{joined}"  # noqa: S608
        f"{_where(conditions)} order by {order} limit %(limit)s"
    )


def _where(conditions: Sequence[LiteralString]) -> LiteralString:
    return f" where {' and '.join(conditions)}" if conditions else ""


def _with_values(session: Session, entity_type: EntityType, shown: Sequence[Entity], listing: Listing) -> list[Listed]:
    if not listing.metrics:
        return [Listed(found, ()) for found in shown]
    order = {name: place for place, name in enumerate(listing.metrics)}
    by_entity: dict[str, list[KeyMetric]] = {found.id: [] for found in shown}
    for key, value in catalogue.key_metrics_of(
        session, entity_type, list(by_entity), names=list(order), grain=listing.grain
    ):
        by_entity[key].append(value)
    return [Listed(found, tuple(sorted(by_entity[found.id], key=lambda value: order[value.metric]))) for found in shown]
