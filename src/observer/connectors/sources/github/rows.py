"""Rows of the streams from GitHub's answers: one node or object in, one row out. A missing key raises ValueError."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

Row = dict[str, object]
Node = Mapping[str, Any]

_EVENTS = {"ClosedEvent": "closed", "ReopenedEvent": "reopened", "MergedEvent": "merged"}
_VERSION = (
    "id",
    "updated_at",
    "repository_id",
    "repository_full_name",
    "number",
    "state",
    "author_login",
    "created_at",
    "closed_at",
    "merged_at",
)
COMMENT_FIELDS = frozenset(
    {
        "_links",
        "author_association",
        "body",
        "body_html",
        "body_text",
        "commit_id",
        "created_at",
        "diff_hunk",
        "html_url",
        "id",
        "in_reply_to_id",
        "issue_url",
        "line",
        "minimized",
        "node_id",
        "original_commit_id",
        "original_line",
        "original_position",
        "original_start_line",
        "path",
        "performed_via_github_app",
        "pin",
        "position",
        "pull_request_review_id",
        "pull_request_url",
        "reactions",
        "side",
        "start_line",
        "start_side",
        "subject_type",
        "updated_at",
        "url",
        "user",
    }
)


def repository_row(node: Node, requested: str | None, observed_at: datetime) -> Row:
    """A row of `repositories`."""
    owner = _object(node.get("owner"))
    parent = _object(node.get("parent"))
    return {
        "id": _id(node, "databaseId"),
        "node_id": node.get("id"),
        "full_name": node.get("nameWithOwner"),
        "owner_login": owner.get("login"),
        "owner_id": owner.get("databaseId"),
        "owner_type": owner.get("__typename"),
        "name": node.get("name"),
        "description": node.get("description"),
        "homepage_url": node.get("homepageUrl") or None,
        "is_fork": node.get("isFork"),
        "parent_id": parent.get("databaseId"),
        "parent_full_name": parent.get("nameWithOwner"),
        "is_archived": node.get("isArchived"),
        "is_mirror": node.get("isMirror"),
        "mirror_url": node.get("mirrorUrl"),
        "is_template": node.get("isTemplate"),
        "is_private": node.get("isPrivate"),
        "license": _object(node.get("licenseInfo")).get("spdxId"),
        "primary_language": _object(node.get("primaryLanguage")).get("name"),
        "languages": json_text({edge["node"]["name"]: edge["size"] for edge in nodes(node, "languages", "edges")}),
        "topics": json_text([topic["topic"]["name"] for topic in nodes(node, "repositoryTopics")]),
        "default_branch": _object(node.get("defaultBranchRef")).get("name"),
        "created_at": time(node.get("createdAt")),
        "updated_at": time(node.get("updatedAt")),
        "pushed_at": time(node.get("pushedAt")),
        **_counters(node),
        "issues_count": count(node, "issues"),
        "pull_requests_count": count(node, "pullRequests"),
        "releases_count": count(node, "releases"),
        "commit_comments_count": count(node, "commitComments"),
        "disk_usage_kb": node.get("diskUsage"),
        "requested_full_name": requested,
        "observed_at": _moment(observed_at),
    }


def counters_row(node: Node, observed_at: datetime) -> Row:
    """A row of `counters`."""
    return {
        "id": _id(node, "databaseId"),
        "full_name": node.get("nameWithOwner"),
        "day": observed_at.date().isoformat(),
        **_counters(node),
        "observed_at": _moment(observed_at),
    }


def issue_row(node: Node, repository_id: int, full_name: str) -> Row:
    """A row of `issues`."""
    reason = node.get("stateReason")
    return {
        **_discussion(node, repository_id, full_name),
        "state": str(node.get("state")).lower(),
        "state_reason": str(reason).lower() if reason else None,
        "comments_count": count(node, "comments"),
    }


def pull_request_row(node: Node, repository_id: int, full_name: str) -> Row:
    """A row of `pull_requests`; `comments_count` is of all comments, also of those on lines."""
    merger = _object(node.get("mergedBy"))
    return {
        **_discussion(node, repository_id, full_name),
        "state": "open" if node.get("state") == "OPEN" else "closed",
        "state_reason": None,
        "comments_count": node.get("totalCommentsCount"),
        "merged_at": time(node.get("mergedAt")),
        "merged_by_id": merger.get("databaseId"),
        "merged_by_login": login(merger),
        "merge_commit_id": _object(node.get("mergeCommit")).get("oid"),
        "base_ref": node.get("baseRefName"),
        "head_ref": node.get("headRefName"),
        "head_repository_id": _object(node.get("headRepository")).get("databaseId"),
        "is_draft": node.get("isDraft"),
        "additions": node.get("additions"),
        "deletions": node.get("deletions"),
        "changed_files": node.get("changedFiles"),
        "commits_count": count(node, "commits"),
    }


def version_row(node: Node, repository_id: int, full_name: str, kind: str) -> Row:
    """A row of `item_versions`: what an issue or pull request holds, with a digest of all of it."""
    row = (issue_row if kind == "issue" else pull_request_row)(node, repository_id, full_name)
    content = json.dumps(row, sort_keys=True, default=str)
    return {
        "kind": kind,
        "content_hash": hashlib.sha256(content.encode()).hexdigest()[:16],
        **{name: row.get(name) for name in _VERSION},
    }


def event_row(node: Node, repository_id: int, number: object, *, is_pull_request: bool) -> Row:
    """A row of `issue_events`."""
    actor = _object(node.get("actor"))
    return {
        "id": _text(node, "id"),
        "repository_id": repository_id,
        "number": number,
        "is_pull_request": is_pull_request,
        "event": _EVENTS[str(node.get("__typename"))],
        "actor_id": actor.get("databaseId"),
        "actor_login": login(actor),
        "actor_type": actor.get("__typename"),
        "created_at": time(node.get("createdAt")),
    }


def review_row(node: Node, repository_id: int, number: object) -> Row:
    """A row of `reviews`."""
    return {
        "id": _id(node, "fullDatabaseId"),
        "repository_id": repository_id,
        "number": number,
        **_author(node.get("author")),
        "author_association": node.get("authorAssociation"),
        "state": node.get("state"),
        "submitted_at": time(node.get("submittedAt")),
        "commit_id": _object(node.get("commit")).get("oid"),
    }


def release_row(node: Node, repository_id: int) -> Row:
    """A row of `releases`."""
    return {
        "id": _id(node, "databaseId"),
        "repository_id": repository_id,
        "tag_name": node.get("tagName"),
        "name": node.get("name") or None,
        "is_draft": node.get("isDraft"),
        "is_prerelease": node.get("isPrerelease"),
        **_author(node.get("author")),
        "created_at": time(node.get("createdAt")),
        "published_at": time(node.get("publishedAt")),
    }


def comment_row(item: Node, kind: str, repository_id: int) -> Row:
    """A row of `comments` from an object of the REST API; `kind` is issue, review or commit."""
    user = _object(item.get("user"))
    place = str(item.get("pull_request_url") or item.get("issue_url") or "")
    number = place.rsplit("/", 1)[-1]
    body = item.get("body")
    return {
        "id": _id(item, "id"),
        "kind": kind,
        "repository_id": repository_id,
        "number": int(number) if number.isdigit() else None,
        "is_pull_request": kind == "review" or "/pull/" in str(item.get("html_url")),
        "author_id": user.get("id"),
        "author_login": user.get("login"),
        "author_type": user.get("type"),
        "author_association": item.get("author_association"),
        "created_at": time(item.get("created_at")),
        "updated_at": time(item.get("updated_at")),
        "body_length": len(body) if isinstance(body, str) else None,
    }


def account_row(node: Node, observed_at: datetime) -> Row:
    """A row of `accounts`."""
    return {
        "id": _id(node, "databaseId"),
        "node_id": node.get("id"),
        "login": login(node),
        "type": node.get("__typename"),
        "name": node.get("name") or None,
        "company": node.get("company") or None,
        "location": node.get("location") or None,
        "created_at": time(node.get("createdAt")),
        "observed_at": _moment(observed_at),
    }


def people(node: Node) -> Iterator[str]:
    """The node ids of the accounts that a node of the GraphQL API names, however deep."""
    for value in node.values():
        if isinstance(value, Mapping):
            if "login" in value and isinstance(value.get("id"), str):
                yield value["id"]
            yield from people(value)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for item in value:
                if isinstance(item, Mapping):
                    yield from people(item)


def login(actor: Node) -> str | None:
    """The login of an actor as the REST API writes it: bots end with `[bot]`."""
    name = actor.get("login")
    if not isinstance(name, str):
        return None
    return f"{name}[bot]" if actor.get("__typename") == "Bot" and not name.endswith("[bot]") else name


def nodes(node: Node, connection: str, field: str = "nodes") -> list[Any]:
    """The nodes of a connection without those that the token may not see."""
    found = _object(node.get(connection)).get(field)
    return [item for item in found if item is not None] if isinstance(found, list) else []


def count(node: Node, connection: str) -> int | None:
    """The total of a connection."""
    total = _object(node.get(connection)).get("totalCount")
    return total if isinstance(total, int) else None


def time(text: object) -> str | None:
    """An ISO time in UTC without its zone."""
    if not isinstance(text, str) or not text:
        return None
    moment = datetime.fromisoformat(text)
    offset = moment.utcoffset()
    return (moment.replace(tzinfo=None) - offset if offset else moment.replace(tzinfo=None)).isoformat()


def _counters(node: Node) -> Row:
    return {
        "stargazers_count": node.get("stargazerCount"),
        "forks_count": node.get("forkCount"),
        "watchers_count": count(node, "watchers"),
        "open_issues_count": count(node, "openIssues"),
        "open_pull_requests_count": count(node, "openPullRequests"),
    }


def _discussion(node: Node, repository_id: int, full_name: str) -> Row:
    title = node.get("title")
    return {
        "id": _id(node, "fullDatabaseId"),
        "node_id": node.get("id"),
        "repository_id": repository_id,
        "repository_full_name": full_name,
        "number": node.get("number"),
        **_author(node.get("author")),
        "author_association": node.get("authorAssociation"),
        "created_at": time(node.get("createdAt")),
        "updated_at": time(node.get("updatedAt")),
        "closed_at": time(node.get("closedAt")),
        "labels": json_text([label["name"] for label in nodes(node, "labels")]),
        "milestone": _object(node.get("milestone")).get("title"),
        "is_locked": node.get("locked"),
        "title_length": len(title) if isinstance(title, str) else None,
    }


def _author(author: object) -> Row:
    actor = _object(author)
    return {
        "author_id": actor.get("databaseId"),
        "author_login": login(actor),
        "author_type": actor.get("__typename"),
    }


def _id(node: Node, field: str) -> int:
    value = node.get(field)
    if isinstance(value, str) and value.isdigit():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"no value for {field}")
    return value


def _text(node: Node, field: str) -> str:
    value = node.get(field)
    if not isinstance(value, str) or not value:
        raise ValueError(f"no value for {field}")
    return value


def _object(value: object) -> Node:
    return value if isinstance(value, Mapping) else {}


def json_text(value: object) -> str:
    """A value as JSON text."""
    return json.dumps(value, ensure_ascii=False)


def _moment(moment: datetime) -> str:
    return time(moment.isoformat()) or ""
