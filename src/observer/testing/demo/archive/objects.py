"""The objects that the forge's announcements carry: users, repositories, issues, pull requests, in full or slim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import orjson

API = "https://api.github.com"
SITE = "https://github.com"
_USER_LINKS = {
    "followers_url": "/followers", "following_url": "/following{/other_user}", "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}", "subscriptions_url": "/subscriptions", "organizations_url": "/orgs",
    "repos_url": "/repos", "events_url": "/events{/privacy}", "received_events_url": "/received_events",
}  # fmt: skip
_REPOSITORY_LINKS = {
    "forks_url": "forks", "keys_url": "keys{/key_id}", "collaborators_url": "collaborators{/collaborator}",
    "teams_url": "teams", "hooks_url": "hooks", "issue_events_url": "issues/events{/number}", "events_url": "events",
    "assignees_url": "assignees{/user}", "branches_url": "branches{/branch}", "tags_url": "tags",
    "blobs_url": "git/blobs{/sha}", "git_tags_url": "git/tags{/sha}", "git_refs_url": "git/refs{/sha}",
    "trees_url": "git/trees{/sha}", "statuses_url": "statuses/{sha}", "languages_url": "languages",
    "stargazers_url": "stargazers", "contributors_url": "contributors", "subscribers_url": "subscribers",
    "subscription_url": "subscription", "commits_url": "commits{/sha}", "git_commits_url": "git/commits{/sha}",
    "comments_url": "comments{/number}", "issue_comment_url": "issues/comments{/number}",
    "contents_url": "contents/{+path}", "compare_url": "compare/{base}...{head}", "merges_url": "merges",
    "archive_url": "{archive_format}{/ref}", "downloads_url": "downloads", "issues_url": "issues{/number}",
    "pulls_url": "pulls{/number}", "milestones_url": "milestones{/number}",
    "notifications_url": "notifications{?since,all,participating}", "labels_url": "labels{/name}",
    "releases_url": "releases{/id}", "deployments_url": "deployments",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A repository as an announcement sees it: number, name at that time, owner, counters."""

    number: int
    name: str
    owner_id: int
    is_organization: bool
    branch: str
    stars: int = 0
    forks: int = 0

    @property
    def owner(self) -> str:
        return self.name.partition("/")[0]


