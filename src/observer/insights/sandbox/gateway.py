"""The one thing that a sandboxed process can reach: the API of the observatory, question by question, and read-only."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from observer.client.pipe import read_message, write_message

_MAX_QUESTION = 1024 * 1024
_ASKED_WITH_POST = ("/api/v1/sql", "/api/v1/graphql")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the API in HTTP's words."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Api(Protocol):
    """Where the questions of sandboxed code go: an observatory, with the release that answers are of."""

    def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The answer to one question; `target` is path and query."""
        ...


class Gateway:
    """Answers one run's questions over a socket, in a thread, until the socket or the number of questions ends."""

    def __init__(self, api: Api, questions: int) -> None:
        self._api = api
        self._left = questions
        self._ours, self.theirs = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="insights gateway", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the connection and waits for the question that is being answered."""
        self.theirs.close()
        self._ours.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=30)
        self._ours.close()

    def _serve(self) -> None:
        descriptor = self._ours.fileno()
        try:
            while message := read_message(descriptor):
                reply = self._answer(*message)
                write_message(descriptor, {"status": reply.status, "headers": dict(reply.headers)}, reply.body)
        except (OSError, ValueError):
            return

    def _answer(self, head: Mapping[str, object], body: bytes) -> Reply:
        method, target = str(head.get("method")), str(head.get("target"))
        path = target.split("?")[0]
        self._left -= 1
        if self._left < 0:
            return _refusal(429, "the run asked too many questions", "ask for more at a time")
        if len(body) > _MAX_QUESTION or len(target) > 16_384:
            return _refusal(413, "the question is too large", "ask for less at a time")
        is_reading = method == "GET" and path.startswith("/api/v1/")
        is_asking = method == "POST" and path in _ASKED_WITH_POST
        if not (is_reading or is_asking) or ".." in path or "\\" in path:
            return _refusal(403, f"{method} {path[:100]} is not open to insights", "ask below /api/v1")
        found = head.get("headers")
        headers = {str(k): str(v) for k, v in found.items()} if isinstance(found, Mapping) else {}
        kept = {name: value for name, value in headers.items() if name in ("accept", "content-type")}
        return self._api.ask(method, target, kept, body)


def _refusal(status: int, message: str, hint: str) -> Reply:
    import json

    body = json.dumps({"error": "Refused", "message": message, "hint": hint, "status": status})
    return Reply(status, {"content-type": "application/json"}, body.encode("utf-8"))
