"""Messages between the API and its workers: a JSON head and bytes, each with its length before it."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from typing import Any

HEAD = struct.Struct("!II")


def pack(head: Mapping[str, object], body: bytes = b"") -> bytes:
    """One message."""
    text = json.dumps(head).encode("utf-8")
    return HEAD.pack(len(text), len(body)) + text + body


def send(descriptor: int, head: Mapping[str, object], body: bytes = b"") -> None:
    """Writes one message; blocks."""
    view = memoryview(pack(head, body))
    while view:
        view = view[os.write(descriptor, view) :]


def receive(descriptor: int) -> dict[str, Any] | None:
    """The head of the next message, which has no bytes; None where the other side has ended. Blocks."""
    lengths = _read(descriptor, HEAD.size)
    if lengths is None:
        return None
    text = _read(descriptor, HEAD.unpack(lengths)[0])
    if text is None:
        return None
    head: dict[str, Any] = json.loads(text)
    return head


def _read(descriptor: int, size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        part = os.read(descriptor, size - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)
