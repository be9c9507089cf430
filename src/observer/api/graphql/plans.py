"""Keeps the plans of documents, so that a question that differs from a former one in its texts alone needs none."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import orjson
from graphql import GraphQLError

from observer.api.graphql.documents import Document, Documents, Plan, PreparedStep
from observer.api.graphql.limits import GraphqlLimits
from observer.api.graphql.plan import Planner, Rows
from observer.api.graphql.schema import Schema
from observer.errors import QueryError
from observer.model.release import Release
from observer.query.reader import ReleaseReader
from observer.query.request import UnknownTextError

_MOST_OTHERS = 1000
"""Bytes of other variables that a plan is kept for."""


def texts_of(document: Document, variables: Mapping[str, object]) -> dict[str, str]:
    """The variables whose text a statement can take as it is."""
    return {
        name: value for name in document.texts if isinstance(value := variables.get(name), str) and "\x00" not in value
    }


def kept_plan(
    reader: ReleaseReader,
    schema: Schema,
    documents: Documents,
    document: Document,
    variables: Mapping[str, object],
    texts: Mapping[str, str],
    limits: GraphqlLimits,
) -> Plan | None:
    """The plan of a document for all texts of these variables, None where there is none for all of them."""
    key = _key(reader.release, document, variables, texts, limits)
    if key is None:
        return None
    return documents.plan(key, lambda: _planned(reader, Planner(schema, document, variables, limits, later=texts)))


def known_step(
    release: Release,
    documents: Documents,
    document: Document,
    variables: Mapping[str, object],
    texts: Mapping[str, str],
    limits: GraphqlLimits,
) -> tuple[str, PreparedStep] | None:
    """The name and step of a plan that is kept already and has one step, else None."""
    plan = documents.known_plan(_key(release, document, variables, texts, limits))
    return next(iter(plan.items())) if plan is not None and len(plan) == 1 else None


def _key(
    release: Release,
    document: Document,
    variables: Mapping[str, object],
    texts: Mapping[str, str],
    limits: GraphqlLimits,
) -> Hashable:
    """What a plan is good for, None where that is too much to be kept."""
    others = orjson.dumps({name: value for name, value in variables.items() if name not in texts})
    if len(others) > _MOST_OTHERS:
        return None
    return document, release.number, release.created_at, limits, frozenset(texts), others


def prepared(reader: ReleaseReader, step: Rows) -> PreparedStep:
    """A step with its statement."""
    return PreparedStep(reader.prepare_rows(step.query), step.is_single, step.is_cut, step.query.limit)


def _planned(reader: ReleaseReader, planner: Planner) -> Plan | None:
    plan = {}
    try:
        for key, step in planner.steps().items():
            if not isinstance(step, Rows):
                return None
            plan[key] = prepared(reader, step)
    except (UnknownTextError, QueryError, GraphQLError):
        # A placeholder stands where its text matters, or the query is refused: the text itself tells.
        return None
    return plan
