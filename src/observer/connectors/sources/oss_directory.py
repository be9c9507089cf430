"""The oss-directory source: projects, collections and the artifacts that they list, as an Airbyte source.

It does not read YAML; the composition root hands it a loader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from observer.connectors import messages
from observer.connectors.messages import Message
from observer.connectors.streams import Stream
from observer.connectors.streams import catalog as build_catalog
from observer.errors import ConfigError, ContentError, SourceError
from observer.model.artifact import listed_artifacts
from observer.model.directory import Collection, Directory, Project, Revision
from observer.model.load import WriteMode

if TYPE_CHECKING:
    from observer.ports import Clock, Json


class Loader(Protocol):
    """Loads a directory; `beside` is the location of one that it adds to."""

    def __call__(self, location: str, *, beside: str | None = None) -> Directory: ...


Row = dict[str, object]

_TEXT, _INT, _BOOL, _TIME = pa.string(), pa.int32(), pa.bool_(), pa.timestamp("us")

# Goes up when the rows of an unchanged directory change, so that they are read again.
_ROWS_VERSION = 1

_SHOWN_PROBLEMS = 5


def _described(name: str) -> pa.Schema:
    return pa.schema(
        [
            (name, _TEXT),
            ("display_name", _TEXT),
            ("description", _TEXT),
            ("version", _INT),
            ("path", _TEXT),
            ("commit_id", _TEXT),
            ("committed_at", _TIME),
            ("_record_ref", _TEXT),
        ]
    )


PROJECTS = Stream("projects", _described("project_name"), ("project_name",), WriteMode.OVERWRITE)

COLLECTIONS = Stream("collections", _described("collection_name"), ("collection_name",), WriteMode.OVERWRITE)

COLLECTION_PROJECTS = Stream(
    "collection_projects",
    pa.schema(
        [
            ("collection_name", _TEXT),
            ("project_name", _TEXT),
            ("position", _INT),
            ("_record_ref", _TEXT),
        ]
    ),
    ("collection_name", "project_name"),
    WriteMode.OVERWRITE,
)

PROJECT_ARTIFACTS = Stream(
    "project_artifacts",
    pa.schema(
        [
            ("project_name", _TEXT),
            ("field", _TEXT),
            ("artifact_source", _TEXT),
            ("artifact_type", _TEXT),
            ("artifact_namespace", _TEXT),
            ("artifact_name", _TEXT),
            ("artifact_url", _TEXT),
            ("artifact_source_id", _TEXT),
            ("address_name", _TEXT),
            ("is_owner", _BOOL),
            ("path", _TEXT),
            ("line", _INT),
            ("_record_ref", _TEXT),
        ]
    ),
    ("project_name", "artifact_source", "artifact_namespace", "artifact_name", "artifact_type"),
    WriteMode.OVERWRITE,
)

ALL = (PROJECTS, COLLECTIONS, COLLECTION_PROJECTS, PROJECT_ARTIFACTS)

SPEC: Json = {
    "documentationUrl": "https://github.com/opensource-observer/oss-directory",
    "supportsIncremental": False,
    "connectionSpecification": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "oss-directory",
        "type": "object",
        "required": ["location"],
        "additionalProperties": False,
        "properties": {
            "location": {
                "type": "string",
                "minLength": 1,
                "title": "Location",
                "description": "A folder, a .tar.gz, .tar.xz, .tar or .zip file, or a git URL with #ref:folder.",
                "examples": ["directory", "https://github.com/opensource-observer/oss-directory.git#main"],
            },
            "extra": {
                "type": "string",
                "minLength": 1,
                "title": "Extra",
                "description": "A second directory that adds projects and collections to the first.",
            },
        },
    },
}


class OssDirectorySource:
    """ports.Source over a directory of projects.

    All streams replace their tables. The state is global: the revision and the streams that were read at it. A
    read whose streams were all read at the same revision gives nothing at all, neither records nor state, and the
    host keeps the tables; otherwise it gives every stream whole and one state at its end.
    """

    name = "oss-directory"

    def __init__(self, load: Loader, *, clock: Clock | None = None) -> None:
        self._load = load
        self._clock = clock or (lambda: datetime.now(UTC))

    def spec(self) -> Json:
        """The ConnectorSpecification."""
        return SPEC

    def check(self, config: Json) -> None:
        """Returns if the directory is valid; raises SourceError with its first problems if it is not."""
        self._directories(config)

    def discover(self, config: Json) -> Json:
        """The AirbyteCatalog of the four streams."""
        return build_catalog(ALL)

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Message]:
        """The messages of a sync. Raises SourceError where a directory is invalid or there is no project."""
        directories = self._directories(config)
        revision = _revision_state(directories)
        wanted = _stream_names(catalog)
        known = _shared_state(state)
        if known.get("revision") == revision and wanted <= _names(known.get("streams")):
            yield messages.log("INFO", f"{directories[0].revision.label} was read before")
            return
        emitted_at = self._clock()
        parts = [_rows(directory) for directory in directories]
        for stream in ALL:
            if stream.name in wanted:
                yield messages.estimate(stream.name, sum(len(rows[stream.name]) for rows in parts))
                for row in (row for rows in parts for row in rows[stream.name]):
                    yield messages.record(stream.name, row, emitted_at)
        yield messages.global_state({"revision": revision, "streams": sorted(wanted)})

    def _directories(self, config: Json) -> list[Directory]:
        location, extra = config.get("location"), config.get("extra")
        if not isinstance(location, str) or not location:
            raise ConfigError("location is missing", where=self.name, hint="name a folder, an archive or a git URL")
        directories = [self._loaded(location)]
        if isinstance(extra, str) and extra:
            directories.append(self._loaded(extra, beside=location))
        if not any(directory.projects for directory in directories):
            raise SourceError("the directory has no projects", where=location)
        return directories

    def _loaded(self, location: str, *, beside: str | None = None) -> Directory:
        try:
            return self._load(location) if beside is None else self._load(location, beside=beside)
        except ContentError as error:
            shown = [str(problem) for problem in error.problems[:_SHOWN_PROBLEMS]]
            rest = len(error.problems) - len(shown)
            what = "\n".join([error.what, *shown, *([f"and {rest} more"] if rest else [])])
            raise SourceError(what, where=location, hint="run `observer directory validate`") from error


def _rows(directory: Directory) -> Mapping[str, list[Row]]:
    prefix = f"oss-directory@{directory.revision.label}"
    return {
        PROJECTS.name: [_entry("project_name", p, directory.revision, prefix) for p in directory.projects],
        COLLECTIONS.name: [_entry("collection_name", c, directory.revision, prefix) for c in directory.collections],
        COLLECTION_PROJECTS.name: [row for c in directory.collections for row in _members(c, prefix)],
        PROJECT_ARTIFACTS.name: [row for p in directory.projects for row in _artifacts(p, prefix)],
    }


def _entry(key: str, entry: Project | Collection, revision: Revision, prefix: str) -> Row:
    committed_at = revision.committed_at
    return {
        key: entry.name,
        "display_name": entry.display_name,
        "description": entry.description,
        "version": entry.version,
        "path": entry.path,
        "commit_id": revision.commit_id,
        "committed_at": committed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") if committed_at else None,
        "_record_ref": f"{prefix}:{entry.path}#L{entry.name_line}",
    }


def _members(collection: Collection, prefix: str) -> Iterator[Row]:
    seen: set[str] = set()
    for member in collection.projects:
        if member.project_name not in seen:
            seen.add(member.project_name)
            yield {
                "collection_name": collection.name,
                "project_name": member.project_name,
                "position": len(seen),
                "_record_ref": f"{prefix}:{collection.path}#L{member.line}",
            }


def _artifacts(project: Project, prefix: str) -> Iterator[Row]:
    for artifact in listed_artifacts(project):
        row: Row = {name: getattr(artifact, name) for name in PROJECT_ARTIFACTS.schema.names[:-1]}
        row["_record_ref"] = f"{prefix}:{artifact.path}#L{artifact.line}"
        yield row


def _revision_state(directories: Sequence[Directory]) -> Row:
    first, *others = (directory.revision for directory in directories)
    state: Row = {"commit_id": first.commit_id, "digest": first.digest, "rows_version": _ROWS_VERSION}
    return state | ({"extra": [other.digest for other in others]} if others else {})


def _stream_names(catalog: Json) -> frozenset[str]:
    configured = catalog.get("streams")
    names = [entry["stream"]["name"] for entry in configured] if isinstance(configured, list) else []
    return frozenset(names)


def _shared_state(state: Sequence[Json]) -> Mapping[str, object]:
    for body in state:
        whole = body.get("global")
        shared = whole.get("shared_state") if isinstance(whole, Mapping) else None
        if isinstance(shared, Mapping):
            return shared
    return {}


def _names(value: object) -> frozenset[str]:
    return frozenset(str(name) for name in value) if isinstance(value, list) else frozenset()
