"""A local GitHub: answers GraphQL and REST from a world in memory, and counts points by GitHub's published rule."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import graphql
from graphql import GraphQLError, GraphQLResolveInfo, GraphQLSchema, build_schema, get_named_type

from observer.testing.upstream.github_cost import Cost, cost_of
from observer.testing.upstream.github_schema import SCHEMA
from observer.testing.upstream.server import Asked, Reply, Upstream

Node = dict[str, Any]

NODE_LIMIT = 500_000
_TIME_FIELDS = {"UPDATED_AT": "updatedAt", "CREATED_AT": "createdAt"}
_ITEM_TYPES = {
    "CLOSED_EVENT": "ClosedEvent",
    "REOPENED_EVENT": "ReopenedEvent",
    "MERGED_EVENT": "MergedEvent",
    "LABELED_EVENT": "LabeledEvent",
}


@dataclass(slots=True)
class Budget:
    """What a token has left in its hour, and what it was charged."""

    points: int = 5_000
    requests: int = 5_000
    spent_points: int = 0
    spent_requests: int = 0


@dataclass(slots=True)
class LocalGithub:
    """A world and its tokens.

    `repositories` are nodes in GraphQL's shape by numeric id; their connections are lists under the connection's name
    (`issues`, `pullRequests`, `releases`, ...), counters without nodes are under `counts`, objects of the REST API
    under `rest` by the end of their path (`issues/comments`, `pulls/comments`, `comments`, `dependency-graph/sbom`).
    `accounts` are nodes by login in lower case, `former_names` lead from a name to an id. `asked` tells the points of
    each document in their order.
    """

    repositories: dict[int, Node] = field(default_factory=dict)
    accounts: dict[str, Node] = field(default_factory=dict)
    former_names: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, Budget] = field(default_factory=lambda: {"token-one": Budget()})
    hour_ends: int = field(default_factory=lambda: int(time.time()) + 3_600)
    asked: list[Cost] = field(default_factory=list)
    _schema: GraphQLSchema = field(default_factory=lambda: build_schema(SCHEMA))

    @classmethod
    def of(cls, world: Mapping[str, Any], **options: Any) -> LocalGithub:
        """The world of a samples file: lists of `accounts` and `repositories`, and `former_names` by name."""
        github = cls(**options)
        github.accounts = {str(node["login"]).lower(): dict(node) for node in world["accounts"]}
        github.repositories = {int(node["databaseId"]): github._linked(node) for node in world["repositories"]}
        names = {node["nameWithOwner"].lower(): number for number, node in github.repositories.items()}
        github.former_names = {old.lower(): names[new.lower()] for old, new in world.get("former_names", {}).items()}
        return github

    @property
    def points(self) -> int:
        """All points that were charged."""
        return sum(cost.points for cost in self.asked)

    def install(self, upstream: Upstream) -> None:
        """Lets an upstream answer as this GitHub does; call again when a repository has got a name or a list."""
        upstream.answers["/graphql"] = self.graphql
        names = {node["nameWithOwner"]: number for number, node in self.repositories.items()}
        for name in (*names, *self.former_names):
            for list_name in ("issues/comments", "pulls/comments", "comments", "dependency-graph/sbom"):
                upstream.answers[f"/repos/{name}/{list_name}"] = self.rest
        for number in self.repositories:
            for list_name in ("issues/comments", "pulls/comments", "comments", "dependency-graph/sbom"):
                upstream.answers[f"/repositories/{number}/{list_name}"] = self.rest

    def repository(self, full_name: str) -> Node | None:
        """A repository by the name it has or had."""
        wanted = full_name.lower()
        named = [node for node in self.repositories.values() if node["nameWithOwner"].lower() == wanted]
        return named[0] if named else self.repositories.get(self.former_names.get(wanted, -1))

    def rename(self, full_name: str, new_name: str) -> None:
        """Renames or transfers a repository; its former name leads on to it."""
        node = self.repository(full_name)
        if node is None:
            raise KeyError(full_name)
        self.former_names[node["nameWithOwner"].lower()] = node["databaseId"]
        owner, _, name = new_name.partition("/")
        node |= {"nameWithOwner": new_name, "name": name, "owner": self.accounts[owner.lower()]}

    def graphql(self, asked: Asked) -> Reply:
        """The answer to a GraphQL document."""
        budget = self._budget(asked)
        if budget is None:
            return Reply.json({"message": "Bad credentials"}, 401)
        question = json.loads(asked.body)
        document = graphql.parse(question["query"])
        variables = question.get("variables") or {}
        wrong = graphql.validate(self._schema, document)
        if wrong:
            errors = [{"message": error.message, "extensions": {"code": "invalid"}} for error in wrong]
            return Reply.json({"errors": errors})
        cost = cost_of(self._schema, document, variables)
        if cost.nodes > NODE_LIMIT or cost.largest_page > 100:
            return Reply.json({"errors": [{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": "too many nodes"}]})
        if budget.points < cost.points:
            error = {"type": "RATE_LIMITED", "message": "API rate limit exceeded"}
            return self._reply({"errors": [error]}, 0)
        budget.points -= cost.points
        budget.spent_points += cost.points
        self.asked.append(cost)
        context = {"cost": cost, "budget": budget}
        result = graphql.graphql_sync(
            self._schema,
            question["query"],
            context_value=context,
            variable_values=variables,
            field_resolver=self._resolve,
        )
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = [_shown(error) for error in result.errors]
        return self._reply(body, budget.points)

    def rest(self, asked: Asked) -> Reply:
        """The answer to a request of the REST API: a list page by page, or a document."""
        budget = self._budget(asked)
        if budget is None:
            return Reply.json({"message": "Bad credentials"}, 401)
        if budget.requests <= 0:
            return self._reply({"message": "API rate limit exceeded"}, 0, 403)
        budget.requests -= 1
        budget.spent_requests += 1
        first, _, rest = asked.path.strip("/").partition("/")
        if first == "repositories":
            number, _, list_name = rest.partition("/")
            node = self.repositories.get(int(number))
        else:
            owner, name, list_name = rest.split("/", 2)
            node = self.repository(f"{owner}/{name}")
            if node is not None and node["nameWithOwner"].lower() != f"{owner}/{name}".lower():
                query = f"?{asked.query}" if asked.query else ""
                return Reply(301, b"", {"Location": f"/repositories/{node['databaseId']}/{list_name}{query}"})
        content = (node or {}).get("rest", {}).get(list_name)
        if node is None or (content is None and list_name.endswith("sbom")):
            return self._reply({"message": "Not Found"}, budget.requests, 404)
        if list_name.endswith("sbom"):
            return self._reply({"sbom": content}, budget.requests)
        return self._reply(_rest_page(content or [], asked.query), budget.requests)

    def _budget(self, asked: Asked) -> Budget | None:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        return self.tokens.get(token) if scheme == "Bearer" else None

    def _reply(self, content: object, remaining: int, status: int = 200) -> Reply:
        headers = {"X-RateLimit-Remaining": str(remaining), "X-RateLimit-Reset": str(self.hour_ends)}
        reply = Reply.json(content, status)
        return Reply(reply.status, reply.body, {**reply.headers, **headers})

    def _linked(self, node: Mapping[str, Any]) -> Node:
        """A repository whose owner is the account itself."""
        owner = self.accounts[str(node["nameWithOwner"]).partition("/")[0].lower()]
        return {**node, "__typename": "Repository", "owner": owner}

    def _resolve(self, source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        name = info.field_name
        if source is None:
            return self._root(name, info, arguments)
        named = get_named_type(info.return_type).name
        if named == "RepositoryConnection":
            owned = [node for node in self.repositories.values() if node["owner"]["login"] == source["login"]]
            return _connection(sorted(owned, key=lambda node: str(node["nameWithOwner"])), arguments)
        if named.endswith("Connection"):
            total = (source.get("counts") or {}).get(name)
            if total is not None:
                return {"totalCount": total, "nodes": [], "edges": []}
            return _connection(source.get(name) or [], arguments)
        return source.get(name)

    def _root(self, name: str, info: GraphQLResolveInfo, arguments: Mapping[str, Any]) -> Any:
        if name == "rateLimit":
            cost, budget = info.context["cost"], info.context["budget"]
            ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.hour_ends))
            counts = {"cost": cost.points, "nodeCount": cost.nodes, "limit": 5_000}
            return {**counts, "remaining": budget.points, "used": budget.spent_points, "resetAt": ends}
        if name == "viewer":
            return next(node for node in self.accounts.values() if node["__typename"] == "User")
        if name == "repositoryOwner":
            return self.accounts.get(str(arguments["login"]).lower())
        if name == "repository":
            full_name = f"{arguments['owner']}/{arguments['name']}"
            found = self.repository(full_name)
            return found if found is not None else _missing(f"the name '{full_name}'")
        if name == "node":
            return self._node(str(arguments["id"]))
        return [self._node(str(node_id)) for node_id in arguments["ids"]]

    def _node(self, node_id: str) -> Any:
        for node in self._nodes():
            if node["id"] == node_id:
                return node
        return _missing(f"the global id of '{node_id}'")

    def _nodes(self) -> Iterator[Node]:
        yield from self.repositories.values()
        yield from self.accounts.values()
        for repository in self.repositories.values():
            yield from repository.get("issues") or ()
            yield from repository.get("pullRequests") or ()


def _connection(items: Sequence[Node], arguments: Mapping[str, Any]) -> Node:
    """A page of nodes: filtered, in the order asked for, after the cursor."""
    found = [item for item in items if _is_asked_for(item, arguments)]
    order = arguments.get("orderBy") or {}
    time_field = _TIME_FIELDS.get(str(order.get("field")))
    if time_field:
        found.sort(key=lambda item: (item[time_field], str(item["id"])), reverse=order.get("direction") == "DESC")
    places = [
        (item[time_field] if time_field else "", str(item.get("id", number))) for number, item in enumerate(found)
    ]
    start = _start(places, arguments.get("after"), is_descending=order.get("direction") == "DESC")
    size = arguments.get("first")
    page = found[start : start + size] if size is not None else []
    end = start + len(page)
    info = {
        "hasNextPage": end < len(found),
        "hasPreviousPage": start > 0,
        "startCursor": None,
        "endCursor": _cursor(places[end - 1]) if page else None,
    }
    return {"totalCount": len(found), "nodes": page, "edges": page, "pageInfo": info}


def _is_asked_for(item: Node, arguments: Mapping[str, Any]) -> bool:
    states, kinds, since = arguments.get("states"), arguments.get("itemTypes"), arguments.get("since")
    return (
        (not states or item.get("state") in states)
        and (not kinds or item.get("__typename") in {_ITEM_TYPES[kind] for kind in kinds})
        and (not since or str(item.get("committedDate")) >= since)
    )


def _start(places: Sequence[tuple[str, str]], after: str | None, *, is_descending: bool) -> int:
    """Where the page after a cursor begins, also when the node of the cursor has moved or gone."""
    if not after:
        return 0
    key, node_id = json.loads(base64.b64decode(after))
    if (key, node_id) in places:
        return places.index((key, node_id)) + 1
    return sum((place > (key, node_id)) == is_descending for place in places)


def _cursor(place: tuple[str, str]) -> str:
    return base64.b64encode(json.dumps(place).encode()).decode()


def _rest_page(items: Sequence[Node], query: str) -> list[Node]:
    parameters = {name: values[0] for name, values in parse_qs(query).items()}
    since = parameters.get("since", "")
    found = [item for item in items if str(item.get("updated_at", "")) >= since]
    if parameters.get("sort") == "updated":
        found.sort(key=lambda item: str(item.get("updated_at")), reverse=parameters.get("direction") != "asc")
    size, number = int(parameters.get("per_page", 30)), int(parameters.get("page", 1))
    return found[(number - 1) * size : number * size]


def _missing(what: str) -> GraphQLError:
    return GraphQLError(f"Could not resolve to a node with {what}.", extensions={"type": "NOT_FOUND"})


def _shown(error: GraphQLError) -> dict[str, Any]:
    """An error as GitHub writes it: its type beside its message."""
    shown: dict[str, Any] = {"message": error.message, "path": error.path}
    kind = (error.extensions or {}).get("type")
    return {**shown, "type": kind} if kind else {**shown, "extensions": {"code": "failed"}}
