"""Kept plans: one document with other texts is answered as if it was planned anew."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path

import psycopg
import pytest
from starlette.testclient import TestClient
from tests.unit.api.test_graphql import Sql, ask, data, refused

from observer.api.graphql.documents import Documents, Plan
from observer.api.graphql.plan import Planner
from observer.query import ReadModel
from observer.query.conditions import COMPARISONS, PATTERNS
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows
from observer.testing.sample import sample_rows

NAMES = """query($name: String, $other: String!, $limit: Int) {
    projects(where: {project_name: {_eq: $name}}, order_by: {project_name: asc}, limit: $limit) { project_name }
    others: projects(where: {_not: {project_name: {_gte: $other}}}, order_by: {project_name: asc}) { project_name }
}"""


def names(found: dict[str, list[dict[str, str]]], key: str) -> list[str]:
    return [row["project_name"] for row in found[key]]


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many plans were made, in its length."""
    made: list[int] = []
    steps = Planner.steps

    def counted(self: Planner) -> object:
        made.append(1)
        return steps(self)

    monkeypatch.setattr(Planner, "steps", counted)
    return made


def test_other_texts_need_no_other_plan(client: TestClient, planned: list[int]) -> None:
    first = data(client, NAMES, name="quill", other="lattice", limit=3)
    planned.clear()
    second = data(client, NAMES, name="harbor", other="quill", limit=3)
    third = data(client, NAMES, name="' or true --", other="a", limit=3)

    assert (names(first, "projects"), names(first, "others")) == (["quill"], ["harbor"])
    assert (names(second, "projects"), names(second, "others")) == (["harbor"], ["harbor", "lattice"])
    assert (names(third, "projects"), names(third, "others")) == ([], [])
    assert planned == []


def test_what_is_no_text_has_its_own_plan(client: TestClient) -> None:
    assert names(data(client, NAMES, name="quill", other="a", limit=3), "projects") == ["quill"]
    assert names(data(client, NAMES, name="quill", other="a", limit=0), "projects") == []
    assert names(data(client, NAMES, name=None, other="a", limit=2), "projects") == ["harbor", "lattice"]
    assert len(names(data(client, NAMES, other="a"), "projects")) == 3
    assert names(data(client, NAMES, name="", other="a", limit=3), "projects") == []
    assert "Variable '$limit'" in refused(client, NAMES, name="quill", other="a", limit="many")
    assert "Variable '$other'" in refused(client, NAMES, name="quill", limit=3)


def test_a_text_that_decides_how_it_is_compared_is_looked_at_each_time(client: TestClient, sql: Sql) -> None:
    ((owner, name),) = sql(
        "select artifact_namespace, artifact_name from artifacts_by_project where artifact_type = 'REPOSITORY' "
        "order by 1, 2 limit 1"
    )
    query = "query($n: String!) { artifacts_by_project(where: {artifact_name: {_eq: $n}}) { artifact_name } }"
    pattern = "query($p: String!) { projects(where: {project_name: {_like: $p}}) { project_name } }"
    since = "query($d: String!) { events_daily(where: {bucket_day: {_gte: $d}}, limit: 1) { bucket_day } }"

    assert data(client, query, n="nothing")["artifacts_by_project"] == []
    assert data(client, query, n=f"{owner}/{name}")["artifacts_by_project"] == [{"artifact_name": name}]
    assert names(data(client, pattern, p="quil_"), "projects") == ["quill"]
    assert "longer than" in refused(client, pattern, p="q" * 2000)
    assert data(client, since, d="2024-03-01")["events_daily"]
    assert "cannot be compared" in refused(client, since, d="some day")
    assert "cannot be compared" in refused(client, NAMES, name="a\x00b", other="a")


@pytest.mark.parametrize("operator", [*COMPARISONS[:-1], *PATTERNS])
@pytest.mark.parametrize("column", ["project_name", "artifact_name"])
def test_a_text_is_compared_by_every_operator_as_if_it_stood_in_the_query(
    client: TestClient, operator: str, column: str
) -> None:
    wanted = "[$text]" if operator in ("_in", "_nin") else "$text"
    written = "artifacts_by_project(where: {%s: {%s: %s}}) { artifact_id project_name }"
    query = "query($text: String) { " + written % (column, operator, wanted) + " }"

    for text in ("nothing", "quill", "qu%l", "harbor", "Harbor"):
        literal = "{ " + written % (column, operator, wanted.replace("$text", f'"{text}"')) + " }"
        assert ask(client, query, {"text": text}) == ask(client, literal), text


def test_a_single_text_stands_for_a_list_of_one(client: TestClient) -> None:
    query = "query($name: String!) { projects(where: {project_name: {_in: $name}}) { project_name } }"

    assert names(data(client, query, name="quill"), "projects") == ["quill"]
    assert names(data(client, query, name="harbor"), "projects") == ["harbor"]


@pytest.mark.parametrize("argument", ["limit", "offset"])
def test_a_number_may_come_as_text(client: TestClient, argument: str) -> None:
    order = "order_by: {project_name: asc}"
    query = f"query($n: String!) {{ projects({argument}: $n, {order}) {{ project_name }} }}"
    rows = names(data(client, f"{{ projects({order}) {{ project_name }} }}"), "projects")

    assert names(data(client, query, n="1"), "projects") == (rows[:1] if argument == "limit" else rows[1:])
    assert names(data(client, query, n="2"), "projects") == (rows[:2] if argument == "limit" else rows[2:])
    assert refused(client, query, n="many") == f"'{argument}' is no whole number; declare its variable as Int"


