"""One of our sources as an Airbyte executable: commands in, one JSON message a line out."""

from __future__ import annotations

import argparse
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import orjson

from observer.connectors.catalogue import validate_config
from observer.connectors.executable import STAGING_VARIABLE
from observer.connectors.messages import Message, error
from observer.errors import ConfigError, ContentError, ObserverError, SourceError, TransientSourceError

if TYPE_CHECKING:
    from observer.ports import Json, Source


def serve(source: Source, arguments: Sequence[str], output: BinaryIO) -> int:
    """Answers `spec`, `check`, `discover` or `read` in the protocol's messages; returns the exit code.

    Errors become TRACE messages of type ERROR and exit code 1; wrong usage ends the process with 2.
    """
    options = _parser(source.name).parse_args(arguments)
    try:
        for message in _answer(source, options):
            _write(output, message)
    except (SourceError, ConfigError, ContentError) as failure:
        _write(output, _trace(failure))
        return 1
    return 0


def _answer(source: Source, options: argparse.Namespace) -> Iterator[Message]:
    specification = source.spec()
    if options.command == "spec":
        yield {"type": "SPEC", "spec": dict(specification)}
        return
    config = _load(options.config)
    if not isinstance(config, dict):
        raise ConfigError("the config is not a JSON object", where=str(options.config))
    if options.command == "check":
        yield {"type": "CONNECTION_STATUS", "connectionStatus": _check(source, config)}
        return
    validate_config(source.name, specification, config)
    if options.command == "discover":
        yield {"type": "CATALOG", "catalog": dict(source.discover(config))}
        return
    yield from _read(source, config, options)


def _check(source: Source, config: Json) -> Mapping[str, str]:
    try:
        validate_config(source.name, source.spec(), config)
        source.check(config)
    except (SourceError, ConfigError, ContentError) as failure:
        return {"status": "FAILED", "message": str(failure)}
    return {"status": "SUCCEEDED"}


def _read(source: Source, config: Json, options: argparse.Namespace) -> Iterator[Message]:
    catalog = _load(options.catalog)
    state = _load(options.state) if options.state else []
    if not isinstance(catalog, dict) or not isinstance(state, list):
        raise ConfigError("the catalogue is a JSON object and the state a list", where=source.name)
    names = [str(stream["stream"]["name"]) for stream in catalog["streams"]]
    yield from (_status(name, "STARTED") for name in names)
    for message in source.read(config, catalog, state):
        yield _staged(message)
    yield from (_status(name, "COMPLETE") for name in names)


def _staged(message: Json) -> Message:
    """The message with its file moved into the folder that the other side reads and then removes."""
    result = dict(message)
    folder = os.environ.get(STAGING_VARIABLE)
    record = message.get("record")
    reference = record.get("file_reference") if isinstance(record, Mapping) else None
    if not folder or not isinstance(record, Mapping) or not isinstance(reference, Mapping):
        return result
    path = Path(str(reference["staging_file_url"]))
    target = Path(folder) / f"{uuid.uuid4().hex}-{path.name}"
    shutil.move(path, target)
    result["record"] = {**record, "file_reference": {**reference, "staging_file_url": str(target)}}
    return result


def _status(stream: str, status: str) -> Message:
    body = {"stream_descriptor": {"name": stream}, "status": status}
    return {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 0, "stream_status": body}}


def _trace(failure: ObserverError) -> Message:
    return error(
        str(failure),
        transient=isinstance(failure, TransientSourceError),
        config=isinstance(failure, (ConfigError, ContentError)),
    )


def _write(output: BinaryIO, message: Json) -> None:
    output.write(orjson.dumps(message, default=_jsonable, option=orjson.OPT_APPEND_NEWLINE))
    output.flush()


def _load(path: Path | None) -> object:
    if path is None:
        raise ConfigError("an option is missing", hint="--config, and for `read` --catalog too")
    try:
        return orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as failure:
        raise ConfigError(f"cannot be read as JSON: {failure}", where=str(path)) from failure


def _jsonable(value: object) -> object:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value)} is not JSON")


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=name, description="An Airbyte source: answers on its output.")
    parser.add_argument("command", choices=["spec", "check", "discover", "read"])
    for option in ("config", "catalog", "state"):
        parser.add_argument(f"--{option}", type=Path)
    return parser
