"""GraphQL by the schema of the release: documents that could be right, and the same with tokens lost or doubled."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    is_leaf_type,
)

from observer.api.graphql.schema import build_schema
from observer.model.published import PUBLISHED
from tests.fuzzing.asking import Asked, Asking

_SCALARS = (
    "1", "0", "-1", "1.5", "1e400", "2147483648", "99999999999999999999", "true", "null", '"a"', '"%a%"',
    '"2024-01-01"', '"2024-13-45"', '"(["', '"%%%%"', '"\\u0000"', '"\\ud800"', '"\\\\"', '"1"', "[]",
    "{}", "[1, null]", "x", "$v",
    '"2024-01-01T00:00:00Z"', '"GITHUB"', '"infinity"', '"day"', '"' + "z" * 300 + '"',
)  # fmt: skip
_TOKENS = ("{", "}", "(", ")", "[", "]", ":", "$", "@cached", "...", "fragment", "on", "__typename", "!", '"', "\\",
           "é", "query", "mutation", "@skip(if: true)", "__schema { types { name } }", "a:", "null",
           "\u2028")  # fmt: skip


class Documents:
    """Makes documents over one schema."""

    def __init__(self, schema: GraphQLSchema, chance: random.Random) -> None:
        assert schema.query_type is not None
        self._roots = list(schema.query_type.fields.items())
        self._chance = chance

    def document(self) -> str:
        """One document."""
        chance = self._chance
        fields = " ".join(self._root(place) for place in range(chance.choice((1, 1, 1, 2, 3, 12))))
        head = chance.choice(
            ("", "", "query Q", "query Q($v: String)", "query Q($v: Int = 1) @cached", "subscription S")
        )
        text = f"{head} {{ {fields} }}"
        if chance.random() < 0.1:
            text += " fragment F on query_root { ...F }"
        return self._broken(text) if chance.random() < 0.25 else text

    def _root(self, place: int) -> str:
        name, field = self._chance.choice(self._roots)
        alias = f"a{place}: " if self._chance.random() < 0.5 else ""
        arguments = [
            f"{argument}: {self._value(declared.type, 0)}"
            for argument, declared in field.args.items()
            if isinstance(declared.type, GraphQLNonNull) or self._chance.random() < 0.4
        ]
        inside = f"({', '.join(arguments)})" if arguments else ""
        return f"{alias}{name}{inside} {self._selection(field.type, 0)}"

    def _selection(self, kind: Any, depth: int) -> str:
        while isinstance(kind, (GraphQLList, GraphQLNonNull)):
            kind = kind.of_type
        if is_leaf_type(kind) or not isinstance(kind, GraphQLObjectType):
            return ""
        fields = list(kind.fields.items())
        chosen = self._chance.sample(fields, k=min(len(fields), self._chance.randint(1, 4)))
        return "{ " + " ".join(f"{name} {self._selection(field.type, depth + 1)}" for name, field in chosen) + " }"

    def _value(self, kind: Any, depth: int) -> str:
        chance = self._chance
        if chance.random() < 0.06 or depth > 5:
            return chance.choice(_SCALARS)
        match kind:
            case GraphQLNonNull():
                return self._value(kind.of_type, depth)
            case GraphQLList():
                if chance.random() < 0.3:
                    return self._value(kind.of_type, depth + 1)
                return "[" + ", ".join(self._value(kind.of_type, depth + 1) for _ in range(chance.randint(0, 3))) + "]"
            case GraphQLInputObjectType():
                fields = chance.sample(list(kind.fields.items()), k=min(len(kind.fields), chance.randint(0, 2)))
                return "{" + ", ".join(f"{n}: {self._value(f.type, depth + 1)}" for n, f in fields) + "}"
            case GraphQLEnumType():
                return chance.choice(list(kind.values))
            case GraphQLScalarType():
                return self._scalar(kind.name)
        return "null"

    def _scalar(self, name: str) -> str:
        if self._chance.random() < 0.3:
            return self._chance.choice(_SCALARS)
        if "Int" in name or "Float" in name or name in ("bigint", "float8"):
            return self._chance.choice(("1", "0", "5", "-1", "1000"))
        return self._chance.choice(('"a"', '"%a%"', '"2024-01-01"', '"GITHUB"', "true"))

    def _broken(self, text: str) -> str:
        words = text.split(" ")
        for _ in range(self._chance.randint(1, 3)):
            place = self._chance.randrange(len(words))
            match self._chance.randrange(3):
                case 0:
                    del words[place]
                case 1:
                    words.insert(place, self._chance.choice(_TOKENS))
                case _:
                    words.insert(place, words[self._chance.randrange(len(words))])
            words = words or [""]
        return " ".join(words)


def requests_of(asking: Asking, count: int, seed: int) -> None:
    """Asks so many made-up documents."""
    chance = random.Random(seed)
    documents = Documents(build_schema(PUBLISHED).graphql, chance)
    for _ in range(count):
        request: dict[str, object] = {"query": documents.document()}
        if chance.random() < 0.2:
            request["variables"] = chance.choice(({"v": "a"}, {"v": None}, {"v": [1]}, {"w": 1}, [], "x", {"v": 1e308}))
        if chance.random() < 0.05:
            request["operationName"] = chance.choice(("Q", "R", 1, ""))
        path = chance.choice(("/api/v1/graphql", "/v1/graphql"))
        _ask(asking, Asked("graphql", "POST", path, json.dumps(request).encode(), _JSON))


_JSON: Mapping[str, str] = {"Content-Type": "application/json"}


def _ask(asking: Asking, asked: Asked) -> None:
    answer = asking.ask(asked)
    if answer is None:
        return
    told = json.loads(answer.body)
    if not ("data" in told or told.get("errors")):
        asking.fault(asked, f"neither data nor errors: {answer.body[:200]!r}")
