"""GraphQL over the sample: rows, keys, aggregates and variables, equal to SQL written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

Sql = Callable[[str], list[tuple[Any, ...]]]


def ask(client: TestClient, query: str, variables: dict[str, object] | None = None) -> dict[str, Any]:
    answer = client.post("/api/v1/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def data(client: TestClient, query: str, **variables: object) -> dict[str, Any]:
    answer = ask(client, query, variables)
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]
    return found


def refused(client: TestClient, query: str, **variables: object) -> str:
    answer = ask(client, query, variables)
    message: str = answer["errors"][0]["message"]
    return message


@pytest.mark.parametrize(
    ("arguments", "condition"),
    [
        ('(where: {metric_name: {_eq: "commits"}})', "metric_name = 'commits'"),
        (
            '(where: {amount: {_gt: 3, _lte: 20}, grain: {_neq: "day"}})',
            "amount > 3 and amount <= 20 and grain <> 'day'",
        ),
        (
            '(where: {bucket: {_gte: "2024-02-01", _lt: "2024-03-01"}})',
            "bucket >= '2024-02-01' and bucket < '2024-03-01'",
        ),
        ('(where: {metric_name: {_in: ["commits", "stars"]}})', "metric_name in ('commits', 'stars')"),
        ('(where: {metric_name: {_nin: ["commits"]}})', "metric_name <> 'commits'"),
        ('(where: {metric_name: {_like: "com%"}})', "metric_name like 'com%'"),
        ('(where: {metric_name: {_nilike: "%COM%"}})', "metric_name not ilike '%COM%'"),
        ('(where: {metric_name: {_regex: "^s.*s$"}})', "metric_name ~ '^s.*s$'"),
        ('(where: {metric_name: {_match: "^s.*s$"}})', "metric_name ~ '^s.*s$'"),
        ('(where: {metric_name: {_niregex: "^S"}})', "metric_name !~* '^S'"),
        ('(where: {metric_name: {_similar: "(stars|commits)"}})', "metric_name in ('commits', 'stars')"),
        ('(where: {metric_name: {_contains: "%"}})', "false"),
        ('(where: {metric_name: {_contains: "omm"}})', "metric_name like '%omm%'"),
        ("(where: {amount: {_is_null: false}})", "true"),
        ('(where: {_or: [{grain: {_eq: "day"}}, {_not: {amount: {_gt: 1}}}]})', "grain = 'day' or not amount > 1"),
        ('(where: {_and: {grain: {_eq: "day"}}})', "grain = 'day'"),
        ("(where: {_and: [], grain: {_eq: null}})", "true"),
    ],
)
def test_rows_and_aggregates_equal_those_of_sql(client: TestClient, sql: Sql, arguments: str, condition: str) -> None:
    ordered = arguments.replace("(where", "(order_by: {amount: desc, metric_name: asc}, limit: 5, where")
    found = data(
        client,
        f"""{{
            timeseries_metrics_aggregate{arguments} {{
                aggregate {{
                    count distinct: count(columns: [entity_id], distinct: true) sum {{ amount }} max {{ bucket }}
                }}
            }}
            timeseries_metrics{ordered} {{
                metric_name bucket amount
            }}
        }}""",
    )

    counts = sql(
        "select count(*), count(distinct entity_id), sum(amount), max(bucket) from timeseries_metrics "
        f"where {condition}"
    )[0]
    aggregate = found["timeseries_metrics_aggregate"]["aggregate"]
    assert (aggregate["count"], aggregate["distinct"]) == counts[:2]
    assert aggregate["sum"]["amount"] == (pytest.approx(counts[2]) if counts[2] is not None else None)
    assert aggregate["max"]["bucket"] == (counts[3].isoformat() if counts[3] else None)
    rows = sql(
        f"select metric_name, bucket::text, amount from timeseries_metrics where {condition} "
        "order by amount desc nulls first, metric_name, entity_id, entity_type, grain, bucket limit 5"
    )
    assert [tuple(row.values()) for row in found["timeseries_metrics"]] == [tuple(row) for row in rows]


def test_fields_keep_their_order_aliases_and_type_names(client: TestClient) -> None:
    found = data(
        client,
        """query Named($quill: String!, $more: Boolean = false) {
            first: projects(where: {project_name: {_eq: $quill}}) { ...naming display_name @include(if: $more) }
            __typename
        }
        fragment naming on projects { __typename name: project_name ... on projects { project_source } }""",
        quill="quill",
    )

    assert found == {
        "first": [{"__typename": "projects", "name": "quill", "project_source": "OSS_DIRECTORY"}],
        "__typename": "query_root",
    }
    assert list(found["first"][0]) == ["__typename", "name", "project_source"]


def test_a_row_is_found_by_its_key(client: TestClient, sql: Sql) -> None:
    ((key, name),) = sql("select project_id, project_name from projects where project_name = 'quill'")

    found = data(
        client,
        "query($id: String!) { projects_by_pk(project_id: $id) { project_name } "
        'none: projects_by_pk(project_id: "x") { project_name } }',
        id=key,
    )

    assert found == {"projects_by_pk": {"project_name": name}, "none": None}


def test_an_undefined_variable_is_no_condition(client: TestClient) -> None:
    query = """query($names: [String!], $where: projects_bool_exp, $order: [projects_order_by!], $limit: Int) {
        projects(where: {project_name: {_in: $names}}, order_by: {project_name: desc}) { project_name }
        chosen: projects(where: $where, order_by: $order, limit: $limit) { project_name }
    }"""

    everything = data(client, query)
    some = data(
        client,
        query,
        names=["quill", "harbor"],
        where={"_not": {"project_name": {"_eq": "quill"}}},
        order=[{"project_name": "desc"}],
        limit=1,
    )

    assert [row["project_name"] for row in everything["projects"]] == ["quill", "lattice", "harbor"]
    assert len(everything["chosen"]) == 3
    assert some == {
        "projects": [{"project_name": "quill"}, {"project_name": "harbor"}],
        "chosen": [{"project_name": "lattice"}],
    }


@pytest.mark.parametrize("kind", ["timestamptz", "timestamp", "date", "String", "Oso_DateTime"])
def test_a_time_may_be_declared_with_the_scalar_of_any_generation(client: TestClient, sql: Sql, kind: str) -> None:
    found = data(
        client,
        f"query($start: {kind}!) @cached(ttl: 300) {{ events_daily_aggregate(where: {{bucket_day: {{_gte: $start}}}}) "
        "{ aggregate { count } } }",
        start="2024-03-01T00:00:00Z",
    )

    ((count,),) = sql("select count(*) from events_daily where bucket_day >= '2024-03-01'")
    assert found["events_daily_aggregate"]["aggregate"]["count"] == count > 0


def test_distinct_on_keeps_the_first_row_of_each(client: TestClient, sql: Sql) -> None:
    found = data(client, "{ artifacts_by_project(distinct_on: project_id) { project_id } }")

    assert [row["project_id"] for row in found["artifacts_by_project"]] == [
        key for (key,) in sql("select distinct project_id from artifacts_by_project order by 1")
    ]


def test_an_artifact_may_be_named_by_owner_and_name_together(client: TestClient, sql: Sql) -> None:
    ((owner, name),) = sql(
        "select artifact_namespace, artifact_name from artifacts_by_project where artifact_type = 'REPOSITORY' "
        "order by 1, 2 limit 1"
    )

    found = data(
        client,
        "query($p: String!, $n: String!) { "
        "artifacts_by_project(where: {artifact_name: {_ilike: $p}}) { artifact_name } "
        "exact: artifacts_by_project(where: {artifact_name: {_eq: $n}}) { artifact_namespace artifact_name } }",
        p=f"%{owner}/%",
        n=f"{owner}/{name}",
    )

    assert name in [row["artifact_name"] for row in found["artifacts_by_project"]]
    assert found["exact"] == [{"artifact_namespace": owner, "artifact_name": name}]


def test_rows_that_are_left_out_without_a_limit_are_told(client: TestClient, sql: Sql) -> None:
    ((count,),) = sql("select count(*) from timeseries_metrics")

    cut = ask(client, "{ timeseries_metrics { amount } projects { project_name } }")
    chosen = ask(client, "{ timeseries_metrics(limit: 1000) { amount } }")

    assert count > 1000 == len(cut["data"]["timeseries_metrics"])
    assert cut["extensions"] == {"cut": ["timeseries_metrics"]}
    assert "extensions" not in chosen


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ nothing { a } }", "Cannot query field 'nothing'"),
        ("{ projects { nothing } }", "Cannot query field 'nothing'"),
        ("{ projects(limit: 1001) { project_id } }", "'limit' must be between 0 and 1000"),
        ("{ projects(limit: -1) { project_id } }", "'limit' must be between"),
        ("{ projects(offset: 10001) { project_id } }", "offset is 10001"),
        ("{ projects(where: {project_name: {_like: 3}}) { project_id } }", "String cannot represent"),
        ('{ projects(where: {project_name: "x"}) { project_id } }', "Expected value of type 'String_comparison_exp'"),
        ("{ a: projects { project_id } a: collections { collection_id } }", "two different fields"),
        ("{ projects { a: project_id a: project_name } }", "two different fields"),
        ("{ projects(limit: 1) { project_id } projects(limit: 2) { project_id } }", "two different fields"),
        ("query($x: String!) { projects(where: {project_name: {_eq: $x}}) { project_id } }", "was not provided"),
        ("query($x: projects_bool_exp) { collections(where: $x) { collection_id } }", "is wanted"),
        ('{ projects(where: {project_name: {_regex: "("}}) { project_id } }', "a value cannot be used"),
        ('{ events(where: {time: {_gt: "soon"}}) { time } }', "cannot be compared with 'soon'"),
        ("{", "Syntax Error"),
        ("", "Syntax Error"),
    ],
)
def test_a_mistake_is_told(client: TestClient, query: str, message: str) -> None:
    assert message in client.post("/api/v1/graphql", json={"query": query}).json()["errors"][0]["message"]


def test_both_addresses_and_get_answer_alike(client: TestClient) -> None:
    query = "query($n: String!) { projects(where: {project_name: {_eq: $n}}) { project_name } }"
    asked = {"query": query, "variables": {"n": "quill"}}

    answers = [
        client.post("/api/v1/graphql", json=asked),
        client.post("/v1/graphql", json=asked, headers={"Authorization": "nonsense"}),
        client.get("/v1/graphql", params={"query": query, "variables": '{"n": "quill"}'}),
    ]

    assert {answer.content for answer in answers} == {b'{"data":{"projects":[{"project_name":"quill"}]}}'}
    again = client.get(
        "/v1/graphql", params=answers[2].url.params, headers={"If-None-Match": answers[2].headers["etag"]}
    )
    assert again.status_code == 304


def test_the_explorer_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/api/v1/graphql", headers={"Accept": "text/html"})
    script, style = client.get("/api/v1/graphql/explorer.js"), client.get("/api/v1/graphql/explorer.css")

    assert "GraphQL explorer" in page.text
    assert all(answer.status_code == 200 for answer in (page, script, style))
    assert all("//" not in answer.text.replace("https://", "") or "http" not in answer.text for answer in (page, style))
    assert "http" not in script.text.replace("https", "http").replace("http error", "")
    assert "script-src 'self'" in page.headers["content-security-policy"]
