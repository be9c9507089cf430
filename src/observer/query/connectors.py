"""The catalogue of connectors, and how fresh each is at the time of the question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import LiteralString

from observer.errors import NotFoundError
from observer.model.sync import Freshness, age_of
from observer.query.session import Session

DOCKER_PREFIX = "open-source-observer/source-"


@dataclass(frozen=True, slots=True)
class StreamField:
    """A field of a stream with its JSON type, `date` or `date-time`."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class OfferedStream:
    """A stream that a connector offers; `key` tells its rows apart."""

    name: str
    key: tuple[str, ...]
    is_incremental: bool
    fields: tuple[StreamField, ...]


@dataclass(frozen=True, slots=True)
class Connector:
    """What a connector collects and promises. `freshness` is None where it is not enabled and never ran.

    `use` is the connector that it is an instance of, `schedule` a cron expression in UTC. `streams` is empty where only
    a sync can tell them.
    """

    name: str
    use: str
    form: str
    definition_id: str
    title: str
    summary: str | None
    is_enabled: bool
    schedule: str | None
    cost: str | None
    personal_data: str | None
    licence: str | None
    homepage: str | None
    streams: tuple[OfferedStream, ...]
    freshness: Freshness | None


@dataclass(frozen=True, slots=True)
class ConnectorDetail:
    """A connector with its page as Markdown and the JSON schema of its config."""

    connector: Connector
    page: str
    specification: Mapping[str, object]


def connectors(session: Session) -> tuple[Connector, ...]:
    """All connectors by name."""
    fresh = {found.connector: found for found in freshness(session)}
    found = session.all(_connector, f"select {_COLUMNS} from connectors order by connector_name")  # noqa: S608
    return tuple(replace(one, freshness=fresh.get(one.name)) for one in found)


def connector(session: Session, name: str) -> ConnectorDetail:
    """The connector of this name; NotFoundError if there is none."""
    found = next((one for one in connectors(session) if one.name == name), None)
    if found is None:
        raise NotFoundError(f"there is no connector '{name[:100]}'", hint="see /connectors")
    rest = session.first(
        lambda page, specification: (page, json.loads(specification)),
        "select page, specification from connectors where connector_name = %s",
        (name,),
    )
    page, specification = rest or ("", {})
    return ConnectorDetail(found, page, specification)


def freshness(session: Session) -> tuple[Freshness, ...]:
    """How the syncs of every connector stand that is enabled or has ever run, by name."""
    has_log = session.first(lambda found: bool(found), "select to_regclass('observer.connector_syncs') is not null")
    return tuple(
        session.all(
            lambda *row: _freshness(session.now, *row),
            _WITH_LOG if has_log else _WITHOUT_LOG,
        )
    )


def registry(session: Session, base_url: str, version: str) -> dict[str, object]:
    """The catalogue in the form of Airbyte's connector registry (ConnectorRegistrySourceDefinition, version 0)."""
    rows = session.all(
        lambda name, id_, title, licence, specification: {
            "sourceDefinitionId": id_,
            "name": title,
            "dockerRepository": f"{DOCKER_PREFIX}{name}",
            "dockerImageTag": version,
            "documentationUrl": f"{base_url.rstrip('/')}/connectors/{name}",
            "license": licence or "",
            "spec": {
                "documentationUrl": f"{base_url.rstrip('/')}/connectors/{name}",
                "connectionSpecification": json.loads(specification),
            },
            "sourceType": "database" if name == "postgres" else "file" if name in _FILES else "api",
            "releaseStage": "custom",
            "supportLevel": "community",
            "protocolVersion": "0.2.0",
            "tombstone": False,
            "public": True,
            "custom": True,
        },
        "select connector_name, definition_id, title, licence, specification from connectors "
        "where connector_name = use and form <> 'executable' order by connector_name",
    )
    return {"destinations": [], "sources": rows}


_FILES = ("bucket", "http-file", "oss-directory", "oss-funding", "gitcoin", "github-archive", "sbom", "opendevdata")
_COLUMNS: LiteralString = (
    "connector_name, use, form, definition_id, title, summary, is_enabled, schedule, cost, personal_data, licence, "
    "homepage, streams"
)
_WITH_LOG: LiteralString = (
    "select connector_name, is_enabled, syncs.succeeded_at, syncs.ended_at, syncs.error is null, warn_after_hours, "
    "error_after_hours from connectors left join observer.connector_syncs as syncs "
    "on syncs.connector = connectors.connector_name "
    "where is_enabled or syncs.connector is not null order by connector_name"
)
_WITHOUT_LOG: LiteralString = (
    "select connector_name, is_enabled, null::timestamptz, null::timestamptz, null::boolean, warn_after_hours, "
    "error_after_hours from connectors where is_enabled order by connector_name"
)


def _freshness(
    now: datetime,
    name: str,
    _: bool,
    succeeded_at: datetime | None,
    ended_at: datetime | None,
    is_ok: bool | None,
    warn: float | None,
    error: float | None,
) -> Freshness:
    age = age_of(succeeded_at, now, warn, error)
    return Freshness(name, age, succeeded_at, ended_at, is_ok if ended_at else None, warn, error)


def _streams(text: str) -> tuple[OfferedStream, ...]:
    return tuple(
        OfferedStream(
            stream["name"],
            tuple(stream["key"]),
            bool(stream["is_incremental"]),
            tuple(StreamField(field["name"], field["type"]) for field in stream["fields"]),
        )
        for stream in json.loads(text)
    )


def _connector(
    name: str,
    use: str,
    form: str,
    definition_id: str,
    title: str,
    summary: str | None,
    is_enabled: bool,
    schedule: str | None,
    cost: str | None,
    personal_data: str | None,
    licence: str | None,
    homepage: str | None,
    streams: str,
) -> Connector:
    return Connector(
        name, use, form, definition_id, title, summary, is_enabled, schedule, cost, personal_data, licence, homepage,
        _streams(streams), None,
    )  # fmt: skip
