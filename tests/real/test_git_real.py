"""The git source on real repositories: this checkout, and public ones against the golden answers.

The public ones are looked for in the folder that OBSERVER_REAL_REPOSITORIES names, as `<owner>+<name>/repo`,
`<owner>/<name>.git` or `<owner>/<name>`.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from observer.connectors.sources.git import GitSource
from observer.connectors.streams import configured

ROOT = Path(__file__).resolve().parents[2]
NAMES = (
    "OpenZeppelin/openzeppelin-contracts",
    "ietf-wg-ppm/draft-ietf-ppm-dap",
    "libp2p/go-libp2p",
    "mlswg/mls-protocol",
    "opensource-observer/insights",
    "opensource-observer/oss-directory",
    "wevm/viem",
)

pytestmark = pytest.mark.real_data

Ask = Callable[[str], list[Any]]


def _read(path: Path, folder: Path) -> duckdb.DuckDBPyConnection:
    """The streams of a repository as tables of a database in memory."""
    source = GitSource()
    config = {
        "repositories": [{"url": str(path)}],
        "mirrors_dir": str(folder / "mirrors"),
        "staging_dir": str(folder / "staging"),
    }
    database = duckdb.connect()
    for message in source.read(config, configured(source.discover(config)), []):
        record: Any = message.get("record", {})
        if "file_reference" in record:
            file = record["file_reference"]["staging_file_url"]
            database.execute(f"create table {record['stream']} as select * from read_parquet('{file}')")
    return database


def _git(path: Path, *arguments: str) -> list[str]:
    done = subprocess.run(["git", "-C", str(path), *arguments], check=True, capture_output=True)
    return done.stdout.decode("utf-8", "replace").splitlines()


def test_this_checkout_has_the_answers_of_git_log_and_shortlog(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists() or _git(ROOT, "rev-parse", "--is-shallow-repository") == ["true"]:
        pytest.skip("this is no checkout with its whole history")
    own = tmp_path / "own.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", "--single-branch", str(ROOT), str(own)], check=True)
    database = _read(own, tmp_path)

    def ask(sql: str) -> list[Any]:
        return database.execute(sql).fetchall()

    on_branch = "from commits where is_on_default_branch"
    assert ask(f"select count(*) {on_branch}") == [(int(_git(own, "rev-list", "--count", "HEAD")[0]),)]
    assert ask(f"select cast(epoch(min(authored_at)) as bigint) {on_branch}") == [
        (min(int(line) for line in _git(own, "log", "--format=%at")),)
    ]
    theirs: Counter[str] = Counter()
    for line in _git(own, "shortlog", "-sne", "HEAD"):
        number, who = line.strip().split("\t")
        theirs[who.rpartition(" <")[0]] += int(number)
    assert dict(ask(f"select author_name, count(*) {on_branch} group by all")) == theirs
    lines = [line.split("\t") for line in _git(own, "log", "--numstat", "--no-renames", "--format=") if line]
    assert ask(
        "select sum(additions), sum(deletions) from file_changes join line_counts using (old_blob_id, new_blob_id)"
    ) == [tuple(sum(int(line[side]) for line in lines if line[side] != "-") for side in (0, 1))]


@pytest.fixture(scope="module", params=NAMES)
def known(
    request: pytest.FixtureRequest, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], Ask]:
    """The golden answers of a repository, and a way to ask ours; `gold` holds the golden commits."""
    name = str(request.param)
    folder = Path(os.environ.get("OBSERVER_REAL_REPOSITORIES", real_data / "repositories"))
    flat = name.replace("/", "+")
    places = [folder / flat / "repo", folder / f"{name}.git", folder / name]
    path = next((place for place in places if place.is_dir()), None)
    if path is None:
        pytest.skip(f"no repository {name} in {folder}: set OBSERVER_REAL_REPOSITORIES to run this test")
    database = _read(path, tmp_path_factory.mktemp("git"))
    commits = real_data / "events" / "git" / f"{flat}.commits.parquet"
    database.execute(f"create table gold as select * from read_parquet('{commits}')")
    golden = json.loads((real_data / "events" / "golden" / "git.json").read_text())
    return golden[name], lambda sql: database.execute(sql).fetchall()


def test_counts_are_the_golden_ones(known: tuple[dict[str, Any], Ask]) -> None:
    golden, ask = known

    (ours,) = ask("""
        select
            count(*) filter (is_on_default_branch),
            count(*) filter (is_on_first_parent),
            count(*) filter (is_on_default_branch and parent_count > 1),
            count(distinct (author_email_hash, lower(author_email_domain))) filter (is_on_default_branch),
            count(distinct pull_request_number) filter (is_on_first_parent),
            count(*) filter (is_on_default_branch and len(co_authors) > 0)
        from commits
    """)

    keys = ("commits_head", "commits_first_parent", "merges_head", "authors_head")
    assert ours == tuple(golden[k] for k in (*keys, "distinct_pr_numbers_first_parent", "co_authored_head"))


def test_months_are_the_golden_ones(known: tuple[dict[str, Any], Ask]) -> None:
    golden, ask = known

    ours = ask("select strftime(committed_at, '%Y-%m'), count(*) from commits where is_on_default_branch group by all")

    assert dict(ours) == golden["head_commits_by_utc_month_committer"]


def test_lines_are_the_golden_ones(known: tuple[dict[str, Any], Ask]) -> None:
    golden, ask = known

    # The golden sums leave out a whole commit where one of its blobs is missing.
    ours = ask("""
        with by_commit as (
            select
                commit_id,
                sum(additions) as additions,
                sum(deletions) as deletions,
                bool_and(is_binary is not null) as is_whole
            from file_changes left join line_counts using (old_blob_id, new_blob_id)
            group by all
        )
        select sum(additions), sum(deletions)
        from by_commit join commits using (commit_id)
        where is_whole and is_on_default_branch
    """)

    assert ours == [(golden["additions_head"], golden["deletions_head"])]


def test_commits_are_the_golden_ones(known: tuple[dict[str, Any], Ask]) -> None:
    _, ask = known

    (differences,) = ask("""
        select
            count(*) filter (commit_id is null and on_head),
            count(*) filter (parent_ids <> parents),
            count(*) filter (is_on_default_branch <> on_head),
            count(*) filter (commits.is_on_first_parent <> gold.on_first_parent),
            count(*) filter (epoch(authored_at) <> author_ts),
            count(*) filter (epoch(committed_at) <> committer_ts),
            count(*) filter (lower(commits.author_email_domain) <> gold.author_email_domain),
            count(*) filter (lower(author_login) <> lower(author_noreply_login)),
            count(*) filter (pr_number <> pull_request_number or (pr_number is null) <> (pull_request_number is null)),
        from gold left join commits on commit_id = sha
        where commit_id is not null or on_head
    """)

    assert set(differences) == {0}
