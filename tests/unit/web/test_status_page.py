"""The page of freshness: what is in use by stream, what is not by name."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from starlette.testclient import TestClient

from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows
from observer.testing.sample import sample_rows
from observer.web.app import WebSettings

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_sources_that_nobody_uses_are_named_and_have_no_rows_of_their_own(tmp_path: Path) -> None:
    (loaded,) = sample_rows()["source_status"]
    never: dict[str, object] = {
        **dict.fromkeys(loaded),
        "row_count": 0,
        "quarantined_count": 0,
        "state": "never loaded",
    }
    idle = [{**never, "connector": "crates", "stream": stream} for stream in ("crates", "versions")]
    half = [{**loaded, "connector": "npm"}, {**never, "connector": "npm", "stream": "downloads"}]
    with temporary_postgres() as urls:
        publish_rows(urls.owner, tmp_path, {**sample_rows(), "source_status": [loaded, *idle, *half]})
        app = create_app(ReadModel(urls.reader, tmp_path), WebSettings("Test", lambda: NOW, "1"))
        with TestClient(app) as client:
            page = client.get("/status").text
            twin = client.get("/status.json").json()["data"]["status"]["sources"]

    freshness = page[page.index("Freshness</h2>") : page.index("Coverage</h2>")]
    assert re.findall(r'<th scope="row">([\w-]+)<small>(\w+)', freshness) == [
        ("git", "commits"),
        ("npm", "commits"),
        ("npm", "downloads"),
    ]
    assert 'Not in use here: <a href="/connectors/crates">crates</a>.' in freshness
    assert len(twin) == 5
