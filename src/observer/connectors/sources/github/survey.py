"""The survey of a sync: finds every repository that is asked for, whatever it is called now, and what has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from observer.connectors import messages
from observer.connectors.messages import Message
from observer.connectors.sources.github import queries, rows, streams
from observer.connectors.sources.github.api import Api, TooLargeError
from observer.connectors.sources.github.config import Config
from observer.connectors.sources.github.emitter import Emitter
from observer.connectors.sources.github.queries import Query
from observer.connectors.sources.github.state import Entry, Memory, Walk
from observer.errors import TransientSourceError

Node = Mapping[str, Any]

# Two changes may have one time, so a time is only done with when it lies this far back.
_SETTLED = timedelta(minutes=2)
_STATUS = {"NOT_FOUND": "missing", "FORBIDDEN": "forbidden"}


@dataclass(frozen=True, slots=True)
class Facts:
    """A repository as the survey saw it. Times are GitHub's texts."""

    id: int
    node_id: str
    full_name: str
    created_at: str | None
    pushed_at: str | None
    issues_count: int
    pulls_count: int
    releases_count: int
    commit_comments_count: int
    latest_issue: str | None
    latest_pull: str | None
    releases_mark: str

    @classmethod
    def of(cls, node: Node) -> Facts:
        """The facts of a node of the fragment `Repository`."""
        releases = rows.nodes(node, "releases")
        mark = f"{releases[0].get('createdAt')} {releases[0].get('updatedAt')}" if releases else ""
        total = rows.count(node, "releases") or 0
        return cls(
            id=int(node["databaseId"]),
            node_id=str(node["id"]),
            full_name=str(node["nameWithOwner"]),
            created_at=node.get("createdAt"),
            pushed_at=node.get("pushedAt"),
            issues_count=rows.count(node, "issues") or 0,
            pulls_count=rows.count(node, "pullRequests") or 0,
            releases_count=total,
            commit_comments_count=rows.count(node, "commitComments") or 0,
            latest_issue=_latest(node, "issues"),
            latest_pull=_latest(node, "pullRequests"),
            releases_mark=f"{total} {mark}" if total else "",
        )


def planned_walk(facts: Facts, entry: Entry, now: datetime) -> Walk:
    """What has to be read of a repository: what its entry was reading already, else what has changed since."""
    if entry.walk is not None:
        return entry.walk
    issues = _is_newer(facts.latest_issue, entry.issues, entry.walked_at)
    pulls = _is_newer(facts.latest_pull, entry.pulls, entry.walked_at)
    wanted = {
        "issues": issues,
        "pulls": pulls,
        "releases": facts.releases_mark != entry.releases_mark,
        "history": facts.pushed_at is not None and facts.pushed_at != entry.history,
    }
    lists = {
        "comments": issues or pulls,
        "review_comments": pulls,
        "commit_comments": facts.commit_comments_count != entry.commit_comments,
    }
    return Walk(
        started_at=now.isoformat(),
        after={part: None for part, is_wanted in wanted.items() if is_wanted},
        lists=tuple(name for name, is_wanted in lists.items() if is_wanted),
        releases_mark=facts.releases_mark,
        releases_count=facts.releases_count,
        pushed_at=facts.pushed_at,
    )


