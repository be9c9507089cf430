"""Serves an application on a free port of this machine, for clients that need a real connection."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp


@contextlib.contextmanager
def served(app: ASGIApp, *, seconds: float = 30.0) -> Iterator[str]:
    """The address of a server of `app` in a thread, with the options that the command line serves with."""
    import uvicorn

    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, proxy_headers=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        end = time.monotonic() + seconds
        while not server.started:
            if time.monotonic() > end or not thread.is_alive():
                raise RuntimeError("the server does not start")
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(seconds)
