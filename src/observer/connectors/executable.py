"""Any executable that speaks the Airbyte protocol, as a Source: a container's entry point, a script, a binary."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from observer.connectors.messages import log, quarantine
from observer.connectors.process import Process
from observer.errors import ConfigError, SourceError, TransientSourceError
from observer.scratch import scratch_folder

if TYPE_CHECKING:
    from observer.ports import Json

STAGING_VARIABLE = "AIRBYTE_STAGING_DIRECTORY"

_KEPT_OF_REFUSED = 300
_BODIES = {"SPEC": "spec", "CONNECTION_STATUS": "connectionStatus", "CATALOG": "catalog"}


class ExecutableSource:
    """A source behind a command line: `<command> spec|check|discover|read --config F --catalog F --state F`.

    Each call is a process of its own with nothing in its environment but PATH and folders that are removed
    afterwards; config and state reach it as files that only we can read. It is ended with its whole process group
    when it is done, silent for `heartbeat_seconds`, or sends a line of more than 10 MB.
    """

    def __init__(
        self, name: str, command: Sequence[str], *, heartbeat_seconds: float = 600.0, scratch: Path | None = None
    ) -> None:
        if not command:
            raise ConfigError("an executable connector needs a command", where=f"[connectors.{name}] command")
        self.name = name
        self._command = list(command)
        self._heartbeat = heartbeat_seconds
        self._scratch = scratch
        self._spec: Json | None = None

    def spec(self) -> Json:
        """The ConnectorSpecification that the executable prints; asked for once."""
        if self._spec is None:
            self._spec = self._answer("spec", "SPEC", {})
        return self._spec

    def check(self, config: Json) -> None:
        """Returns if the executable answers SUCCEEDED; raises SourceError with its message if not."""
        status = self._answer("check", "CONNECTION_STATUS", {"config": config})
        if status.get("status") != "SUCCEEDED":
            raise SourceError(str(status.get("message") or "the check failed"), where=self.name)

    def discover(self, config: Json) -> Json:
        """The AirbyteCatalog that the executable prints."""
        return self._answer("discover", "CATALOG", {"config": config})

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Json]:
        """The executable's messages. Lines that are no messages become LOG messages or refused input.

        Raises SourceError if it ends with an exit code other than 0.
        """
        files: dict[str, object] = {"config": config, "catalog": catalog}
        if state:
            files["state"] = list(state)
        yield from self._messages("read", files)

    def _answer(self, verb: str, kind: str, files: Mapping[str, object]) -> Json:
        answer: Json | None = None
        failure: SourceError | ConfigError | None = None
        try:
            for message in self._messages(verb, files):
                body = message.get(_BODIES[kind])
                if message.get("type") == kind and isinstance(body, Mapping):
                    answer = body
                failure = failure or trace_error(message, self.name)
        except SourceError as error:
            if answer is None:
                raise failure or error from error
        if failure is not None and answer is None:
            raise failure
        if answer is None:
            raise SourceError(f"`{verb}` gave no {kind} message", where=self.name)
        return answer

    def _messages(self, verb: str, files: Mapping[str, object]) -> Iterator[Json]:
        with scratch_folder("connector", self._scratch) as place:
            command = [*self._command, verb, *_arguments(place, files)]
            staging = place / "staging"
            staging.mkdir()
            environment = {
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": str(place),
                "TMPDIR": str(place),
                STAGING_VARIABLE: str(staging),
            }
            with Process(
                self.name, command, folder=place, environment=environment, heartbeat=self._heartbeat
            ) as process:
                last_words = ""
                for number, (standard, line) in enumerate(process.lines(), start=1):
                    if not line.strip():
                        continue
                    if standard:
                        message = _parse(self.name, line, number)
                        _check_reference(message, staging, self.name)
                        yield message
                    else:
                        last_words = line.decode(errors="replace")
                        yield log("INFO", last_words)
                code = process.exit_code()
            if code != 0:
                said = f": {last_words[:500]}" if last_words else ""
                raise SourceError(f"`{verb}` ended with exit code {code}{said}", where=self.name)


def trace_error(message: Json, connector: str) -> SourceError | ConfigError | None:
    """The error of a TRACE message of type ERROR, by its failure type; None for any other message."""
    trace = message.get("trace")
    if message.get("type") != "TRACE" or not isinstance(trace, Mapping) or trace.get("type") != "ERROR":
        return None
    error = trace.get("error")
    detail: Mapping[str, object] = error if isinstance(error, Mapping) else {}
    what = str(detail.get("message") or "the connector failed")
    if detail.get("failure_type") == "config_error":
        return ConfigError(what, where=connector)
    if detail.get("failure_type") == "transient_error":
        return TransientSourceError(what, where=connector)
    return SourceError(what, where=connector)


def _arguments(folder: Path, files: Mapping[str, object]) -> Iterator[str]:
    for name, content in files.items():
        path = folder / f"{name}.json"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(orjson.dumps(content, default=_jsonable))
        yield f"--{name}"
        yield str(path)


def _parse(connector: str, line: bytes, number: int) -> Json:
    """A line of output as a message; what only looks like one is refused input, anything else is a log line."""
    try:
        message = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        if line.lstrip().startswith(b"{"):
            text = line[:_KEPT_OF_REFUSED].decode(errors="replace")
            return quarantine("", connector, number, f"not a JSON object: {error.msg}", text)
        return log("INFO", line[:2000].decode(errors="replace"))
    if isinstance(message, dict) and isinstance(message.get("type"), str):
        return message
    return log("INFO", line[:2000].decode(errors="replace"))


def _check_reference(message: Json, staging: Path, connector: str) -> None:
    """Refuses a file outside the folder that the executable was given."""
    record = message.get("record")
    reference = record.get("file_reference") if isinstance(record, Mapping) else None
    if reference is None:
        return
    path = reference.get("staging_file_url") if isinstance(reference, Mapping) else None
    if not isinstance(path, str) or not Path(path).resolve().is_relative_to(staging.resolve()):
        raise SourceError("hands over a file outside its staging folder", where=connector)


def _jsonable(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (tuple, Path)):
        return list(value) if isinstance(value, tuple) else str(value)
    raise TypeError(f"{type(value)} is not JSON")
