"""One sandbox for all tests: it imports pandas and matplotlib once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest

from observer.insights.sandbox.gateway import Api, Reply
from observer.insights.sandbox.process import Sandbox


class EchoApi:
    """Answers every question with the question, or by another API where a test sets one."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.forward: Api | None = None

    def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if self.forward is not None:
            return self.forward.ask(method, target, headers, body)
        self.asked.append(f"{method} {target}")
        answer = {"columns": ["a"], "data": [[1]]} if target == "/api/v1/sql" else {"data": [], "target": target}
        return Reply(200, {"content-type": "application/json", "x-observer-release": "7"}, json.dumps(answer).encode())


@pytest.fixture(scope="session")
def api() -> EchoApi:
    return EchoApi()


@pytest.fixture(scope="session")
def sandbox(api: EchoApi) -> Iterator[Sandbox]:
    with Sandbox(api) as opened:
        yield opened
