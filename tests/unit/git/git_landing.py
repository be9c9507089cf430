"""A warehouse in miniature: lands messages by key and write mode, keeps the last state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from observer.connectors.sources.git import GitSource
from observer.connectors.sources.git.streams import STREAMS
from observer.connectors.streams import configured
from observer.model.load import WriteMode

Row = dict[str, Any]


class Landing:
    """Tables by stream, rows by key; `read` runs the source once from the last state."""

    def __init__(self, folder: Path, **config: object) -> None:
        self.config: dict[str, object] = {
            "mirrors_dir": str(folder / "mirrors"),
            "staging_dir": str(folder / "staging"),
            "observed_at": "2026-11-01T12:00:00Z",
            **config,
        }
        self.tables: dict[str, dict[tuple[str, ...], Row]] = {stream.name: {} for stream in STREAMS}
        self.state: list[dict[str, Any]] = []
        self.written: dict[str, int] = {}
        self.quarantined: list[Row] = []
        self.logs: list[str] = []

    def read(self, *urls: object, streams: Iterable[str] | None = None, stop_after: int | None = None) -> int:
        """Reads repositories; returns the number of messages. Stops without mercy after some messages, if told so."""
        source = GitSource()
        repositories = [url if isinstance(url, Mapping) else {"url": str(url)} for url in urls]
        config = {**self.config, "repositories": repositories}
        catalog = configured(source.discover(config), streams)
        self.written, self.quarantined, self.logs = {}, [], []
        waiting: list[tuple[str, list[Row]]] = []
        count = 0
        for message in source.read(config, catalog, self.state):
            count += 1
            if message["type"] == "STATE":
                self._land(waiting)
                waiting = []
                self.state = [message["state"]]  # type: ignore[list-item]
            elif message["type"] == "LOG":
                self.logs.append(message["log"]["message"])  # type: ignore[index]
            else:
                self._record(message["record"], waiting)  # type: ignore[arg-type]
            if count == stop_after:
                return count
        self._land(waiting)
        return count

    def rows(self, stream: str, url: object = None) -> list[Row]:
        found = self.tables[stream].values()
        return [row for row in found if url is None or row["repository_url"] == str(url)]

    def commits(self, url: object = None) -> dict[str, Row]:
        return {row["commit_id"]: row for row in self.rows("commits", url)}

    def _record(self, record: Mapping[str, Any], waiting: list[tuple[str, list[Row]]]) -> None:
        if record["stream"] == "_quarantine":
            self.quarantined.append(record["data"])
        elif record["stream"] == "_dropped":
            data = record["data"]
            rows = self.tables[data["stream"]]
            for key in [key for key, row in rows.items() if row[data["column"]] in data["values"]]:
                del rows[key]
        elif "file_reference" in record:
            path = Path(record["file_reference"]["staging_file_url"])
            waiting.append((record["stream"], pq.read_table(path).to_pylist()))
            path.unlink()
        else:
            waiting.append((record["stream"], [record["data"]]))

    def _land(self, waiting: list[tuple[str, list[Row]]]) -> None:
        for name, rows in waiting:
            stream = next(stream for stream in STREAMS if stream.name == name)
            assert all(list(row) == stream.schema.names for row in rows)
            for row in rows:
                key = tuple(row[column] for column in stream.primary_key)
                if stream.mode is WriteMode.UPSERT or key not in self.tables[name]:
                    self.tables[name][key] = row
                self.written[name] = self.written.get(name, 0) + 1
