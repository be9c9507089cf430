"""Questions over a connection that the process was born with: `OBSERVER_URL=fd:5`, in processes without a network.

A message is two lengths, a JSON head and a body. One question is asked at a time.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from threading import Lock
from typing import Any

import httpx

SCHEME = "fd:"
LENGTHS = struct.Struct("!II")
MAX_BYTES = 64 * 1024 * 1024
"""The largest head or body of a message."""


def write_message(descriptor: int, head: Mapping[str, object], body: bytes = b"") -> None:
    """Writes one message; blocks."""
    text = json.dumps(head).encode("utf-8")
    view = memoryview(LENGTHS.pack(len(text), len(body)) + text + body)
    while view:
        view = view[os.write(descriptor, view) :]


def read_message(descriptor: int) -> tuple[dict[str, Any], bytes] | None:
    """The next message; None where the other side has ended. ValueError where it is none. Blocks."""
    lengths = _read(descriptor, LENGTHS.size)
    if lengths is None:
        return None
    head_size, body_size = LENGTHS.unpack(lengths)
    if max(head_size, body_size) > MAX_BYTES:
        raise ValueError("the message is too large")
    text, body = _read(descriptor, head_size), _read(descriptor, body_size)
    if text is None or body is None:
        return None
    head = json.loads(text)
    if not isinstance(head, dict):
        raise ValueError("the head of a message is a JSON object")
    return head, body


def _read(descriptor: int, size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        part = os.read(descriptor, min(size - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)


class PipeTransport(httpx.BaseTransport):
    """Sends the requests of a client over the file descriptor that an address like `fd:5` names."""

    def __init__(self, address: str) -> None:
        self._descriptor = int(address.removeprefix(SCHEME))
        self._turn = Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        head = {
            "method": request.method,
            "target": request.url.raw_path.decode("ascii"),
            "headers": {name: value for name, value in request.headers.items() if name in ("accept", "content-type")},
        }
        try:
            with self._turn:
                write_message(self._descriptor, head, request.read())
                answer = read_message(self._descriptor)
        except (OSError, ValueError) as error:
            raise httpx.TransportError(f"the connection to the observatory is broken: {error}") from error
        if answer is None:
            raise httpx.TransportError("the connection to the observatory has ended")
        return httpx.Response(
            int(answer[0]["status"]), headers=answer[0]["headers"], content=answer[1], request=request
        )
