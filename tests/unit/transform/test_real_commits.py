"""Commit events of real repositories against the golden answers of git itself."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from tests.unit.transform.world import World, listing, mined, project

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

REPOSITORIES = ("wevm/viem", "ethereum/solidity", "libp2p/go-libp2p", "opensource-observer/insights")
COMMITS = """
    insert into raw.git__commits by name
    select
        'https://github.com/{repository}' as repository_url,
        sha as commit_id,
        author_email_hash,
        'example.org' as author_email_domain,
        cast(timezone('UTC', to_timestamp(author_ts)) as timestamp) as authored_at,
        cast(timezone('UTC', to_timestamp(committer_ts)) as timestamp) as committed_at,
        on_head as is_on_default_branch,
        sha as _record_ref
    from read_parquet('{file}')
"""


@pytest.fixture(scope="module")
def histories(real_data: Path, tmp_path_factory: pytest.TempPathFactory, dbt_folder: Path) -> World:
    world = World(tmp_path_factory.mktemp("histories"), dbt_folder)
    pairs = [tuple(repository.split("/")) for repository in REPOSITORIES]
    world.fill(
        {
            "oss_directory__projects": [project("p")],
            "oss_directory__project_artifacts": [listing("p", owner, name) for owner, name in pairs],
            "git__repositories": [mined(owner, name) for owner, name in pairs],
            "git__commits": [],
        }
    )
    with world.connect() as connection:
        for repository in REPOSITORIES:
            file = real_data / "events" / "git" / f"{repository.replace('/', '+')}.commits.parquet"
            connection.execute(COMMITS.format(repository=repository, file=file))
    world.build(as_of=date(2026, 12, 31), select=["+events", "+artifacts"])
    return world


@pytest.mark.parametrize("repository", REPOSITORIES)
def test_commits_by_month_and_authors_are_those_of_git(histories: World, real_data: Path, repository: str) -> None:
    golden = json.loads((real_data / "events" / "golden" / "git.json").read_text())[repository]
    of_repository = f"""
        from marts.events join marts.artifacts on artifact_id = to_artifact_id
        where artifact_namespace || '/' || artifact_name = '{repository}'
    """

    by_month = histories.rows(f"select strftime(time, '%Y-%m'), count(*) {of_repository} group by 1")
    ((authors,),) = histories.rows(f"select count(distinct from_artifact_id) {of_repository}")

    assert dict(by_month) == golden["head_commits_by_utc_month_committer"]
    assert authors == golden["authors_head"]
