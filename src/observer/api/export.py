"""The read side of one release as files, for any file server: the same addresses and bytes as the API's."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from observer.api.app import releases_body
from observer.api.badge import badge
from observer.api.downloads import csv_chunks
from observer.api.openapi import document
from observer.api.static_files import BY_ENDPOINT, STATIC_FILES, StaticFile, file_reference
from observer.errors import ConfigError
from observer.http import envelope, json_bytes
from observer.model.metric import Grain
from observer.model.published import EntityType
from observer.query.answers import Entity, KeyMetric
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.query.request import MAX_PAGE, Listing

ROOT = Path("api") / "v1"
ABOUT = "export.json"
"""What is in the folder; also the sign that an export may be replaced."""

BADGE_GRAIN = Grain.ROLLING_90_DAYS
_LONGEST_NAME = 255
_PLURALS = {EntityType.PROJECT: "projects", EntityType.COLLECTION: "collections", EntityType.ARTIFACT: "artifacts"}
Told = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What is written: entities of which types, and series at which grains."""

    entity_types: Sequence[EntityType] = tuple(EntityType)
    grains: Sequence[Grain] = (Grain.MONTH,)


@dataclass
class Exported:
    """How many files of each kind were written, their bytes, and names that no file can have."""

    files: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    unwritable: list[str] = field(default_factory=list)


