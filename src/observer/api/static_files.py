"""Addresses that end with .json and need no query string: what the API answers there, an export writes as a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from observer.api.endpoints import ENDPOINTS, Endpoint
from observer.api.parameters import RELEASE, Values, read
from observer.api.rest import Handler, answer_of, kept_handler, single
from observer.errors import NotFoundError
from observer.kept_answers import KeptAnswers
from observer.model.published import EntityType
from observer.query.answers import Entity
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader

_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
_ARTIFACT = "/artifacts/{source}/{namespace}/{name:path}"
_OF_ENTITIES = {
    "/key-metrics": "/key-metrics/{entity:path}.json",
    "/coverage": "/coverage/{entity:path}.json",
    "/series": "/series/{grain}/{metric}/{entity:path}.json",
}
"""Endpoints whose parameters are moved into the path."""


@dataclass(frozen=True, slots=True)
class StaticFile:
    """An endpoint under an address of its own. `path` is Starlette's, below the prefix of the API."""

    path: str
    endpoint: Endpoint

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters in the path."""
        return tuple(_PARAMETER.findall(self.path))

    def values(self, path: Mapping[str, str], query: Mapping[str, str]) -> Values:
        """The endpoint's parameters; QueryError names those that are wrong."""
        in_path = tuple(each for each in self.endpoint.parameters if each.name in path)
        names = {each.name for each in in_path}
        defaults = {each.name: each.default for each in self.endpoint.parameters}
        moved = read(in_path, {name: value for name, value in path.items() if name in names})
        others = {name: value for name, value in path.items() if name not in names}
        return {**defaults, **read((RELEASE,), query), **moved, **others}

    def address(self, **parts: str) -> str:
        """The address of one file, not quoted, below the prefix of the API."""
        return _PARAMETER.sub(lambda match: parts[match[1]], self.path)


def _files() -> tuple[StaticFile, ...]:
    whole = (
        StaticFile(endpoint.path + ".json", endpoint)
        for endpoint in ENDPOINTS
        if not endpoint.is_paged and not any(parameter.is_required for parameter in endpoint.parameters)
    )
    moved = (StaticFile(_OF_ENTITIES[each.path], each) for each in ENDPOINTS if each.path in _OF_ENTITIES)
    return (*whole, *moved)


STATIC_FILES = _files()
"""Everything that is whole without a query string, and the current values, coverage and series of entities."""

BY_ENDPOINT: Mapping[str, StaticFile] = {file.endpoint.path: file for file in STATIC_FILES}


def file_reference(entity: Entity) -> str:
    """How an address names an entity: as `entity` does, with `-` for a namespace that is empty."""
    if entity.entity_type is not EntityType.ARTIFACT:
        return f"{entity.entity_type.value}/{entity.name}"
    return f"artifact/{entity.source}/{entity.namespace or '-'}/{entity.name}"


def static_routes(read_model: ReadModel, kept: KeptAnswers, prefix: str) -> list[BaseRoute]:
    """The routes; they come before those of the endpoints, whose last parameter would take the ending too."""
    return [Route(prefix + file.path, _handler(file, read_model, kept)) for file in STATIC_FILES]


def _handler(file: StaticFile, read_model: ReadModel, kept: KeptAnswers) -> Handler:
    endpoint = file.endpoint

    def values_of(request: Request) -> Values:
        return file.values(request.path_params, single(request))

    def answer(reader: ReleaseReader, values: Values) -> tuple[bytes, str]:
        if file is BY_ENDPOINT[_ARTIFACT]:
            # A file or package may itself be called something.json, and keeps its address.
            with suppress(NotFoundError):
                return answer_of(endpoint, reader, {**values, "name": f"{values['name']}.json"})
        return answer_of(endpoint, reader, values)

    return kept_handler(read_model, None if endpoint.is_live else kept, values_of, answer)
