"""BucketSource: dated drops of CSV, JSON and Parquet files in a folder, a bucket or behind a page of links."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from observer.connectors.declarative.options import split_config
from observer.connectors.messages import Message
from observer.connectors.sources.bucket.config import SPEC, DropStream, parse_streams
from observer.connectors.sources.bucket.drops import Drops
from observer.connectors.sources.bucket.signing import Credentials
from observer.connectors.sources.bucket.stores import FolderStore, ObjectStore, PageStore, Store, bucket_address
from observer.connectors.sources.files.download import Downloader, host_of
from observer.connectors.sources.files.options import stream_of
from observer.connectors.sources.files.reading import configured_streams, staging_folder, stream_states
from observer.errors import ConfigError, SourceError
from observer.model.load import WriteMode

if TYPE_CHECKING:
    from observer.ports import Clock, Json

DEFAULT_LIMIT = 8 * 1024**3


class BucketSource:
    """ports.Source over dated files. A stream's state holds a mark of each file that its table has.

    Files come by reference, as Parquet. A damaged file is quarantined, and the others are read.
    """

    def __init__(self, clock: Clock | None = None, **exchange_options: Callable[..., object]) -> None:
        self.name = "bucket"
        self._clock = clock or (lambda: datetime.now(UTC))
        self._exchange_options = exchange_options
        self._fetched: dict[str, tuple[str, Path]] = {}

    def spec(self) -> Json:
        """The ConnectorSpecification."""
        return SPEC

    def check(self, config: Json) -> None:
        """Returns if every stream has a file; raises ConfigError or SourceError with the reason if not."""
        streams, drops = self._open(config)
        for stream in streams.values():
            if not drops.of(stream):
                raise SourceError(
                    f"no file matches the stream {stream.options.stream}",
                    where=f"[connectors.{self.name}]",
                    hint="file_match is matched against whole paths below the location",
                )

    def discover(self, config: Json) -> Json:
        """The streams of the config; where it names no columns, the newest file says which there are."""
        streams, drops = self._open(config)
        return {
            "streams": [
                stream_of(
                    stream.options,
                    drops.columns(stream),
                    WriteMode.OVERWRITE if stream.is_replacing else WriteMode.UPSERT,
                    dated=True,
                )
                for stream in streams.values()
            ]
        }

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Message]:
        """The rows of files that are new, as Parquet files by reference."""
        streams, drops = self._open(config)
        known = stream_states(state)
        for name in configured_streams(catalog):
            yield from drops.read(streams[name], known.get(name, {}), self._clock())

    def _open(self, config: Json) -> tuple[Mapping[str, DropStream], Drops]:
        own, transport = split_config(config)
        streams = parse_streams(own, self.name)
        staging = staging_folder(own, f"[connectors.{self.name}]", [path for _, path in self._fetched.values()])
        location = str(own["location"])
        endpoint, region = str(own.get("endpoint") or ""), str(own.get("region") or "us-east-1")
        credentials = _credentials(own, region, f"[connectors.{self.name}]")
        limit = int(str(own.get("max_file_bytes") or DEFAULT_LIMIT))
        store: Store
        if location.startswith(("s3://", "gs://")):
            base, prefix = bucket_address(location, endpoint, region)
            downloader = Downloader(frozenset({host_of(base)}), transport, **self._exchange_options)
            store = ObjectStore(base, prefix, downloader, credentials, self._clock, staging)
        elif location.startswith(("http://", "https://")):
            downloader = Downloader(frozenset({host_of(location)}), transport, **self._exchange_options)
            headers = {"Authorization": f"Bearer {credentials.bearer}"} if credentials and credentials.bearer else {}
            store = PageStore(location, downloader, headers, staging)
        else:
            store = FolderStore(Path(location))
        return streams, Drops(self.name, store, staging, limit, self._fetched)


def _credentials(config: Json, region: str, where: str) -> Credentials | None:
    texts = {name: str(config.get(name) or "") for name in ("access_key", "secret_key", "session_token", "token")}
    if bool(texts["access_key"]) != bool(texts["secret_key"]):
        raise ConfigError("access_key and secret_key go together", where=where)
    if not texts["access_key"] and not texts["token"]:
        return None
    return Credentials(texts["access_key"], texts["secret_key"], texts["session_token"], texts["token"], region)
