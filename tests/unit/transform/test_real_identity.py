"""Who is who in real histories: private addresses lead to accounts, and stand-in addresses to nobody."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
from tests.unit.transform.world import World, listing, mined, project

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

COMMITS = """
    insert into raw.git__commits by name
    select
        'https://github.com/' || lower(repo) as repository_url,
        sha as commit_id,
        author_email_hash,
        author_email_domain,
        author_noreply_login as author_login,
        author_name_hash as author_name,
        n_parents as parent_count,
        cast(timezone('UTC', to_timestamp(author_ts)) as timestamp) as authored_at,
        cast(timezone('UTC', to_timestamp(committer_ts)) as timestamp) as committed_at,
        on_head as is_on_default_branch,
        sha as _record_ref
    from read_parquet('{folder}/*.commits.parquet')
    where on_head
"""


@pytest.fixture(scope="module")
def histories(real_data: Path, tmp_path_factory: pytest.TempPathFactory, dbt_folder: Path) -> World:
    folder = real_data / "events" / "git"
    names = [file.name.removesuffix(".commits.parquet").lower() for file in sorted(folder.glob("*.commits.parquet"))]
    pairs = [tuple(name.split("+")) for name in names]
    world = World(tmp_path_factory.mktemp("real_people"), dbt_folder)
    world.fill(
        {
            "oss_directory__projects": [project("p")],
            "oss_directory__project_artifacts": [listing("p", owner, name) for owner, name in pairs],
            "git__repositories": [mined(owner, name) for owner, name in pairs],
            "git__commits": [],
        }
    )
    with world.connect() as connection:
        connection.execute(COMMITS.format(folder=folder))
    world.build(as_of=date(2026, 12, 31), select=["+int_users", "+int_events", "+identity_links"])
    return world


def test_every_private_address_of_the_default_branches_is_an_account(histories: World, real_data: Path) -> None:
    (row,) = histories.rows("""
        select
            count(*) filter (commits.author_login is not null) / count(*),
            count(*) filter (
                commits.author_login is not null
                and users.user_name is distinct from lower(commits.author_login)
            ),
            count(*) filter (commits.author_login is null and users.user_source = 'GITHUB')
        from intermediate.int_events as events
        inner join (
            select distinct commit_id, author_login from raw.git__commits where is_on_default_branch
        ) as commits on commits.commit_id = events.event_source_id
        inner join intermediate.int_users as users on users.user_id = events.from_artifact_id
        where events.event_type = 'COMMIT_CODE'
    """)

    folder = real_data / "events" / "git"
    (share,) = duckdb.sql(
        "select count(distinct sha) filter (author_noreply_login is not null) / count(distinct sha) "
        f"from read_parquet('{folder}/*.commits.parquet') where on_head"
    ).fetchall()[0]
    assert round(float(str(row[0])), 3) == round(share, 3)
    assert 0.2 < share < 0.25
    assert row[1:] == (0, 0)


def test_every_link_has_evidence_and_no_name_makes_one(histories: World) -> None:
    rows = histories.rows("select distinct rule, state from intermediate.int_identity_links order by 1, 2")

    assert rows == [("private_address", "accepted")]
