"""A served sample release, once for all tests of SQL, and a way to ask it."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from observer.accounts.principal import Principal
from observer.accounts.resolver import Known
from observer.query.read_model import ReadModel
from observer.query.sql.pool import PoolSettings
from observer.server import create_app
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows
from observer.web.app import WebSettings


@dataclass(frozen=True)
class Reply:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float = 0.0

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def rows(self) -> list[list[Any]]:
        return [row for line in self.body.splitlines() for row in json.loads(line).get("data", [])]

    @property
    def columns(self) -> list[str]:
        columns: list[str] = json.loads(self.body.splitlines()[0])["columns"]
        return columns

    @property
    def error(self) -> str:
        return str(self.json["error"])


@dataclass(frozen=True)
class SqlSite:
    """A server with a release."""

    url: str
    releases: Path
    database: str = ""
    app: Any = field(repr=False, default=None)

    def ask(self, query: str, *, path: str = "/api/v1/sql", **values: object) -> Reply:
        body = {"query": query, "format": "minimal", **values}
        return self.post(path, json.dumps(body).encode())

    def post(self, path: str, body: bytes, **headers: str) -> Reply:
        return self._open(path, body, {"content-type": "application/json", **headers})

    def get(self, path: str, **headers: str) -> Reply:
        return self._open(path, None, headers)

    def _open(self, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        url = path if path.startswith("http") else self.url + path
        request = urllib.request.Request(url, data=body, headers=dict(headers))
        begun = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, told, text = answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            status, told, text = error.code, dict(error.headers), error.read()
        return Reply(status, {name.lower(): value for name, value in told.items()}, text, time.monotonic() - begun)


class Serving:
    """Serves an application on a free port as long as the block lasts."""

    def __init__(self, app: Any) -> None:
        self._server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self) -> str:
        self._thread.start()
        end = time.monotonic() + 60
        while not self._server.started:
            assert time.monotonic() < end and self._thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(30)


@contextlib.contextmanager
def served(database: str, folder: Path, principal: Principal | None = None) -> Iterator[SqlSite]:
    """Serves the releases; `principal` is who everybody is taken for."""
    read_model = ReadModel(database, folder)
    web = WebSettings("Test", lambda: datetime(2026, 11, 1, tzinfo=UTC), "test")
    app = create_app(read_model, web, sql=PoolSettings(nice=0))
    if principal is not None:
        known = Known(principal, 0.0)

        async def caller(*_: object) -> Known:
            return known

        app.state.access.caller = caller
    with Serving(app) as url:
        yield SqlSite(url, folder, database, app)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlSite]:
    """Two releases of the sample, the second current."""
    folder: Path = tmp_path_factory.mktemp("releases")
    with temporary_postgres() as urls:
        publish_rows(urls.owner, folder)
        publish_rows(urls.owner, folder, _changed(), snapshot_id=2)
        with served(urls.reader, folder) as running:
            yield running


def _changed() -> dict[str, Any]:
    from observer.testing.sample import sample_rows

    rows = dict(sample_rows())
    rows["projects"] = [{**row, "display_name": f"New {row['display_name']}"} for row in rows["projects"]]
    return rows
