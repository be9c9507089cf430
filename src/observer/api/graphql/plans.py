"""Keeps the plans of documents: a question that differs from a former one in texts or its offset alone needs none."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial

import orjson
from graphql import GraphQLError

from observer.api.graphql.documents import Document, Documents, Plan, PreparedStep
from observer.api.graphql.limits import GraphqlLimits
from observer.api.graphql.plan import Planner, Rows
from observer.api.graphql.schema import Schema
from observer.errors import QueryError
from observer.model.release import Release
from observer.query.reader import ReleaseReader
from observer.query.request import MAX_OFFSET, UnknownTextError

_MOST_OTHERS = 1000
"""Bytes of other variables that a plan is kept for."""


def later_of(document: Document, variables: Mapping[str, object]) -> dict[str, str | int]:
    """The variables that a statement can take as they are: texts, and whole numbers that may be offsets."""
    found: dict[str, str | int] = {
        name: value for name in document.texts if isinstance(value := variables.get(name), str) and "\x00" not in value
    }
    for name in document.numbers:
        value = variables.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_OFFSET:
            found[name] = value
    return found


def kept_plan(
    reader: ReleaseReader,
    schema: Schema,
    documents: Documents,
    document: Document,
    variables: Mapping[str, object],
    later: Mapping[str, str | int],
    limits: GraphqlLimits,
) -> Plan | None:
    """The plan of a document for all values of these variables, None where there is none for all of them."""
    for names in _choices(document, later):
        key = _key(reader.release, document, variables, names, limits)
        planner = partial(Planner, schema, document, variables, limits, later=names)
        plan = documents.plan(key, partial(_planned, reader, planner)) if key else None
        if plan is not None:
            return plan
    return None


def known_step(
    release: Release,
    documents: Documents,
    document: Document,
    variables: Mapping[str, object],
    later: Mapping[str, str | int],
    limits: GraphqlLimits,
) -> tuple[str, PreparedStep] | None:
    """The name and step of a plan that is kept already and has one step, else None."""
    for names in _choices(document, later):
        plan = documents.known_plan(_key(release, document, variables, names, limits))
        if plan is not None:
            return next(iter(plan.items())) if len(plan) == 1 else None
    return None


def _choices(document: Document, later: Mapping[str, str | int]) -> Sequence[frozenset[str]]:
    """Which variables a plan may leave open: numbers too at first, which it can where they are offsets and no more."""
    names = frozenset(later)
    return (names, names - document.numbers) if names & document.numbers else (names,)


def _key(
    release: Release,
    document: Document,
    variables: Mapping[str, object],
    later: frozenset[str],
    limits: GraphqlLimits,
) -> Hashable:
    """What a plan is good for, None where that is too much to be kept."""
    others = orjson.dumps({name: value for name, value in variables.items() if name not in later})
    if len(others) > _MOST_OTHERS:
        return None
    return document, release.number, release.created_at, limits, later, others


def prepared(reader: ReleaseReader, step: Rows) -> PreparedStep:
    """A step with its statement."""
    return PreparedStep(reader.prepare_rows(step.query), step.is_single, step.is_cut, step.query.limit)


def _planned(reader: ReleaseReader, planner: Callable[[], Planner]) -> Plan | None:
    plan = {}
    try:
        for key, step in planner().steps().items():
            if not isinstance(step, Rows):
                return None
            plan[key] = prepared(reader, step)
    except (UnknownTextError, QueryError, GraphQLError):
        # A placeholder stands where its text matters, or the query is refused: the text itself tells.
        return None
    return plan
