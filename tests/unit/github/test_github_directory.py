"""The directory tells the github source what to read, and GitHub tells git what that is called now."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
from tests.unit.github.github_run import opened

from observer.connectors.sources.github.directory import targets_of_directory
from observer.model.load import Load, StreamLoad, StreamTable, WriteMode
from observer.pipeline.repositories import repositories
from observer.testing.warehouse import FakeWarehouse

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("project_name", "artifact_source", "artifact_type", "artifact_namespace")),
        ("artifact_name", pa.string()),
        ("artifact_url", pa.string()),
        ("is_owner", pa.bool_()),
    ]
)


def list_artifacts(warehouse: FakeWarehouse, *names: str) -> None:
    """Lists `owner/name` and owners."""
    rows = []
    for name in names:
        owner, _, repository = name.partition("/")
        rows.append(
            {
                "project_name": "p",
                "artifact_source": "GITHUB",
                "artifact_type": "REPOSITORY" if repository else "OWNER",
                "artifact_namespace": owner,
                "artifact_name": repository or owner,
                "artifact_url": f"https://github.com/{name}",
                "is_owner": not repository,
            }
        )
    table = StreamTable("oss_directory", "project_artifacts", SCHEMA, ("artifact_url",), WriteMode.OVERWRITE)
    batches = pa.Table.from_pylist(rows, schema=SCHEMA).to_batches()
    now = datetime(2024, 4, 1, tzinfo=UTC)
    warehouse.load(Load("1" * 32, "oss_directory", now, streams=[StreamLoad(table, batches=batches)]))


def test_repositories_and_owners_of_the_directory_are_the_targets() -> None:
    warehouse = FakeWarehouse()
    assert targets_of_directory(warehouse) == {"repositories": [], "owners": []}

    list_artifacts(warehouse, "acme/tool", "acme/kit.js", "acme", "not a name/x", "acme/..")

    assert targets_of_directory(warehouse) == {"repositories": ["acme/kit.js", "acme/tool"], "owners": ["acme"]}


def test_git_mines_expanded_owners_and_what_was_renamed_once_under_its_name_of_today() -> None:
    with opened() as run:
        list_artifacts(run.warehouse, "acme/tool", "elsewhere/hammer", "big")
        run.world.repository("acme/tool")
        run.world.account("elsewhere", "Organization")
        run.github.rename("acme/tool", "elsewhere/hammer")
        for name in ("big/one", "big/Two"):
            run.world.repository(name)
        run.config = dict(targets_of_directory(run.warehouse))

        run.sync()

        assert [entry["url"] for entry in repositories(run.warehouse)] == [
            "https://github.com/big/one",
            "https://github.com/big/two",
            "https://github.com/elsewhere/hammer",
        ]
