"""Decides on DuckDB's own syntax tree whether a query may run: what is not known to be harmless is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from observer.errors import QueryError
from observer.query.sql.question import TooLargeError
from observer.query.sql.worker.functions import FUNCTIONS, TABLE_FUNCTIONS, TYPES, VOLATILE
from observer.query.sql.worker.names import INFORMATION_SCHEMA, Names, hidden

if TYPE_CHECKING:
    import duckdb

MAX_JOINS = 30
MAX_CTES = 40
MAX_SET_OPERATIONS = 50
MAX_VALUES = 1_000
MAX_GROUPING_SETS = 64
MAX_NODES = 20_000
MAX_TREE_DEPTH = 400

_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE"})
_TABLES = frozenset({"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY"})
_EXPRESSIONS = frozenset(
    {"BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION"}
    | {"LAMBDA", "LAMBDA_REF", "OPERATOR", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "WINDOW", "TYPE"}
)
_HIDDEN = frozenset(map(hidden, INFORMATION_SCHEMA))
_MODIFIERS = frozenset({"ORDER_MODIFIER", "LIMIT_MODIFIER", "DISTINCT_MODIFIER"})


@dataclass(slots=True)
class _Seen:
    joins: int = 0
    ctes: int = 0
    set_operations: int = 0
    nodes: int = 0
    is_volatile: bool = False
    allowed: frozenset[str] = field(default_factory=frozenset)


class Gate:
    """Lets through single SELECTs over the tables of one release, with functions and types of the lists."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, names: Names) -> None:
        self._connection = connection
        self._names = names

    def check(self, sql: str) -> bool:
        """Returns whether the answer depends on the time; QueryError or TooLargeError where the query is refused."""
        row = self._connection.execute("select json_serialize_sql(?)", [sql]).fetchone()
        tree: Any = json.loads(row[0]) if row else {"error": True}
        if tree.get("error"):
            raise QueryError(_sentence(str(tree.get("error_message", "")), str(tree.get("error_type", ""))))
        if len(tree["statements"]) != 1:
            raise QueryError("give exactly one statement")
        statement = tree["statements"][0]
        if statement.get("named_param_map"):
            raise QueryError("parameters are not known here", hint="write the values into the query")
        seen = _Seen()
        try:
            self._node(statement["node"], frozenset(), seen, 0)
        except RecursionError:
            raise TooLargeError("the query is nested too deep") from None
        return seen.is_volatile

    def _node(self, node: Mapping[str, Any], ctes: frozenset[str], seen: _Seen, depth: int) -> None:
        kind = node.get("type")
        if kind not in _NODES:
            what = "a recursive WITH" if kind == "RECURSIVE_CTE_NODE" else "this kind of statement"
            raise QueryError(f"{what} is not allowed here", hint="only plain SELECT is answered")
        seen.set_operations += kind == "SET_OPERATION_NODE"
        _most(seen.set_operations, MAX_SET_OPERATIONS, "set operations")
        for entry in (node.get("cte_map") or {}).get("map", ()):
            seen.ctes += 1
            _most(seen.ctes, MAX_CTES, "WITH queries")
            self._node(entry["value"]["query"]["node"], ctes, seen, depth + 1)
            ctes |= {str(entry["key"]).lower()}
        if kind == "CTE_NODE":
            self._node(node["query"], ctes, seen, depth + 1)
            ctes |= {str(node["cte_name"]).lower()}
            self._node(node["child"], ctes, seen, depth + 1)
        if len(node.get("group_sets") or ()) > MAX_GROUPING_SETS:
            raise TooLargeError(f"more than {MAX_GROUPING_SETS} grouping sets")
        if node.get("sample"):
            raise QueryError("TABLESAMPLE is not allowed here")
        for key, value in node.items():
            if key not in ("cte_map", "query", "child"):
                self._walk(value, ctes, seen, depth + 1)
        if kind != "CTE_NODE":
            for key in ("query", "child"):
                self._walk(node.get(key), ctes, seen, depth + 1)

    def _walk(self, value: Any, ctes: frozenset[str], seen: _Seen, depth: int) -> None:
        if depth > MAX_TREE_DEPTH:
            raise TooLargeError("the query is nested too deep")
        if isinstance(value, list):
            for item in value:
                self._walk(item, ctes, seen, depth + 1)
            return
        if not isinstance(value, dict):
            return
        seen.nodes += 1
        _most(seen.nodes, MAX_NODES, "parts")
        kind = value.get("type")
        if isinstance(kind, str) and kind.endswith("_NODE"):
            self._node(value, ctes, seen, depth)
            return
        if "class" in value:
            self._expression(value, seen)
        elif "ref_type" in value or "query_location" in value or kind in _TABLES:
            self._table(value, ctes, seen)
        elif isinstance(kind, str) and kind.endswith("_MODIFIER") and kind not in _MODIFIERS:
            raise QueryError("this clause is not allowed here")
        for key, item in value.items():
            if key == "function" and kind == "TABLE_FUNCTION":
                for child in item.get("children", ()):
                    self._walk(child, ctes, seen, depth + 1)
            elif key not in ("cast_type", "value", "type_info"):
                self._walk(item, ctes, seen, depth + 1)

    def _table(self, table: Mapping[str, Any], ctes: frozenset[str], seen: _Seen) -> None:
        kind = table.get("type")
        if kind not in _TABLES:
            raise QueryError("this kind of table is not allowed here", hint="SHOW TABLES lists those that there are")
        if table.get("sample"):
            raise QueryError("TABLESAMPLE is not allowed here")
        if kind == "JOIN":
            seen.joins += 1
            _most(seen.joins, MAX_JOINS, "joins")
        elif kind == "BASE_TABLE":
            self._base_table(table, ctes)
        elif kind == "TABLE_FUNCTION":
            function = table["function"]
            name = str(function.get("function_name", "")).lower()
            if function.get("class") != "FUNCTION" or name not in TABLE_FUNCTIONS or _is_qualified(function):
                raise QueryError(f"the table function '{name[:60]}' is not allowed here")

    def _base_table(self, table: Mapping[str, Any], ctes: frozenset[str]) -> None:
        name, schema = str(table["table_name"]), str(table.get("schema_name") or "")
        catalog = str(table.get("catalog_name") or "")
        if table.get("at_clause"):
            raise QueryError("AT is not allowed here", hint="end the query with AT RELEASE <number>")
        is_plain = not schema and not catalog
        if is_plain and (name.lower() in ctes or name in _HIDDEN):
            return
        self._names.table(name, schema, catalog)
        if schema or catalog:
            raise QueryError(f"Table '{name[:100]}' does not exist under '{schema[:60]}'")

    def _expression(self, node: Mapping[str, Any], seen: _Seen) -> None:
        kind = node["class"]
        if kind not in _EXPRESSIONS:
            raise QueryError(f"{str(kind).lower()} expressions are not allowed here")
        if kind in ("FUNCTION", "WINDOW"):
            name = str(node.get("function_name", "")).lower()
            if name and (name not in FUNCTIONS or _is_qualified(node)):
                raise QueryError(f"Function '{name[:60]}' is not known or not allowed here")
            seen.is_volatile |= name in VOLATILE
        elif kind == "CAST":
            _check_type(node.get("cast_type"))
        elif kind == "CONSTANT":
            value = node.get("value")
            if isinstance(value, dict):
                _check_type(value.get("type"))
        elif kind == "OPERATOR" and len(node.get("children") or ()) > MAX_VALUES:
            raise TooLargeError(f"more than {MAX_VALUES} values in one list")
        elif kind == "COLUMN_REF":
            seen.is_volatile |= str(node["column_names"][-1]).lower() in VOLATILE


def _check_type(kind: Any) -> None:
    if isinstance(kind, list):
        for item in kind:
            _check_type(item)
    elif isinstance(kind, dict):
        info = kind.get("type_info") or {}
        if "id" in kind:
            name = str(info.get("alias") or (info.get("name") if kind["id"] == "UNBOUND" else None) or kind["id"])
            if name.upper() not in TYPES:
                raise QueryError(f"the type '{name[:40]}' is not allowed here")
        for item in kind.values():
            _check_type(item)


def _is_qualified(function: Mapping[str, Any]) -> bool:
    return bool(function.get("catalog")) or str(function.get("schema") or "") not in ("", "main")


def _most(count: int, most: int, what: str) -> None:
    if count > most:
        raise TooLargeError(f"the query has more than {most} {what}")


def _sentence(message: str, kind: str) -> str:
    if "Only SELECT" in message:
        return "only SELECT is answered here"
    first = message.splitlines()[0] if message else "the query cannot be read"
    return f"{kind}: {first}"[:300] if kind and kind != "not implemented" else first[:300]
