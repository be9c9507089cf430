"""Real rows of GitHub's REST API, played by a local GitHub in GraphQL's shapes, come out field by field unchanged."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from observer.connectors import host
from observer.connectors.sources.github.source import GithubSource
from observer.testing.source import QuietProgress
from observer.testing.upstream import Upstream
from observer.testing.upstream.github import LocalGithub, Node
from observer.testing.warehouse import FakeWarehouse

pytestmark = pytest.mark.real_data

NOW = datetime(2026, 11, 1, tzinfo=UTC)
REPOSITORY = "panjf2000/ants"


class Recorded:
    """The recorded rows, each once, by its id; a row that came again later counts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.pulls = self._rows("pull_requests")
        self.reviews = self._rows("pull_request_reviews")
        self.comments = self._rows("comments")
        self.review_comments = self._rows("pull_request_review_comments")
        self.events = [row for row in self._rows("events") if row["event"] in ("closed", "reopened", "merged")]
        self.accounts = self._rows("accounts")
        # The events carry the issues that they are of.
        told = [*(event["issue"] for event in self.events), *self._rows("issues")]
        self.issues = list({row["id"]: row for row in told if "pull_request" not in row}.values())

    def _rows(self, name: str) -> list[dict[str, Any]]:
        with gzip.open(self._folder / f"devlake_ants_{name}.jsonl.gz", "rt") as lines:
            rows = [json.loads(line) for line in lines]
        return list({row["id"]: row for row in rows}.values())

    def world(self) -> LocalGithub:
        """The rows as GraphQL has them."""
        documents = [pull["base"]["repo"] for pull in self.pulls if pull["base"]["repo"]]
        document = max(documents, key=lambda repo: repo["updated_at"])
        repository = _repository(document)
        repository["issues"] = [self._discussion(row, "Issue") for row in self.issues]
        repository["pullRequests"] = [self._pull(row) for row in self.pulls]
        repository["rest"] = {"issues/comments": self.comments, "pulls/comments": self.review_comments, "comments": []}
        met = [row["user"] for row in (*self.issues, *self.pulls, *self.reviews, *self.comments) if row["user"]]
        profiles = [*met, *(row["user"] for row in self.review_comments), document["owner"], *self.accounts]
        accounts = [_account(user) for user in profiles]
        return LocalGithub.of({"accounts": accounts, "repositories": [repository]})

    def _discussion(self, row: dict[str, Any], kind: str) -> Node:
        number = row["number"]
        events = [event for event in self.events if event["issue"]["number"] == number]
        return {
            "__typename": kind,
            "id": row["node_id"],
            "fullDatabaseId": str(row["id"]),
            "number": number,
            "title": row["title"],
            "state": "MERGED" if row.get("merged_at") else row["state"].upper(),
            "stateReason": (row.get("state_reason") or "").upper() or None,
            "locked": row["locked"],
            "authorAssociation": row["author_association"],
            "createdAt": row["created_at"],
            "updatedAt": row["updated_at"],
            "closedAt": row["closed_at"],
            "milestone": row["milestone"],
            "author": _account(row["user"]),
            "labels": [{"name": label["name"]} for label in row["labels"]],
            "counts": {"comments": row.get("comments", 0), "commits": 0},
            "timelineItems": [
                {
                    "__typename": event["event"].capitalize() + "Event",
                    "id": event["node_id"],
                    "createdAt": event["created_at"],
                    "actor": _account(event["actor"]),
                }
                for event in events
            ],
        }

    def _pull(self, row: dict[str, Any]) -> Node:
        reviews = [one for one in self.reviews if one["pull_request_url"].endswith(f"/{row['number']}")]
        head = row["head"]["repo"]
        merge = {"__typename": "Commit", "oid": row["merge_commit_sha"]}
        return self._discussion(row, "PullRequest") | {
            **dict.fromkeys(("additions", "deletions", "changedFiles", "totalCommentsCount"), 0),
            "mergedAt": row["merged_at"],
            "mergedBy": None,
            "mergeCommit": merge if row["merge_commit_sha"] else None,
            "isDraft": row["draft"],
            "baseRefName": row["base"]["ref"],
            "headRefName": row["head"]["ref"],
            "headRepository": {"__typename": "Repository", "databaseId": head["id"]} if head else None,
            "reviews": [
                {
                    "__typename": "PullRequestReview",
                    "id": one["node_id"],
                    "fullDatabaseId": str(one["id"]),
                    "state": one["state"],
                    "submittedAt": one["submitted_at"],
                    "authorAssociation": one["author_association"],
                    "commit": {"__typename": "Commit", "oid": one["commit_id"]} if one["commit_id"] else None,
                    "author": _account(one["user"]),
                }
                for one in reviews
            ],
        }


