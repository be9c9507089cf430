"""Closed-loop HTTP load from one process: a fixed number of kept-open connections, each asking the next question."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import uvloop


@dataclass
class Load:
    """What came of a run: seconds per answer in milliseconds, failures by kind, wall seconds."""

    milliseconds: list[float] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.milliseconds) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of answers came."""
        return statistics.quantiles(self.milliseconds, n=1000, method="inclusive")[min(998, round(share * 1000) - 1)]

    def __str__(self) -> str:
        failed = f", failed {self.failures}" if self.failures else ""
        return (
            f"{self.rate:8.0f}/s  p50 {self.percentile(0.5):6.2f} ms  p95 {self.percentile(0.95):6.2f} ms  "
            f"p99 {self.percentile(0.99):6.2f} ms  of {len(self.milliseconds)}{failed}"
        )


def request(port: int, path: str, body: bytes | None = None) -> bytes:
    """An HTTP request as it goes over the wire."""
    head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + (body or b"")


def run(
    port: int, requests: Sequence[bytes], *, clients: int = 16, seconds: float | None = None, pause: float = 0.0
) -> Load:
    """Sends all requests, or for so many seconds around them, and waits for every answer.

    Each client rests `pause` seconds after an answer; they begin spread over the first pause.
    """
    return uvloop.run(_run(port, requests, clients, seconds, pause))


def ask(port: int, asked: bytes) -> bytes:
    """The body of one answer."""

    async def once() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(asked)
        status, body = await _answer(reader)
        writer.close()
        assert status == 200, (status, body[:500])
        return body

    return asyncio.run(once())


async def _run(port: int, requests: Sequence[bytes], clients: int, seconds: float | None, pause: float) -> Load:
    load, position = Load(), 0
    begun = time.perf_counter()

    async def client(number: int) -> None:
        nonlocal position
        await asyncio.sleep(pause * number / clients)
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while position < len(requests) if seconds is None else time.perf_counter() - begun < seconds:
            asked = requests[position % len(requests)]
            position += 1
            sent = time.perf_counter()
            try:
                if connection is None:
                    connection = await asyncio.open_connection("127.0.0.1", port)
                connection[1].write(asked)
                status, body = await asyncio.wait_for(_answer(connection[0]), 60)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                load.failures[type(error).__name__] = load.failures.get(type(error).__name__, 0) + 1
                connection = None
                continue
            if status != 200 or b'"errors"' in body[:60]:
                load.failures[str(status)] = load.failures.get(str(status), 0) + 1
            load.milliseconds.append((time.perf_counter() - sent) * 1000)
            if pause:
                await asyncio.sleep(pause)
        if connection:
            connection[1].close()

    await asyncio.gather(*map(client, range(clients)))
    load.seconds = time.perf_counter() - begun
    return load


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head[9:12])
    at = head.find(b"content-length:")
    if at >= 0:
        return status, await reader.readexactly(int(head[at + 15 : head.index(b"\r", at)]))
    body = b""
    while size := int((await reader.readline()).strip(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return status, body
