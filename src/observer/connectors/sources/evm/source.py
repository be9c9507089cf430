"""The evm source: blocks, transactions, receipts, logs and traces of EVM networks, from nodes and from files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from observer.connectors import messages
from observer.connectors.declarative.addresses import HostPolicy
from observer.connectors.declarative.options import split_config
from observer.connectors.declarative.transport import Exchange
from observer.connectors.messages import Message
from observer.connectors.sources.evm import streams
from observer.connectors.sources.evm.chain import Chain, ReorganisedError, Stretch
from observer.connectors.sources.evm.client import RpcClient
from observer.connectors.sources.evm.config import SPEC, Config, Network, parse_config
from observer.connectors.sources.evm.progress import Progress, loaded
from observer.connectors.sources.evm.rows import withdrawn
from observer.connectors.sources.evm.writing import discard_files, write
from observer.connectors.streams import catalog as build_catalog
from observer.errors import ConfigError, SourceError, TransientSourceError

if TYPE_CHECKING:
    from observer.ports import Clock, Json

_BY_NAME = {stream.name: stream for stream in streams.ALL}
# Reorganisations that one run follows before it leaves the rest to the next.
_PATIENCE = 20


class EvmSource:
    """ports.Source over EVM networks.

    Rows come as Parquet files, one for each stream and some blocks. The state is global and comes after each of them:
    how far each network was read with the hashes of its last blocks, and which files were read. `last_exchange` tells
    what the last call said to the nodes.
    """

    name = "evm"

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        **exchange_options: Callable[..., object],
    ) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self._exchange_options = exchange_options
        self.last_exchange: Exchange | None = None

    def spec(self) -> Json:
        """The ConnectorSpecification."""
        return SPEC

    def check(self, config: Json) -> None:
        """Returns if every node answers and every pattern of files finds some; raises ConfigError or SourceError."""
        parsed = parse_config(config)
        exchange = self._exchange(config, parsed)
        for network in parsed.networks:
            if network.url:
                self._chain(network, parsed, exchange, frozenset()).head()
            if network.files:
                from observer.connectors.sources.evm.drops import require_files

                require_files(network, parsed.staging)

    def discover(self, config: Json) -> Json:
        """The AirbyteCatalog of the five streams."""
        return build_catalog(streams.ALL)

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Message]:
        """The messages of a sync. Raises ConfigError, SourceError or TransientSourceError."""
        parsed = parse_config(config)
        wanted = _stream_names(catalog)
        discard_files(parsed.staging)
        known = _shared_state(state)
        exchange = self._exchange(config, parsed)
        for network in parsed.networks:
            if network.files:
                from observer.connectors.sources.evm.drops import read_files

                for message in read_files(network, parsed.staging, wanted, known.setdefault("files", {}), self._clock):
                    yield message or _snapshot(known)
            if network.url:
                chain = self._chain(network, parsed, exchange, wanted)
                yield from self._network(network, parsed, chain, wanted, known)

    def _network(
        self, network: Network, config: Config, chain: Chain, wanted: frozenset[str], known: dict[str, Any]
    ) -> Iterator[Message]:
        limit = chain.head() - network.finality
        last = limit if network.last is None else min(limit, network.last)
        progress = _progress(network, chain, wanted, known, limit)
        before, patience = progress, _PATIENCE
        progress = _ancestor(progress, chain)
        if progress.next < before.next:
            yield messages.log("WARN", _reorganised(network.name, progress, before))
        if config.most is not None:
            last = min(last, progress.next + config.most - 1)
        gone = range(max(limit + 1, progress.next), progress.highest + 1)
        if gone:
            rows = [withdrawn(network.name, number) for number in gone]
            yield from self._files(Stretch(rows={"blocks": rows}), wanted, config.staging)
            progress = replace(progress, highest=gone.start - 1)
            yield _state(network, progress, known)
        while progress.next <= last:
            try:
                stretch = chain.read(progress.next, min(last, progress.next + config.step - 1), progress.parent_hash)
            except ReorganisedError:
                patience -= 1
                if not patience:
                    raise TransientSourceError("the chain does not settle", where=network.name) from None
                before, progress = progress, _ancestor(progress, chain)
                yield messages.log("WARN", _reorganised(network.name, progress, before))
                continue
            yield from self._files(stretch, wanted, config.staging)
            progress = progress.after((block.number, block.hash) for block in stretch.blocks)
            yield _state(network, progress, known)
        yield from _alarms(chain)

    def _files(self, stretch: Stretch, wanted: frozenset[str], staging: Path) -> Iterator[Message]:
        for name, rows in stretch.rows.items():
            if rows and name in wanted:
                path = write(_BY_NAME[name], rows, staging)
                yield messages.file_record(name, path, {"rows": len(rows)}, self._clock())
        for refused in stretch.refused:
            yield messages.quarantine(refused.stream, refused.place, None, refused.reason, refused.excerpt)

    def _exchange(self, config: Json, parsed: Config) -> Exchange:
        _, options = split_config(config)
        hosts = frozenset(_host(url) for url in parsed.hosts)
        policy = HostPolicy(hosts | options.allowed_hosts, options.private_hosts)
        self.last_exchange = Exchange(policy, options, **self._exchange_options)  # type: ignore[arg-type]  # named there
        return self.last_exchange

    def _chain(self, network: Network, config: Config, exchange: Exchange, wanted: frozenset[str]) -> Chain:
        client = RpcClient(network.name, network.url, exchange, config.batch)
        return Chain(network.name, client, wanted, network.traces)


def _progress(network: Network, chain: Chain, wanted: frozenset[str], known: dict[str, Any], newest: int) -> Progress:
    stored = known.setdefault("networks", {}).get(network.name)
    progress = loaded(stored) if stored else None
    if progress is not None and wanted <= progress.streams:
        return progress
    first = network.first if network.first_day is None else chain.first_of(network.first_day, newest)
    return Progress(next=first, highest=progress.highest if progress else -1, streams=wanted)


def _ancestor(progress: Progress, chain: Chain) -> Progress:
    found = progress.back_to_common_ancestor(chain.hash_of)
    if found is None:
        raise SourceError(
            f"none of the last {len(progress.recent)} blocks that were read is in the chain any more",
            where=chain.network,
            hint="is this the right network? If so, reset the connector's state and read it again",
        )
    return found


def _reorganised(network: str, progress: Progress, before: Progress) -> str:
    return f"{network} was reorganised: {before.next - progress.next} blocks from {progress.next} on are read again"


def _state(network: Network, progress: Progress, known: dict[str, Any]) -> Message:
    known.setdefault("networks", {})[network.name] = progress.dumped()
    return _snapshot(known)


def _snapshot(known: Mapping[str, Any]) -> Message:
    # The host keeps a state for a while; it must not see what is read in the meantime.
    return messages.global_state(deepcopy(dict(known)))


def _alarms(chain: Chain) -> Iterator[Message]:
    for warning in chain.warnings:
        yield messages.log("WARN", warning)
    for stream, fields in sorted(chain.unknown.items()):
        names = ", ".join(sorted(fields)[:20])
        yield messages.log("WARN", f"schema drift: {stream} of {chain.network} has new fields: {names}")


def _host(url: str) -> str:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise ConfigError("the address of a node has no valid port", where="evm.networks") from error
    if not parts.hostname:
        raise ConfigError("the address of a node has no host", where="evm.networks")
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    host = parts.hostname.lower()
    return host if port in (None, usual) else f"{host}:{port}"


def _stream_names(catalog: Json) -> frozenset[str]:
    configured = catalog.get("streams")
    entries = configured if isinstance(configured, list) else []
    return frozenset(str(entry["stream"]["name"]) for entry in entries)


def _shared_state(state: Sequence[Json]) -> dict[str, Any]:
    for body in state:
        whole = body.get("global")
        shared = whole.get("shared_state") if isinstance(whole, Mapping) else None
        if isinstance(shared, Mapping):
            return {name: dict(part) for name, part in shared.items() if isinstance(part, Mapping)}
    return {}
