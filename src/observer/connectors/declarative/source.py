"""A connector that is a manifest: `connectors/<name>/manifest.yaml` in Airbyte's low-code language, as a Source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from observer.connectors.declarative.cursor import clamped
from observer.connectors.declarative.forecast import forecast
from observer.connectors.declarative.manifest import hosts, read_manifest, specification
from observer.connectors.declarative.options import split_config, with_transport
from observer.connectors.declarative.records import REFERENCE, Watch

if TYPE_CHECKING:
    from observer.connectors.declarative.engine import Engine
    from observer.connectors.declarative.transport import Exchange
    from observer.ports import Forecast, Json

UPSERT = "x-observer-upsert"


class DeclarativeSource:
    """ports.Source over a manifest, run by airbyte-cdk in process.

    A stream whose JSON schema says `x-observer-upsert: true` and that has a key is offered as incremental, so that its
    rows meet those of earlier syncs by their key; any other stream is taken as the manifest declares it. A record
    without a value for a field that its schema calls required is refused. Records of streams with a key get a
    `_record_ref`: `<connector>:<stream>/<key>/...`.

    `cache_dir` is where answers are kept for conditional requests unless the config says otherwise; `exchange_options`
    replace resolver, clock and sleep in tests. `last_exchange` tells what the last call said to its upstream.
    """

    def __init__(
        self, name: str, folder: Path, *, cache_dir: Path | None = None, **exchange_options: Callable[..., object]
    ) -> None:
        self.name = name
        self.last_exchange: Exchange | None = None
        self._folder = folder
        self._cache_dir = cache_dir
        self._exchange_options = exchange_options
        self._manifest: dict[str, object] | None = None

    @property
    def manifest(self) -> Json:
        """The manifest as it stands in its file."""
        if self._manifest is None:
            self._manifest = read_manifest(self._folder)
        return self._manifest

    def spec(self) -> Json:
        """The manifest's specification, with the option `transport` that the host reads."""
        return with_transport(specification(self.manifest))

    def check(self, config: Json) -> None:
        """Returns if the manifest's check succeeds under a config."""
        self._engine(config).check()

    def discover(self, config: Json) -> Json:
        """The streams of the manifest."""
        return {"streams": [_offered(stream) for stream in self._engine(config).streams()]}

    def forecast(self, config: Json, state: Mapping[str, Json]) -> Forecast:
        """The requests of a sync as the manifest tells them; nobody is asked."""
        now = self._exchange_options.get("now")
        moment = now() if now else datetime.now(UTC)
        return forecast(self.manifest, config, state, moment if isinstance(moment, datetime) else datetime.now(UTC))

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Json]:
        """The messages of the manifest's streams; warnings about schemas that have drifted come last."""
        engine = self._engine(config, catalog, state)
        watches = {str(stream["name"]): Watch(self.name, stream) for stream in _streams(catalog)}
        cursors = {str(stream["name"]): _cursor(stream) for stream in _streams(catalog)}
        for message in self._messages(engine):
            record = message.get("record")
            if message["type"] == "RECORD" and isinstance(record, Mapping):
                watch = watches[str(record["stream"])]
                refused = watch.missing(record["data"])
                yield refused or {"type": "RECORD", "record": {**record, "data": watch.kept(record["data"])}}
            elif message["type"] == "STATE":
                yield {**message, "state": self._in_time(message["state"], cursors)}
            else:
                yield message
        for watch in watches.values():
            yield from watch.drift()

    def _messages(self, engine: Engine) -> Iterator[dict[str, Any]]:
        exchange = self.last_exchange
        try:
            yield from engine.read()
        finally:
            if exchange is not None:
                exchange.close()

    def _in_time(self, body: Any, cursors: Mapping[str, str]) -> Json:
        """The body of a STATE message that does not run ahead of the clock."""
        name = body["stream"]["stream_descriptor"]["name"] if "stream" in body else None
        if name is None or not cursors.get(name) or self.last_exchange is None:
            return dict(body)
        state = clamped(body["stream"].get("stream_state"), cursors[name], self.last_exchange.now())
        return {**body, "stream": {**body["stream"], "stream_state": state}}

    def _engine(self, config: Json, catalog: Json | None = None, state: Sequence[Json] = ()) -> Engine:
        from observer.connectors.declarative.addresses import HostPolicy
        from observer.connectors.declarative.engine import Engine
        from observer.connectors.declarative.transport import Exchange

        own, options = split_config(config, self._cache_dir)
        policy = HostPolicy(hosts(self.manifest, own) | options.allowed_hosts, options.private_hosts)
        exchange = Exchange(policy, options, **self._exchange_options)  # type: ignore[arg-type]  # named there
        self.last_exchange = exchange
        return Engine(self.name, self.manifest, own, exchange, catalog, state)


def _offered(stream: Mapping[str, object]) -> dict[str, object]:
    schema, key = stream.get("json_schema"), stream.get("source_defined_primary_key")
    result = dict(stream)
    if not isinstance(schema, Mapping) or not key:
        return result
    properties = schema.get("properties")
    if isinstance(properties, Mapping) and properties:
        own = {**properties, REFERENCE: {"type": ["null", "string"]}}
        result["json_schema"] = {**schema, "properties": own}
    if schema.get(UPSERT) is True:
        result |= {"supported_sync_modes": ["full_refresh", "incremental"], "source_defined_cursor": True}
    return result


def _cursor(stream: Mapping[str, Any]) -> str:
    """The name of a stream's cursor field, empty if it has none."""
    path = stream.get("default_cursor_field") or [""]
    return str(path[0])


def _streams(catalog: Json) -> Iterator[Mapping[str, Any]]:
    streams = catalog.get("streams")
    for configured in streams if isinstance(streams, list) else []:
        yield configured["stream"]