def export_static(
    read_model: ReadModel,
    folder: Path,
    options: ExportOptions | None = None,
    *,
    clock: Callable[[], datetime],
    told: Told = lambda kind, done: None,
) -> Exported:
    """Writes the current release to `folder`, which is empty, absent or an older export; that one is replaced whole.

    All answers are of one release. `told` hears how many entities of a type are done. ConfigError where the folder
    holds something else.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / ABOUT).is_file():
        raise ConfigError("the folder holds something else", where=str(folder), hint="name a folder that is empty")
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        with read_model.pinned() as reader:
            writer = _Writer(fresh, reader, options or ExportOptions())
            writer.everything(told)
        # The files of a release need no transaction, and take longer than one may idle.
        _tables(writer, read_model)
        writer.write("releases", "releases.json", releases_body(read_model.releases()))
        _about(writer, clock())
        _swap(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return writer.done


class _Writer:
    """Writes the files of one release below a folder that nobody sees yet."""

    def __init__(self, folder: Path, reader: ReleaseReader, options: ExportOptions) -> None:
        self.done = Exported()
        self.folder = folder
        self.options = options
        self.reader = reader
        self._catalogue = {metric.name: metric for metric in reader.metrics()}

    def everything(self, told: Told) -> None:
        """All but the tables."""
        self.write("openapi", "openapi.json", json_bytes(document()))
        manifest = json_bytes(self.reader.release.as_manifest())
        self.write("releases", f"releases/{self.reader.release.number}/manifest.json", manifest)
        self._catalogues()
        for entity_type in self.options.entity_types:
            for place, entity in enumerate(self._entities(entity_type), start=1):
                self._entity(entity)
                told(_PLURALS[entity_type], place)

    def write(self, kind: str, address: str, body: bytes) -> None:
        """One file, at an address below the prefix of the API."""
        path = self.path_of(address)
        if path is None:
            self.done.unwritable.append(address)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        self.count(kind, len(body))

    def count(self, kind: str, size: int) -> None:
        """Counts a file that was written."""
        self.done.files[kind] += 1
        self.done.bytes += size

    def path_of(self, address: str) -> Path | None:
        """Where an address is kept; None for one with a part that cannot be the name of a file."""
        parts = address.removeprefix("/").split("/")
        if any(_is_unfit(part) for part in parts):
            return None
        return self.folder / ROOT / Path(*parts)

    def _catalogues(self) -> None:
        """Everything that is no entity: lists without a parameter, and each of their items."""
        for file in STATIC_FILES:
            if not file.names:
                self._answer(file, {})
        items = {
            "/metrics/{name}": [metric.name for metric in self.reader.metrics()],
            "/models/{name}": [model.name for model in self.reader.models()],
            "/connectors/{name}": [connector.name for connector in self.reader.connectors()],
        }
        items["/lineage/{name}"] = items["/models/{name}"]
        for path, names in items.items():
            for name in names:
                self._answer(BY_ENDPOINT[path], {"name": name})

    def _entities(self, entity_type: EntityType) -> Iterator[Entity]:
        """All entities of a type; the pages in which they are listed are written on the way."""
        plural = _PLURALS[entity_type]
        asked = Listing(sort="name", grain=Grain.ROLLING_90_DAYS, limit=MAX_PAGE)
        for number in range(1, 1_000_000):
            page = self.reader.entities(entity_type, asked)
            self.write(plural, f"pages/{plural}/{number}.json", json_bytes(envelope(self.reader.release, page)))
            yield from (listed.entity for listed in page.items)
            if page.next_cursor is None:
                return
            asked = replace(asked, cursor=page.next_cursor)

    def _entity(self, entity: Entity) -> None:
        plural, reference = _PLURALS[entity.entity_type], file_reference(entity)
        if entity.entity_type is EntityType.ARTIFACT:
            parts = {"source": entity.source, "namespace": entity.namespace or "-", "name": entity.name}
            self._answer(BY_ENDPOINT["/artifacts/{source}/{namespace}/{name:path}"], parts)
        else:
            self._answer(BY_ENDPOINT[f"/{plural}/{{name}}"], {"name": entity.name})
        self._answer(BY_ENDPOINT["/coverage"], {"entity": reference})
        values = self.reader.key_metrics(entity)
        address = BY_ENDPOINT["/key-metrics"].address(entity=reference)
        self.write("key metrics", address, json_bytes(envelope(self.reader.release, values)))
        self._series(entity, reference, values)
        self._badges(reference, values)

    def _series(self, entity: Entity, reference: str, values: Sequence[KeyMetric]) -> None:
        names = list(dict.fromkeys(value.metric for value in values))
        for grain in self.options.grains:
            for series in self.reader.series_of_metrics(names, entity, grain):
                parts = {"grain": grain.value, "metric": series.metric.name, "entity": reference}
                body = json_bytes(envelope(self.reader.release, series))
                self.write("series", BY_ENDPOINT["/series"].address(**parts), body)

    def _badges(self, reference: str, values: Sequence[KeyMetric]) -> None:
        for value in values:
            if value.grain is BADGE_GRAIN:
                title = self._catalogue[value.metric].display_name
                self.write("badges", f"badges/{value.metric}/{reference}.svg", badge(title, value))

    def _answer(self, file: StaticFile, parts: Mapping[str, str]) -> None:
        """One answer as the API gives it."""
        kind = file.path.split("/")[1].removesuffix(".json")
        answer = file.endpoint.respond(self.reader, file.values(parts, {}))
        self.write(kind, file.address(**parts), json_bytes(envelope(self.reader.release, answer)))


def _tables(writer: _Writer, read_model: ReadModel) -> None:
    """Each table as Parquet and CSV, under its number and as the current one; both are one file where links can be."""
    number = writer.reader.release.number
    for table in writer.reader.release.tables:
        for form in ("parquet", "csv"):
            first = writer.path_of(f"releases/{number}/{table.name}.{form}")
            second = writer.path_of(f"tables/{table.name}.{form}")
            assert first and second  # noqa: S101 - names of tables are words
            first.parent.mkdir(parents=True, exist_ok=True)
            second.parent.mkdir(parents=True, exist_ok=True)
            if form == "parquet":
                shutil.copyfile(read_model.file(number, table.name), first)
            else:
                with first.open("wb") as file:
                    file.writelines(csv_chunks(read_model.file(number, table.name)))
            try:
                os.link(first, second)
            except OSError:
                shutil.copyfile(first, second)
            writer.count("tables", first.stat().st_size)


def _about(writer: _Writer, now: datetime) -> None:
    release = writer.reader.release
    told = {
        "release": release.number,
        "as_of": release.as_of,
        "exported_at": now,
        "root": f"/{ROOT.as_posix()}",
        "files": dict(sorted(writer.done.files.items())),
        "bytes": writer.done.bytes,
        "entity_types": [entity_type.value for entity_type in writer.options.entity_types],
        "grains": [grain.value for grain in writer.options.grains],
        "addresses": [file.path for file in STATIC_FILES],
        "unwritable": writer.done.unwritable,
    }
    (writer.folder / ABOUT).write_bytes(json_bytes(told))


def _swap(fresh: Path, folder: Path) -> None:
    """Puts the new folder into the place of the old one, which readers see until the last moment."""
    if not folder.exists():
        fresh.rename(folder)
        return
    former = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    folder.rename(former)
    fresh.rename(folder)
    shutil.rmtree(former, ignore_errors=True)


def _is_unfit(part: str) -> bool:
    is_too_long = len(part.encode("utf-8", "surrogatepass")) > _LONGEST_NAME
    return part in ("", ".", "..") or "\x00" in part or "\\" in part or is_too_long