def _account(user: dict[str, Any] | None) -> Any:
    if user is None:
        return None
    more = {key: user.get(key) for key in ("name", "company", "location")}
    made = {"__typename": user["type"], "id": user["node_id"], "databaseId": user["id"]}
    # GraphQL names bots without the end that REST gives them.
    return {
        **made,
        "login": user["login"].removesuffix("[bot]"),
        "createdAt": user.get("created_at", "2010-01-01T00:00:00Z"),
        **more,
    }


def _repository(document: dict[str, Any]) -> Node:
    return {
        "id": document["node_id"],
        "databaseId": document["id"],
        "nameWithOwner": document["full_name"],
        "name": document["name"],
        "description": document["description"],
        "homepageUrl": document["homepage"],
        "isFork": document["fork"],
        "isArchived": document["archived"],
        "isTemplate": document.get("is_template", False),
        "isMirror": bool(document["mirror_url"]),
        "mirrorUrl": document["mirror_url"],
        "isPrivate": document["private"],
        "createdAt": document["created_at"],
        "updatedAt": document["updated_at"],
        "pushedAt": document["pushed_at"],
        "stargazerCount": document["stargazers_count"],
        "forkCount": document["forks_count"],
        "diskUsage": document["size"],
        "licenseInfo": {"spdxId": document["license"]["spdx_id"]},
        "primaryLanguage": {"name": document["language"]},
        "repositoryTopics": [{"topic": {"name": topic}} for topic in document.get("topics") or ()],
        "defaultBranchRef": {"name": document["default_branch"], "target": {"__typename": "Commit", "history": []}},
        "counts": {"watchers": 0, "commitComments": 0},
    }


@pytest.fixture(scope="module")
def recorded(real_data: Path) -> Recorded:
    return Recorded(real_data / "events" / "github_api_raw")


@pytest.fixture(scope="module")
def tables(recorded: Recorded) -> dict[str, dict[Any, dict[str, Any]]]:
    """The raw rows by table and id."""
    warehouse = FakeWarehouse()
    with Upstream() as upstream:
        recorded.world().install(upstream)
        config = {
            "tokens": ["token-one"],
            "repositories": [REPOSITORY],
            "api_url": upstream.url,
            "sbom_days": 0,
            "transport": {"private_hosts": ["127.0.0.1"]},
        }
        source = GithubSource(lambda: NOW)
        host.sync(source, config=config, warehouse=warehouse, clock=lambda: NOW, progress=QuietProgress())
    names = ("repositories", "issues", "pull_requests", "reviews", "comments", "issue_events", "accounts")
    return {
        name: {row["id"]: row for row in warehouse.query(f"select * from raw.github__{name}").to_pylist()}
        for name in names
    }


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=None) if text else None


def _author(row: dict[str, Any], prefix: str = "author", key: str = "user") -> dict[str, Any]:
    user = row[key] or {}
    return {
        f"{prefix}_id": user.get("id"),
        f"{prefix}_login": user.get("login"),
        f"{prefix}_type": user.get("type"),
    }


def _discussion(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "node_id": row["node_id"],
        "number": row["number"],
        "repository_full_name": REPOSITORY,
        "state": row["state"],
        "state_reason": row.get("state_reason"),
        **_author(row),
        "author_association": row["author_association"],
        "created_at": _time(row["created_at"]),
        "updated_at": _time(row["updated_at"]),
        "closed_at": _time(row["closed_at"]),
        "labels": json.dumps([label["name"] for label in row["labels"]], ensure_ascii=False),
        "milestone": row["milestone"]["title"] if row["milestone"] else None,
        "is_locked": row["locked"],
        "title_length": len(row["title"]),
    }


