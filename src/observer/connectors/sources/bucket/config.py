"""The config of a bucket: where files are dropped, which belong to which stream, how they replace each other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from observer.connectors.declarative.options import SCHEMA as TRANSPORT_SCHEMA
from observer.connectors.sources.files.options import PROPERTIES, FileOptions, parse_options
from observer.connectors.sources.files.reading import STAGING
from observer.errors import ConfigError

if TYPE_CHECKING:
    from observer.ports import Json

INTERVAL_GROUP = "interval_timestamp"
_ROWS_VERSION = 1
_FORMS = {4: "%Y", 6: "%Y%m", 8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}

SPEC: dict[str, object] = {
    "documentationUrl": "https://docs.airbyte.com/integrations/sources/s3",
    "supportsIncremental": True,
    "connectionSpecification": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "bucket",
        "type": "object",
        "required": ["location", "streams"],
        "additionalProperties": False,
        "properties": {
            "location": {
                "type": "string",
                "minLength": 1,
                "description": "A folder, s3://bucket/prefix, gs://bucket/prefix, or the address of a page of links.",
            },
            "streams": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["name", "file_match"],
                    "additionalProperties": False,
                    "properties": {
                        "name": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,62}$"},
                        "file_match": {
                            "type": "string",
                            "description": "Regular expression of whole paths below the location; its group "
                            f"{INTERVAL_GROUP} is the date or time of the drop.",
                        },
                        "mode": {
                            "enum": ["overwrite", "incremental"],
                            "description": "Whether the newest interval replaces the table, or each new file is added.",
                        },
                        "retention_days": {
                            "type": "integer",
                            "minimum": 1,
                            "description": "No interval that is older stays in the table.",
                        },
                        **PROPERTIES,
                    },
                },
            },
            "access_key": {"type": "string", "airbyte_secret": True},
            "secret_key": {"type": "string", "airbyte_secret": True},
            "session_token": {"type": "string", "airbyte_secret": True},
            "token": {"type": "string", "airbyte_secret": True, "description": "Sent as a bearer token."},
            "region": {"type": "string", "description": "Of the bucket; us-east-1 if absent."},
            "endpoint": {
                "type": "string",
                "pattern": "^https?://",
                "description": "Of another service that speaks S3.",
            },
            "max_file_bytes": {"type": "integer", "minimum": 1, "description": "Largest file, packed and unpacked."},
            "staging_dir": STAGING,
            "transport": TRANSPORT_SCHEMA,
        },
    },
}


@dataclass(frozen=True, slots=True)
class DropStream:
    """One stream of drops. `retention_days` None: nothing is too old."""

    options: FileOptions
    file_match: re.Pattern[str]
    is_overwrite: bool
    retention_days: int | None

    @property
    def is_replacing(self) -> bool:
        """Whether the table is replaced as a whole: a row can leave it in no other way."""
        return self.is_overwrite or self.retention_days is not None

    @property
    def mark(self) -> str:
        """Changes with everything in the config that changes rows."""
        facts = f"{_ROWS_VERSION} {self.options} {self.file_match.pattern} {self.is_overwrite} {self.retention_days}"
        return hashlib.sha256(facts.encode()).hexdigest()[:16]

    def interval(self, path: str) -> datetime | None:
        """The interval of a file of this stream as an aware time in UTC; None for files of others.

        Raises ConfigError where the expression finds no time.
        """
        found = self.file_match.fullmatch(path)
        return parse_interval(found[INTERVAL_GROUP], path) if found else None


def parse_streams(config: Json, connector: str) -> dict[str, DropStream]:
    """The streams of a config by name. Raises ConfigError."""
    entries = config.get("streams")
    found: dict[str, DropStream] = {}
    for entry in entries if isinstance(entries, list) else []:
        stream = _stream(entry, f"[connectors.{connector}] {entry['name']}")
        if stream.options.stream in found:
            raise ConfigError(f"two streams are named {stream.options.stream}", where=f"[connectors.{connector}]")
        found[stream.options.stream] = stream
    return found


def _stream(entry: Mapping[str, object], where: str) -> DropStream:
    text = str(entry["file_match"])
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise ConfigError(f"file_match is no regular expression: {error}", where=where) from error
    if INTERVAL_GROUP not in pattern.groupindex:
        raise ConfigError(
            f"file_match has no group {INTERVAL_GROUP}",
            where=where,
            hint=f"write (?P<{INTERVAL_GROUP}>\\d{{4}}-\\d\\d-\\d\\d)",
        )
    # The end of the expression tells the format as the end of a name does.
    options = parse_options(entry, str(entry["name"]), text.replace("\\.", ".").rstrip("$)"), where)
    days = entry.get("retention_days")
    return DropStream(options, pattern, entry.get("mode") != "incremental", int(str(days)) if days else None)


def parse_interval(text: str | None, path: str) -> datetime:
    """The time that a piece of a path names, in UTC: a year, month, day, hour, minute or second, or Unix seconds."""
    digits = re.sub(r"\D", "", text or "")
    for form in (_FORMS.get(len(digits)),):
        if form:
            try:
                moment = datetime.strptime(digits, form).replace(tzinfo=UTC)
                if 1970 <= moment.year < 2200:
                    return moment
            except ValueError:
                pass
    if len(digits) in (10, 13):
        return datetime.fromtimestamp(int(digits[:10]), UTC)
    raise ConfigError(f"{text!r} is no date or time", where=path, hint=f"see the group {INTERVAL_GROUP} of file_match")
