"""People behind very many events are counted where somebody asks for them, on the page and in the API."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from observer.model.metric import Grain

PAGE = "/explain/commits/project/lattice?grain=quarter"
ANSWER = "/api/v1/explain?metric=commits&entity=project/lattice&grain=quarter"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("observer.query.explain.PEOPLE_AT_ONCE", 1)


@pytest.mark.usefixtures("few")
def test_the_page_says_so_and_leads_to_them(client: TestClient) -> None:
    page = client.get(PAGE).text

    assert "people are not counted with it" in page
    assert "counted of" not in page
    assert "&amp;people=1" in page
    asked = client.get(f"{PAGE}&people=1").text
    assert "counted of" in asked
    assert "people are not counted with it" not in asked


@pytest.mark.usefixtures("few")
def test_the_answer_has_none_instead_of_a_number(client: TestClient) -> None:
    told = client.get(ANSWER).json()["data"]
    asked = client.get(f"{ANSWER}&people=true").json()["data"]

    assert (told["user_count"], told["counted_users"], told["users"]["items"]) == (None, None, [])
    assert asked["counted_users"] == asked["user_count"] == len(asked["users"]["items"]) > 0
    assert told["row_count"] == asked["row_count"]
    assert client.get(f"{ANSWER}&people=perhaps").status_code == 400


def test_periods_are_those_at_which_the_metric_has_values(client: TestClient) -> None:
    page = client.get("/explain/full_time_developers/project/lattice?grain=month").text

    (picked,) = re.findall(r'<nav class="pick" aria-label="Period">(.*?)</nav>', page)
    grains = {grain: f'grain={grain}"' in picked for grain in Grain}
    asked = "/explain/full_time_developers/project/lattice?grain="
    answers = {grain: client.get(f"{asked}{grain}").status_code == 200 for grain in Grain}
    assert grains == answers
    assert set(grains.values()) == {True, False}
