"""Makes up accounts, repositories and what happens in them, in the shapes of GitHub's APIs, for the local GitHub."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from observer.testing.upstream.github import LocalGithub, Node

FIRST_DAY = "2024-01-01T00:00:00Z"


@dataclass(slots=True)
class GithubWorld:
    """Builds a LocalGithub. Times are ISO texts in UTC with `Z`; every object gets the next free id."""

    github: LocalGithub = field(default_factory=LocalGithub)
    _ids: Iterator[int] = field(default_factory=lambda: count(1_000))

    def account(self, login: str, kind: str = "User", **more: object) -> Node:
        """An account: User, Organization, Bot or Mannequin; the one that is there where the login is taken."""
        known = self.github.accounts.get(login.lower())
        if known is not None:
            return known
        number = next(self._ids)
        made = {"__typename": kind, "id": f"A_{number}", "databaseId": number, "login": login, "createdAt": FIRST_DAY}
        self.github.accounts[login.lower()] = {**made, **more}
        return self.github.accounts[login.lower()]

    def repository(self, full_name: str, *, owner_kind: str = "Organization", **more: object) -> Node:
        """A repository without news; more fields as in GraphQL."""
        owner, _, name = full_name.partition("/")
        number = next(self._ids)
        node: Node = {
            "__typename": "Repository",
            "id": f"R_{number}",
            "databaseId": number,
            "nameWithOwner": full_name,
            "name": name,
            "owner": self.account(owner, owner_kind),
            **dict.fromkeys(("isFork", "isArchived", "isMirror", "isTemplate", "isPrivate"), False),
            **dict.fromkeys(("createdAt", "updatedAt", "pushedAt"), FIRST_DAY),
            **dict.fromkeys(("stargazerCount", "forkCount", "diskUsage"), 0),
            "counts": {"watchers": 0, "commitComments": 0},
            "defaultBranchRef": {"name": "main", "target": {"__typename": "Commit", "oid": "0" * 40, "history": []}},
            **{name: [] for name in ("issues", "pullRequests", "releases", "languages", "repositoryTopics")},
            "rest": {"issues/comments": [], "pulls/comments": [], "comments": []},
            **more,
        }
        self.github.repositories[number] = node
        return node

    def issue(self, repository: Node, author: str, created_at: str, **more: object) -> Node:
        """An open issue of a repository; more fields as in GraphQL."""
        node = self._discussion(repository, author, created_at, "Issue") | {"stateReason": None, **more}
        repository["issues"].append(node)
        return node

    def pull_request(self, repository: Node, author: str, created_at: str, **more: object) -> Node:
        """An open pull request of a repository; more fields as in GraphQL."""
        node = self._discussion(repository, author, created_at, "PullRequest") | {
            **dict.fromkeys(("mergedAt", "mergedBy", "mergeCommit", "headRepository")),
            **dict.fromkeys(("additions", "deletions", "changedFiles", "totalCommentsCount"), 1),
            "isDraft": False,
            "baseRefName": "main",
            "headRefName": "topic",
            "reviews": [],
            **more,
        }
        node["counts"]["commits"] = 1
        repository["pullRequests"].append(node)
        return node

    def event(self, item: Node, kind: str, actor: str, created_at: str) -> Node:
        """Closes (`ClosedEvent`), reopens (`ReopenedEvent`) or merges (`MergedEvent`) an issue or pull request."""
        number = next(self._ids)
        node = {"__typename": kind, "id": f"E_{number}", "createdAt": created_at, "actor": self.account(actor)}
        item["timelineItems"].append(node)
        is_closed = kind != "ReopenedEvent"
        state = {"ClosedEvent": "CLOSED", "ReopenedEvent": "OPEN", "MergedEvent": "MERGED"}[kind]
        item |= {"state": state, "closedAt": created_at if is_closed else None, "updatedAt": created_at}
        if kind == "MergedEvent":
            merge = {"__typename": "Commit", "oid": f"{number:040x}"}
            item |= {"mergedAt": created_at, "mergedBy": self.account(actor), "mergeCommit": merge}
        return node

    def review(self, pull: Node, author: str, submitted_at: str, state: str = "APPROVED") -> Node:
        """A review of a pull request."""
        number = next(self._ids)
        node = {
            "__typename": "PullRequestReview",
            "id": f"V_{number}",
            "fullDatabaseId": str(number),
            "state": state,
            "submittedAt": submitted_at,
            "authorAssociation": "MEMBER",
            "commit": {"__typename": "Commit", "oid": "c" * 40},
            "author": self.account(author),
        }
        pull["reviews"].append(node)
        pull["updatedAt"] = max(submitted_at, pull["updatedAt"])
        return node

    def comment(self, repository: Node, item: Node | None, author: str, created_at: str, kind: str = "issue") -> Node:
        """A comment: on an issue or pull request, on lines of one (`review`), or on a commit, which has no item."""
        number, user = next(self._ids), self.account(author)
        url = f"https://api.github.com/repos/{repository['nameWithOwner']}"
        login = f"{author}[bot]" if user["__typename"] == "Bot" else author
        content: Node = {
            "id": number,
            "node_id": f"C_{number}",
            "body": "Fine.",
            "author_association": "NONE",
            "user": {"login": login, "id": user["databaseId"], "node_id": user["id"], "type": user["__typename"]},
            "created_at": created_at,
            "updated_at": created_at,
            "html_url": "https://github.com/",
        }
        if item is None:
            repository["counts"]["commitComments"] += 1
            repository["rest"]["comments"].append(content)
            return content
        item["updatedAt"] = max(created_at, item["updatedAt"])
        place = "pull" if item["__typename"] == "PullRequest" else "issues"
        content["html_url"] = f"https://github.com/{repository['nameWithOwner']}/{place}/{item['number']}#c{number}"
        if kind == "review":
            content["pull_request_url"] = f"{url}/pulls/{item['number']}"
            repository["rest"]["pulls/comments"].append(content)
        else:
            content["issue_url"] = f"{url}/issues/{item['number']}"
            repository["rest"]["issues/comments"].append(content)
        return content

    def release(self, repository: Node, tag: str, author: str, published_at: str) -> Node:
        """A published release."""
        number = next(self._ids)
        node = {
            "__typename": "Release",
            "id": f"L_{number}",
            "databaseId": number,
            "tagName": tag,
            "name": tag,
            "isDraft": False,
            "isPrerelease": False,
            "author": self.account(author),
            **dict.fromkeys(("createdAt", "updatedAt", "publishedAt"), published_at),
        }
        repository["releases"].append(node)
        return node

    def commits(self, repository: Node, authors: Sequence[str], committed_at: str) -> None:
        """Commits on the default branch, newest last."""
        history: list[Any] = repository["defaultBranchRef"]["target"]["history"]
        for author in authors:
            number = next(self._ids)
            commit = {"__typename": "Commit", "oid": f"{number:040x}", "committedDate": committed_at, "id": f"{number}"}
            history.insert(0, {**commit, "author": {"user": self.account(author)}})
        repository["pushedAt"] = committed_at

    def _discussion(self, repository: Node, author: str, created_at: str, kind: str) -> Node:
        number = next(self._ids)
        taken = len(repository["issues"]) + len(repository["pullRequests"])
        return {
            "__typename": kind,
            "id": f"{kind[0]}_{number}",
            "fullDatabaseId": str(number),
            "number": taken + 1,
            "title": f"What is {taken + 1} about",
            "state": "OPEN",
            "locked": False,
            "authorAssociation": "NONE",
            "createdAt": created_at,
            "updatedAt": created_at,
            "closedAt": None,
            "milestone": None,
            "author": self.account(author),
            "labels": [{"name": "bug"}],
            "counts": {"comments": 0},
            "timelineItems": [],
        }
