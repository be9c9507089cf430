"""The seams of the engine: what each side may ask of the other. Adapters live in the packages below cli."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from observer.model.load import Load, LoadReport

if TYPE_CHECKING:
    import pyarrow as pa

Json = Mapping[str, object]


class Clock(Protocol):
    """Tells the time, aware and in UTC; tests and pinned runs give a fixed one."""

    def __call__(self) -> datetime: ...


class Progress(Protocol):
    """Shows long work to a person; quiet where nobody watches."""

    def advance(self, label: str, *, done: int, total: int | None = None) -> None: ...


class Source(Protocol):
    """An Airbyte source in process. Messages are the protocol's JSON objects as dictionaries.

    Errors are raised as SourceError, TransientSourceError or ConfigError; the host turns them into TRACE
    messages where the protocol asks for them.
    """

    name: str

    def spec(self) -> Json:
        """The ConnectorSpecification: `connectionSpecification` is a JSON schema of the config."""
        ...

    def check(self, config: Json) -> None:
        """Returns if the config works; raises SourceError with the reason if it does not."""
        ...

    def discover(self, config: Json) -> Json:
        """The AirbyteCatalog: streams with JSON schema, keys and sync modes."""
        ...

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Json]:
        """RECORD, STATE, LOG and TRACE messages; a STATE covers every record before it.

        Large streams give records with `file_reference.staging_file_url` naming a Parquet file whose columns
        are those of the stream; its `data` then describes the file.
        """
        ...


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the next sync of a connector will cost; None where it cannot be told.

    `requests` go to the upstream, `seconds` are of wall time, `points` of the upstream's own budget. `summary` is one
    sentence for people: what will be collected.
    """

    summary: str
    requests: int | None = None
    seconds: float | None = None
    points: int | None = None


@runtime_checkable
class Forecaster(Protocol):
    """A source that can tell beforehand what a sync costs."""

    def forecast(self, config: Json, state: Mapping[str, Json]) -> Forecast:
        """The cost of a sync with this config from this state (by stream, as the warehouse keeps it).

        Asks the upstream nothing, or next to nothing. Raises ConfigError or SourceError like `check`.
        """
        ...


class Warehouse(Protocol):
    """Where the write side works. One writer at a time; every call is atomic."""

    def load(self, load: Load) -> LoadReport:
        """Writes rows, quarantine and state of one load in one transaction. Loading twice changes nothing."""
        ...

    def state(self, connector: str) -> Mapping[str, Json]:
        """The committed state by stream ("" for global), empty before the first sync."""
        ...

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        """The rows of one SELECT; schemas `raw`, `staging`, `intermediate`, `marts` are visible."""
        ...

    def export(self, relation: str, path: Path) -> int:
        """Writes one relation (`marts.projects`) to a Parquet file in its key order; returns the row count."""
        ...

    def snapshot_id(self) -> int:
        """The number of the newest committed version of the data."""
        ...
