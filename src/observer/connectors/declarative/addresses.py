"""Decides which hosts and addresses a connector may reach, and connects to the very address that was checked."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection

from observer.errors import SourceError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

# Prefixes that carry an IPv4 address inside, so that a public-looking address may lead to a private one.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """The hosts of a connector by `name` or `name:port`; `private` ones may be in the own network and need no TLS."""

    allowed: frozenset[str]
    private: frozenset[str] = frozenset()

    def require(self, url: str) -> None:
        """Raises SourceError for an address that this connector must not be sent to."""
        parts = urlsplit(url)
        try:
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError as error:
            raise SourceError(f"the address {_shown(url)} has no valid port") from error
        if parts.scheme not in ("http", "https"):
            raise SourceError(f"the scheme {parts.scheme or 'of no name'!r} is not spoken", where=_shown(url))
        if parts.username is not None or parts.password is not None:
            raise SourceError("an address with a user name in it is refused", where=_shown(url))
        default = 443 if parts.scheme == "https" else 80
        names = {f"{host}:{port or default}"} | ({host} if port in (None, default) else set())
        if not names & (self.allowed | self.private) and host not in self.private:
            raise SourceError(
                f"the host {host!r} is not one of this connector",
                where=_shown(url),
                hint="name it in `transport.allowed_hosts` if it is right",
            )
        if parts.scheme == "http" and not self.is_private(host):
            raise SourceError("only hosts of `transport.private_hosts` are spoken to without TLS", where=_shown(url))

    def is_private(self, host: str) -> bool:
        """Whether a host may have an address that is not public."""
        return any(name.rsplit(":", 1)[0] == host or name == host for name in self.private)

    def require_address(self, host: str, address: str) -> None:
        """Raises SourceError if a host's address lies inside of a network that the host may not lead into."""
        if not self.is_private(host) and not is_public(address):
            raise SourceError(
                f"the host {host!r} leads to {address}, which is no public address",
                hint="name it in `transport.private_hosts` if it is a host of your own network",
            )


def is_public(text: str) -> bool:
    """Whether an IP address is reachable over the internet, looking into addresses that carry another one."""
    address: Address = ipaddress.ip_address(text.split("%", 1)[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name in the resolver's order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def pool_classes(policy: HostPolicy, resolver: Resolve = resolve) -> dict[str, type[HTTPConnectionPool]]:
    """urllib3's connection pools by scheme, whose connections go only where the policy lets them."""

    def connect(connection: HTTPConnection) -> socket.socket:
        # A second look-up could answer otherwise, so the connection is made to the address and not to the name.
        addresses = _addresses(connection, resolver)
        for address in addresses:
            policy.require_address(connection.host.lower(), address)
        sock = _open(connection, addresses)
        peer = str(sock.getpeername()[0])
        if peer not in addresses:
            sock.close()
            raise SourceError(f"connected to {peer}, which is no address of {connection.host!r}")
        return sock

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _addresses(connection: HTTPConnection, resolver: Resolve) -> list[str]:
    try:
        found = resolver(connection.host, int(connection.port or 0))
    except (OSError, UnicodeError) as error:
        raise NewConnectionError(connection, f"the name {connection.host!r} has no address: {error}") from error
    if not found:
        raise NewConnectionError(connection, f"the name {connection.host!r} has no address")
    return found


def _open(connection: HTTPConnection, addresses: list[str]) -> socket.socket:
    timeout: Any = connection.timeout if isinstance(connection.timeout, (int, float)) else None
    failure: OSError | None = None
    for address in addresses:
        try:
            # With urllib3's options: else the body of a request waits until its head is acknowledged, 40 ms here.
            return create_connection(
                (address, int(connection.port or 0)), timeout=timeout, socket_options=connection.socket_options
            )
        except OSError as error:
            failure = error
    raise NewConnectionError(connection, f"no connection to {connection.host!r}: {failure}") from failure


def _shown(url: str) -> str:
    """An address without what may be secret in it."""
    parts = urlsplit(url)
    host = parts.netloc.rsplit("@", 1)[-1]
    return f"{parts.scheme}://{host}{parts.path}"[:200]
