"""What the demo's site and API answer, and how they refuse."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from tests.journeys.conftest import Site


@pytest.mark.parametrize(
    "path", ["/index", "/explore", "/project/lanternfish", "/collection/demo-ecosystem", "/metrics", "/status"]
)
def test_each_page_has_its_data_as_json_and_csv(site: Site, path: str) -> None:
    data = json.loads(site.get(f"{path}.json"))
    table = site.get(f"{path}.csv").decode().splitlines()

    assert data["release"] == 1
    assert data["data"]
    assert len(table) > 1


def test_the_numbers_of_a_page_are_those_of_the_api(site: Site) -> None:
    page = json.loads(site.get("/project/lanternfish.json"))["data"]
    api = site.json("/api/v1/key-metrics?entity=project/lanternfish")["data"]
    text = site.get("/project/lanternfish?window=all").decode()

    assert page["key_metrics"] == api
    assert isinstance(api, list)
    commits = next(v for v in api if v["metric"] == "commits" and v["grain"] == "all")
    assert f"{commits['amount']:,.0f}".replace(",", "\u202f") in text


def test_a_number_can_be_followed_to_its_source_record(site: Site) -> None:
    why = site.json("/api/v1/explain?metric=commits&entity=project/lanternfish&grain=all&limit=1000")["data"]

    assert isinstance(why, dict)
    assert why["row_count"] == why["point"]["amount"]
    assert why["rows"]["items"][0]["record_ref"].startswith("git+https://github.com/demo-lanternfish/")
    assert all(model["name"] for model in why["models"])
    assert why["metric"]["definition"]


def test_a_repository_is_found_under_its_former_name(site: Site) -> None:
    hits = site.json("/api/v1/artifacts?source=GITHUB&within=project/harborlight")["data"]
    assert isinstance(hits, list)
    current = hits[0]["entity"]
    names = site.json(f"/api/v1/artifacts/GITHUB/{current['namespace']}/{current['name']}")["data"]
    assert isinstance(names, dict)
    former = next(n for n in names["names"] if n["name"] != current["name"] or n["namespace"] != current["namespace"])

    found = site.json(f"/api/v1/artifacts/GITHUB/{former['namespace']}/{former['name']}")["data"]

    assert isinstance(found, dict)
    assert found["entity"]["id"] == current["id"]
    assert found["entity"]["former_name"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/project/nothing-here", 404),
        ("/nowhere", 404),
        ("/explore?sort=nonsense", 400),
        ("/explore?type=planet", 400),
        ("/explain/commits/project/lanternfish?bucket=yesterday", 400),
        ("/api/v1/projects?limit=0", 400),
        ("/api/v1/projects?nonsense=1", 400),
        ("/api/v1/series?metric=commits&entity=project/gone", 404),
        ("/api/v1/series?metric=comits&entity=project/lanternfish", 404),
        ("/api/v1/nothing", 404),
        ("/api/v1/projects?release=99", 404),
    ],
)
def test_a_wrong_address_is_answered_with_what_is_wrong(site: Site, path: str, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        site.get(path)

    body = raised.value.read().decode()
    assert raised.value.code == status
    assert "Traceback" not in body
    if path.startswith("/api/"):
        assert json.loads(body)["status"] == status


GRAPHQL = """
query ($name: String!) {
  projects(where: {project_name: {_eq: $name}}) { project_id display_name }
  key_metrics(
    where: {entity_type: {_eq: "collection"}, _and: [{metric_name: {_in: ["commits", "stars"]}}, {grain: {_eq: "all"}}]}
    order_by: [{amount: desc_nulls_last}, {metric_name: asc}]
    limit: 3
  ) { ...value }
}
fragment value on key_metrics { metric_name amount state }
"""


def graphql(site: Site, query: str, **variables: object) -> dict[str, object]:
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(
        f"{site.url}/api/v1/graphql", body, {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        result: dict[str, object] = json.loads(answer.read())
        return result


def test_graphql_answers_from_the_published_tables(site: Site) -> None:
    answer = graphql(site, GRAPHQL, name="lanternfish")

    assert "errors" not in answer
    data = answer["data"]
    assert isinstance(data, dict)
    assert data["projects"] == [{"project_id": data["projects"][0]["project_id"], "display_name": "Lanternfish (demo)"}]
    amounts = [row["amount"] for row in data["key_metrics"]]
    assert len(amounts) == 3
    assert amounts == sorted(amounts, reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        "{ nothing { a } }",
        "{ projects { nothing } }",
        "mutation { a }",
        "{ projects(limit: 100000) { project_id } }",
        "{",
        "{ projects(where: {project_name: {_like: 3}}) { project_id } }",
        "{" + " ".join(f"a{i}: projects {{ project_id }}" for i in range(30)) + "}",
        "query { ...a } fragment a on query_root { ...a }",
    ],
    ids=["field", "column", "mutation", "limit", "syntax", "type", "roots", "circle"],
)
def test_graphql_refuses_with_a_reason(site: Site, query: str) -> None:
    """A mistake in a query is a 200 with errors; what is beyond the limits is a 400 that has them too."""
    try:
        answer = graphql(site, query)
    except urllib.error.HTTPError as refusal:
        assert refusal.code == 400
        answer = json.loads(refusal.read())

    errors = answer["errors"]
    assert isinstance(errors, list)
    assert errors[0]["message"]


def test_graphql_introspection_works(site: Site) -> None:
    answer = graphql(site, "{ __schema { queryType { fields { name } } } }")

    data = answer["data"]
    assert isinstance(data, dict)
    assert {"projects", "timeseries_metrics"} <= {f["name"] for f in data["__schema"]["queryType"]["fields"]}
