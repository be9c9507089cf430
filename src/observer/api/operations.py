"""Operations of the OpenAPI document that are not in the table of endpoints: GraphQL, SQL, files, badges, health."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from observer.api.endpoints import BADGE_PARAMETERS
from observer.api.parameters import RELEASE, Parameter

PREFIXES = ("/api/v1", "/v1")
"""GraphQL and SQL are under both: clients know either."""

SQL_ERRORS = {
    "400": "The query is refused",
    "404": "There is no such release or result",
    "408": "The query took too long and was ended",
    "413": "The query, its memory or its answer is too large",
    "503": "Nothing can be answered now; Retry-After says when to come again",
}
GRAPHQL_ERRORS = {
    "400": "The request is none, or asks for too much at once",
    "413": "The request is too long",
    "415": "The body is not JSON",
    "503": "Nothing is published yet, or the database does not answer",
}
_OF_THE_GATE = {
    "400": "The question cannot be answered, or it carries two keys or one in its address",
    "401": "The API key is not valid, or one is needed",
    "429": "More requests than the caller may make; Retry-After says when to come again",
}
"""What any address may answer before it is looked at."""

_JSON = "application/json"
_NDJSON = "application/x-ndjson"
_ARROW, _PARQUET = "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"
_TEXT: Mapping[str, object] = {"type": "string"}
_BYTES: Mapping[str, object] = {"type": "string", "format": "binary"}
_OBJECT: Mapping[str, object] = {"type": "object"}
_LATEST_RELEASE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation by hand; `content` is media type to schema, `errors` status to description."""

    path: str
    name: str
    summary: str
    content: Mapping[str, Mapping[str, object]]
    method: str = "get"
    path_parameters: tuple[tuple[str, Mapping[str, object]], ...] = ()
    query: tuple[Mapping[str, object], ...] = ()
    body: Mapping[str, object] | None = None
    errors: tuple[tuple[str, str], ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    """Answers that are neither 200 nor an error, status to description."""

    def as_openapi(self) -> dict[str, object]:
        """The operation object of OpenAPI."""
        told: dict[str, object] = {
            "summary": self.summary,
            "operationId": self.name,
            "parameters": [
                *({"name": n, "in": "path", "required": True, "schema": dict(s)} for n, s in self.path_parameters),
                *(dict(each) for each in self.query),
            ],
            "responses": {
                **({"200": _response(self.summary, self.content)} if self.content else {}),
                **{code: {"description": text} for code, text in self.others},
                **error_responses(dict(self.errors)),
            },
        }
        if self.body is not None:
            told["requestBody"] = {"required": True, "content": {_JSON: {"schema": dict(self.body)}}}
        return told


def error_responses(described: Mapping[str, str]) -> dict[str, object]:
    """The responses object of errors, those of the gate among them: all have one shape."""
    shape = {_JSON: {"$ref": "#/components/schemas/Error"}}
    return {code: _response(text, shape) for code, text in {**_OF_THE_GATE, **described}.items()}


def parameter_object(parameter: Parameter) -> dict[str, object]:
    """The parameter object of a parameter in the query string."""
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "required": parameter.is_required,
        "schema": dict(parameter.schema),
    }


def operations() -> Iterator[Operation]:
    """All of them, in the order of the document."""
    for prefix in PREFIXES:
        older = "_v1" if prefix == "/v1" else ""
        yield from _graphql(prefix, older)
        yield from _sql(prefix, older)
    yield from _releases()
    yield from _files()
    yield from _health()


def _graphql(prefix: str, older: str) -> Iterator[Operation]:
    path, errors = f"{prefix}/graphql", tuple(GRAPHQL_ERRORS.items())
    answer = {_JSON: _ref("GraphqlAnswer")}
    asked = (
        _query("query", "The GraphQL document.", {"type": "string", "minLength": 1}, required=True),
        _query("variables", "Its variables, as JSON.", {"type": "string", "contentMediaType": _JSON}),
        _query("operationName", "Which of its operations.", _TEXT),
    )
    yield Operation(path, f"graphql{older}", "GraphQL", answer, "post", body=_ref("GraphqlRequest"), errors=errors)
    yield Operation(
        path, f"graphql_get{older}", "GraphQL by address", answer, query=asked, errors=errors,
        others=(("307", "Browsers are led to the explorer where there is no query"),),
    )  # fmt: skip