def iso(time: int) -> str:
    """Seconds as the forge writes a time in UTC."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=4096)
def user(login: str, number: int, kind: str = "User") -> orjson.Fragment:
    """The user object of the REST API."""
    url = f"{API}/users/{login}"
    return orjson.Fragment(orjson.dumps({
        "login": login, "id": number, "node_id": f"MDQ6VXNlcg{number}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4", "gravatar_id": "", "url": url,
        "html_url": f"{SITE}/{login}", **{key: url + end for key, end in _USER_LINKS.items()}, "type": kind,
        "site_admin": False,
    }))  # fmt: skip


@lru_cache(maxsize=2048)
def _repository_links(name: str) -> dict[str, str]:
    return {key: f"{API}/repos/{name}/{end}" for key, end in _REPOSITORY_LINKS.items()}


def repository(place: Place, time: int, *, is_fork: bool = False) -> dict[str, object]:
    """The repository object of the REST API, about 4.5 kB."""
    kind = "Organization" if place.is_organization else "User"
    return {
        "id": place.number, "node_id": f"R_{place.number}", "name": place.name.partition("/")[2],
        "full_name": place.name, "private": False, "owner": user(place.owner, place.owner_id, kind),
        "html_url": f"{SITE}/{place.name}", "description": "Fictitious repository of the demo world",
        "fork": is_fork, "url": f"{API}/repos/{place.name}", **_repository_links(place.name),
        "created_at": iso(time - 30_000_000), "updated_at": iso(time), "pushed_at": iso(time - 600),
        "git_url": f"git://github.com/{place.name}.git", "clone_url": f"{SITE}/{place.name}.git", "homepage": None,
        "size": 1000 + place.number % 5000, "stargazers_count": place.stars, "watchers_count": place.stars,
        "language": "Python", "has_issues": True, "has_downloads": True, "has_wiki": True, "forks_count": place.forks,
        "mirror_url": None, "archived": False, "disabled": False, "open_issues_count": 3, "license": None,
        "forks": place.forks, "open_issues": 3, "watchers": place.stars, "default_branch": place.branch,
    }  # fmt: skip


def issue(
    place: Place,
    number: int,
    subject_id: int,
    author: orjson.Fragment,
    opened_at: int,
    time: int,
    *,
    title: str,
    body: str,
    is_closed: bool,
    is_pull: bool,
) -> dict[str, object]:
    """The issue object; a pull request seen as an issue has one more key."""
    url = f"{API}/repos/{place.name}/issues/{number}"
    page = f"{SITE}/{place.name}/{'pull' if is_pull else 'issues'}/{number}"
    found: dict[str, object] = {
        "url": url, "repository_url": f"{API}/repos/{place.name}", "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments", "events_url": f"{url}/events", "html_url": page, "id": subject_id,
        "node_id": f"I_{subject_id}", "number": number, "title": title, "user": author, "labels": [],
        "state": "closed" if is_closed else "open", "locked": False, "assignee": None, "assignees": [],
        "milestone": None, "comments": 0, "created_at": iso(opened_at), "updated_at": iso(time),
        "closed_at": iso(time) if is_closed else None, "author_association": "CONTRIBUTOR",
        "active_lock_reason": None, "body": body, "performed_via_github_app": None,
    }  # fmt: skip
    if is_pull:
        pull = f"{API}/repos/{place.name}/pulls/{number}"
        found["pull_request"] = {"url": pull, "html_url": page, "diff_url": f"{page}.diff"}
    return found


def slim_pull(place: Place, number: int, subject_id: int, head: str) -> dict[str, object]:
    """The pull request object since 2025-10-07: no author, no title, no merge date."""
    tail = {"id": place.number, "url": f"{API}/repos/{place.name}", "name": place.name.partition("/")[2]}
    return {
        "url": f"{API}/repos/{place.name}/pulls/{number}", "id": subject_id, "number": number,
        "head": {"ref": f"topic-{number}", "sha": head, "repo": tail},
        "base": {"ref": place.branch, "sha": "0" * 40, "repo": tail},
    }  # fmt: skip


def full_pull(
    place: Place,
    number: int,
    subject_id: int,
    author: orjson.Fragment,
    opened_at: int,
    time: int,
    *,
    title: str,
    body: str,
    head: str,
    outcome: str,
) -> dict[str, object]:
    """The pull request object before that date, about 15 kB. `outcome` is open, merged or closed."""
    url, page = f"{API}/repos/{place.name}/pulls/{number}", f"{SITE}/{place.name}/pull/{number}"
    ends, owner = None if outcome == "open" else iso(time), user(place.owner, place.owner_id, "Organization")
    whole = repository(place, time)
    return {
        "url": url, "id": subject_id, "node_id": f"PR_{subject_id}", "html_url": page, "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch", "issue_url": f"{API}/repos/{place.name}/issues/{number}", "number": number,
        "state": "open" if outcome == "open" else "closed", "locked": False, "title": title, "user": author,
        "body": body, "created_at": iso(opened_at), "updated_at": iso(time), "closed_at": ends,
        "merged_at": ends if outcome == "merged" else None, "merge_commit_sha": head if outcome == "merged" else None,
        "assignee": None, "assignees": [], "requested_reviewers": [], "labels": [], "milestone": None, "draft": False,
        "commits_url": f"{url}/commits", "comments_url": f"{API}/repos/{place.name}/issues/{number}/comments",
        "head": {"label": f"{place.owner}:topic-{number}", "ref": f"topic-{number}", "sha": head, "user": owner,
                 "repo": whole},
        "base": {"label": f"{place.owner}:{place.branch}", "ref": place.branch, "sha": "0" * 40, "user": owner,
                 "repo": whole},
        "_links": {"self": {"href": url}, "html": {"href": page}}, "author_association": "CONTRIBUTOR",
        "auto_merge": None, "active_lock_reason": None, "merged": outcome == "merged", "mergeable": None,
        "merged_by": owner if outcome == "merged" else None, "comments": 0, "review_comments": 0, "commits": 1,
        "additions": 27, "deletions": 5, "changed_files": 2,
    }  # fmt: skip


def release(place: Place, number: int, tag: str, author: orjson.Fragment, time: int, body: str) -> dict[str, object]:
    """The release object."""
    url = f"{API}/repos/{place.name}/releases/{number}"
    return {
        "url": url, "assets_url": f"{url}/assets", "html_url": f"{SITE}/{place.name}/releases/tag/{tag}", "id": number,
        "author": author, "node_id": f"RE_{number}", "tag_name": tag, "target_commitish": place.branch, "name": tag,
        "draft": False, "prerelease": False, "created_at": iso(time - 30), "published_at": iso(time), "assets": [],
        "tarball_url": f"{API}/repos/{place.name}/tarball/{tag}", "body": body,
    }  # fmt: skip
