"""One line of an archive hour in the form of its time: full since 2015, slim since 2025-10-07, timeline before 2015."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson

from observer.testing.demo.archive import objects
from observer.testing.demo.archive.objects import API, Place, iso, user
from observer.testing.demo.cast.people import hash_of_local
from observer.testing.demo.chance import Draws
from observer.testing.demo.content import prose, title
from observer.testing.demo.model import Commit, Happening, subject_id

FIRST_FULL = int(datetime(2015, 1, 1, tzinfo=UTC).timestamp())
FIRST_SLIM = int(datetime(2025, 10, 7, tzinfo=UTC).timestamp())
_LISTED_COMMITS = 20


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a happening took place, and how to write the commits that it names."""

    place: Place
    ids: Mapping[int, str]
    commits: Mapping[int, Commit]

    def object_id(self, commit: int | str) -> str:
        """The id of a commit; made-up ids stand for themselves."""
        return self.ids[commit] if isinstance(commit, int) else commit


Payload = Callable[[Happening, Scene], Mapping[str, object]]


def is_slim(time: int) -> bool:
    return time >= FIRST_SLIM


def line(happening: Happening, scene: Scene, event_id: int) -> bytes:
    """The JSON of one announcement since 2015, without the line break."""
    place, actor = scene.place, happening.actor
    event: dict[str, object] = {
        "id": str(event_id), "type": happening.kind,
        "actor": {
            "id": actor.account_id, "login": actor.login, "display_login": actor.login.removesuffix("[bot]"),
            "gravatar_id": "", "url": f"{API}/users/{actor.login}",
            "avatar_url": f"https://avatars.githubusercontent.com/u/{actor.account_id}?",
        },
        "repo": {"id": place.number, "name": place.name, "url": f"{API}/repos/{place.name}"},
        "payload": _PAYLOADS[happening.kind](happening, scene), "public": True, "created_at": iso(happening.time),
    }  # fmt: skip
    if place.is_organization:
        event["org"] = {
            "id": place.owner_id, "login": place.owner, "gravatar_id": "", "url": f"{API}/orgs/{place.owner}",
            "avatar_url": f"https://avatars.githubusercontent.com/u/{place.owner_id}?",
        }  # fmt: skip
    return orjson.dumps(event)


def text_of(happening: Happening) -> str:
    """The body of an issue, pull request, comment or release; about one in twenty is not only ASCII."""
    draws = Draws(happening.subject_id, "text")
    text = prose(draws, happening.size) if happening.size else ""
    return f"{text} — déjà vu, 提灯" if draws.chance(0.05) else text


def _author(happening: Happening) -> orjson.Fragment:
    author = happening.author or happening.actor
    return user(author.login, author.account_id, "Bot" if author.is_bot else "User")


def _push(happening: Happening, scene: Scene) -> Mapping[str, object]:
    head, before = scene.object_id(happening.head), scene.object_id(happening.before)
    if is_slim(happening.time):
        return {"repository_id": scene.place.number, "push_id": happening.subject_id, "ref": happening.ref,
                "head": head, "before": before}  # fmt: skip
    listed = listed_commits(happening, scene)
    url = f"{API}/repos/{scene.place.name}/commits"
    return {
        "repository_id": scene.place.number, "push_id": happening.subject_id, "size": len(listed),
        "distinct_size": len(listed), "ref": happening.ref, "head": head, "before": before,
        "commits": [
            {"sha": sha, "author": {"email": email, "name": name}, "message": message, "distinct": True,
             "url": f"{url}/{sha}"}
            for sha, email, message, name in listed[-_LISTED_COMMITS:]
        ],
    }  # fmt: skip


def listed_commits(happening: Happening, scene: Scene) -> list[tuple[str, str, str, str]]:
    """The commits of a push as (id, hidden address, message, name); made up where no repository has them."""
    if happening.pushed:
        commits = [scene.commits[uid] for uid in happening.pushed]
        return [
            (
                scene.ids[commit.uid],
                hidden(commit.author.email),
                commit.message,
                commit.author.name.decode("utf-8", "replace"),
            )
            for commit in commits
        ]
    draws = Draws(happening.subject_id, "commits")
    ids = [draws.hexadecimal() for _ in range(happening.size - 1)] + [scene.object_id(happening.head)]
    email = hidden(happening.actor.email(on_forge=True))
    return [(sha, email, title(draws), happening.actor.name) for sha in ids] if happening.size else []


def hidden(email: str) -> str:
    """An address as the archive publishes it: the local part hashed, the domain kept."""
    return f"{hash_of_local(email)}@{email.partition('@')[2]}"


def _create(happening: Happening, scene: Scene) -> Mapping[str, object]:
    ref = happening.ref or None
    folder = "tags" if happening.ref_type == "tag" else "heads"
    full = {"full_ref": f"refs/{folder}/{ref}"} if is_slim(happening.time) else {}
    return {"ref": ref, "ref_type": happening.ref_type, **full, "master_branch": scene.place.branch,
            "description": "Fictitious repository of the demo world", "pusher_type": "user"}  # fmt: skip


def _delete(happening: Happening, scene: Scene) -> Mapping[str, object]:
    full = {"full_ref": f"refs/heads/{happening.ref}"} if is_slim(happening.time) else {}
    return {"ref": happening.ref, "ref_type": happening.ref_type, **full, "pusher_type": "user"}


