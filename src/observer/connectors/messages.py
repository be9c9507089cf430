"""The Airbyte protocol's messages as plain dictionaries: what every source emits and the host reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

Message = dict[str, object]


def record(stream: str, data: Mapping[str, object], emitted_at: datetime) -> Message:
    """A RECORD message; `emitted_at` becomes milliseconds since the epoch."""
    return {"type": "RECORD", "record": _record(stream, data, emitted_at)}


def file_record(stream: str, file: Path, data: Mapping[str, object], emitted_at: datetime) -> Message:
    """A RECORD that hands over a Parquet file by reference; its columns are those of the stream."""
    body = _record(stream, data, emitted_at)
    body["file_reference"] = {
        "staging_file_url": str(file),
        "source_file_relative_path": file.name,
        "file_size_bytes": file.stat().st_size,
    }
    return {"type": "RECORD", "record": body}


def stream_state(stream: str, state: Mapping[str, object]) -> Message:
    """A STATE message of one stream; it covers every record that was emitted before it."""
    body = {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": stream}, "stream_state": dict(state)},
    }
    return {"type": "STATE", "state": body}


def global_state(state: Mapping[str, object]) -> Message:
    """A STATE message shared by all streams of a source."""
    body = {"type": "GLOBAL", "global": {"shared_state": dict(state), "stream_states": []}}
    return {"type": "STATE", "state": body}


def log(level: str, message: str) -> Message:
    """A LOG message; levels are FATAL, ERROR, WARN, INFO, DEBUG and TRACE."""
    return {"type": "LOG", "log": {"level": level, "message": message}}


def quarantine(stream: str, file: str, line: int | None, reason: str, excerpt: str = "") -> Message:
    """A refused piece of input: a RECORD of the reserved stream `_quarantine`, which every host stores apart."""
    data = {
        "stream": stream,
        "file": file,
        "line": line,
        "reason": reason,
        "excerpt": excerpt[:500],
    }
    return {"type": "RECORD", "record": {"stream": "_quarantine", "data": data, "emitted_at": 0}}


def dropped(stream: str, column: str, values: Sequence[str]) -> Message:
    """Rows that are no longer true: a RECORD of the reserved stream `_dropped`, by the values of one column.

    It comes before the rows of its sync: those stay, whatever their values.
    """
    data = {"stream": stream, "column": column, "values": list(values)}
    return {"type": "RECORD", "record": {"stream": "_dropped", "data": data, "emitted_at": 0}}


def estimate(stream: str, rows: int) -> Message:
    """A TRACE message that tells how many rows of a stream are still to come."""
    body = {
        "type": "ESTIMATE",
        "emitted_at": 0,
        "estimate": {"name": stream, "type": "STREAM", "row_estimate": rows},
    }
    return {"type": "TRACE", "trace": body}


def stream_complete(stream: str) -> Message:
    """A TRACE message: all that a stream has was sent, be it nothing, so that its table may be replaced."""
    status = {"stream_descriptor": {"name": stream}, "status": "COMPLETE"}
    return {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 0, "stream_status": status}}


def error(message: str, *, internal: str | None = None, transient: bool = False, config: bool = False) -> Message:
    """A TRACE message of type ERROR with the protocol's failure types."""
    failure = "config_error" if config else "transient_error" if transient else "system_error"
    body = {"message": message, "internal_message": internal, "failure_type": failure}
    return {"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": 0, "error": body}}


def _record(stream: str, data: Mapping[str, object], emitted_at: datetime) -> dict[str, object]:
    return {"stream": stream, "data": dict(data), "emitted_at": int(emitted_at.timestamp() * 1000)}
