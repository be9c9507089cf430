"""What the github-archive source is told: where the hours are, which of them, and how much it may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from observer.connectors.declarative.options import SCHEMA as TRANSPORT_SCHEMA
from observer.connectors.declarative.options import TransportOptions, split_config
from observer.errors import ConfigError

Json = Mapping[str, object]

# All hours since 2011, each tried as often as the transport does.
_MAX_REQUESTS = 1_000_000

SPEC: dict[str, object] = {
    "documentationUrl": "https://www.gharchive.org/",
    "supported_destination_sync_modes": ["append_dedup", "overwrite"],
    "connectionSpecification": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "GitHub Archive",
        "type": "object",
        "required": ["location", "staging_dir"],
        "additionalProperties": True,
        "properties": {
            "location": {
                "type": "string",
                "description": "A folder of archive files, or a URL with {date} and {hour} (not padded).",
                "examples": ["archive", "https://data.gharchive.org/{date}-{hour}.json.gz"],
            },
            "staging_dir": {"type": "string", "description": "Where bodies land and typed files are written."},
            "start": {
                "type": "string",
                "description": "First hour, as in the file names, in ISO form. A URL needs it.",
                "examples": ["2026-11-01T00"],
            },
            "end": {
                "type": "string",
                "description": "Last hour, inclusive. Default: the newest hour that the archive has had time to write.",
            },
            "observed_at": {"type": "string", "format": "date-time", "description": "The time of the sync."},
            "recheck_hours": {
                "type": "integer",
                "minimum": 0,
                "default": 48,
                "description": "By URL, loaded hours younger than this are asked for again: they may be restated.",
            },
            "max_file_bytes": {"type": "integer", "minimum": 1, "default": 2147483648},
            "max_ratio": {"type": "integer", "minimum": 2, "default": 200},
            "max_line_bytes": {"type": "integer", "minimum": 1024, "default": 16777216},
            "timeout_seconds": {"type": "number", "exclusiveMinimum": 0, "default": 60},
            "transport": TRANSPORT_SCHEMA,
        },
    },
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: inflated bytes, inflated bytes for each packed byte, bytes of one record."""

    max_file_bytes: int = 2 * 1024**3
    max_ratio: int = 200
    max_line_bytes: int = 16 * 1024**2


@dataclass(frozen=True, slots=True)
class Config:
    """The checked configuration. `start` and `end` are hours of file names, aware and without minutes."""

    location: str
    staging: Path
    observed_at: datetime
    start: datetime | None = None
    end: datetime | None = None
    recheck_hours: int = 48
    transport: TransportOptions = field(default_factory=TransportOptions)
    limits: Limits = field(default_factory=Limits)

    @property
    def is_url(self) -> bool:
        return self.location.startswith(("http://", "https://"))


def parse_config(config: Json, *, now: datetime) -> Config:
    """The configuration of a sync at `now`. Raises ConfigError that names the setting."""
    location, staging = _text(config, "location"), _text(config, "staging_dir")
    observed_at = _time(config, "observed_at") or now
    start, end = _hour(config, "start"), _hour(config, "end")
    parsed = Config(
        location=location,
        staging=Path(staging),
        observed_at=observed_at,
        start=start,
        end=end,
        recheck_hours=_integer(config, "recheck_hours", 48, least=0),
        transport=_transport(config),
        limits=Limits(
            max_file_bytes=_integer(config, "max_file_bytes", Limits().max_file_bytes, least=1),
            max_ratio=_integer(config, "max_ratio", Limits().max_ratio, least=2),
            max_line_bytes=_integer(config, "max_line_bytes", Limits().max_line_bytes, least=1024),
        ),
    )
    if parsed.is_url:
        _check_url(parsed)
    if start and end and end < start:
        raise ConfigError("`end` is before `start`", where="github-archive")
    return parsed


def last_written_hour(observed_at: datetime) -> datetime:
    """The newest hour whose file exists: written five minutes after the hour has ended."""
    return _floor(observed_at - timedelta(hours=1, minutes=5))


def _transport(config: Json) -> TransportOptions:
    """What `transport` says; silence is borne for `timeout_seconds` unless it says how long."""
    given = config.get("transport")
    chosen = {str(name) for name in given} if isinstance(given, Mapping) else set()
    options = split_config(config)[1]
    timeout = float(_integer(config, "timeout_seconds", 60, least=1))
    if "timeout_seconds" not in chosen:
        options = replace(options, timeout_seconds=timeout)
    if "max_requests" not in chosen:
        options = replace(options, max_requests=_MAX_REQUESTS)
    return options


def _check_url(config: Config) -> None:
    if "{date}" not in config.location or "{hour}" not in config.location:
        raise ConfigError(
            f"the URL {config.location!r} does not say where date and hour go",
            where="github-archive",
            hint="write it like https://data.gharchive.org/{date}-{hour}.json.gz",
        )
    if config.start is None:
        raise ConfigError("a URL needs `start`, the first hour to read", where="github-archive")


def _text(config: Json, key: str) -> str:
    value = config.get(key)
    if not isinstance(value, str) or not value:
        raise ConfigError(f"`{key}` is missing", where="github-archive")
    return value


def _integer(config: Json, key: str, default: int, *, least: int) -> int:
    value = config.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
        raise ConfigError(f"`{key}` must be a number of at least {least}, not {value!r}", where="github-archive")
    return int(value)


def _time(config: Json, key: str) -> datetime | None:
    value = config.get(key)
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ConfigError(f"`{key}` is not a time: {value!r}", where="github-archive") from error
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _hour(config: Json, key: str) -> datetime | None:
    time = _time(config, key)
    return None if time is None else _floor(time)


def _floor(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)
