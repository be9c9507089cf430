"""The sbom source: SPDX and CycloneDX documents out of files, folders, archives and addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from observer.connectors import messages
from observer.connectors.declarative.fetch import fetch
from observer.connectors.declarative.options import SCHEMA as TRANSPORT_SCHEMA
from observer.connectors.declarative.options import TRANSPORT, split_config
from observer.connectors.messages import Message
from observer.connectors.sources.oss_funding.files import SourceFile, configured_files
from observer.connectors.sources.oss_funding.source import shared_state, stream_names
from observer.connectors.sources.sbom import streams
from observer.connectors.sources.sbom.cyclonedx import is_cyclonedx, parse_cyclonedx
from observer.connectors.sources.sbom.document import Document
from observer.connectors.sources.sbom.rows import document_row, package_rows, relationship_rows
from observer.connectors.sources.sbom.spdx import is_spdx, parse_spdx
from observer.connectors.streams import catalog as build_catalog
from observer.errors import SourceError

if TYPE_CHECKING:
    from observer.ports import Clock, Json

# Goes up when the rows of unchanged files change, so that they are read again.
_ROWS_VERSION = 1
_FILES_PER_STATE = 50

SPEC: Json = {
    "documentationUrl": "https://spdx.github.io/spdx-spec/v2.3/",
    "supportsIncremental": True,
    "connectionSpecification": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Software bills of materials",
        "type": "object",
        "required": ["locations"],
        "additionalProperties": False,
        "properties": {
            "locations": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "title": "Locations",
                "description": "Folders, archives or .json files (also .gz) of documents, or URLs of them.",
                "examples": [["sboms", "https://example.org/tool.spdx.json"]],
            },
            TRANSPORT: TRANSPORT_SCHEMA,
        },
    },
}


class SbomSource:
    """ports.Source over bills of materials.

    The state is global: the digest of every file that was read, the documents whose rows are there, and the streams
    that were read. A file is read again when its content changes; a document that says what an earlier one said adds
    one row to `documents` and none to the others. `fetch_options` replace resolver, clock and sleep in tests.
    """

    name = "sbom"

    def __init__(self, clock: Clock | None = None, **fetch_options: Callable[..., object]) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self._fetch_options = fetch_options

    def spec(self) -> Json:
        """The ConnectorSpecification."""
        return SPEC

    def check(self, config: Json) -> None:
        """Returns if a document is there; raises ConfigError or SourceError with the reason if not."""
        reasons = []
        for file in self._files(config):
            try:
                parse_document(file.content)
            except ValueError as error:
                reasons.append(f"{file.path}: {error}")
            else:
                return
        raise SourceError("no file is a bill of materials", where="sbom.locations", hint="; ".join(reasons[:3]))

    def discover(self, config: Json) -> Json:
        """The AirbyteCatalog of the three streams."""
        return build_catalog(streams.ALL)

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Message]:
        """The messages of a sync. Raises SourceError where a location cannot be read."""
        wanted = stream_names(catalog)
        known = shared_state(state)
        is_known = known.get("streams") == sorted(wanted) and known.get("rows_version") == _ROWS_VERSION
        seen = known.get("files") if is_known else None
        digests: dict[str, str] = dict(seen) if isinstance(seen, Mapping) else {}
        told = known.get("documents") if is_known else None
        documents = set(told) if isinstance(told, list) else set()
        emitted_at = self._clock()
        fresh = 0
        for file in self._files(config):
            digest = hashlib.sha256(file.content).hexdigest()
            if digests.get(file.path) == digest:
                continue
            yield from _messages(file, wanted, documents, emitted_at)
            digests[file.path] = digest
            fresh += 1
            if fresh % _FILES_PER_STATE == 0:
                yield _state(wanted, digests, documents)
        if fresh % _FILES_PER_STATE or not is_known:
            yield _state(wanted, digests, documents)

    def _files(self, config: Json) -> list[SourceFile]:
        _, options = split_config(config)
        return configured_files(
            config,
            "sbom",
            lambda path: path.lower().endswith(".json"),
            ".json file",
            download=lambda url: fetch(url, options, **self._fetch_options),
        )


def parse_document(content: bytes) -> Document:
    """The document in the content of a file, also in the envelope of GitHub's API.

    Raises ValueError where it is no JSON, of no known format, or of another shape than its format says.
    """
    try:
        parsed = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from error
    if isinstance(parsed, dict) and isinstance(parsed.get("sbom"), dict):
        parsed = parsed["sbom"]
    if not isinstance(parsed, dict):
        raise ValueError("not a JSON object")
    if is_spdx(parsed):
        return parse_spdx(parsed)
    if is_cyclonedx(parsed):
        return parse_cyclonedx(parsed)
    raise ValueError("neither SPDX 2 nor CycloneDX")


def _messages(file: SourceFile, wanted: frozenset[str], documents: set[str], emitted_at: datetime) -> Iterator[Message]:
    try:
        document = parse_document(file.content)
    except ValueError as error:
        yield messages.quarantine(streams.DOCUMENTS.name, file.path, None, str(error))
        return
    if document.subject is None:
        yield messages.log("WARN", f"{file.path} does not say which repository or package it describes")
    document_id = document.digest[:32]
    if streams.DOCUMENTS.name in wanted:
        yield messages.record(streams.DOCUMENTS.name, document_row(document, document_id, file.path), emitted_at)
    if document_id in documents:
        return
    documents.add(document_id)
    if streams.PACKAGES.name in wanted:
        for row in package_rows(document, document_id, file.path):
            yield messages.record(streams.PACKAGES.name, row, emitted_at)
    if streams.RELATIONSHIPS.name in wanted:
        for row in relationship_rows(document, document_id, file.path):
            yield messages.record(streams.RELATIONSHIPS.name, row, emitted_at)


def _state(wanted: frozenset[str], digests: Mapping[str, str], documents: set[str]) -> Message:
    mark = {
        "rows_version": _ROWS_VERSION,
        "streams": sorted(wanted),
        "files": dict(digests),
        "documents": sorted(documents),
    }
    return messages.global_state(mark)
