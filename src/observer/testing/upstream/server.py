"""Plays an upstream: answers by path, validators and conditional answers included, and scripted faults before them."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the upstream saw it; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Reply:
    """What the upstream answers.

    `delay` seconds pass before the first byte. With `cut_at` the connection closes after that many bytes of the body,
    while the header still promises all of them.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut_at: int | None = None

    @classmethod
    def json(cls, content: object, status: int = 200, **headers: str) -> Reply:
        """A JSON answer."""
        kept = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, json.dumps(content).encode(), {"Content-Type": "application/json", **kept})


Answer = Reply | Callable[[Asked], Reply]


class Upstream:
    """A context manager: a server with the answers that it was given, by path with or without query.

    `path?name=value` answers a request with exactly this query, or one that has this parameter among others.

    `answers` may change between requests. `faults` of a path are answered once each, in their order, before its answer.
    `asked` is every request so far, `misses` those without an answer.
    """

    def __init__(self, answers: Mapping[str, Answer] | None = None) -> None:
        self.answers: dict[str, Answer] = dict(answers or {})
        self.faults: dict[str, list[Reply]] = {}
        self.asked: list[Asked] = []
        self.misses: list[str] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def host(self) -> str:
        """`127.0.0.1:<port>`."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """The address without a slash at its end."""
        return f"http://{self.host}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def play(self, folder: Path, **replacements: str) -> None:
        """Takes the answers of a folder of samples: `answers.json` maps each path to the name of a file beside it."""
        for path, name in json.loads((folder / "answers.json").read_text(encoding="utf-8")).items():
            text = (folder / name).read_text(encoding="utf-8")
            for mark, value in replacements.items():
                text = text.replace("{" + mark + "}", value)
            kind = "application/json" if name.endswith(".json") else "text/plain"
            self.answers[path] = Reply(200, text.encode(), {"Content-Type": kind})

    def fail(self, path: str, *replies: Reply) -> None:
        """Scripts what a path answers before it answers as it should; `*` stands for every path."""
        self.faults[path] = list(replies)

    def paths(self) -> list[str]:
        """The paths asked for, in their order."""
        return [asked.path for asked in self.asked]

    def reply_to(self, asked: Asked) -> Reply:
        """The answer to one request, noted."""
        with self._lock:
            self.asked.append(asked)
            for key in (asked.target, asked.path, "*"):
                if self.faults.get(key):
                    return self.faults[key].pop(0)
            answer = self._answer_to(asked)
            if answer is None:
                self.misses.append(asked.target)
                return Reply.json({"error": "not found"}, 404)
        reply = answer(asked) if callable(answer) else answer
        return _conditional(asked, reply)

    def _answer_to(self, asked: Asked) -> Answer | None:
        keys = (asked.target, *(f"{asked.path}?{part}" for part in asked.query.split("&")), asked.path)
        return next((self.answers[key] for key in keys if key in self.answers), None)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body are sent apart; without this the second waits for an acknowledgement of the first.
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            def log_message(self, format: str, *arguments: object) -> None:
                return None

            def _answer(self, body: bytes = b"") -> None:
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = upstream.reply_to(Asked(self.command, unquote(parts.path), parts.query, headers, body))
                if reply.delay:
                    time.sleep(reply.delay)
                try:
                    self._send(reply, "gzip" in headers.get("accept-encoding", ""))
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def _send(self, reply: Reply, is_gzip: bool) -> None:
                body = reply.body
                is_packed = is_gzip and len(body) > 500 and "Content-Encoding" not in reply.headers
                if is_packed:
                    body = gzip.compress(body, 1, mtime=0)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if is_packed:
                    self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body if reply.cut_at is None else body[: reply.cut_at])
                self.close_connection = self.close_connection or reply.cut_at is not None

        return Handler


def conditional_requests(asked: Sequence[Asked]) -> int:
    """How many requests were conditional."""
    return sum("if-none-match" in one.headers or "if-modified-since" in one.headers for one in asked)


def _conditional(asked: Asked, reply: Reply) -> Reply:
    """A whole answer with its validator, or 304 where the request holds that validator."""
    if reply.status != 200 or reply.cut_at is not None:
        return reply
    tag = f'"{hashlib.sha256(reply.body).hexdigest()[:16]}"'
    if asked.headers.get("if-none-match") == tag:
        return Reply(304, b"", {"ETag": tag})
    return Reply(reply.status, reply.body, {"ETag": tag, **reply.headers}, reply.delay, reply.cut_at)
