"""The catalogue of connectors on the website: pages, their twins, Airbyte's form, and freshness as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from observer.model.sync import SyncRecord
from observer.postgres.syncs import SyncLog
from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows
from observer.web.app import WebSettings
from observer.web.markdown import markdown

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


class Site:
    def __init__(self, client: TestClient, syncs: SyncLog) -> None:
        self.client = client
        self.syncs = syncs

    def synced(self, hours: float, error: str | None = None) -> None:
        at = NOW - timedelta(hours=hours)
        self.syncs.record(SyncRecord("git", at, None if error else at, 1, 0, error))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("releases")
    with temporary_postgres() as urls:
        publish_rows(urls.owner, folder)
        model = ReadModel(urls.reader, folder, clock=lambda: NOW)
        settings = WebSettings("Test", lambda: NOW, "1.2.3+abc", "https://observer.example")
        with TestClient(create_app(model, settings)) as client:
            yield Site(client, SyncLog(urls.owner))


def test_before_any_sync_nothing_is_called_fresh(site: Site) -> None:
    page = site.client.get("/connectors").text
    (git,) = [row for row in site.client.get("/connectors.json").json()["data"] if row["name"] == "git"]

    assert "never synced" in page
    assert git["freshness"]["age"] == "never synced"


@pytest.mark.parametrize(("hours", "age"), [(1, "fresh"), (40, "late"), (100, "stale")])
def test_freshness_is_the_age_of_the_last_success_at_the_time_of_the_question(site: Site, hours: int, age: str) -> None:
    site.synced(hours)

    status = site.client.get("/status.json").json()["data"]["status"]
    api = site.client.get("/api/v1/connectors/git").json()["data"]["connector"]

    assert [row["age"] for row in status["connectors"]] == [age]
    assert {row["age"] for row in status["sources"] if row["connector"] == "git"} == {age}
    assert api["freshness"]["age"] == age
    assert f">{age}</span>" in site.client.get("/status").text


def test_a_failed_sync_is_told_and_leaves_the_last_success_without_its_reason(site: Site) -> None:
    site.synced(2)
    site.synced(1, error="git: secret.internal does not answer")

    page = site.client.get("/connectors/git").text
    found = site.client.get("/connectors/git.json").text

    assert "the last attempt, 1 hour ago, failed" in page
    assert "last success 2 hours ago" in page
    assert "secret.internal" not in page + found


def test_a_page_shows_streams_with_their_fields_and_what_the_connector_promises(site: Site) -> None:
    page = site.client.get("/connectors/npm").text
    rows = site.client.get("/connectors/npm.csv").text

    for words in ("committed_at", "date-time", "One request a day.", "CC0 1.0.", "0 3 * * *", '"url"'):
        assert words in page
    assert rows.splitlines()[0] == "name,key,is_incremental,fields"
    assert site.client.get("/connectors/nothing").status_code == 404


def test_the_catalogue_has_the_form_of_airbytes_registry(site: Site) -> None:
    document = site.client.get("/connectors/registry.json").json()

    assert set(document) == {"sources", "destinations"}
    source = document["sources"][0]
    needed = {"sourceDefinitionId", "name", "dockerRepository", "dockerImageTag", "documentationUrl", "spec"}
    assert needed <= source.keys()
    assert source["spec"]["connectionSpecification"]["type"] == "object"
    assert source["documentationUrl"] == "https://observer.example/connectors/git"
    assert source["dockerImageTag"] == "1.2.3"


def test_markdown_lets_no_html_through_and_no_link_into_the_source_tree() -> None:
    html = markdown(
        "# title\n\n## Limits\n\n<script>x</script> [a](../b.md) [c](https://x.test) [d](javascript:alert(1))\n\n"
        "| a | b |\n| --- | --- |\n| `1` | 2 |\n"
    )

    assert "title" not in html
    assert "&lt;script&gt;" in html
    assert 'href="https://x.test"' in html
    assert html.count("href") == 1
    assert '<div class="scroll"><table>' in html
