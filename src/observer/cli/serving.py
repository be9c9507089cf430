"""Knows whether the website of an observatory is being served, by a file that the server keeps in the data folder."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from observer.errors import ConfigError


@contextlib.contextmanager
def announced(data: Path, host: str, port: int) -> Iterator[None]:
    """Tells other commands, as long as the block lasts, where this process serves."""
    file = data / "server.json"
    file.write_text(json.dumps({"pid": os.getpid(), "host": host, "port": port}), encoding="utf-8")
    try:
        yield
    finally:
        if _read(data).get("pid") == os.getpid():
            file.unlink(missing_ok=True)


def served_at(data: Path) -> str | None:
    """The address at which this observatory is served now; None where it is not."""
    values = _read(data)
    pid, host, port = values.get("pid"), values.get("host"), values.get("port")
    if not isinstance(pid, int) or not isinstance(host, str) or not isinstance(port, int):
        return None
    try:
        os.kill(pid, 0)
        socket.create_connection((_reached(host), port), timeout=1).close()
    except OSError:
        return None
    return address(host, port)


def address(host: str, port: int) -> str:
    """The address of a page server for a browser on this machine."""
    reached = _reached(host)
    return f"http://{f'[{reached}]' if ':' in reached else reached}:{port}"


def free_port(host: str, port: int) -> int:
    """The port, or another one that is free if somebody listens there already."""
    from observer.cli.observatory import require_free_port

    with contextlib.suppress(ConfigError):
        require_free_port(host, port)
        return port
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        found: int = probe.getsockname()[1]
        return found


def _reached(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _read(data: Path) -> dict[str, object]:
    try:
        values = json.loads((data / "server.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
