"""The OpenAPI document of all that the API answers: the table of endpoints with its types, and other operations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from observer import __version__
from observer.api.endpoints import ENDPOINTS, Endpoint
from observer.api.operations import SCHEMAS, error_responses, operations, parameter_object
from observer.api.parameters import FORMAT, RELEASE
from observer.api.static_files import STATIC_FILES, StaticFile
from observer.query.answers import Page, ReleaseEntry

_REF = "#/components/schemas/{model}"
_PATH_PARAMETER = re.compile(r"\{(\w+)(?::path)?\}")

ERROR_SCHEMA: Mapping[str, object] = {
    "type": "object",
    "required": ["error", "message", "hint", "status"],
    "properties": {
        "error": {"type": "string"},
        "message": {"type": "string"},
        "hint": {"type": ["string", "null"]},
        "status": {"type": "integer"},
    },
}


@cache
def document() -> dict[str, object]:
    """The OpenAPI 3.1 document."""
    schemas: dict[str, object] = {"Error": dict(ERROR_SCHEMA), **{name: dict(s) for name, s in SCHEMAS.items()}}
    paths: dict[str, dict[str, object]] = {}
    for endpoint in ENDPOINTS:
        operation = _operation(endpoint, schemas)
        paths["/api/v1" + _PATH_PARAMETER.sub(r"{\1}", endpoint.path)] = {"get": operation}
    for file in STATIC_FILES:
        paths["/api/v1" + _PATH_PARAMETER.sub(r"{\1}", file.path)] = {"get": _static(file, schemas)}
    for name in ("releases", "releases.json"):
        paths[f"/api/v1/{name}"] = {"get": _releases(schemas) | {"operationId": name.replace(".", "_")}}
    for other in operations():
        paths.setdefault(other.path, {})[other.method] = other.as_openapi()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Open Source Observer",
            "version": __version__,
            "summary": "Numbers about open source software that can be checked.",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"bearer": []}, {"header": []}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _SECURITY},
    }


def _operation(endpoint: Endpoint, schemas: dict[str, object]) -> dict[str, object]:
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 500},
        }
        for name in _PATH_PARAMETER.findall(endpoint.path)
    ]
    query = (*endpoint.parameters, RELEASE, *((FORMAT,) if endpoint.is_list else ()))
    content: dict[str, object] = {"application/json": {"schema": _envelope(endpoint, schemas)}}
    if endpoint.is_list:
        content["text/csv"] = {"schema": {"type": "string"}}
    return {
        "summary": endpoint.summary,
        "operationId": _operation_id(endpoint.path),
        "parameters": parameters + [parameter_object(p) for p in query],
        "responses": {
            "200": {"description": endpoint.summary, "content": content},
            "304": {"description": "The reader has it already"},
            **error_responses(_ERRORS),
        },
    }


def _static(file: StaticFile, schemas: dict[str, object]) -> dict[str, object]:
    known = {each.name: dict(each.schema) for each in file.endpoint.parameters}
    text: dict[str, object] = {"type": "string", "minLength": 1, "maxLength": 500}
    return {
        "summary": f"{file.endpoint.summary}, as a static export has it",
        "operationId": f"{_operation_id(file.endpoint.path)}_json",
        "parameters": [
            *({"name": n, "in": "path", "required": True, "schema": known.get(n, text) | {}} for n in file.names),
            parameter_object(RELEASE),
        ],
        "responses": {
            "200": {
                "description": file.endpoint.summary,
                "content": {"application/json": {"schema": _envelope(file.endpoint, schemas)}},
            },
            "304": {"description": "The reader has it already"},
            **error_responses(_ERRORS),
        },
    }


def _releases(schemas: dict[str, object]) -> dict[str, object]:
    data = _schema(tuple[ReleaseEntry, ...], schemas)
    envelope = {"type": "object", "required": ["data"], "properties": {"data": data}}
    return {
        "summary": "Releases that can be read, newest first",
        "parameters": [],
        "responses": {
            "200": {"description": "Releases", "content": {"application/json": {"schema": envelope}}},
            **error_responses({"503": _ERRORS["503"]}),
        },
    }


def _envelope(endpoint: Endpoint, schemas: dict[str, object]) -> dict[str, object]:
    properties: dict[str, object] = {"release": {"type": "integer"}, "as_of": {"type": "string", "format": "date"}}
    required = ["release", "as_of", "data"]
    answer = endpoint.answer
    if getattr(answer, "__origin__", None) is Page:
        (item,) = answer.__args__
        properties["data"] = {"type": "array", "items": _schema(item, schemas)}
        properties["next_cursor"] = {"type": ["string", "null"]}
        properties["total"] = {"type": ["integer", "null"]}
        required += ["next_cursor", "total"]
    else:
        properties["data"] = _schema(answer, schemas)
    return {"type": "object", "required": required, "properties": properties}


def _schema(answer: Any, schemas: dict[str, object]) -> dict[str, object]:
    schema: dict[str, object] = TypeAdapter(answer).json_schema(mode="serialization", ref_template=_REF)
    definitions = schema.pop("$defs", {})
    if isinstance(definitions, dict):
        schemas.update(definitions)
    return schema


_ERRORS = {
    "400": "The question cannot be answered",
    "404": "There is no such entity, metric or release",
    "503": "Nothing is published yet, or the database does not answer",
}


_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key from /account."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key."},
}
_DESCRIPTION = (
    "Each answer names the release that it came from. Every page of the website has its data at the same address "
    "with .json or, for lists, .csv. Accounts and keys are managed on pages below /account."
)


def _operation_id(path: str) -> str:
    return re.sub(r"[^a-z]+", "_", _PATH_PARAMETER.sub(r"by_\1", path).lower()).strip("_")
