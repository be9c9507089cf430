"""What a converted file is to a host: a file by reference, refused rows, an alarm where its columns have changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from observer.connectors import messages
from observer.connectors.messages import Message
from observer.connectors.sources.files.columnar import Converted
from observer.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from observer.ports import Json

STAGING: Mapping[str, object] = {
    "type": "string",
    "description": "Folder for files under way; below the data folder unless it is given.",
}


def file_messages(done: Converted, stream: str, file: str, now: datetime) -> Iterator[Message]:
    """A converted file with what was refused of it, and warnings about its columns."""
    for item in done.refused:
        yield messages.quarantine(stream, file, item.row, item.reason, item.excerpt)
    if done.refused:
        yield messages.log("WARN", f"{stream}: {len(done.refused)} rows of {file} were refused")
    if done.unknown:
        yield messages.log("WARN", f"{stream}: {file} has fields without a column: {', '.join(done.unknown)}")
    if done.missing:
        yield messages.log("WARN", f"{stream}: {file} has no {', '.join(done.missing)}")
    if done.rows:
        yield messages.file_record(stream, done.path, {"file": file, "rows": done.rows}, now)


def column_changes(stream: str, before: object, now: Iterable[str]) -> Iterator[Message]:
    """A warning where the columns of a stream are not those of its last sync."""
    if not isinstance(before, list):
        return
    known, found = {str(name) for name in before}, set(now)
    if found - known:
        yield messages.log("WARN", f"{stream} has new columns: {', '.join(sorted(found - known))}")
    if known - found:
        yield messages.log("WARN", f"{stream} no longer has the columns {', '.join(sorted(known - found))}")


def staging_folder(config: Json, where: str, keep: Iterable[Path] = ()) -> Path:
    """The folder for files under way, without what an earlier run left behind. Raises ConfigError without one."""
    given = config.get("staging_dir")
    if not given:
        raise ConfigError("a folder for files under way is needed", where=f"{where}.staging_dir")
    folder = Path(str(given))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in set(folder.glob("observer-*")) - set(keep):
            left.unlink()
    except OSError as error:
        raise SourceError(f"cannot be used: {error.strerror}", where=str(folder)) from error
    return folder


@dataclass(frozen=True, slots=True)
class ColumnMemo:
    """Remembers the columns of files between runs, so that a file is not fetched for them again; may be lost."""

    folder: Path

    def find(self, stream: str, mark: str) -> tuple[dict[str, pa.DataType], dict[str, str]] | None:
        """The columns of a stream and the validators of its file, if they are known under this mark."""
        try:
            kept = json.loads(self._path(stream).read_text(encoding="utf-8"))
            if kept["mark"] != mark:
                return None
            columns = {str(name): pa.type_for_alias(kind) for name, kind in kept["columns"].items()}
            return columns, {str(name): str(value) for name, value in kept["validators"].items()}
        except (OSError, ValueError, KeyError, AttributeError):
            return None

    def keep(self, stream: str, mark: str, columns: Mapping[str, pa.DataType], validators: Mapping[str, str]) -> None:
        """Remembers them."""
        kinds = {name: str(kind) for name, kind in columns.items()}
        text = json.dumps({"mark": mark, "columns": kinds, "validators": dict(validators)})
        self._path(stream).write_text(text, encoding="utf-8")

    def _path(self, stream: str) -> Path:
        return self.folder / f"columns-{stream}.json"


def configured_streams(catalog: Json) -> tuple[str, ...]:
    """The names of the streams of a configured catalogue."""
    entries = catalog.get("streams")
    return tuple(str(entry["stream"]["name"]) for entry in entries) if isinstance(entries, list) else ()


def stream_states(state: Iterable[Json]) -> dict[str, dict[str, Any]]:
    """The state by stream of a source whose streams have states of their own."""
    found: dict[str, dict[str, Any]] = {}
    for body in state:
        part = body.get("stream")
        if isinstance(part, Mapping):
            kept = part.get("stream_state")
            found[str(part["stream_descriptor"]["name"])] = dict(kept) if isinstance(kept, Mapping) else {}
    return found
