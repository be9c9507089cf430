"""The open-collective source: ledgers of collectives, from exported files and from the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from observer.connectors import messages
from observer.connectors.declarative.options import SCHEMA as TRANSPORT_SCHEMA
from observer.connectors.messages import Message
from observer.connectors.sources.gitcoin.tables import columns, lines
from observer.connectors.sources.open_collective import streams
from observer.connectors.sources.open_collective.api import ENDPOINT, Api
from observer.connectors.sources.open_collective.rows import (
    LEDGER_COLUMNS,
    Row,
    collective_row,
    graphql_row,
    ledger_row,
)
from observer.connectors.sources.oss_funding.files import (
    SourceFile,
    configured_files,
    digest,
    guarded_download,
    transport_options,
)
from observer.connectors.sources.oss_funding.source import shared_state, stream_names
from observer.connectors.streams import catalog as build_catalog
from observer.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from observer.ports import Clock, Json

# Goes up when the rows of unchanged files change, so that they are read again.
_ROWS_VERSION = 1

SPEC: Json = {
    "documentationUrl": "https://docs.opencollective.com/help/contributing/development/api",
    "supportsIncremental": True,
    "connectionSpecification": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Open Collective",
        "type": "object",
        "additionalProperties": False,
        "anyOf": [{"required": ["slugs"]}, {"required": ["locations"]}],
        "properties": {
            "slugs": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "description": "Collectives to read from the API, the last part of their page's address.",
            },
            "locations": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "description": "Folders, archives or .csv files (also .gz) of exported ledgers, or URLs of them.",
            },
            "token": {"type": "string", "airbyte_secret": True, "description": "Personal token; raises the limits."},
            "endpoint": {"type": "string", "default": ENDPOINT},
            "overlap_days": {
                "type": "integer",
                "minimum": 0,
                "default": 30,
                "description": "Days before the last transaction that are read again: flags of refunds come late.",
            },
            "timeout_seconds": {"type": "number", "exclusiveMinimum": 0, "default": 60},
            "transport": TRANSPORT_SCHEMA,
        },
    },
}


class OpenCollectiveSource:
    """ports.Source over collectives and their transactions.

    Rows replace those of the same id. The state is global: the digest of the exported files, the time of the last
    transaction by slug, and the streams that were read; it comes after the files and after each collective.
    `exchange_options` replace resolver, clock and sleep of the transport in tests.
    """

    name = "open-collective"

    def __init__(self, clock: Clock | None = None, **exchange_options: Callable[..., object]) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self._exchange_options = exchange_options

    def spec(self) -> Json:
        """The ConnectorSpecification."""
        return SPEC

    def check(self, config: Json) -> None:
        """Returns if the files are ledgers and the first collective exists; ConfigError or SourceError if not."""
        files, slugs = self._files(config), _slugs(config)
        if not files and not slugs:
            raise ConfigError("neither slugs nor locations", where="open-collective")
        if files and not any(set(columns(file)) >= LEDGER_COLUMNS for file in files):
            raise SourceError("no file has the columns of a ledger", where="open-collective.locations")
        if slugs:
            with self._api(config) as api:
                if api.account(slugs[0]) is None:
                    raise SourceError(f"there is no collective {slugs[0]!r}", where="open-collective.slugs")

    def discover(self, config: Json) -> Json:
        """The AirbyteCatalog of the two streams."""
        return build_catalog(streams.ALL)

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Message]:
        """The messages of a sync. Raises SourceError where files or the API cannot be read."""
        files = self._files(config)
        wanted = stream_names(catalog)
        known = shared_state(state)
        is_known = known.get("streams") == sorted(wanted) and known.get("rows_version") == _ROWS_VERSION
        after = known.get("after") if is_known else None
        mark: dict[str, object] = {
            "rows_version": _ROWS_VERSION,
            "streams": sorted(wanted),
            "digest": digest(files) if files else None,
            "after": dict(after) if isinstance(after, Mapping) else {},
        }
        emitted_at = self._clock()
        if files and not (is_known and known.get("digest") == mark["digest"]):
            for file in files:
                yield from _ledger(file, wanted, emitted_at)
            yield messages.global_state(mark)
        slugs = _slugs(config)
        if slugs:
            with self._api(config) as api:
                for slug in slugs:
                    yield from _collective(api, slug, config, wanted, mark, emitted_at)

    def _files(self, config: Json) -> list[SourceFile]:
        if not config.get("locations"):
            return []
        download = guarded_download(config, **self._exchange_options)
        return configured_files(config, self.name, lambda path: path.endswith(".csv"), ".csv file", download=download)

    def _api(self, config: Json) -> Api:
        token = config.get("token")
        return Api(
            str(config.get("endpoint") or ENDPOINT),
            token if isinstance(token, str) and token else None,
            transport_options(config),
            **self._exchange_options,
        )


def _ledger(file: SourceFile, wanted: frozenset[str], emitted_at: datetime) -> Iterator[Message]:
    if not set(columns(file)) >= LEDGER_COLUMNS:
        yield messages.quarantine(streams.TRANSACTIONS.name, file.path, 1, "the columns are not those of a ledger")
        return
    collectives: dict[object, Row] = {}
    for line in lines(file):
        try:
            if line.record is None:
                raise ValueError(line.reason)
            row = ledger_row(line.record)
        except ValueError as error:
            yield messages.quarantine(streams.TRANSACTIONS.name, file.path, line.number, str(error))
            continue
        reference = f"open-collective:{file.path}#L{line.number}"
        collectives.setdefault(row["account_slug"], _told(row, line.record, reference))
        if streams.TRANSACTIONS.name in wanted:
            yield messages.record(streams.TRANSACTIONS.name, {**row, "_record_ref": reference}, emitted_at)
    if streams.COLLECTIVES.name in wanted:
        for collective in collectives.values():
            yield messages.record(streams.COLLECTIVES.name, collective, emitted_at)


def _told(row: Row, record: Mapping[str, object], reference: str) -> Row:
    """What a ledger tells of the collective that it belongs to: not its balance, which may be of any row."""
    name = record.get("accountName")
    return {
        "slug": row["account_slug"],
        "display_name": name if isinstance(name, str) and name else None,
        "account_type": "COLLECTIVE",
        "currency": row["currency"],
        "balance": None,
        "host_slug": None,
        "_record_ref": reference,
    }


def _collective(
    api: Api, slug: str, config: Json, wanted: frozenset[str], mark: dict[str, object], emitted_at: datetime
) -> Iterator[Message]:
    account = api.account(slug)
    reference = f"open-collective:{slug}"
    if account is None:
        yield messages.quarantine(streams.COLLECTIVES.name, slug, None, "there is no such collective")
        return
    try:
        collective = {**collective_row(account), "_record_ref": reference}
    except ValueError as error:
        yield messages.quarantine(streams.COLLECTIVES.name, slug, None, str(error))
        return
    if streams.COLLECTIVES.name in wanted:
        yield messages.record(streams.COLLECTIVES.name, collective, emitted_at)
    after = mark["after"]
    times = after if isinstance(after, dict) else {}
    latest = times.get(slug)
    if streams.TRANSACTIONS.name in wanted:
        for node in api.transactions(slug, _start(latest, config)):
            try:
                row = graphql_row(node)
            except ValueError as error:
                yield messages.quarantine(streams.TRANSACTIONS.name, f"{slug}/{node.get('id')}", None, str(error))
                continue
            latest = max(str(row["created_at"]), latest or "")
            row["_record_ref"] = f"{reference}/{row['transaction_id']}"
            yield messages.record(streams.TRANSACTIONS.name, row, emitted_at)
    mark["after"] = {**times, slug: latest}
    yield messages.global_state(mark)


def _start(latest: object, config: Json) -> str | None:
    """From when on to read: some days before the last transaction that was seen."""
    if not isinstance(latest, str):
        return None
    days = config.get("overlap_days", 30)
    moment = datetime.fromisoformat(latest) - timedelta(days=days if isinstance(days, int) else 30)
    return moment.isoformat(timespec="seconds") + "Z"


def _slugs(config: Json) -> list[str]:
    slugs = config.get("slugs")
    listed = slugs if isinstance(slugs, Sequence) and not isinstance(slugs, str) else ()
    return list(dict.fromkeys(str(slug).lower() for slug in listed))