def _sql(prefix: str, older: str) -> Iterator[Operation]:
    errors = tuple(SQL_ERRORS.items())
    rows = {_NDJSON: _TEXT, _JSON: {"type": "array", "items": _OBJECT}, _ARROW: _BYTES, _PARQUET: _BYTES}
    accepted = (("202", "The query is running; ask again by its id"),)
    job = {_JSON: _ref("SqlJob")}
    yield Operation(
        f"{prefix}/sql", f"sql{older}", "The rows of one SELECT", rows, "post", body=_ref("SqlRequest"), errors=errors
    )
    yield Operation(
        f"{prefix}/async-sql", f"async_sql{older}", "Begin a SELECT", job, "post",
        body=_ref("SqlRequest"), errors=errors, others=accepted,
    )  # fmt: skip
    yield Operation(
        f"{prefix}/async-sql", f"async_sql_status{older}", "How a SELECT is going", job,
        query=(_query("id", "What was told when it was begun.", {"type": "string", "minLength": 1}, required=True),),
        errors=errors, others=accepted,
    )  # fmt: skip
    yield Operation(
        f"{prefix}/sql-results/{{token}}", f"sql_result{older}", "The rows of async-sql", {_NDJSON: _TEXT},
        path_parameters=(("token", {"type": "string", "minLength": 1}),),
        errors=(("404", SQL_ERRORS["404"]),),
    )  # fmt: skip
    yield Operation(
        f"{prefix}/connector", f"connector{older}", "Private connectors: none",
        {_JSON: {"type": "array", "maxItems": 0}},
    )  # fmt: skip


def _releases() -> Iterator[Operation]:
    number = ("number", {"type": "integer", "minimum": 1, "maximum": _LATEST_RELEASE})
    table = ("table", {"type": "string", "minLength": 1, "maxLength": 500, "pattern": "^[a-z][a-z0-9_]*$"})
    missing = (("404", "There is no such release or table"), ("503", "The database does not answer"))
    kept = (("304", "The reader has it already"),)
    yield Operation(
        "/api/v1/releases/{number}/manifest.json", "release_manifest", "The manifest of a release",
        {_JSON: _ref("Manifest")}, path_parameters=(number,), errors=missing,
    )  # fmt: skip
    for form, media, schema in (("parquet", _PARQUET, _BYTES), ("csv", "text/csv", _TEXT)):
        yield Operation(
            f"/api/v1/releases/{{number}}/{{table}}.{form}", f"release_table_{form}",
            f"A table of a release as {form}", {media: schema},
            path_parameters=(number, table), errors=missing, others=kept,
        )  # fmt: skip
        yield Operation(
            f"/api/v1/tables/{{table}}.{form}", f"table_{form}", f"A table of the current release as {form}",
            {media: schema}, path_parameters=(table,), query=(parameter_object(RELEASE),),
            errors=(("400", "The question cannot be answered"), *missing), others=kept,
        )  # fmt: skip


def _files() -> Iterator[Operation]:
    some: Mapping[str, object] = {"type": "string", "minLength": 1, "maxLength": 500}
    yield Operation(
        "/api/v1/badges/{metric}/{entity}.svg", "badge", "One current value of an entity as a small picture",
        {"image/svg+xml": _TEXT}, path_parameters=(("metric", some), ("entity", some)),
        query=tuple(parameter_object(each) for each in BADGE_PARAMETERS),
        errors=(("400", "The question cannot be answered"), ("404", "There is no such value"),
                ("503", "The database does not answer")),
        others=(("304", "The reader has it already"),),
    )  # fmt: skip
    for name, media in (("", "text/html"), (".js", "text/javascript"), (".css", "text/css")):
        yield Operation(
            f"/api/v1/graphql/explorer{name}", f"graphql_explorer{name.replace('.', '_')}",
            "A page to write GraphQL in", {media: _TEXT},
        )  # fmt: skip
    yield Operation("/api/v1/openapi.json", "openapi", "This document", {_JSON: _OBJECT})
    yield Operation("/api/v1/", "index", "Leads to this document", {}, others=(("307", "To openapi.json"),))