def test_what_was_left_out_is_told_with_a_kept_plan_too(client: TestClient) -> None:
    query = "query($g: String!) { timeseries_metrics(where: {grain: {_neq: $g}}) { amount } }"

    for grain in ("none", "nothing"):
        assert ask(client, query, {"g": grain})["extensions"] == {"cut": ["timeseries_metrics"]}


def test_plans_take_little_memory_whatever_is_asked(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[dict[Hashable, Plan | None]] = []
    plan = Documents.plan

    def seen(self: Documents, key: Hashable, make: Callable[[], Plan | None]) -> Plan | None:
        found = plan(self, key, make)
        kept[:] = [self._plans]
        return found

    monkeypatch.setattr(Documents, "plan", seen)
    monkeypatch.setattr("observer.api.graphql.documents._MOST_PLANS", 5)
    for limit in range(20):
        data(client, NAMES, name="quill", other="a", limit=limit)
    assert 0 < len(kept[0]) <= 5

    many = " ".join(f"a{number}: project_name" for number in range(20))
    long = ", ".join(f'{{project_name: {{_eq: "{number}"}}}}' for number in range(100))
    kept[0].clear()
    data(client, f"{{ projects(where: {{_or: [{long}]}}) {{ {many} }} }}")
    assert kept[0] == {}
    query = "query($all: [String!]) { projects(where: {project_name: {_in: $all}}) { project_name } }"
    assert names(data(client, query, all=["quill", *map(str, range(300))]), "projects") == ["quill"]
    assert kept[0] == {}


def test_a_question_at_once_follows_the_pointer_and_outlives_a_removed_release(tmp_path: Path) -> None:
    with temporary_postgres() as urls:
        publish_rows(urls.owner, tmp_path)
        with ReadModel(urls.reader, tmp_path) as model:
            assert model.ask_at_once(lambda reader: reader.release.number) == 1
            assert model.ask_at_once(lambda reader: reader.project("quill").name) == "quill"
            known = model.known_release()
            publish_rows(urls.owner, tmp_path, {**sample_rows(), "quarantine": []}, snapshot_id=2)
            with psycopg.connect(urls.owner) as owner:
                owner.execute("drop schema release_1 cascade")
            model._pointer, model._pointer_read = known, float("inf")

            # It looks into the release that is gone, finds no table, and asks anew.
            assert model.ask_at_once(lambda reader: (reader.project("quill").name, reader.release.number)) == (
                "quill",
                2,
            )


def test_a_time_limit_makes_a_transaction_of_a_question_at_once(read_model: ReadModel) -> None:
    read_model.ask_at_once(lambda reader: reader.release)

    def limited(seconds: float | None) -> tuple[str, str]:
        def ask(reader):  # type: ignore[no-untyped-def]
            if seconds:
                reader.limit_time(seconds)
            row = reader._session.connection.execute(
                "select current_setting('statement_timeout'), current_setting('transaction_isolation')"
            ).fetchone()
            return row[0], row[1]

        return read_model.ask_at_once(ask)  # type: ignore[no-any-return]

    assert limited(None) == ("5s", "read committed")
    assert limited(1.25) == ("1250ms", "repeatable read")
    assert limited(None) == ("5s", "read committed")


def test_other_offsets_need_no_other_plan(client: TestClient, planned: list[int]) -> None:
    query = """query($n: Int, $name: String!) {
        projects(order_by: {project_name: asc}, limit: 2, offset: $n, where: {project_name: {_neq: $name}}) {
            project_name
        }
    }"""
    everything = names(data(client, "{ projects(order_by: {project_name: asc}) { project_name } }"), "projects")
    planned.clear()

    for offset in (0, 1, 2, 1, 3):
        rest = [name for name in everything if name != "harbor"][offset : offset + 2]
        assert names(data(client, query, n=offset, name="harbor"), "projects") == rest, offset
    assert len(planned) == 1
    assert "offset is 10001" in refused(client, query, n=10_001, name="")
    assert "offset is -1" in refused(client, query, n=-1, name="")
    assert names(data(client, query, n=None, name=""), "projects") == everything[:2]
    assert names(data(client, query, name=""), "projects") == everything[:2]


def test_a_number_that_is_more_than_an_offset_has_a_plan_for_each_value(client: TestClient, planned: list[int]) -> None:
    both = "query($n: Int) { projects(order_by: {project_name: asc}, limit: $n, offset: $n) { project_name } }"
    of_text = "query($n: Int) { projects(where: {project_name: {_eq: $n}}) { project_name } }"
    amounts = "query($n: Int) { key_metrics(where: {amount: {_gt: $n}}, limit: 1000) { amount } }"
    everything = names(data(client, "{ projects(order_by: {project_name: asc}) { project_name } }"), "projects")
    planned.clear()

    for _ in range(2):
        assert names(data(client, both, n=1), "projects") == everything[1:2]
        assert names(data(client, both, n=2), "projects") == everything[2:4]
        assert data(client, of_text, n=5)["projects"] == []
        assert all(row["amount"] > 100 for row in data(client, amounts, n=100)["key_metrics"])
    # One that leaves the number open and is given up, and one for each number.
    assert len(planned) == 7


def test_an_offset_as_text_is_looked_at(client: TestClient) -> None:
    query = "query($n: String) { projects(order_by: {project_name: asc}, limit: 1, offset: $n) { project_name } }"
    everything = names(data(client, "{ projects(order_by: {project_name: asc}) { project_name } }"), "projects")

    assert names(data(client, query, n="1"), "projects") == everything[1:2]
    assert "no whole number" in refused(client, query, n="one")