@dataclass(slots=True)
class Survey:
    """One survey; `facts` and `requested` are filled as it runs."""

    api: Api
    config: Config
    memory: Memory
    emitter: Emitter
    now: datetime
    facts: dict[int, Facts] = field(default_factory=dict)

    def run(self) -> Iterator[Message]:
        """Rows of repositories, names, counters and targets; a state after each answer."""
        listed: dict[str, None] = {}
        for owner_messages, node_ids in self._owners():
            yield from owner_messages
            listed |= dict.fromkeys(node_ids)
        known = {
            target: self.memory.targets[target] for target in self.config.repositories if target in self.memory.targets
        }
        unknown = [target for target in self.config.repositories if target not in known]
        for answers in self._asked(unknown, queries.REPOSITORIES_AT_ONCE, queries.repositories_by_name, "n{}"):
            for target, node, reason in answers:
                yield from self._found(node, reason, [target])
            yield self.emitter.state(self.memory)
        targets: dict[str, list[str]] = {node_id: [] for node_id in listed}
        for target, node_id in known.items():
            targets.setdefault(node_id, []).append(target)
        seen = {facts.node_id for facts in self.facts.values()}
        rest = [node_id for node_id in targets if node_id not in seen]
        for answers in self._asked(rest, queries.REPOSITORIES_AT_ONCE, queries.repositories_by_id, "nodes.{}"):
            for node_id, node, reason in answers:
                yield from self._found(node, reason, targets[node_id])
            yield self.emitter.state(self.memory)

    def _owners(self) -> Iterator[tuple[list[Message], list[str]]]:
        pending: list[tuple[str, str | None]] = [(login, None) for login in self.config.owners]
        while pending:
            batch, pending = pending[: queries.OWNERS_AT_ONCE], pending[queries.OWNERS_AT_ONCE :]
            answer = self.api.ask(queries.owners(batch))
            found: list[Message] = []
            node_ids: list[str] = []
            for number, (login, after) in enumerate(batch):
                node = answer.data.get(f"n{number}")
                if not isinstance(node, Mapping):
                    found += self._target(login, "owner", None, answer.missing.get(f"n{number}", "NOT_FOUND"))
                    continue
                page = node["repositories"]
                node_ids += [str(item["id"]) for item in page["nodes"] if item is not None]
                if after is None:
                    found += self._target(login, "owner", node, None)
                if page["pageInfo"]["hasNextPage"]:
                    pending.append((login, page["pageInfo"]["endCursor"]))
            yield found, node_ids

    def _asked(
        self, items: Sequence[str], size: int, build: Callable[[Sequence[str]], Query], place: str
    ) -> Iterator[list[tuple[str, Node | None, str]]]:
        """Items with their nodes, or with the reason why there is none, batch by batch."""
        for start in range(0, len(items), size):
            batch = items[start : start + size]
            try:
                answer = self.api.ask(build(batch))
            except TooLargeError as error:
                if len(batch) == 1:
                    raise TransientSourceError(str(error), where=batch[0]) from error
                yield from self._asked(batch, (len(batch) + 1) // 2, build, place)
                continue
            answers = []
            for number, item in enumerate(batch):
                node = answer.data["nodes"][number] if place.startswith("nodes") else answer.data.get(f"n{number}")
                found = node if isinstance(node, Mapping) and node.get("databaseId") else None
                answers.append((item, found, answer.missing.get(place.format(number), "NOT_FOUND")))
            yield answers

    def _found(self, node: Node | None, reason: str, targets: Sequence[str]) -> Iterator[Message]:
        for target in targets:
            yield from self._target(target, "repository", node, reason)
        if node is None:
            self.memory.targets = {name: found for name, found in self.memory.targets.items() if name not in targets}
            return
        facts = Facts.of(node)
        self.memory.targets = {**self.memory.targets, **dict.fromkeys(targets, facts.node_id)}
        is_new = facts.id not in self.facts
        self.facts[facts.id] = facts
        requested = min(targets) if targets else None
        yield from self._names(facts, node, targets)
        if not is_new:
            return
        emit, reference = self.emitter.record, f"github:{facts.full_name}"
        yield from emit(streams.REPOSITORIES, rows.repository_row(node, requested, self.now), reference)
        yield from emit(streams.COUNTERS, rows.counters_row(node, self.now), reference)

    def _names(self, facts: Facts, node: Node, targets: Sequence[str]) -> Iterator[Message]:
        entry = self.memory.entry(facts.id) or Entry(facts.node_id)
        now = rows.time(self.now.isoformat())
        names = {facts.full_name: str(now), **entry.names}
        owner = str((node.get("owner") or {}).get("id") or "")
        if owner and owner != entry.owner:
            self.emitter.meet([owner], self.memory)
        if (names, owner) != (entry.names, entry.owner):
            self.memory.put(facts.id, replace(entry, names=names, owner=owner))
        row = {"id": facts.id, "full_name": facts.full_name, "first_observed_at": names[facts.full_name]}
        reference = f"github:{facts.full_name}"
        yield from self.emitter.record(streams.REPOSITORY_NAMES, {**row, "last_observed_at": now}, reference)
        written = {name.lower() for name in names}
        for target in targets:
            if target not in written:
                former = {"id": facts.id, "full_name": target, "first_observed_at": None, "last_observed_at": None}
                yield from self.emitter.record(streams.REPOSITORY_NAMES, former, f"github:{target}")

    def _target(self, target: str, kind: str, node: Node | None, reason: str | None) -> list[Message]:
        row: rows.Row = {"target": target, "target_kind": kind, "observed_at": rows.time(self.now.isoformat())}
        if node is None:
            status = _STATUS.get(reason or "", "missing")
            said = messages.log("WARN", f"{target} is {status} on GitHub")
            gone: rows.Row = {**row, "status": status, "reason": reason}
            return [said, *self.emitter.record(streams.TARGETS, gone, f"github:{target}")]
        found = {
            **row,
            "status": "found",
            "id": node.get("databaseId"),
            "full_name": node.get("nameWithOwner") or node.get("login"),
            "repositories_count": rows.count(node, "repositories"),
        }
        return list(self.emitter.record(streams.TARGETS, found, f"github:{target}"))


def _latest(node: Node, connection: str) -> str | None:
    found = rows.nodes(node, connection)
    return str(found[0]["updatedAt"]) if found else None


def _is_newer(latest: str | None, cursor: str | None, walked_at: str | None) -> bool:
    if latest is None or cursor is None:
        return latest is not None
    if latest > cursor or walked_at is None:
        return True
    return _moment(cursor) > _moment(walked_at) - _SETTLED


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
