"""One world with renames, forks, owners, bots, slim pushes and missing hours, built once for all tests here."""

from __future__ import annotations

import hashlib
import shutil
from datetime import date
from pathlib import Path

import pytest
from tests.unit.transform.world import (
    Raw,
    World,
    archive_file,
    commit,
    event,
    listing,
    mined,
    moment,
    owner,
    project,
    pushed,
    tag,
)

AS_OF = date(2024, 11, 5)


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


NOREPLY = "users.noreply.github.com"
ANN, BOB, ROBERT, BOT, CI, EVE = (
    (7, "Ann"),
    (8, "bob"),
    (8, "robert"),
    (9, "dependabot[bot]"),
    (12, "codecov-io"),
    (13, "eve"),
)
CARL = (sha1("carl"), "example.org")
TOOL, SITE, CORE, FORK = (10, "acme/tool"), (11, "acme/site"), (60, "beta/core"), (61, "beta/tool")


def small_world() -> Raw:
    complete_days = [archive_file(day, hour) for day in (1, 3) for hour in range(24)]
    broken_day = [archive_file(2, hour) for hour in range(23)]
    missing = [archive_file(2, 23, status="missing")]
    return {
        "oss_directory__projects": [project("alpha"), project("beta"), project("empty")],
        "oss_directory__collections": [
            {"collection_name": "both", "display_name": "Both", "_record_ref": "oss-directory@c0:both.yaml#L1"}
        ],
        "oss_directory__collection_projects": [
            {"collection_name": "both", "project_name": "alpha", "position": 1},
            {"collection_name": "both", "project_name": "beta", "position": 2},
            {"collection_name": "both", "project_name": "not-in-the-directory", "position": 3},
        ],
        "oss_directory__project_artifacts": [
            owner("alpha", "acme"),
            listing("alpha", "acme", "tool"),
            listing("alpha", "old", "widget"),
            listing(
                "alpha",
                "left-pad",
                "left-pad",
                field="npm",
                artifact_source="NPM",
                artifact_type="PACKAGE",
                artifact_url="https://www.npmjs.com/package/left-pad",
                artifact_source_id="https://www.npmjs.com/package/left-pad",
            ),
            listing("beta", "beta", "core"),
            listing("beta", "beta", "tool"),
            listing("beta", "beta", "never-seen"),
            owner("beta", "ghost"),
        ],
        "git__repositories": [mined("acme", "tool", commit_count=4), mined("beta", "tool", commit_count=4)],
        "git__commits": [
            commit("acme/tool", "c1", "1T09:00", (sha1("7+Ann"), NOREPLY), author_account_id=7, author_login="Ann"),
            commit("acme/tool", "c2", "3T09:00", CARL, author_name="Carl", is_agent_assisted=True),
            commit("acme/tool", "c4", "3T10:00", CARL, is_on_default_branch=False),
            commit("acme/tool", "c5", None, CARL),
            commit("acme/tool", "c6", "2T11:00", ("", "")),
            commit("acme/tool", "c7", "1T12:00", CARL, authored_at=None, has_valid_date=False),
            commit("beta/tool", "c1", "1T09:00", (sha1("7+Ann"), NOREPLY), author_account_id=7, author_login="Ann"),
            commit("beta/tool", "c2", "3T09:00", CARL, author_name="Carl"),
            commit("beta/tool", "c5", None, CARL),
            commit("beta/tool", "c3", "4T08:00", CARL, author_name="carl@example.org"),
        ],
        "git__refs": [
            tag("acme/tool", "v1.0.0", "c2"),
            tag("beta/tool", "v1.0.0", "c2"),
            tag("acme/tool", "v0.9", "c1"),
            tag("acme/tool", "nightly", "c1"),
        ],
        "github_archive__files": [*complete_days, *broken_day, *missing],
        "github_archive__events": [
            event("e01", "WatchEvent", "1T01:10", TOOL, ANN, action="started"),
            event("e01", "WatchEvent", "1T01:10", TOOL, ANN, action="started", file_name="overlap.json.gz"),
            event("e02", "ForkEvent", "1T01:20", TOOL, EVE, forkee_id=61, forkee_name="beta/tool"),
            event("e03", "WatchEvent", "1T02:10", (11, "Acme/Site"), BOB, action="started"),
            event("e04", "WatchEvent", "2T02:10", SITE, ROBERT, action="started"),
            event("e05", "IssuesEvent", "1T05:00", (50, "old/widget"), ANN, action="opened", number=1, subject_id=500),
            event("e06", "IssuesEvent", "2T05:00", (50, "new/Widget"), ANN, action="closed", number=1, subject_id=500),
            event("e07", "IssuesEvent", "2T06:00", (50, "new/widget"), ANN, action="labeled", number=1),
            event("e08", "WatchEvent", "1T07:00", (80, "acme/demo"), EVE, action="started"),
            event("e09", "WatchEvent", "3T07:00", (81, "acme/demo"), EVE, action="started"),
            event("e10", "WatchEvent", "3T08:00", (90, "stranger/x"), EVE, action="started"),
            event(
                "e11",
                "PullRequestEvent",
                "3T12:00",
                TOOL,
                ANN,
                action="closed",
                is_merged=True,
                merged_at=moment("3T11:59"),
                number=4,
                subject_id=900,
                subject_actor_id=13,
                subject_actor_login="eve",
                stargazers_count=41,
                forks_count=5,
            ),
            event(
                "e12",
                "PullRequestEvent",
                "3T13:00",
                TOOL,
                BOT,
                action="opened",
                number=5,
                subject_id=901,
                subject_actor_id=9,
                subject_actor_login="dependabot[bot]",
                stargazers_count=42,
                forks_count=5,
                default_branch="main",
            ),
            event("e13", "IssueCommentEvent", "3T14:00", TOOL, CI, action="created", number=5, is_pull_request=True),
            event("e14", "ReleaseEvent", "3T15:00", TOOL, ANN, action="published", tag_name="v0.9", subject_id=77),
            event("e15", "PushEvent", "1T16:00", CORE, BOB, ref="refs/heads/main", push_size=2, subject_id=1),
            event("e16", "PushEvent", "2T16:00", CORE, ROBERT, ref="refs/heads/main", era="slim", subject_id=2),
            event("e17", "PushEvent", "3T16:00", CORE, ROBERT, ref="refs/heads/dev", push_size=1, subject_id=3),
            event("e18", "PushEvent", "3T17:00", CORE, ROBERT, ref="refs/heads/main", push_size=3, subject_id=4),
            event("e19", "PushEvent", "1T17:00", SITE, BOB, ref="refs/heads/master", push_size=1, subject_id=5),
            event("e20", "WatchEvent", "1T18:00", (None, "beta/core"), (None, "ann"), action="started"),
            event("e21", "PushEvent", "1T19:00", TOOL, BOB, ref="refs/heads/main", push_size=9, subject_id=6),
        ],
        "github_archive__push_commits": [
            pushed("e15", 1, "k1", "1T16:00", CARL),
            pushed("e15", 2, "k2", "1T16:00", (sha1("8+bob"), NOREPLY)),
            pushed("e17", 1, "k9", "3T16:00", CARL),
            pushed("e18", 1, "k2", "3T17:00", (sha1("8+bob"), NOREPLY)),
            pushed("e18", 2, "k3", "3T17:00", CARL),
            pushed("e19", 1, "c1", "1T17:00", (sha1("7+Ann"), NOREPLY)),
        ],
        "loads": [
            {
                "load_id": "l1",
                "connector": "github-archive",
                "observed_at": moment("4T10:00"),
                "stream": "events",
                "written": 22,
                "duplicates": 0,
                "quarantined": 1,
            }
        ],
        "quarantine": [
            {
                "load_id": "l1",
                "connector": "github-archive",
                "stream": "events",
                "file": "2024-11-01-1.json.gz",
                "line": 7,
                "reason": "not JSON",
                "excerpt": "ann@example.org",
                "observed_at": moment("4T10:00"),
            }
        ],
    }


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, dbt_folder: Path) -> World:
    built = World(tmp_path_factory.mktemp("world"), dbt_folder)
    built.fill(small_world())
    result = built.build(as_of=AS_OF)
    shutil.copy(result.manifest, built.manifest)
    return built
