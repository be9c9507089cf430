"""Reads what happened in one repository, newest first, page by page, from where it was left off."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from observer.connectors.messages import Message
from observer.connectors.sources.github import queries, rows, streams
from observer.connectors.sources.github.api import Api, TooLargeError
from observer.connectors.sources.github.emitter import Emitter
from observer.connectors.sources.github.forecast import MOST_POINTS, expected_rows
from observer.connectors.sources.github.state import Entry, Memory, Walk
from observer.connectors.sources.github.survey import Facts
from observer.errors import SourceError, TransientSourceError

Node = Mapping[str, Any]

_LIST_PAGE = 100
_LISTS = {
    "comments": ("issue", "/repos/{}/issues/comments"),
    "review_comments": ("review", "/repos/{}/pulls/comments"),
    "commit_comments": ("commit", "/repos/{}/comments"),
}
_TIMES = {"issues": "updatedAt", "pulls": "updatedAt", "releases": "createdAt"}
# Commits whose authors' accounts are looked up: of a new repository the newest page, later all new ones up to this.
_HISTORY_PAGES = 10
_PUSH_LAG = timedelta(days=3)


@dataclass(slots=True)
class RepositoryWalk:
    """One walk. Its place is kept in the entry, and a state comes after each page."""

    api: Api
    memory: Memory
    emitter: Emitter
    facts: Facts
    entry: Entry
    walk: Walk

    def run(self) -> Iterator[Message]:
        """Rows and states up to the end of the walk."""
        expected = expected_rows(self.facts, self.entry, self.walk, self.memory.habits)
        most = MOST_POINTS
        history_pages = 0
        while self.walk.after:
            page = queries.sized_page(self.walk.after, expected, most, self._since())
            try:
                node = self.api.ask(queries.history(self.facts.node_id, page)).data.get("node")
            except TooLargeError as error:
                if most == 1:
                    raise TransientSourceError(str(error), where=self.facts.full_name) from error
                most = 1
                continue
            if not isinstance(node, Mapping):
                # Gone since the survey: the next one will say so.
                return
            history_pages += "history" in page.after
            yield from self._page(node, is_enough=history_pages >= (_HISTORY_PAGES if page.since else 1))
            expected = {name: left - getattr(page, name) for name, left in expected.items()}
            yield self._state()
        for name in self.walk.lists:
            if name == "commit_comments":
                yield from self._commit_comments()
            else:
                yield from self._comments(name)
            self.walk = replace(self.walk, lists=tuple(other for other in self.walk.lists if other != name))
            yield self._state()
        yield from self._finish()

    def _since(self) -> str | None:
        """From when on commits are read: some days before the last push, since commits are older than their push."""
        if "history" not in self.walk.after or self.entry.history is None:
            return None
        return (datetime.fromisoformat(self.entry.history) - _PUSH_LAG).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _page(self, node: Node, *, is_enough: bool) -> Iterator[Message]:
        """The rows of one page; parts that have come to what is known already are closed."""
        after, tops, seen = dict(self.walk.after), dict(self.walk.tops), dict(self.walk.seen)
        for part in self.walk.after:
            connection = _connection(node, part)
            found = [item for item in connection.get("nodes") or () if item is not None]
            new = self._new(part, found)
            tops[part] = max([*(str(item[_TIMES[part]]) for item in new if part in _TIMES), tops.get(part, "")])
            seen[part] = seen.get(part, 0) + len(new)
            # Of releases, what is on the page anyway may have been edited.
            for item in found if part == "releases" else new:
                self.emitter.meet(rows.people(item), self.memory)
                yield from self._rows(part, item)
            info = connection.get("pageInfo") or {}
            is_known = len(new) < len(found) and (part != "releases" or self._has_all_releases(connection, seen[part]))
            if is_known or not info.get("hasNextPage") or (part == "history" and is_enough):
                del after[part]
            else:
                after[part] = info.get("endCursor")
        self.walk = replace(self.walk, after=after, tops=tops, seen=seen)

    def _new(self, part: str, found: Sequence[Node]) -> Sequence[Node]:
        """What may have changed since the last walk; two changes may have one time."""
        cursor = {"issues": self.entry.issues, "pulls": self.entry.pulls, "releases": self.entry.releases}.get(part)
        if cursor is None:
            return found
        if part == "releases":
            return [item for item in found if str(item[_TIMES[part]]) > cursor]
        return [item for item in found if str(item[_TIMES[part]]) >= cursor]

    def _has_all_releases(self, connection: Node, new: int) -> bool:
        """Whether those with newer times are all that are new. One may get an older time than those before it."""
        return int(connection.get("totalCount") or 0) <= self.entry.releases_count + new

    def _rows(self, part: str, item: Node) -> Iterator[Message]:
        repository_id, full_name = self.facts.id, self.facts.full_name
        place, checked = f"github:{full_name}/{part}/{item.get('number', '')}", self.emitter.checked
        if part == "releases":
            yield from checked(streams.RELEASES, rows.release_row, item, repository_id, place=place)
        elif part == "history":
            user = (item.get("author") or {}).get("user")
            if user:
                row = {"commit_id": item["oid"], "account_id": user["databaseId"], "login": user["login"]}
                yield from self.emitter.record(streams.COMMIT_ACCOUNTS, row, f"github:{full_name}@{item['oid']}")
        elif part == "issues":
            yield from checked(streams.ISSUES, rows.issue_row, item, repository_id, full_name, place=place)
            yield from checked(
                streams.ITEM_VERSIONS, rows.version_row, item, repository_id, full_name, "issue", place=place
            )
            yield from self._events(item, "Issue", place)
        else:
            yield from checked(
                streams.PULL_REQUESTS, rows.pull_request_row, item, repository_id, full_name, place=place
            )
            yield from checked(
                streams.ITEM_VERSIONS, rows.version_row, item, repository_id, full_name, "pull_request", place=place
            )
            yield from self._events(item, "PullRequest", place)
            for review in self._all(item, "PullRequest", "reviews"):
                number = item.get("number")
                yield from checked(streams.REVIEWS, rows.review_row, review, repository_id, number, place=place)

    def _events(self, item: Node, kind: str, place: str) -> Iterator[Message]:
        is_pull = kind == "PullRequest"
        for event in self._all(item, kind, "timelineItems"):
            yield from self.emitter.checked(
                streams.ISSUE_EVENTS, rows.event_row, event, self.facts.id, item.get("number"), place=place,
                is_pull_request=is_pull,
            )  # fmt: skip

    def _all(self, item: Node, kind: str, part: str) -> Iterator[Node]:
        """The nodes of a connection inside of an issue or pull request, also those of its further pages."""
        connection = item.get(part) or {}
        while True:
            found = [node for node in connection.get("nodes") or () if node is not None]
            for node in found:
                self.emitter.meet(rows.people({"node": node}), self.memory)
            yield from found
            info = connection.get("pageInfo") or {}
            if not info.get("hasNextPage"):
                return
            answer = self.api.ask(queries.more(kind, str(item["id"]), part, str(info["endCursor"])))
            connection = (answer.data.get("node") or {}).get(part) or {}

    def _comments(self, name: str) -> Iterator[Message]:
        """Comments by the time of their change, oldest first; a page starts where the one before it ended."""
        kind, path = _LISTS[name]
        cursor: str | None = getattr(self.entry, name)
        number = 1
        while True:
            parameters: dict[str, object] = {"sort": "updated", "direction": "asc", "per_page": _LIST_PAGE}
            parameters |= {"since": cursor} if cursor else {}
            parameters |= {"page": number} if number > 1 else {}
            items = yield from self._list(path, parameters, kind)
            times = [str(item["updated_at"]) for item in items if item.get("updated_at")]
            newest = max([*times, cursor or ""]) or None
            number = number + 1 if newest == cursor else 1
            cursor = newest
            is_review = name == "review_comments"
            self.entry = (
                replace(self.entry, review_comments=cursor) if is_review else replace(self.entry, comments=cursor)
            )
            if len(items) < _LIST_PAGE:
                return
            yield self._state()

    def _commit_comments(self) -> Iterator[Message]:
        """Comments on commits, oldest first: those after the ones that are known, or all where some are gone."""
        known = self.entry.commit_comments
        total = self.facts.commit_comments_count
        number = 1 + (known // _LIST_PAGE if known < total else 0)
        kind, path = _LISTS["commit_comments"]
        while True:
            parameters = {"per_page": _LIST_PAGE, "page": number}
            items = yield from self._list(path, parameters, kind)
            if len(items) < _LIST_PAGE:
                break
            number += 1
        self.entry = replace(self.entry, commit_comments=total)

    def _list(
        self, path: str, parameters: Mapping[str, object], kind: str
    ) -> Generator[Message, None, list[Mapping[str, Any]]]:
        found = self.api.get(path.format(self.facts.full_name), parameters)
        items = [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []
        place = f"github:{self.facts.full_name}/{kind}-comments"
        for item in items:
            yield from self.emitter.drift(streams.COMMENTS, item, rows.COMMENT_FIELDS)
            user = item.get("user")
            if isinstance(user, Mapping) and user.get("node_id"):
                self.emitter.meet([str(user["node_id"])], self.memory)
            yield from self.emitter.checked(streams.COMMENTS, rows.comment_row, item, kind, self.facts.id, place=place)
        return items

    def _finish(self) -> Iterator[Message]:
        entry, walk = self.entry, self.walk
        tops, facts = walk.tops, self.facts
        self.entry = replace(
            entry,
            issues=tops.get("issues") or entry.issues,
            issues_count=facts.issues_count,
            pulls_count=facts.pulls_count,
            pulls=tops.get("pulls") or entry.pulls,
            releases=tops.get("releases") or entry.releases,
            releases_mark=walk.releases_mark,
            releases_count=walk.releases_count,
            history=walk.pushed_at,
            walked_at=walk.started_at,
            walk=None,
        )
        self.memory.put(facts.id, self.entry)
        yield self.emitter.state(self.memory)

    def _state(self) -> Message:
        self.entry = replace(self.entry, walk=self.walk)
        self.memory.put(self.facts.id, self.entry)
        return self.emitter.state(self.memory)


def completeness_row(facts: Facts, complete_to: datetime) -> rows.Row:
    """A row of `completeness`: everything in a repository up to a time is stored."""
    return {
        "repository_id": facts.id,
        "full_name": facts.full_name,
        "complete_from": rows.time(facts.created_at),
        "complete_to": rows.time(complete_to.isoformat()),
        "issues_count": facts.issues_count,
        "pull_requests_count": facts.pulls_count,
        "releases_count": facts.releases_count,
    }


def _connection(node: Node, part: str) -> Node:
    if part == "history":
        target = (node.get("defaultBranchRef") or {}).get("target") or {}
        return target.get("history") or {}
    found = node.get({"pulls": "pullRequests"}.get(part, part))
    if not isinstance(found, Mapping):
        raise SourceError(f"an answer without {part}")
    return found
