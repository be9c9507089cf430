"""What the SQL of a proposed metric may be: one query over models of the warehouse, with its rules told in comments."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from observer.errors import Problem
from observer.metrics.definition_file import nearest

SCHEMAS = ("", "marts", "intermediate")
_CHANGING = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.CurrentDatetime, exp.Rand, exp.Uuid)
_CHANGING_NAMES = frozenset({"now", "today", "random", "uuid", "gen_random_uuid", "get_current_timestamp"})
_Finding = tuple[exp.Expression | None, str, str | None]


def check_sql(sql: str, path: str, models: Collection[str], columns: Sequence[str] | None) -> list[Problem]:
    """All faults of the text. `columns` are those that it must give; None where they are not known."""
    try:
        statements = [each for each in sqlglot.parse(sql, read="duckdb") if each is not None]
    except (ParseError, TokenError) as error:
        found = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
        line = found.get("line")
        return [Problem(path, line, f"not SQL: {found.get('description') or str(error).splitlines()[0]}")]
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        return [Problem(path, 1, "the file is not one query", "write one select")]
    tree = statements[0]
    findings = [*_tables(tree, models), *_changing(tree), *_columns(tree, columns), *_comments(tree)]
    return [Problem(path, _line(node), what, hint) for node, what, hint in findings]


def _tables(tree: exp.Query, models: Collection[str]) -> Iterator[_Finding]:
    own = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    tables = [table for table in tree.find_all(exp.Table) if table.db or table.name not in own]
    for table in tables:
        if not isinstance(table.this, exp.Identifier):
            yield table, f"it reads {table.this.sql('duckdb')}", "read models of the warehouse only"
        elif table.db not in SCHEMAS or table.catalog:
            shown = ".".join(part for part in (table.catalog, table.db, table.name) if part)
            yield table, f"it reads {shown}", "read intermediate and mart models only"
        elif table.name not in models:
            yield table, f"there is no model '{table.name}'", nearest(table.name, models)
    if not tables:
        yield None, "it reads no model of the warehouse", None


def _changing(tree: exp.Query) -> Iterator[_Finding]:
    for node in tree.find_all(exp.Func):
        name = node.name.lower() if isinstance(node, exp.Anonymous) else node.sql_name().lower()
        if isinstance(node, _CHANGING) or name in _CHANGING_NAMES:
            what = f"{node.sql('duckdb')} gives another result every time"
            yield cast(exp.Expression, node), what, "end the period at $as_of"


def _columns(tree: exp.Query, columns: Sequence[str] | None) -> Iterator[_Finding]:
    if columns is None or tree.is_star:
        return
    given = tree.named_selects
    for name in columns:
        if name not in given:
            yield None, f"the query gives no column '{name}'", nearest(name, given)
    for name in given:
        if name not in columns:
            yield None, f"the query gives a column '{name}' too many", f"give {', '.join(columns)}"


def _comments(tree: exp.Query) -> Iterator[_Finding]:
    if not any(node.comments for node in tree.walk()):
        yield None, "the SQL has no comment", "tell the rules of the metric in comments"


def _line(node: exp.Expression | None) -> int | None:
    if node is None:
        return 1
    lines = [part.meta["line"] for part in node.walk() if "line" in part.meta]
    return min(lines, default=1)