def _health() -> Iterator[Operation]:
    yield Operation("/healthz", "healthz", "Whether the process answers", {_JSON: _ref("Health")})
    yield Operation(
        "/readyz", "readyz", "Whether a release can be read", {_JSON: _ref("Health")},
        errors=(("503", "Nothing is published yet, or the database does not answer"),),
    )  # fmt: skip
    yield Operation(
        "/metrics", "metrics_page", "What Prometheus reads, for whom asks for text; else the page of metrics",
        {"text/plain": _TEXT, "text/html": _TEXT}, errors=(("503", "The database does not answer"),),
    )  # fmt: skip
    yield Operation(
        "/api/v1/prometheus", "prometheus", "Measurements of the server for Prometheus", {"text/plain": _TEXT}
    )


def _response(description: str, content: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
    return {"description": description, "content": {media: {"schema": dict(s)} for media, s in content.items()}}


def _query(name: str, words: str, schema: Mapping[str, object], *, required: bool = False) -> dict[str, object]:
    return {"name": name, "in": "query", "description": words, "required": required, "schema": dict(schema)}


def _ref(name: str) -> dict[str, object]:
    return {"$ref": f"#/components/schemas/{name}"}


_FORMS = ["minimal", "json", "jsonl", "arrow", "parquet"]
_RELEASE = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
_STATUSES = ["queued", "running", "completed", "failed", "canceled"]
_COLUMN = {"type": "object", "required": ["name", "type"], "properties": {"name": _TEXT, "type": _TEXT}}
_MANIFEST_TABLE = {
    "type": "object",
    "required": ["name", "file", "rows", "bytes", "sha256", "columns"],
    "properties": {
        "name": _TEXT,
        "file": _TEXT,
        "rows": {"type": "integer"},
        "bytes": {"type": "integer"},
        "sha256": _TEXT,
        "columns": {"type": "array", "items": _COLUMN},
    },
}

SCHEMAS: Mapping[str, Mapping[str, object]] = {
    "GraphqlRequest": {
        "type": "object",
        "required": ["query"],
        "properties": {
            "query": {"type": "string", "description": "The GraphQL document."},
            "variables": {"type": ["object", "null"]},
            "operationName": {"type": ["string", "null"]},
        },
    },
    "GraphqlAnswer": {
        "type": "object",
        "properties": {
            "data": {"type": ["object", "null"]},
            "errors": {
                "type": "array",
                "items": {"type": "object", "required": ["message"], "properties": {"message": _TEXT}},
            },
            "extensions": {
                "type": "object",
                "properties": {"cut": {"type": "array", "items": _TEXT}},
            },
        },
        "anyOf": [{"required": ["data"]}, {"required": ["errors"]}],
    },
    "SqlRequest": {
        "type": "object",
        "required": ["query"],
        "properties": {
            "query": {"type": "string", "minLength": 1, "description": "One SELECT."},
            "format": {"type": "string", "enum": _FORMS, "default": "json"},
            "dialect": {"type": "string", "enum": ["trino", "duckdb"], "default": "trino"},
            "release": {**_RELEASE, "description": "The release to read; the current one if absent."},
            "includeAnalytics": {"type": "boolean"},
        },
    },
    "SqlJob": {
        "type": "object",
        "required": ["id", "status"],
        "properties": {
            "id": _TEXT,
            "status": {"type": "string", "enum": _STATUSES},
            "url": {"type": ["string", "null"], "description": "Where the rows are once it is completed."},
            "release": {"type": "integer"},
        },
    },
    "Manifest": {
        "type": "object",
        "required": ["release", "created_at", "as_of", "fingerprint", "tables", "views"],
        "properties": {
            "release": {"type": "integer"},
            "created_at": {"type": "string", "format": "date-time"},
            "as_of": {"type": "string", "format": "date"},
            "code_version": _TEXT,
            "snapshot_id": {"type": "integer"},
            "fingerprint": _TEXT,
            "catalog": _TEXT,
            "tables": {"type": "array", "items": _MANIFEST_TABLE},
            "views": {"type": "array", "items": _TEXT},
        },
    },
    "Health": {
        "type": "object",
        "required": ["status"],
        "properties": {"status": _TEXT, "release": {"type": "integer"}},
    },
}
"""What bodies of those operations look like, for the document's components."""
