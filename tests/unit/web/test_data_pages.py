"""The pages of published tables and the SQL console, over the sample release."""

from __future__ import annotations

import csv
import io
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from observer.web.console import EXAMPLES


def test_every_table_and_view_has_a_page_with_its_columns(client: TestClient) -> None:
    relations = client.get("/data.json").json()["data"]

    assert {"events", "key_metrics", "projects_v1"} <= {each["name"] for each in relations}
    for each in relations:
        page = client.get(f"/data/{each['name']}")
        assert page.status_code == 200, each["name"]
        assert all(f"<code>{column['name']}</code>" in page.text for column in each["columns"]), each["name"]


def test_the_console_answers_what_the_api_answers(client: TestClient) -> None:
    query = "select project_name, null as nothing from projects order by 1"
    api = client.post("/api/v1/sql", json={"query": query, "format": "minimal"}).json()

    page = client.get(f"/data/sql?query={quote(query)}")
    data = client.get(f"/data/sql.json?query={quote(query)}").json()
    table = list(csv.reader(io.StringIO(client.get(f"/data/sql.csv?query={quote(query)}").text)))

    assert data["columns"] == api["columns"] == table[0]
    assert data["data"] == api["data"]
    assert table[1:] == [[name, ""] for name, _ in api["data"]]
    assert all(f"<td>{name}</td>" in page.text for name, _ in api["data"])
    assert page.text.count(">empty<") == len(api["data"])


@pytest.mark.parametrize("query", [text for _, text in EXAMPLES])
def test_the_examples_of_the_console_are_answered(client: TestClient, query: str) -> None:
    assert client.get(f"/data/sql?query={quote(query)}").status_code == 200


def test_a_plan_names_what_is_read(client: TestClient) -> None:
    page = client.get("/data/sql?plan=1&query=" + quote("select display_name from projects order by 1")).text

    assert 'id="answer">Plan<' in page
    assert "display_name" in page.partition("<pre")[2].partition("</pre>")[0]


def test_a_wrong_query_is_shown_with_what_is_wrong(client: TestClient) -> None:
    page = client.get("/data/sql?query=" + quote("select <b>x</b> from nowhere"))

    assert page.status_code == 400
    assert 'role="alert"' in page.text
    assert "<b>x" not in page.text


def test_a_picture_on_another_page_runs_no_query(client: TestClient) -> None:
    address = "/data/sql?query=" + quote("select 1 as one")

    assert "1 row of release" in client.get(address).text
    assert "1 row of release" not in client.get(address, headers={"Sec-Fetch-Dest": "image"}).text


def test_an_answer_without_rows_has_a_header(client: TestClient) -> None:
    query = quote("select project_name from projects where false")

    assert client.get(f"/data/sql.csv?query={query}").text == "project_name\n"
    assert "No rows." in client.get(f"/data/sql?query={query}").text
