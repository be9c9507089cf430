"""OpenDevDataSource: Electric Capital's taxonomy of ecosystems, and snapshots of their activity as Parquet files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from observer.connectors import messages
from observer.connectors.declarative.fetch import fetch
from observer.connectors.declarative.options import SCHEMA as TRANSPORT_SCHEMA
from observer.connectors.declarative.options import split_config
from observer.connectors.messages import Message
from observer.connectors.sources.files.columnar import Origin, convert
from observer.connectors.sources.files.options import TYPES, FileOptions
from observer.connectors.sources.files.reading import STAGING, configured_streams, file_messages, staging_folder
from observer.connectors.sources.files.unpack import sha256_of
from observer.connectors.sources.opendevdata.taxonomy import MIGRATION, Place, Taxonomy, of_export, of_migrations
from observer.connectors.sources.oss_funding.files import SourceFile, digest, read_files
from observer.connectors.sources.oss_funding.source import shared_state
from observer.connectors.streams import Stream
from observer.connectors.streams import catalog as build_catalog
from observer.errors import SourceError
from observer.model.load import WriteMode

if TYPE_CHECKING:
    from observer.ports import Clock, Json

LICENCE = "MIT with attribution"
ATTRIBUTION = "Electric Capital Crypto Ecosystems, https://github.com/electric-capital/crypto-ecosystems"
_ROWS_VERSION = 1
_OWN = [("licence", pa.string()), ("attribution", pa.string()), ("_record_ref", pa.string())]

SNAPSHOTS: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]] = {
    "ecosystem_activity": (
        ("ecosystem_id", "day"),
        {
            "ecosystem_id": "integer",
            "day": "date",
            **dict.fromkeys(
                ("all_devs", "full_time_devs", "part_time_devs", "one_time_devs", "devs_0_1y", "devs_1_2y",
                 "devs_2y_plus", "exclusive_devs", "multichain_devs", "num_commits"),
                "integer",
            ),
        },
    ),
    "snapshot_ecosystems": (
        ("id",),
        {"id": "integer", "name": "text", "is_crypto": "boolean", "is_category": "boolean", "is_chain": "boolean"},
    ),
}  # fmt: skip
"""Streams of Parquet snapshots by name, each with its key and the columns that are kept."""

_FILES = {"ecosystem_activity": "eco_mads.parquet", "snapshot_ecosystems": "ecosystems.parquet"}


def _stream(name: str, columns: Sequence[tuple[str, pa.DataType]], key: tuple[str, ...]) -> Stream:
    return Stream(name, pa.schema([*columns, *_OWN]), key, WriteMode.OVERWRITE)


STREAMS = (
    _stream("ecosystems", [("ecosystem_name", pa.string())], ("ecosystem_name",)),
    _stream(
        "ecosystem_children",
        [("parent_name", pa.string()), ("child_name", pa.string())],
        ("parent_name", "child_name"),
    ),
    _stream(
        "ecosystem_repositories",
        [("ecosystem_name", pa.string()), ("repository_url", pa.string()), ("tags", pa.string())],
        ("ecosystem_name", "repository_url"),
    ),
    *(
        _stream(name, [(column, TYPES[kind][0]) for column, kind in columns.items()], key)
        for name, (key, columns) in SNAPSHOTS.items()
    ),
)

SPEC: dict[str, object] = {
    "documentationUrl": "https://github.com/electric-capital/crypto-ecosystems",
    "supportsIncremental": False,
    "connectionSpecification": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "opendevdata",
        "type": "object",
        "required": ["taxonomy"],
        "additionalProperties": False,
        "properties": {
            "taxonomy": {
                "type": "string",
                "minLength": 1,
                "description": "A checkout or archive of the taxonomy, or its export as JSON lines; a path or a URL.",
            },
            "snapshots": {
                "type": "string",
                "description": f"A folder with {' and '.join(sorted(_FILES.values()))}.",
            },
            "staging_dir": STAGING,
            "transport": TRANSPORT_SCHEMA,
        },
    },
}


class OpenDevDataSource:
    """ports.Source over the taxonomy and its snapshots. All streams replace their tables; every row has its licence.

    The state is the digest of all files; files that have not changed give nothing. `fetch_options` replace resolver,
    clock and sleep in tests.
    """

    def __init__(self, clock: Clock | None = None, **fetch_options: Callable[..., object]) -> None:
        self.name = "opendevdata"
        self._clock = clock or (lambda: datetime.now(UTC))
        self._fetch_options = fetch_options

    def spec(self) -> Json:
        """The ConnectorSpecification."""
        return SPEC

    def check(self, config: Json) -> None:
        """Returns if there is a taxonomy; raises ConfigError or SourceError with the reason if not."""
        self._files(config)
        list(_snapshots(config))

    def discover(self, config: Json) -> Json:
        """The AirbyteCatalog of the five streams."""
        return build_catalog(STREAMS)

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Message]:
        """The messages of a sync. Raises SourceError where a file cannot be read."""
        files, snapshots = self._files(config), dict(_snapshots(config))
        wanted = configured_streams(catalog)
        marks = {name: sha256_of(path) for name, path in snapshots.items()}
        mark = {"digest": digest(files), "snapshots": marks, "version": _ROWS_VERSION, "streams": sorted(wanted)}
        if shared_state(state) == mark:
            yield messages.log("INFO", "no file has changed")
            return
        now = self._clock()
        taxonomy = _taxonomy(files)
        for fault in taxonomy.faults:
            yield messages.quarantine("ecosystem_repositories", fault.path, fault.line, fault.reason, fault.excerpt)
        for name in wanted:
            if name in snapshots:
                yield from self._snapshot(config, name, snapshots[name], now)
            elif name not in SNAPSHOTS:
                for row in _rows(name, taxonomy):
                    yield messages.record(name, row, now)
            yield messages.stream_complete(name)
        yield messages.global_state(mark)

    def _files(self, config: Json) -> list[SourceFile]:
        own, options = split_config(config)
        location = str(own["taxonomy"])
        found = read_files(location, _is_wanted, download=lambda url: fetch(url, options, **self._fetch_options))
        if not found:
            raise SourceError("no migration and no export was found", where=location)
        return found

    def _snapshot(self, config: Json, name: str, path: Path, now: datetime) -> Iterator[Message]:
        staging = staging_folder(config, f"[connectors.{self.name}]")
        key, columns = SNAPSHOTS[name]
        options = FileOptions(name, "parquet", key, columns)
        kinds = {column: TYPES[kind][0] for column, kind in columns.items()}
        constants = {"licence": LICENCE, "attribution": ATTRIBUTION}
        origin = Origin(f"{self.name}:{name}", path.name, constants=constants)
        done = convert(path, staging / f"observer-{name}.parquet", options, kinds, origin)
        yield from file_messages(done, name, path.name, now)


def _is_wanted(path: str) -> bool:
    return path.endswith(".jsonl") or ("migrations/" in f"/{path}" and MIGRATION.fullmatch(path) is not None)


def _snapshots(config: Json) -> Iterator[tuple[str, Path]]:
    if config.get("snapshots"):
        for name, file in _FILES.items():
            path = Path(str(config["snapshots"])) / file
            if not path.is_file():
                raise SourceError("there is no such file", where=str(path))
            yield name, path


def _taxonomy(files: Sequence[SourceFile]) -> Taxonomy:
    texts = [(file.path, file.content.decode("utf-8", "replace")) for file in files]
    migrations = [(path, text) for path, text in texts if not path.endswith(".jsonl")]
    if migrations:
        return of_migrations(migrations)
    if len(texts) > 1:
        raise SourceError("there are several exports", where=", ".join(path for path, _ in texts))
    return of_export(*texts[0])


def _rows(stream: str, it: Taxonomy) -> Iterator[dict[str, object]]:
    if stream == "ecosystems":
        for name, place in it.ecosystems.items():
            yield {"ecosystem_name": name, **_source(place)}
    elif stream == "ecosystem_children":
        for (parent, child), place in it.children.items():
            yield {"parent_name": parent, "child_name": child, **_source(place)}
    else:
        for (name, url), (place, tags) in it.repositories.items():
            yield {"ecosystem_name": name, "repository_url": url, "tags": json.dumps(tags), **_source(place)}


def _source(place: Place) -> dict[str, object]:
    reference = f"opendevdata:{place.path}#L{place.line}"
    return {"licence": LICENCE, "attribution": ATTRIBUTION, "_record_ref": reference}
