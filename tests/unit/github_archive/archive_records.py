"""Records of the three eras as the archive writes them, and files made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from observer.connectors.sources.github_archive.reader import Outcome

Record = dict[str, Any]
LOCAL = "da8d7d1118ca5befd4d0d3e4f449c76ba6f1ee7e"


def event(type_: str, payload: Record, *, number: int = 1, created_at: str = "2015-01-01T00:00:05Z") -> Record:
    return {
        "id": str(2489368000 + number),
        "type": type_,
        "actor": {"id": 100 + number, "login": f"person{number}"},
        "repo": {"id": 200 + number, "name": f"owner/repository{number}"},
        "payload": payload,
        "public": True,
        "created_at": created_at,
    }


def push(number: int = 1, *, email: str = f"{LOCAL}@example.org", **fields: Any) -> Record:
    commit = {"sha": f"{number:040x}", "author": {"email": email, "name": "Ann"}, "message": "m", "distinct": True}
    payload = {
        "push_id": 500 + number,
        "size": 1,
        "distinct_size": 1,
        "ref": "refs/heads/main",
        "head": f"{number:040x}",
        "before": f"{number + 1:040x}",
        "commits": [commit],
    }
    return event("PushEvent", payload, number=number) | fields


def slim_push(number: int = 1) -> Record:
    payload = {"repository_id": 201, "push_id": 9, "ref": "refs/heads/main", "head": "a" * 40, "before": "b" * 40}
    return event("PushEvent", payload, number=number, created_at="2025-11-01T10:00:00Z")


def old_push(number: int = 1, *, email: str = f"{LOCAL}@example.org", **fields: Any) -> Record:
    return {
        "created_at": "2013-10-10T00:01:54-07:00",
        "payload": {
            "shas": [[f"{number:040x}", email, "message", "Ann", True]],
            "size": 1,
            "ref": "refs/heads/main",
            "head": f"{number:040x}",
        },
        "public": True,
        "type": "PushEvent",
        "url": "https://github.com/owner/repository/compare/a...b",
        "actor": f"person{number}",
        "actor_attributes": {"login": f"person{number}", "email": email},
        "repository": {"id": 300 + number, "name": "repository", "owner": "owner", "stargazers": 3, "forks": 2},
    } | fields


def text(records: Iterable[Mapping[str, Any] | bytes | str]) -> bytes:
    lines = [
        record if isinstance(record, bytes) else record.encode() if isinstance(record, str) else _dump(record)
        for record in records
    ]
    return b"".join(line + b"\n" for line in lines)


def _dump(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()


class Reading:
    """One file that was read, and SQL over its rows."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.connection = duckdb.connect()

    def events(self, columns: str = "*") -> list[tuple[Any, ...]]:
        return self.connection.execute(f"select {columns} from '{self.outcome.events}' order by line").fetchall()

    def commits(self, columns: str = "*") -> list[tuple[Any, ...]]:
        path = self.outcome.push_commits
        return self.connection.execute(f"select {columns} from '{path}' order by event_key, position").fetchall()

    def reasons(self) -> dict[int | None, str]:
        return {rejected.line: rejected.reason for rejected in self.outcome.rejected}
