"""Lines of the archive before 2015: no event id, Pacific time, actors by login, commits as short lists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

import orjson

from observer.testing.demo.archive import objects
from observer.testing.demo.archive.events import Scene, listed_commits, text_of
from observer.testing.demo.archive.objects import SITE, user
from observer.testing.demo.model import Happening, subject_id

PACIFIC_SUMMER = timezone(timedelta(hours=-7))


def pacific(time: int) -> str:
    """Seconds as the timeline writes a time in summer: `2013-10-10T00:01:54-07:00`."""
    return datetime.fromtimestamp(time, PACIFIC_SUMMER).isoformat()


def timeline_line(happening: Happening, scene: Scene) -> bytes:
    """The JSON of one announcement before 2015, without the line break."""
    place, actor = scene.place, happening.actor
    owner, _, name = place.name.partition("/")
    repository: dict[str, object] = {
        "id": place.number, "name": name, "url": f"{SITE}/{place.name}",
        "description": "Fictitious repository of the demo world", "homepage": "", "watchers": place.stars,
        "stargazers": place.stars, "forks": place.forks, "fork": False, "size": 108, "owner": owner, "private": False,
        "open_issues": 2, "has_issues": True, "has_downloads": True, "has_wiki": True, "language": "Ruby",
        "created_at": "2012-07-26T07:41:30-07:00", "pushed_at": pacific(happening.time), "master_branch": place.branch,
    }  # fmt: skip
    if place.is_organization:
        repository["organization"] = owner
    event: dict[str, object] = {
        "created_at": pacific(happening.time), "payload": _payload(happening, scene), "public": True,
        "type": happening.kind, "url": _url(happening, scene), "actor": actor.login,
        "actor_attributes": {"login": actor.login, "type": "User", "gravatar_id": f"{actor.account_id:032x}",
                             "name": actor.name},
        "repository": repository,
    }  # fmt: skip
    return orjson.dumps(event)


def _url(happening: Happening, scene: Scene) -> str:
    page = f"{SITE}/{scene.place.name}"
    if happening.kind in ("IssuesEvent", "IssueCommentEvent"):
        end = f"#issuecomment-{happening.subject_id}" if happening.kind == "IssueCommentEvent" else ""
        return f"{page}/issues/{happening.number}{end}"
    if happening.kind == "PushEvent":
        return f"{page}/compare/{scene.object_id(happening.before)[:10]}...{scene.object_id(happening.head)[:10]}"
    return f"{SITE}/{happening.forkee[1]}" if happening.kind == "ForkEvent" else page


def _payload(happening: Happening, scene: Scene) -> Mapping[str, object]:
    kind, action = happening.kind, happening.action
    if kind == "PushEvent":
        shas = [[*commit, True] for commit in listed_commits(happening, scene)]
        return {"shas": shas, "size": len(shas), "ref": happening.ref, "head": scene.object_id(happening.head)}
    if kind in ("CreateEvent", "DeleteEvent"):
        return {"ref": happening.ref or None, "ref_type": happening.ref_type, "master_branch": scene.place.branch}
    if kind == "IssuesEvent":
        return {"action": action, "issue": happening.subject_id, "number": happening.number}
    if kind == "IssueCommentEvent":
        issue = subject_id("pull" if happening.on_pull else "issue", scene.place.number, happening.number)
        return {"issue_id": issue, "comment_id": happening.subject_id}
    if kind == "PullRequestEvent":
        return _pull(happening, scene)
    if kind == "ReleaseEvent":
        author = user(happening.actor.login, happening.actor.account_id)
        found = objects.release(scene.place, happening.subject_id, happening.ref, author, happening.time, "")
        return {"action": action, "release": found}
    return {"action": "started"} if kind == "WatchEvent" else {}


def _pull(happening: Happening, scene: Scene) -> Mapping[str, object]:
    author = happening.author or happening.actor
    outcome = happening.action if happening.action in ("merged", "closed") else "open"
    found = objects.full_pull(
        scene.place,
        happening.number,
        happening.subject_id,
        user(author.login, author.account_id),
        happening.opened_at,
        happening.time,
        title=f"Change {happening.number}",
        body=text_of(happening),
        head=scene.object_id(happening.head),
        outcome=outcome,
    )
    action = "closed" if happening.action == "merged" else happening.action
    return {"action": action, "number": happening.number, "pull_request": found}
