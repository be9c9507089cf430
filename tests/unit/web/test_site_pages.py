"""Pages of the site over the sample release: choices in addresses, hostile text, and twins that agree."""

from __future__ import annotations

import html

import pytest
from starlette.testclient import TestClient

from observer.testing.sample import sample_rows


@pytest.mark.parametrize(
    "address",
    [
        "/project/lattice?topic=code&grain=rolling_30_days&range=all&who=everyone",
        "/collection/everything?who=bots&window=all",
        "/compare?entity=project/lattice&add=quil&metric=commits&metric=stars&range=1y",
        "/explore?within=everything&least.commits=1&column=commits&sort=name&descending=true",
        "/releases/1",
    ],
)
def test_every_choice_has_a_page_with_one_heading(client: TestClient, address: str) -> None:
    answer = client.get(address)

    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/project/lattice?topic=nonsense", "no topic 'nonsense'"),
        ("/project/lattice?who=me", "nobody to count"),
        ("/project/lattice?window=90", "'90' is not one of day, week, month"),
        ("/project/lattice?window=rolling_9_days", "did you mean 'rolling_90_days'?"),
        ("/compare?metric=nonsense", "no metric 'nonsense'"),
        ("/explore?least.commits=many", "'many' is no number"),
        ("/explore?within=nowhere", "no collection"),
        ("/releases/x", "number of a release"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(client: TestClient, address: str, words: str) -> None:
    answer = client.get(address)

    assert answer.status_code in (400, 404)
    assert words in html.unescape(answer.text)


def test_compare_finds_entities_by_what_people_call_them(client: TestClient) -> None:
    data = client.get("/compare.json?entity=project/lattice&add=quil").json()["data"]

    assert [entity["name"] for entity in data["entities"]] == ["lattice", "quill"]
    assert client.get("/compare.json?add=zzzzzzzz").json()["data"]["missing"] == ["zzzzzzzz"]


def test_a_chart_of_bots_counts_what_the_api_counts(client: TestClient) -> None:
    page = client.get("/project/lattice.json?who=bots&range=all").json()["data"]["series"]
    (commits,) = [series for series in page if series["metric"]["name"] == "commits"]

    query = f"metric=commits&entity=project/lattice&grain=month&classes=bot&start={commits['start']}"
    api = client.get(f"/api/v1/series?{query}").json()["data"]

    assert [point["amount"] for point in commits["points"]] == [point["amount"] for point in api["points"]]


def test_a_release_says_which_tables_it_changed(client: TestClient) -> None:
    changes = client.get("/releases/2.json").json()["data"]["changes"]

    rows = len(sample_rows()["quarantine"])
    assert rows
    assert changes["tables"] == [{"table": "quarantine", "rows": rows, "rows_before": 0}]
    assert changes["metrics"] == []
    assert client.get("/releases/1.json").json()["data"]["changes"] is None


def test_home_says_what_the_newest_release_holds_and_changed(client: TestClient) -> None:
    rows = sample_rows()
    data = client.get("/index.json").json()["data"]
    first = client.get("/index.json?release=1").json()["data"]

    assert {count["name"]: (count["rows"], count["more"]) for count in data["counts"]} == {
        name: (len(rows[name]), None) for name in ("projects", "collections", "artifacts", "events")
    }
    assert [change["table"] for change in data["changes"]["tables"]] == ["quarantine"]
    assert "Since release 1, 1 table and 0 metrics changed" in client.get("/").text
    assert first["changes"] is None
    assert "It is the first release here" in client.get("/?release=1").text


def test_suggestions_lead_to_pages_that_exist(client: TestClient) -> None:
    hits = client.get("/search.json?q=lat").json()["data"]["hits"]

    assert hits[0]["address"] == "/project/lattice"
    for hit in hits:
        assert client.get(hit["address"], follow_redirects=False).status_code == 200
    assert client.get("/search?q=lat", follow_redirects=False).headers["location"] == "/explore?q=lat"
