"""Entities by name, former name and id, and lists of them."""

from __future__ import annotations

import json

import pytest

from observer.errors import NotFoundError, QueryError
from observer.model.identifier import entity_id, legacy_id
from observer.query import EntityType, Grain, Listing, as_json
from observer.query.answers import Listed
from observer.query.reader import ReleaseReader


@pytest.mark.parametrize("key", ["lattice", entity_id("OSS_DIRECTORY", "oso", "lattice"), legacy_id("oso", "lattice")])
def test_a_project_is_found_by_name_id_and_legacy_id(reader: ReleaseReader, key: str) -> None:
    project = reader.project(key)
    assert (project.name, project.display_name) == ("lattice", "Lattice Protocol")
    assert project.record_ref == "oss-directory@c0ffee:projects/lattice.yaml#L1"


def test_a_collection_is_found_by_name_and_legacy_id(reader: ReleaseReader) -> None:
    assert reader.collection("everything") == reader.collection(legacy_id("oso", "everything"))


def test_an_artifact_is_found_by_id_and_legacy_id(reader: ReleaseReader) -> None:
    core = reader.artifact("GITHUB", "lattice-labs", "core")
    assert reader.artifact_by_id(core.id) == core
    assert reader.artifact_by_id(legacy_id("GITHUB", "101")) == core
    assert reader.entity(EntityType.ARTIFACT, core.id) == core


def test_case_does_not_matter_in_the_name_of_an_artifact(reader: ReleaseReader) -> None:
    assert reader.artifact("github", "Lattice-Labs", "CORE").former_name is None


def test_a_former_name_leads_to_the_artifact_of_today(reader: ReleaseReader) -> None:
    found = reader.artifact("GITHUB", "lattice", "Lattice-Core")
    assert (found.namespace, found.name) == ("lattice-labs", "core")
    assert found.former_name == "lattice/lattice-core"
    assert [(name.namespace, name.name) for name in reader.names(found)] == [
        ("lattice-labs", "core"),
        ("lattice", "lattice-core"),
    ]


@pytest.mark.parametrize("ask", ["project", "collection", "artifact_by_id", "metric", "model"])
def test_what_does_not_exist_is_not_found(reader: ReleaseReader, ask: str) -> None:
    with pytest.raises(NotFoundError, match="'nothing'"):
        getattr(reader, ask)("nothing")


def test_an_unknown_artifact_is_not_found(reader: ReleaseReader) -> None:
    with pytest.raises(NotFoundError, match="no artifact 'a/b' of source GITHUB"):
        reader.artifact("github", "a", "b")


def test_artifacts_projects_and_collections_know_each_other(reader: ReleaseReader) -> None:
    core = reader.artifact("GITHUB", "lattice-labs", "core")
    (project,) = reader.projects_of(core)
    assert project == reader.project("lattice")
    assert [c.name for c in reader.collections_of(core)] == ["everything", "tool-makers"]
    assert reader.collections_of(core) == reader.collections_of(project)
    assert [p.name for p in reader.projects_of(reader.collection("tool-makers"))] == ["lattice", "quill"]
    assert reader.projects_of(project) == (project,)


def test_a_repository_tells_what_is_known_and_nothing_else(reader: ReleaseReader) -> None:
    core = reader.repository(reader.artifact("GITHUB", "lattice-labs", "core"))
    harbor = reader.repository(reader.artifact("GITHUB", "harbor-works", "harbor"))
    assert core and harbor
    assert core.first_commit_at and core.first_commit_at.utcoffset() is not None
    assert (harbor.commit_count, harbor.is_fork, harbor.first_commit_at) == (None, None, None)
    assert reader.repository(reader.artifact("NPM", "@lattice", "core")) is None


def _all_pages(reader: ReleaseReader, entity_type: EntityType, **options: object) -> list[Listed]:
    found: list[Listed] = []
    cursor = None
    while True:
        page = reader.entities(entity_type, Listing(limit=2, cursor=cursor, **options))  # type: ignore[arg-type]
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            assert page.total == len(found)
            return found


@pytest.mark.parametrize("entity_type", list(EntityType))
@pytest.mark.parametrize("sort", ["name", "commits", "stars"])
@pytest.mark.parametrize("descending", [None, True, False])
def test_pages_give_every_entity_once_in_the_order_of_one_long_page(
    reader: ReleaseReader, entity_type: EntityType, sort: str, descending: bool | None
) -> None:
    paged = _all_pages(reader, entity_type, sort=sort, descending=descending)
    whole = reader.entities(entity_type, Listing(sort=sort, descending=descending, limit=1000))
    assert [row.entity for row in paged] == [row.entity for row in whole.items]
    assert len({row.entity.id for row in paged}) == len(paged)
    assert whole.next_cursor is None


def test_a_list_by_value_falls_and_unknown_comes_last(reader: ReleaseReader) -> None:
    page = reader.entities(EntityType.PROJECT, Listing(sort="commits", metrics=("stars", "commits")))
    assert [(row.entity.name, [value.amount for value in row.values]) for row in page.items] == [
        ("lattice", [0.0, 61.0]),
        ("quill", [16.0, 7.0]),
        ("harbor", [None, None]),
    ]
    rising = reader.entities(EntityType.PROJECT, Listing(sort="commits", descending=False))
    assert [row.entity.name for row in rising.items] == ["quill", "lattice", "harbor"]


def test_lists_can_be_filtered_by_text_container_and_source(reader: ReleaseReader) -> None:
    def names(entity_type: EntityType, **options: object) -> list[str]:
        page = reader.entities(entity_type, Listing(**options))  # type: ignore[arg-type]
        return [row.entity.name for row in page.items]

    assert names(EntityType.PROJECT, text="HARBOUR") == ["harbor"]
    assert names(EntityType.PROJECT, text="%") == []
    assert names(EntityType.ARTIFACT, text="labs/d") == ["docs"]
    assert names(EntityType.PROJECT, within=reader.collection("tool-makers")) == ["lattice", "quill"]
    assert names(EntityType.ARTIFACT, within=reader.project("lattice"), source="npm") == ["core"]
    assert len(names(EntityType.ARTIFACT, within=reader.collection("everything"))) == 5


def test_a_list_refuses_what_it_cannot_do(reader: ReleaseReader) -> None:
    second = reader.entities(EntityType.PROJECT, Listing(limit=1)).next_cursor
    refused = {
        "another order": Listing(sort="commits", cursor=second),
        "cannot be read": Listing(cursor="%%%"),
        "limit is 0": Listing(limit=0),
        "limit is 1001": Listing(limit=1001),
        "no metric 'fame'": Listing(sort="fame"),
        "no values at grain all": Listing(sort="full_time_developers", grain=Grain.ALL),
        "only artifacts": Listing(source="npm"),
        "does not contain": Listing(within=reader.project("quill")),
    }
    for expected, listing in refused.items():
        with pytest.raises(QueryError, match=expected):
            reader.entities(EntityType.PROJECT, listing)


def test_answers_become_plain_json(reader: ReleaseReader) -> None:
    page = reader.entities(EntityType.PROJECT, Listing(metrics=("commits",)))
    text = json.dumps(as_json(page))
    assert json.loads(text)["items"][0]["values"][0]["sample_date"] == "2024-03-31"
    assert json.loads(text)["items"][0]["entity"]["entity_type"] == "project"
