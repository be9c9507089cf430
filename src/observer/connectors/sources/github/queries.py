"""What is asked of GitHub's GraphQL API, and what it costs.

A document costs a point for each hundred requests that its connections stand for, at least one: a connection below
another one counts as often as the outer one's `first` says. Source: "Rate limits and query limits for the GraphQL
API", docs.github.com. Counts here take every connection, also one of which only `totalCount` is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from observer.connectors.sources.github import documents

OWNERS_AT_ONCE = 25
REPOSITORIES_AT_ONCE = 55
ACCOUNTS_AT_ONCE = 100

# Connections of one repository in the fragment below, of one issue, and of one pull request.
REPOSITORY_CONNECTIONS = 9
_ISSUE_CONNECTIONS = 3
_PULL_CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Query:
    """A document with its variables and the points that it costs."""

    text: str
    variables: Mapping[str, object]
    points: int


def points(connections: int) -> int:
    """What a document costs that stands for a number of requests."""
    return max(1, ceil(connections / 100))


def owners(pages: Sequence[tuple[str, str | None]]) -> Query:
    """The repositories of owners, given as login and cursor, under the names `n0`, `n1`, ..."""
    variables: dict[str, object] = {}
    parts = []
    for number, (login, after) in enumerate(pages):
        variables |= {f"login{number}": login, f"after{number}": after}
        fields = documents.OWNER.replace("@n", str(number))
        parts.append(f"n{number}: repositoryOwner(login: $login{number}) {fields}")
    declared = ", ".join(f"$login{n}: String!, $after{n}: String" for n in range(len(pages)))
    return Query(_document(declared, parts), variables, points(len(pages)))


def repositories_by_name(names: Sequence[str]) -> Query:
    """Repositories by owner and name under the names `n0`, `n1`, ..."""
    variables: dict[str, object] = {}
    parts = []
    for number, full_name in enumerate(names):
        owner, _, name = full_name.partition("/")
        variables |= {f"o{number}": owner, f"r{number}": name}
        parts.append(f"n{number}: repository(owner: $o{number}, name: $r{number}) {{ ...Repository }}")
    declared = ", ".join(f"$o{n}: String!, $r{n}: String!" for n in range(len(names)))
    return Query(
        _document(declared, parts, [documents.REPOSITORY]), variables, points(len(names) * REPOSITORY_CONNECTIONS)
    )


def repositories_by_id(node_ids: Sequence[str]) -> Query:
    """Repositories by node id, in the order of the ids."""
    part = "nodes(ids: $ids) { ... on Repository { ...Repository } }"
    cost = points(len(node_ids) * REPOSITORY_CONNECTIONS)
    return Query(_document("$ids: [ID!]!", [part], [documents.REPOSITORY]), {"ids": list(node_ids)}, cost)


def accounts(node_ids: Sequence[str]) -> Query:
    """Profiles by node id, in the order of the ids."""
    part = f"nodes(ids: $ids) {documents.PROFILE}"
    return Query(_document("$ids: [ID!]!", [part]), {"ids": list(node_ids)}, 1)


def viewer() -> Query:
    """Whose token it is."""
    return Query(documents.VIEWER, {}, 1)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a repository's history: for each part its cursor, if the part is asked for; page sizes of two parts."""

    after: Mapping[str, str | None]
    issues: int = 0
    pulls: int = 0
    since: str | None = None

    @property
    def connections(self) -> int:
        """What the page stands for."""
        return (
            ("issues" in self.after) * (1 + _ISSUE_CONNECTIONS * self.issues)
            + ("pulls" in self.after) * (1 + _PULL_CONNECTIONS * self.pulls)
            + ("releases" in self.after)
            + ("history" in self.after)
        )


def sized_page(after: Mapping[str, str | None], expected: Mapping[str, int], most: int, since: str | None) -> Page:
    """The page that covers what is expected of each part, or as much of it as `most` points pay for."""
    page = _filled_page(after, 1, since)
    for paid in range(2, most + 1):
        sizes = {"issues": page.issues, "pulls": page.pulls}
        if all(sizes[name] > expected.get(name, 0) for name in sizes if name in after):
            break
        page = _filled_page(after, paid, since)
    return page


def history(node_id: str, page: Page) -> Query:
    """One page of what happened in a repository."""
    wanted = page.after
    offered = (
        ("issues", "$issues: Int!, $issuesAfter: String", documents.ISSUES_PART, documents.ISSUE),
        ("pulls", "$pulls: Int!, $pullsAfter: String", documents.PULLS_PART, documents.PULL_REQUEST),
        ("releases", "$releasesAfter: String", documents.RELEASES_PART, ""),
        ("history", "$historyAfter: String, $since: GitTimestamp", documents.HISTORY_PART, ""),
    )
    chosen = [part for part in offered if part[0] in wanted]
    declared = ", ".join(["$id: ID!", *(part[1] for part in chosen)])
    body = "node(id: $id) { ... on Repository { id " + " ".join(part[2] for part in chosen) + " } }"
    variables: dict[str, object] = {"id": node_id, **{f"{name}After": cursor for name, cursor in wanted.items()}}
    sizes = {"issues": page.issues, "pulls": page.pulls}
    variables |= {name: size for name, size in sizes.items() if name in wanted}
    if "history" in wanted:
        variables["since"] = page.since
    return Query(_document(declared, [body], [part[3] for part in chosen]), variables, points(page.connections))


def more(kind: str, node_id: str, part: str, after: str) -> Query:
    """The next hundred events or reviews of one issue (`Issue`) or pull request (`PullRequest`)."""
    events = documents.EVENTS if kind == "Issue" else documents.PULL_EVENTS
    text = (documents.REVIEWS if part == "reviews" else events).replace("@first", "first: 100, after: $after")
    body = f"node(id: $id) {{ ... on {kind} {{ {text} }} }}"
    return Query(_document("$id: ID!, $after: String", [body]), {"id": node_id, "after": after}, 1)


def _filled_page(after: Mapping[str, str | None], paid: int, since: str | None) -> Page:
    """As many issues and pull requests as a number of points pays for, but no answer that takes GitHub too long."""
    if "issues" in after and "pulls" in after:
        return Page(after, 14 * paid, 13 * paid, since)
    room = 100 * paid - 3
    issues = min(100, room // _ISSUE_CONNECTIONS) if "issues" in after else 0
    pulls = min(60, room // _PULL_CONNECTIONS) if "pulls" in after else 0
    return Page(after, issues, pulls, since)


def _document(declared: str, parts: Iterable[str], fragments: Iterable[str] = ()) -> str:
    return "query(" + declared + ") { " + documents.BUDGET + " " + " ".join(parts) + " }" + "".join(fragments)
