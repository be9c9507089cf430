"""Runs a manifest with airbyte-cdk: its requests go through our transport, its errors are those of the port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from jsonschema.exceptions import ValidationError

from observer.connectors.declarative.library import (
    LOGGER,
    AirbyteMessage,
    AirbyteMessageSerializer,
    AirbyteStateMessageSerializer,
    AirbyteTracedException,
    ConcurrentDeclarativeSource,
    ConfiguredAirbyteCatalogSerializer,
    FailureType,
    Status,
    TraceType,
    Type,
    guarded,
)
from observer.connectors.declarative.transport import Exchange
from observer.errors import ConfigError, SourceError, TransientSourceError

if TYPE_CHECKING:
    from observer.ports import Json


class Engine:
    """A manifest under a config, a catalogue and a state; what goes wrong is raised as an error of the port."""

    def __init__(
        self, name: str, manifest: Json, config: Json, exchange: Exchange, catalog: Json | None = None,
        state: Sequence[Json] = (),
    ) -> None:  # fmt: skip
        self._name = name
        self._exchange = exchange
        self._config = dict(config)
        self._catalog = ConfiguredAirbyteCatalogSerializer.load(dict(catalog)) if catalog else None
        self._state = [AirbyteStateMessageSerializer.load(dict(part)) for part in state]
        try:
            self._source = _GuardedSource(
                exchange,
                self._catalog,
                self._config,
                self._state,
                source_config=deepcopy(dict(manifest)),
                custom_components_trusted=False,
            )
        except ValidationError as error:
            cause = error.__cause__ if isinstance(error.__cause__, ValidationError) else error
            raise SourceError(f"the manifest is not valid: {cause.message[:300]}", where=name) from error
        except (AirbyteTracedException, ValueError) as error:
            raise self.translated(error) from error

    def check(self) -> None:
        """Returns if the manifest's own check succeeds."""
        try:
            status = self._source.check(LOGGER, self._config)
        except Exception as error:
            raise self.translated(error) from error
        if self._exchange.refusal is not None:
            raise self._exchange.refusal
        if status.status is not Status.SUCCEEDED:
            raise SourceError(str(status.message or "the check failed"), where=self._name)

    def streams(self) -> list[dict[str, Any]]:
        """The AirbyteStream objects."""
        try:
            catalog = self._source.discover(LOGGER, self._config)
        except (AirbyteTracedException, ValueError) as error:
            raise self.translated(error) from error
        message = AirbyteMessageSerializer.dump(AirbyteMessage(type=Type.CATALOG, catalog=catalog))
        return [_without_nulls(stream) for stream in message["catalog"]["streams"]]

    def read(self) -> Iterator[dict[str, Any]]:
        """Messages as dictionaries. The first error is raised when the streams that work have been read."""
        failure: SourceError | ConfigError | None = None
        try:
            assert self._catalog is not None  # noqa: S101 - a read has a catalogue by its port
            for message in self._source.read(LOGGER, self._config, self._catalog, self._state):
                if message.type is Type.RECORD and message.record is not None:
                    record = message.record
                    yield {
                        "type": "RECORD",
                        "record": {"stream": record.stream, "data": record.data, "emitted_at": record.emitted_at},
                    }
                    continue
                error = _error(message, self._name)
                if error is None:
                    dumped = _without_nulls(AirbyteMessageSerializer.dump(message))
                    yield {
                        key: _without_nulls(body) if isinstance(body, Mapping) else body for key, body in dumped.items()
                    }
                failure = failure or error
        except AirbyteTracedException as error:
            raise self._exchange.refusal or failure or self.translated(error) from error
        if self._exchange.refusal is not None or failure is not None:
            raise self._exchange.refusal or failure  # type: ignore[misc]  # one of them is an error

    def translated(self, error: BaseException) -> SourceError | ConfigError:
        """An error of the library as one of the port."""
        if self._exchange.refusal is not None:
            return self._exchange.refusal
        if isinstance(error, AirbyteTracedException):
            return _by_failure(error.failure_type, error.message or error.internal_message or "failed", self._name)
        if isinstance(error, ValidationError):
            return ConfigError(error.message[:300], where=self._name)
        return SourceError(str(error)[:500] or type(error).__name__, where=self._name)


class _GuardedSource(ConcurrentDeclarativeSource):
    """The library's source, whose requesters all speak through one exchange."""

    def __init__(self, exchange: Exchange, *args: Any, **options: Any) -> None:
        self._exchange = exchange
        super().__init__(*args, **options)

    def _create_streams(self, *args: Any, **options: Any) -> list[Any]:
        with guarded(self._exchange.adapter):
            return super()._create_streams(*args, **options)

    def _dynamic_stream_configs(self, *args: Any, **options: Any) -> list[dict[str, Any]]:
        with guarded(self._exchange.adapter):
            return super()._dynamic_stream_configs(*args, **options)


def _dumped(message: AirbyteMessage) -> dict[str, Any]:
    whole = _without_nulls(AirbyteMessageSerializer.dump(message))
    return {name: _without_nulls(body) if isinstance(body, Mapping) else body for name, body in whole.items()}


def _error(message: AirbyteMessage, name: str) -> SourceError | ConfigError | None:
    trace = message.trace
    if message.type is not Type.TRACE or trace is None or trace.type is not TraceType.ERROR or trace.error is None:
        return None
    return _by_failure(trace.error.failure_type, trace.error.message or "failed", name)


def _by_failure(kind: FailureType | None, what: str, name: str) -> SourceError | ConfigError:
    if kind is FailureType.config_error:
        return ConfigError(what, where=name)
    if kind is FailureType.transient_error:
        return TransientSourceError(what, where=name)
    return SourceError(what, where=name)


def _without_nulls(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in value.items() if item is not None}