def _issue(happening: Happening, scene: Scene) -> Mapping[str, object]:
    closed = happening.action == "closed"
    found = objects.issue(scene.place, happening.number, happening.subject_id, _author(happening), happening.opened_at,
                          happening.time, title=f"Question {happening.number}", body=text_of(happening),
                          is_closed=closed, is_pull=False)  # fmt: skip
    return {"action": happening.action, "issue": found}


def _issue_comment(happening: Happening, scene: Scene) -> Mapping[str, object]:
    subject = subject_id("pull" if happening.on_pull else "issue", scene.place.number, happening.number)
    about = objects.issue(scene.place, happening.number, subject, _author(happening), happening.opened_at,
                          happening.time, title=f"Question {happening.number}", body="", is_closed=False,
                          is_pull=happening.on_pull)  # fmt: skip
    return {"action": happening.action, "issue": about, "comment": _comment(happening, scene, "issues/comments")}


def _comment(happening: Happening, scene: Scene, path: str) -> dict[str, object]:
    actor = happening.actor
    return {
        "url": f"{API}/repos/{scene.place.name}/{path}/{happening.subject_id}", "id": happening.subject_id,
        "node_id": f"IC_{happening.subject_id}",
        "user": user(actor.login, actor.account_id, "Bot" if actor.is_bot else "User"),
        "created_at": iso(happening.time), "updated_at": iso(happening.time), "author_association": "CONTRIBUTOR",
        "body": text_of(happening), "performed_via_github_app": None,
    }  # fmt: skip


def _pull_object(happening: Happening, scene: Scene, pull_id: int) -> dict[str, object]:
    head = scene.object_id(happening.head)
    if is_slim(happening.time):
        return objects.slim_pull(scene.place, happening.number, pull_id, head)
    outcome = happening.action if happening.action in ("merged", "closed") else "open"
    return objects.full_pull(scene.place, happening.number, pull_id, _author(happening), happening.opened_at,
                             happening.time, title=f"Change {happening.number}", body=text_of(happening), head=head,
                             outcome=outcome)  # fmt: skip


def _pull(happening: Happening, scene: Scene) -> Mapping[str, object]:
    # Before the cut of 2025-10 a merge is announced as a close; after it, as an action of its own.
    action = "closed" if happening.action == "merged" and not is_slim(happening.time) else happening.action
    return {"action": action, "number": happening.number,
            "pull_request": _pull_object(happening, scene, happening.subject_id)}  # fmt: skip


def _review(happening: Happening, scene: Scene) -> Mapping[str, object]:
    actor = happening.actor
    review = {"id": happening.subject_id, "user": user(actor.login, actor.account_id), "body": text_of(happening),
              "commit_id": scene.object_id(happening.head), "submitted_at": iso(happening.time), "state": "commented",
              "author_association": "MEMBER"}  # fmt: skip
    pull = _reviewed_pull(happening, scene)
    return {"action": happening.action, "review": review, "pull_request": pull}


def _review_comment(happening: Happening, scene: Scene) -> Mapping[str, object]:
    comment = _comment(happening, scene, "pulls/comments")
    return {"action": happening.action, "comment": comment, "pull_request": _reviewed_pull(happening, scene)}


def _reviewed_pull(happening: Happening, scene: Scene) -> Mapping[str, object]:
    number = subject_id("pull", scene.place.number, happening.number)
    return _pull_object(replace(happening, action="open"), scene, number)


def _watch(happening: Happening, scene: Scene) -> Mapping[str, object]:
    return {"action": "started"}


def _fork(happening: Happening, scene: Scene) -> Mapping[str, object]:
    number, name = happening.forkee
    actor = happening.actor
    place = Place(number, name, actor.account_id, False, scene.place.branch)
    action = {"action": "forked"} if is_slim(happening.time) else {}
    return {**action, "forkee": objects.repository(place, happening.time, is_fork=True)}


def _release(happening: Happening, scene: Scene) -> Mapping[str, object]:
    found = objects.release(
        scene.place, happening.subject_id, happening.ref, _author(happening), happening.time, text_of(happening)
    )
    return {"action": happening.action, "release": found}


def _member(happening: Happening, scene: Scene) -> Mapping[str, object]:
    return {"member": _author(happening), "action": "added"}


def _public(happening: Happening, scene: Scene) -> Mapping[str, object]:
    return {}


def _gollum(happening: Happening, scene: Scene) -> Mapping[str, object]:
    title = f"Page-{happening.subject_id}"
    page = {
        "page_name": title, "title": title, "summary": None, "action": "edited", "sha": scene.object_id(happening.head),
        "html_url": f"{objects.SITE}/{scene.place.name}/wiki/{title}",
    }  # fmt: skip
    return {"pages": [page]}


def _commit_comment(happening: Happening, scene: Scene) -> Mapping[str, object]:
    return {"comment": {**_comment(happening, scene, "comments"), "commit_id": scene.object_id(happening.head)}}


_PAYLOADS: dict[str, Payload] = {
    "PushEvent": _push,
    "CreateEvent": _create,
    "DeleteEvent": _delete,
    "IssuesEvent": _issue,
    "IssueCommentEvent": _issue_comment,
    "PullRequestEvent": _pull,
    "PullRequestReviewEvent": _review,
    "PullRequestReviewCommentEvent": _review_comment,
    "WatchEvent": _watch,
    "ForkEvent": _fork,
    "ReleaseEvent": _release,
    "MemberEvent": _member,
    "PublicEvent": _public,
    "GollumEvent": _gollum,
    "CommitCommentEvent": _commit_comment,
}
