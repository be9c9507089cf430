"""How a declarative connector may talk to its upstream: the `transport` part of its config, which the host adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from observer.ports import Json

TRANSPORT = "transport"

SCHEMA: dict[str, object] = {
    "type": "object",
    "title": "Transport",
    "description": "How the connector talks to its upstream; read by the host, not by the manifest.",
    "additionalProperties": False,
    "properties": {
        "allowed_hosts": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Hosts beside those of the manifest's base URLs, for example where downloads redirect to.",
        },
        "private_hosts": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Hosts that may have addresses of the own network, and that may be spoken to without TLS.",
        },
        "max_requests": {"type": "integer", "minimum": 1, "description": "The most requests of one run."},
        "attempts": {"type": "integer", "minimum": 1, "maximum": 10, "description": "Times that a request is tried."},
        "longest_wait_seconds": {"type": "number", "minimum": 0, "description": "The longest wait before a retry."},
        "timeout_seconds": {"type": "number", "exclusiveMinimum": 0, "description": "The longest silence."},
        "max_response_bytes": {"type": "integer", "minimum": 1, "description": "The largest body, unpacked."},
        "ca_file": {"type": "string", "description": "Certificate authorities of the own network, as a PEM file."},
        "cache_dir": {"type": "string", "description": "Folder of answers kept for conditional requests."},
    },
}


@dataclass(frozen=True, slots=True)
class TransportOptions:
    """Limits of one connector's requests. `cache_dir` empty: nothing is kept between runs."""

    allowed_hosts: frozenset[str] = frozenset()
    private_hosts: frozenset[str] = frozenset()
    max_requests: int = 100_000
    attempts: int = 4
    longest_wait_seconds: float = 300.0
    timeout_seconds: float = 60.0
    max_response_bytes: int = 256 * 1024 * 1024
    ca_file: str = ""
    cache_dir: str = ""


def split_config(config: Json, cache_dir: Path | None = None) -> tuple[dict[str, object], TransportOptions]:
    """A config parted into what the manifest reads and what the transport reads; `cache_dir` where it names none."""
    own = {name: value for name, value in config.items() if name != TRANSPORT}
    given = config.get(TRANSPORT)
    values: dict[str, object] = {"cache_dir": str(cache_dir or "")}
    values |= {str(name): value for name, value in given.items()} if isinstance(given, Mapping) else {}
    for name in ("allowed_hosts", "private_hosts"):
        hosts = values.get(name)
        values[name] = frozenset(str(host).lower() for host in (hosts if isinstance(hosts, (list, tuple)) else ()))
    return own, TransportOptions(**values)  # type: ignore[arg-type]  # the host has checked it against SCHEMA


def with_transport(specification: Json) -> dict[str, object]:
    """A ConnectorSpecification that takes the option `transport` beside the manifest's own.

    Options that neither names are refused, unless the manifest says that it takes any.
    """
    schema = specification.get("connectionSpecification")
    inner: dict[str, object] = dict(schema) if isinstance(schema, Mapping) else {"type": "object"}
    properties = inner.get("properties")
    inner["properties"] = {**(properties if isinstance(properties, Mapping) else {}), TRANSPORT: SCHEMA}
    inner.setdefault("additionalProperties", False)
    return {**specification, "connectionSpecification": inner}
