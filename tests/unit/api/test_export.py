"""A static export: each file is what the API answers at the same address, served by a plain file server."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from observer.api.export import Exported, ExportOptions, export_static
from observer.errors import ConfigError
from observer.model.metric import Grain
from observer.model.published import EntityType
from observer.postgres import PostgresUrls
from observer.query import ReadModel
from observer.query.reader import ReleaseReader

LIVE = ("status.json", "connectors.json", "connectors/")


def clock() -> datetime:
    return datetime(2024, 4, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def exported(read_model: ReadModel, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Exported]:
    folder: Path = tmp_path_factory.mktemp("static") / "export"
    options = ExportOptions(grains=(Grain.MONTH, Grain.ROLLING_90_DAYS))
    return folder, export_static(read_model, folder, options, clock=clock)


@pytest.fixture(scope="session")
def file_server(exported: tuple[Path, Exported]) -> Iterator[str]:
    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(exported[0]))

        def log_message(self, *_: object) -> None:
            """Keeps the output of the tests clean."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_every_file_equals_the_answer_of_the_api_at_its_address(
    client: TestClient, exported: tuple[Path, Exported]
) -> None:
    folder, done = exported
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "export.json"]
    compared = 0
    for path in files:
        address = path.relative_to(folder / "api" / "v1").as_posix()
        if address.startswith(("pages/", *LIVE)):
            continue
        answer = client.get("/api/v1/" + quote(address))
        assert answer.status_code == 200, address
        assert answer.content == path.read_bytes(), address
        compared += 1

    assert compared > 200
    twice = done.files["tables"] - 1
    assert sum(done.files.values()) + twice == len(files), "tables lie at two addresses and are counted once"
    assert not done.unwritable
    assert {"projects", "collections", "artifacts", "series", "key metrics", "coverage", "badges"} <= set(done.files)


def test_pages_list_every_entity_as_the_api_does(client: TestClient, exported: tuple[Path, Exported]) -> None:
    folder, _ = exported
    for plural in ("projects", "collections", "artifacts"):
        page = json.loads((folder / "api/v1/pages" / plural / "1.json").read_text())

        assert page == client.get(f"/api/v1/{plural}?limit=1000").json()
        for listed in page["data"]:
            entity = listed["entity"]
            parts = (entity["source"], entity["namespace"] or "-") if plural == "artifacts" else ()
            assert (folder / "api/v1" / "/".join((plural, *parts, entity["name"] + ".json"))).is_file()


def test_a_plain_file_server_serves_the_numbers_of_a_project(client: TestClient, file_server: str) -> None:
    for path in (
        "/api/v1/projects/lattice.json",
        "/api/v1/key-metrics/project/lattice.json",
        "/api/v1/series/month/commits/project/lattice.json",
        "/api/v1/tables/projects.csv",
        "/api/v1/badges/commits/project/lattice.svg",
    ):
        with urllib.request.urlopen(file_server + path, timeout=10) as answer:
            assert answer.read() == client.get(path).content, path
    asked = client.get("/api/v1/series?metric=commits&entity=project/lattice&grain=month")
    assert asked.content == client.get("/api/v1/series/month/commits/project/lattice.json").content


def test_an_export_is_replaced_whole_and_nothing_else_is(read_model: ReadModel, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    options = ExportOptions(entity_types=(EntityType.COLLECTION,))
    export_static(read_model, folder, options, clock=clock)
    (folder / "api" / "v1" / "old.json").write_text("{}")

    export_static(read_model, folder, options, clock=clock)

    assert not (folder / "api" / "v1" / "old.json").exists()
    assert not (folder / "api" / "v1" / "projects").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(ConfigError):
        export_static(read_model, tmp_path / "mine", options, clock=clock)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "precious"


def test_tables_are_written_outside_of_the_transaction(
    sample_release: tuple[PostgresUrls, Path], tmp_path: Path
) -> None:
    urls, releases = sample_release
    open_transactions = []

    class Watched(ReadModel):
        @contextmanager
        def pinned(self, number: int | None = None) -> Iterator[ReleaseReader]:
            with super().pinned(number) as reader:
                open_transactions.append(reader)
                yield reader
                open_transactions.remove(reader)

        def file(self, number: int, table: str) -> Path:
            assert not open_transactions, "a transaction that idles is ended by the database"
            return super().file(number, table)

    with Watched(urls.reader, releases) as model:
        done = export_static(model, tmp_path / "out", ExportOptions(entity_types=()), clock=clock)

    assert done.files["tables"] > 50


def test_an_address_takes_no_parameter_twice_and_no_unknown_grain(client: TestClient) -> None:
    series = "/api/v1/series/month/commits/project/lattice.json"

    assert client.get(series + "?release=1").status_code == 200
    assert client.get(series + "?grain=day").status_code == 400
    assert client.get(series.replace("month", "fortnight")).status_code == 400
    assert client.get("/api/v1/projects/lattice.json.json").status_code == 404