def _compare(found: dict[Any, dict[str, Any]], expected: dict[Any, dict[str, Any]]) -> int:
    """Compares rows field by field and returns the count of fields that are equal."""
    assert found.keys() == expected.keys()
    wrong = [
        (key, name, found[key][name], value)
        for key, fields in expected.items()
        for name, value in fields.items()
        if found[key][name] != value
    ]
    assert wrong == []
    return sum(len(fields) for fields in expected.values())


def test_issues_come_out_as_they_were(recorded: Recorded, tables: dict[str, Any]) -> None:
    expected = {row["id"]: {**_discussion(row), "comments_count": row["comments"]} for row in recorded.issues}

    assert _compare(tables["issues"], expected) > 100


def test_pull_requests_come_out_as_they_were(recorded: Recorded, tables: dict[str, Any]) -> None:
    expected = {
        row["id"]: {
            **_discussion(row),
            "merged_at": _time(row["merged_at"]),
            "merge_commit_id": row["merge_commit_sha"],
            "base_ref": row["base"]["ref"],
            "head_ref": row["head"]["ref"],
            "head_repository_id": row["head"]["repo"]["id"] if row["head"]["repo"] else None,
            "is_draft": row["draft"],
        }
        for row in recorded.pulls
    }

    assert _compare(tables["pull_requests"], expected) > 700


def test_reviews_come_out_as_they_were(recorded: Recorded, tables: dict[str, Any]) -> None:
    known = {row["number"] for row in recorded.pulls}
    expected = {
        row["id"]: {
            "number": int(row["pull_request_url"].rsplit("/", 1)[-1]),
            **_author(row),
            "author_association": row["author_association"],
            "state": row["state"],
            "submitted_at": _time(row["submitted_at"]),
            "commit_id": row["commit_id"],
        }
        for row in recorded.reviews
        if int(row["pull_request_url"].rsplit("/", 1)[-1]) in known
    }

    assert _compare(tables["reviews"], expected) > 50


def test_comments_come_out_as_they_were(recorded: Recorded, tables: dict[str, Any]) -> None:
    expected = {
        row["id"]: {
            "kind": kind,
            "number": int((row.get("pull_request_url") or row["issue_url"]).rsplit("/", 1)[-1]),
            "is_pull_request": "/pull/" in row["html_url"],
            **_author(row),
            "author_association": row["author_association"],
            "created_at": _time(row["created_at"]),
            "updated_at": _time(row["updated_at"]),
            "body_length": len(row["body"]),
        }
        for kind, rows in (("issue", recorded.comments), ("review", recorded.review_comments))
        for row in rows
    }

    assert _compare(tables["comments"], expected) > 1_000


def test_closings_and_reopenings_come_out_as_they_were(recorded: Recorded, tables: dict[str, Any]) -> None:
    known = {row["number"] for row in (*recorded.pulls, *recorded.issues)}
    expected = {
        row["node_id"]: {
            "number": row["issue"]["number"],
            "is_pull_request": "pull_request" in row["issue"],
            "event": row["event"],
            **_author(row, "actor", "actor"),
            "created_at": _time(row["created_at"]),
        }
        for row in recorded.events
        if row["issue"]["number"] in known
    }

    assert _compare(tables["issue_events"], expected) > 20


def test_profiles_come_out_as_they_were(recorded: Recorded, tables: dict[str, Any]) -> None:
    expected = {
        row["id"]: {
            "node_id": row["node_id"],
            "login": row["login"],
            "type": row["type"],
            "name": row["name"],
            "company": row["company"],
            "location": row["location"],
            "created_at": _time(row["created_at"]),
        }
        for row in recorded.accounts
        if row["id"] in tables["accounts"]
    }
    met = {key: tables["accounts"][key] for key in expected}

    assert _compare(met, expected) > 10


def test_no_address_is_kept(tables: dict[str, Any]) -> None:
    text = json.dumps(list(tables["accounts"].values()), default=str)

    assert "@gmail.com" not in text
