"""The config of the evm source: networks, and for each a node, files, or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from observer.connectors.declarative.options import SCHEMA as TRANSPORT_SCHEMA
from observer.errors import ConfigError

if TYPE_CHECKING:
    from observer.ports import Json

_NETWORK: dict[str, object] = {
    "type": "object",
    "required": ["network"],
    "additionalProperties": False,
    "anyOf": [{"required": ["rpc_url"]}, {"required": ["rpc_secret_url"]}, {"required": ["files"]}],
    "properties": {
        "network": {
            "type": "string",
            "pattern": "^[A-Za-z][A-Za-z0-9_]{0,40}$",
            "description": "Name as the directory has it, for example optimism or mainnet.",
        },
        "rpc_url": {"type": "string", "description": "Address of a node (JSON-RPC over HTTP)."},
        "rpc_secret_url": {
            "type": "string",
            "airbyte_secret": True,
            "description": "The address where a key is part of it.",
        },
        "files": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "minLength": 1},
            "description": "Folders or patterns of Parquet or CSV files with the rows of streams.",
        },
        "start_block": {"type": "integer", "minimum": 0, "description": "First block; 0 by default."},
        "start_date": {
            "type": "string",
            "pattern": "^\\d{4}-\\d{2}-\\d{2}$",
            "description": "Day of the first block, in place of start_block.",
        },
        "end_block": {"type": "integer", "minimum": 0, "description": "Last block; the newest final one by default."},
        "finality_blocks": {
            "type": "integer",
            "minimum": 0,
            "default": 64,
            "description": "How far behind the newest block reading stays.",
        },
        "traces": {
            "enum": ["auto", "trace_block", "debug_traceBlockByNumber", "none"],
            "default": "auto",
            "description": "The method for traces; auto tries both.",
        },
    },
}

SPEC: Json = {
    "documentationUrl": "https://ethereum.org/en/developers/docs/apis/json-rpc/",
    "supportsIncremental": True,
    "connectionSpecification": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "EVM networks",
        "type": "object",
        "required": ["networks", "staging_dir"],
        "additionalProperties": False,
        "properties": {
            "networks": {"type": "array", "minItems": 1, "items": _NETWORK},
            "staging_dir": {"type": "string", "minLength": 1, "description": "Folder for files on their way."},
            "blocks_per_step": {
                "type": "integer",
                "minimum": 1,
                "maximum": 10_000,
                "default": 50,
                "description": "Blocks that are read, and committed, together.",
            },
            "calls_per_request": {
                "type": "integer",
                "minimum": 1,
                "maximum": 1000,
                "default": 25,
                "description": "Calls in one request to a node.",
            },
            "blocks_per_run": {"type": "integer", "minimum": 1, "description": "The most blocks of a network a run."},
            "transport": TRANSPORT_SCHEMA,
        },
    },
}


@dataclass(frozen=True, slots=True)
class Network:
    """One network. `url` is empty where only files are read; `last` None stands for the newest final block."""

    name: str
    url: str = ""
    files: tuple[str, ...] = ()
    first: int = 0
    first_day: date | None = None
    last: int | None = None
    finality: int = 64
    traces: str = "auto"


@dataclass(frozen=True, slots=True)
class Config:
    """A checked config of the source."""

    networks: tuple[Network, ...]
    staging: Path
    step: int
    batch: int
    most: int | None

    @property
    def hosts(self) -> tuple[str, ...]:
        """The nodes' addresses."""
        return tuple(network.url for network in self.networks if network.url)


def parse_config(config: Json) -> Config:
    """The config as the source works with it. Raises ConfigError where it cannot."""
    given: Any = config
    networks = tuple(_network(entry) for entry in given["networks"])
    names = [network.name for network in networks]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(f"{twice} is there twice", where="evm.networks", hint="put node and files into one entry")
    return Config(
        networks=networks,
        staging=Path(str(given["staging_dir"])),
        step=int(given.get("blocks_per_step", 50)),
        batch=int(given.get("calls_per_request", 25)),
        most=given.get("blocks_per_run"),
    )


def _network(entry: Mapping[str, Any]) -> Network:
    name = str(entry["network"]).upper()
    url = str(entry.get("rpc_secret_url") or entry.get("rpc_url") or "")
    day = entry.get("start_date")
    try:
        first_day = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).date() if day else None
    except ValueError as error:
        raise ConfigError(f"{day} is no day", where=f"evm.networks {name}") from error
    return Network(
        name=name,
        url=url,
        files=tuple(entry.get("files") or ()),
        first=int(entry.get("start_block", 0)),
        first_day=first_day,
        last=entry.get("end_block"),
        finality=int(entry.get("finality_blocks", 64)),
        traces=str(entry.get("traces", "auto")),
    )
