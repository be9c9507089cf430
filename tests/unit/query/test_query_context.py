"""What is known about an entity beside its series, counted again from the rows."""

from __future__ import annotations

import pytest

from observer.errors import QueryError
from observer.model.metric import Grain
from observer.model.people import UserClass
from observer.model.published import EntityType
from observer.query.reader import ReleaseReader
from observer.query.request import Listing
from observer.testing.sample import AS_OF, FIRST_DAY, METRICS, sample_rows


@pytest.mark.parametrize("grain", [Grain.WEEK, Grain.MONTH, Grain.ROLLING_30_DAYS, Grain.ALL])
@pytest.mark.parametrize("classes", [(), (UserClass.PERSON, UserClass.BOT)])
def test_series_read_together_equal_those_read_alone(
    reader: ReleaseReader, grain: Grain, classes: tuple[UserClass, ...]
) -> None:
    for entity in (reader.project("lattice"), reader.project("quill"), reader.collection("everything")):
        names = [metric.name for metric in METRICS if metric.kind not in ("sql", "latest") or not classes]
        together = reader.series_of_metrics(names, entity, grain, FIRST_DAY, AS_OF, classes)

        assert [found.metric.name for found in together]
        for found in together:
            assert found == reader.series(found.metric.name, entity, grain, FIRST_DAY, AS_OF, classes)


def test_series_read_together_leave_out_metrics_that_are_not_there(reader: ReleaseReader) -> None:
    found = reader.series_of_metrics(["commits", "no_such_metric"], reader.project("lattice"), Grain.MONTH)

    assert [series.metric.name for series in found] == ["commits"]


def test_funding_counts_grants_and_adds_known_amounts_alone(reader: ReleaseReader) -> None:
    for name in ("lattice", "quill", "harbor"):
        project = reader.project(name)
        rows = [row for row in sample_rows()["oss_funding"] if row["to_project_id"] == project.id]
        known = [row["amount"] for row in rows if row["amount"] is not None]

        funding = reader.funding(project)

        assert funding.grant_count == len(rows) == len(funding.grants)
        assert funding.unknown_amount_count == len(rows) - len(known)
        assert funding.known_amount == (sum(known) if known else None)


def test_packages_of_a_project_are_those_of_its_artifacts(reader: ReleaseReader) -> None:
    project = reader.project("lattice")
    owned = {row["artifact_id"] for row in sample_rows()["artifacts_by_project"] if row["project_id"] == project.id}
    packages = sample_rows()["packages"]
    expected = {row["package_artifact_name"] for row in packages if row["package_artifact_id"] in owned}

    assert expected
    assert {package.name for package in reader.packages(project)} == expected
    assert reader.packages(reader.project("harbor")) == ()


@pytest.mark.parametrize(("kind", "name"), [("project", "lattice"), ("project", "quill"), ("collection", "everything")])
def test_organizations_are_those_of_the_last_twelve_months_and_add_up(
    reader: ReleaseReader, kind: str, name: str
) -> None:
    entity = reader.entity(EntityType(kind), name)
    rows = [row for row in sample_rows()["contributions_by_organization"] if row["entity_id"] == entity.id]
    counts: dict[object, int] = {}
    for row in rows:
        counts[row["organization_name"]] = counts.get(row["organization_name"], 0) + int(str(row["commit_count"]))

    found = reader.organizations(entity)

    known = counts.keys() != {"unknown"}
    assert found.since == FIRST_DAY.replace(year=FIRST_DAY.year - 1, month=4)
    assert {part.name: part.commit_count for part in found.parts} == (counts if known else {})
    assert sum(part.share for part in found.parts) == pytest.approx(1 if known else 0)
    assert [part.affiliation for part in found.parts] == sorted(
        (part.affiliation for part in found.parts), key=("organization", "independent", "unknown").index
    )


def test_small_organizations_are_told_together(reader: ReleaseReader) -> None:
    everything = reader.organizations(reader.project("lattice")).parts
    named = [part for part in everything if part.affiliation == "organization"]

    folded = reader.organizations(reader.project("lattice"), limit=0).parts

    assert folded[0].name is None
    assert folded[0].title == "1 other"
    assert folded[0].commit_count == sum(part.commit_count for part in named)
    assert folded[1:] == everything[len(named) :]


def test_overlaps_are_shared_projects_of_other_collections(reader: ReleaseReader) -> None:
    members: dict[str, set[str]] = {}
    for row in sample_rows()["projects_by_collection"]:
        members.setdefault(row["collection_id"], set()).add(row["project_id"])
    everything = reader.collection("everything")
    expected = {
        key: (len(projects & members[everything.id]), len(projects))
        for key, projects in members.items()
        if key != everything.id and projects & members[everything.id]
    }

    found = {each.collection.id: (each.shared_count, each.project_count) for each in reader.overlaps(everything)}

    assert expected
    assert found == expected


def test_one_metric_of_several_entities_equals_each_alone(reader: ReleaseReader) -> None:
    projects = [reader.project(name) for name in ("lattice", "quill", "harbor")]

    found = reader.series_of_entities("commits", projects, Grain.MONTH, FIRST_DAY)

    assert list(found) == [reader.series("commits", project, Grain.MONTH, FIRST_DAY) for project in projects]
    assert reader.series_of_entities("commits", [], Grain.MONTH) == ()


@pytest.mark.parametrize("least", [0, 1, 5, 10**9])
def test_thresholds_keep_entities_whose_known_value_reaches_them(reader: ReleaseReader, least: int) -> None:
    values = {
        row["entity_id"]: row["amount"]
        for row in sample_rows()["key_metrics"]
        if (row["entity_type"], row["metric_name"], row["grain"]) == ("project", "commits", "all")
    }
    expected = {key for key, amount in values.items() if amount is not None and amount >= least}

    page = reader.entities(EntityType.PROJECT, Listing(grain=Grain.ALL, at_least={"commits": least}))

    assert {listed.entity.id for listed in page.items} == expected
    assert page.total == len(expected)


def test_more_thresholds_than_a_query_can_bear_are_refused(reader: ReleaseReader) -> None:
    with pytest.raises(QueryError, match="at most"):
        reader.entities(EntityType.PROJECT, Listing(at_least={f"m{n}": 1 for n in range(9)}))
