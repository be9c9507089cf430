"""The command that serves the Model Context Protocol."""

from __future__ import annotations

import ipaddress

import click

from observer.cli.observatory import current
from observer.errors import ConfigError


@click.command()
@click.option("--url", envvar="OBSERVER_URL", help="The observatory to ask; by default the one that is served here.")
@click.option("--http", "is_http", is_flag=True, help="Serve by HTTP instead of standard input and output.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on, with --http.")
@click.option("--port", type=click.IntRange(1, 65535), default=8081, show_default=True, help="Port, with --http.")
@click.option(
    "--allowed-host", "allowed_hosts", multiple=True, help="A name by which HTTP clients may call us, beside localhost."
)
@click.pass_context
def mcp(
    ctx: click.Context, url: str | None, is_http: bool, host: str, port: int, allowed_hosts: tuple[str, ...]
) -> None:
    """Serve tools for language models: search, describe, series, explain, SQL.

    The API key is taken from OBSERVER_API_KEY; over HTTP, from the caller's Authorization instead where there is one.
    """
    import os

    from observer.mcp_server import build_server

    api_key = os.environ.get("OBSERVER_API_KEY") or None
    if is_http and api_key and not _is_loopback(host):
        raise ConfigError(
            "everybody who reaches this address would ask with your API key",
            where="--host",
            hint="unset OBSERVER_API_KEY: callers bring their own",
        )
    server = build_server(url or _served_url(ctx), api_key)
    if not is_http:
        server.run("stdio")
        return
    from mcp.server.transport_security import TransportSecuritySettings

    names = ("127.0.0.1", "localhost", "[::1]", *allowed_hosts)
    security = TransportSecuritySettings(
        allowed_hosts=[each for name in names for each in (name, f"{name}:*")],
        allowed_origins=[f"http://{name}:*" for name in names] + [f"https://{name}" for name in allowed_hosts],
    )
    server.run(
        "streamable-http", host=host, port=port, stateless_http=True, json_response=True, transport_security=security
    )


def _served_url(ctx: click.Context) -> str:
    from observer.cli.serving import address, served_at

    observatory = current(ctx)
    settings = observatory.settings.server
    return served_at(observatory.data) or address(settings.host, settings.port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
