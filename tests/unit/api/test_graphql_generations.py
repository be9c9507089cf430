"""The operations that the original published, of every generation, word for word: rows equal to those of SQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from observer.api.graphql.spelling import camel

Sql = Callable[[str], list[tuple[Any, ...]]]

CODE_2024 = (
    "project_id project_source project_namespace project_name display_name event_source "
    "active_developer_count_6_months closed_issue_count_6_months commit_count_6_months contributor_count "
    "contributor_count_6_months first_commit_date "
    "fork_count fulltime_developer_average_6_months last_commit_date merged_pull_request_count_6_months "
    "new_contributor_count_6_months opened_issue_count_6_months opened_pull_request_count_6_months repository_count "
    "star_count"
)
PERIOD = {"start_date": "2024-02-01T00:00:00Z", "end_date": "2024-03-10T00:00:00Z"}
IDS = "(select project_id from projects where project_name in ('lattice', 'quill'))"

# Operation, variables ('@projects', '@collections' and '@metrics' stand for ids), and for each root field the SQL.
OPERATIONS: dict[str, tuple[str, dict[str, object], dict[str, str]]] = {
    "Q1": (
        "query GetCodeMetrics { oso_codeMetricsByProjectV1(limit: 10, order_by: [{ starCount: Desc }]) { projectId "
        "projectName eventSource starCount forkCount contributorCount } }",
        {},
        {"oso_codeMetricsByProjectV1": "select project_id, project_name, event_source, star_count, fork_count, "
         "contributor_count from code_metrics_by_project_v1 order by star_count desc, project_id limit 10"},
    ),
    "Q2": (
        "query GetProjectTimeseriesMetrics($projectId: String!, $metricIds: [String!]!) { "
        "oso_timeseriesMetricsByProjectV0( where: { projectId: { _eq: $projectId } metricId: { _in: $metricIds } } "
        "order_by: { sampleDate: Desc } limit: 10 ) { sampleDate metricId amount unit } }",
        {"projectId": "@project", "metricIds": "@metrics"},
        {"oso_timeseriesMetricsByProjectV0": "select sample_date, metric_id, amount, unit from "
         "timeseries_metrics_by_project_v0 where project_id = (select project_id from projects where project_name = "
         "'lattice') and metric_id = any(@metrics) order by sample_date desc, metric_id limit 10"},
    ),
    "Q3": (
        'query FindCollectionsAndProjects { oso_collectionsV1(where: { collectionName: { _ilike: "%E%" } }) { '
        "collectionId collectionName displayName } oso_projectsByCollectionV1( "
        'where: { collectionName: { _ilike: "%E%" } } order_by: { projectName: Asc } ) { collectionId collectionName '
        "projectId projectName } }",
        {},
        {"oso_collectionsV1": "select collection_id, collection_name, display_name from collections "
         "where collection_name ilike '%e%'",
         "oso_projectsByCollectionV1": "select collection_id, collection_name, project_id, project_name from "
         "projects_by_collection where collection_name ilike '%e%' order by project_name, collection_id, project_id"},
    ),
    "Q4": (
        '{ artifacts_by_project(where: {artifact_name: {_ilike: "%labs/%"}} distinct_on: project_id) { project_id } }',
        {},
        {"artifacts_by_project": "select distinct project_id from artifacts_by_project where artifact_namespace || '/' "
         "|| artifact_name ilike '%labs/%' order by project_id"},
    ),
    "Q5": (
        "query EventsDailyToCollection($collection_ids: [String!], $event_types: [String!], $start_date: timestamptz!, "
        "$end_date: timestamptz!) { events_daily_to_collection(where: { collection_id: { _in: $collection_ids }, "
        "event_type: { _in: $event_types }, bucket_day: { _gte: $start_date, _lte: $end_date } }) { collection_id "
        "event_type bucket_day amount } }",
        {"collection_ids": "@collections", "event_types": ["COMMIT_CODE", "STARRED"], **PERIOD},
        {"events_daily_to_collection": "select collection_id, event_type, bucket_day, amount from "
         "events_daily_to_collection where event_type in ('COMMIT_CODE', 'STARRED') and bucket_day between "
         "'2024-02-01' and '2024-03-10'"},
    ),
    "Q5 without what may be left out": (
        "query EventsDailyToProject($project_ids: [String!], $event_types: [String!], $start_date: timestamptz!, "
        "$end_date: timestamptz!) { events_daily_to_project(where: { project_id: { _in: $project_ids }, "
        "event_type: { _in: $event_types }, bucket_day: { _gte: $start_date, _lte: $end_date } }) { project_id "
        "event_type bucket_day amount } }",
        {"project_ids": "@projects", **PERIOD},
        {"events_daily_to_project": "select project_id, event_type, bucket_day, amount from events_daily_to_project "
         f"where project_id in {IDS} and bucket_day between '2024-02-01' and '2024-03-10'"},
    ),
    "Q6": (
        "query AggregateSum($projectIds: [Int!], $typeIds: [Int!], $startDate: timestamptz!, $endDate: timestamptz!) "
        "@cached { events_daily_to_project_aggregate(where: { projectId: {_in: $projectIds}, typeId: {_in: $typeIds}, "
        "bucketDaily: {_gte: $startDate, _lte: $endDate} }) { aggregate { sum { amount } } } }",
        {"startDate": PERIOD["start_date"], "endDate": PERIOD["end_date"]},
        {"events_daily_to_project_aggregate": "select json_build_object('sum', json_build_object('amount', "
         "sum(amount))) from events_daily_to_project where bucket_day between '2024-02-01' and '2024-03-10'"},
    ),
    "Q7": (
        "query CodeMetricsByProject($project_ids: [String!]) { code_metrics_by_project_v1(where: { project_id: { _in: "
        f"$project_ids }} }}) {{ {CODE_2024} }} }}",
        {"project_ids": "@projects"},
        {"code_metrics_by_project_v1": f"select {CODE_2024.replace(' ', ', ')} from code_metrics_by_project_v1 "
         f"where project_id in {IDS}"},
    ),
    "Q7 with the condition as a variable": (
        "query C($where: code_metrics_by_project_v1_bool_exp, $same: Oso_CodeMetricsByProjectV1BoolExp!) { "
        "code_metrics_by_project_v1(where: $where) { project_id } oso_codeMetricsByProjectV1(where: $same) "
        "{ projectId } }",
        {"where": {"project_name": {"_eq": "quill"}}, "same": {"_not": {"projectName": {"_neq": "quill"}}}},
        {"code_metrics_by_project_v1": "select project_id from projects where project_name = 'quill'",
         "oso_codeMetricsByProjectV1": "select project_id from projects where project_name = 'quill'"},
    ),
    "G1": (
        "query GetProjects { oso_projectsV1(limit: 10) { description displayName projectId projectName "
        "projectNamespace projectSource } }",
        {},
        {"oso_projectsV1": "select description, display_name, project_id, project_name, project_namespace, "
         "project_source from projects"},
    ),
    "G3": (
        '{ oso_projectsV1(where: {displayName: {_ilike: "%L%"}}) {projectId projectName displayName description} }',
        {},
        {"oso_projectsV1": "select project_id, project_name, display_name, description from projects "
         "where display_name ilike '%l%'"},
    ),
    "G4": (
        '{ oso_artifactsByProjectV1(where: {artifactNamespace: {_ilike: "%O%"} artifactSource: {_eq: "GITHUB"}}) '
        "{projectId projectName artifactNamespace artifactName} }",
        {},
        {"oso_artifactsByProjectV1": "select project_id, project_name, artifact_namespace, artifact_name from "
         "artifacts_by_project where artifact_namespace ilike '%o%' and artifact_source = 'GITHUB'"},
    ),
    "G5": (
        "query($projectName: String!) { oso_projectsV1(where: {projectName: {_eq: $projectName}}) {projectId} "
        'oso_metricsV0(where: {metricName: {_in: ["GITHUB_stars_daily","GITHUB_forks_daily","GITHUB_commits_daily",'
        '"GITHUB_contributors_daily"]}}) {metricId metricName} }',
        {"projectName": "quill"},
        {"oso_projectsV1": "select project_id from projects where project_name = 'quill'",
         "oso_metricsV0": "select metric_id, metric_name from metrics_v0 where metric_name in ('GITHUB_stars_daily', "
         "'GITHUB_forks_daily', 'GITHUB_commits_daily', 'GITHUB_contributors_daily')"},
    ),
    "G8": (
        "query Entities($ids: [String!]) @cached(ttl: 300) { oso_artifactsV1(where: {artifactId: {_in: $none}}) "
        "{ artifactId artifactUrl } oso_projectsV1(where: {projectId: {_in: $ids}}) { projectId } "
        "oso_eventTypesV1 {eventType} }".replace("($ids: [String!])", "($ids: [String!], $none: [String!])"),
        {"ids": "@projects"},
        {"oso_artifactsV1": "select artifact_id, artifact_url from artifacts",
         "oso_projectsV1": f"select project_id from projects where project_id in {IDS}",
         "oso_eventTypesV1": "select event_type from event_types_v1"},
    ),
    "H1": (
        "query($ids: [String!], $start_date: timestamptz!) { events_weekly_to_artifact(where: {artifact_id: {_in: $ids}"
        ", bucket_week: {_gte: $start_date}}) { event_type artifact_id bucket_week amount } "
        "events_monthly_to_collection(order_by: [{bucket_month: desc_nulls_last}, {collection_id: asc}, "
        "{event_type: desc}], limit: 4) { bucket_month event_type amount } }",
        {"start_date": PERIOD["start_date"]},
        {"events_weekly_to_artifact": "select event_type, artifact_id, bucket_week, amount from "
         "events_weekly_to_artifact where bucket_week >= '2024-02-01'",
         "events_monthly_to_collection": "select bucket_month, event_type, amount from events_monthly_to_collection "
         "order by bucket_month desc, collection_id, event_type desc limit 4"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_published_operation_answers_with_the_rows_of_sql(client: TestClient, sql: Sql, name: str) -> None:
    operation, given, statements = OPERATIONS[name]
    ids: dict[str, Any] = {
        "@project": sql("select project_id from projects where project_name = 'lattice'")[0][0],
        "@projects": [key for (key,) in sql(f"select distinct id from {IDS} as t(id)")],
        "@collections": [key for (key,) in sql("select collection_id from collections")],
        "@metrics": [key for (key,) in sql("select metric_id from metrics_v0 order by 1")][:20],
    }
    variables = {key: ids.get(value, value) if isinstance(value, str) else value for key, value in given.items()}
    quoted = "array['" + "', '".join(ids["@metrics"]) + "']"

    answer = client.post("/api/v1/graphql", json={"query": operation, "variables": variables}).json()

    assert "errors" not in answer, answer["errors"]
    assert list(answer["data"]) == list(statements)
    some = 0
    for field, statement in statements.items():
        rows = sql(f"select row_to_json(t) from ({statement.replace('@metrics', quoted)}) as t")
        expected = [{_spelled(field, key): value for key, value in row.items()} for (row,) in rows]
        found = answer["data"][field]
        if isinstance(found, dict):
            (expected_row,) = expected
            assert found["aggregate"] == next(iter(expected_row.values()))
            some += found["aggregate"]["sum"]["amount"] > 0
        elif "order by" in statement:
            assert found == expected
        else:
            assert sorted(map(json.dumps, found)) == sorted(map(json.dumps, expected))
        some += len(found)
    assert some > 0


def _spelled(field: str, column: str) -> str:
    return camel(column) if field.startswith("oso_") else column


def test_2025_looks_up_rows_by_key_and_aggregates(client: TestClient, sql: Sql) -> None:
    ((metric, project, day, amount),) = sql(
        "select metric_id, project_id, sample_date, amount from timeseries_metrics_by_project_v0 "
        "order by amount desc, 1, 2, 3 limit 1"
    )

    answer = client.post(
        "/api/v1/graphql",
        json={
            "query": """query($m: String!, $p: String!, $d: Oso_Date!) {
                oso_timeseriesMetricsByProjectV0ByMetricIdProjectIdSampleDate(
                    metricId: $m, projectId: $p, sampleDate: $d) { amount }
                oso_timeseriesMetricsByProjectV0Aggregate(filter_input: {where: {projectId: {_eq: $p}}}) {
                    _count amount { max _count } metricId { _count_distinct }
                }
            }""",
            "variables": {"m": metric, "p": project, "d": day.isoformat()},
        },
    ).json()

    counts = sql(
        "select count(*), count(amount), max(amount), count(distinct metric_id) from timeseries_metrics_by_project_v0 "
        f"where project_id = '{project}'"
    )[0]
    found = answer["data"]["oso_timeseriesMetricsByProjectV0Aggregate"]
    row = answer["data"]["oso_timeseriesMetricsByProjectV0ByMetricIdProjectIdSampleDate"]
    assert row == {"amount": amount}
    assert counts == (
        found["_count"], found["amount"]["_count"], found["amount"]["max"], found["metricId"]["_count_distinct"]
    )  # fmt: skip


def test_the_types_of_2025_have_their_names(client: TestClient) -> None:
    wanted = [
        "Oso_CodeMetricsByProjectV1", "Oso_CodeMetricsByProjectV1BoolExp", "Oso_CodeMetricsByProjectV1OrderBy",
        "Oso_ArtifactsV1OrderByExp", "Oso_StringBoolExp", "Oso_Int64BoolExp", "Oso_Float32BoolExp",
        "Oso_Float64BoolExp", "Oso_DateBoolExp", "Oso_DateTimeBoolExp", "OrderBy",
        "code_metrics_by_project_v1_bool_exp",
        "projects_order_by", "String_comparison_exp", "timestamptz", "numeric", "bigint",
    ]  # fmt: skip

    answer = client.post("/api/v1/graphql", json={"query": "{ __schema { types { name } } }"}).json()

    assert set(wanted) <= {kind["name"] for kind in answer["data"]["__schema"]["types"]}
