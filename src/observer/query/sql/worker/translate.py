"""From the text that clients send to one SELECT in DuckDB's dialect that means the same."""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from observer.errors import QueryError
from observer.query.sql.question import Dialect
from observer.query.sql.worker.names import INFORMATION_SCHEMA, PREFIXES, hidden

_OWN_WORDS = re.compile(r" for <class [^>]*>")
_BINARY = {exp.Add: "trino_plus", exp.Sub: "trino_minus"}
_SHIFTS = {exp.DateAdd: "trino_plus", exp.DateSub: "trino_minus", exp.TimestampAdd: "trino_plus"}


def translate(sql: str, dialect: Dialect) -> str:
    """The query for DuckDB. Names lose the prefixes `oso.` and `iceberg.oso.`; Trino's meanings are kept.

    QueryError where the text is no single SELECT of its dialect. What it may read is not decided here.
    """
    try:
        statements = sqlglot.parse(sql, read=dialect.value)
    except (SqlglotError, RecursionError) as error:
        raise QueryError(_reason(error), hint=_hint(dialect)) from None
    if len(statements) != 1 or statements[0] is None:
        raise QueryError("give exactly one statement")
    tree = statements[0]
    if not isinstance(tree, exp.Query):
        raise QueryError("only SELECT is answered here", hint="also SHOW TABLES, DESCRIBE <table>, EXPLAIN <select>")
    try:
        # From the leaves up: what is put in the place of a node keeps its children.
        for node in reversed(list(tree.walk())):
            _rename(node)
            if dialect is Dialect.TRINO and (other := _meaning(node)) is not node:
                node.replace(other)
        return tree.sql("duckdb", comments=False, unsupported_level=sqlglot.ErrorLevel.IGNORE)
    except (SqlglotError, RecursionError) as error:
        raise QueryError(_reason(error), hint=_hint(dialect)) from None


def _rename(node: exp.Expr) -> None:
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        catalog, schema = node.catalog.lower(), node.db.lower()
        if schema == "information_schema" and catalog in ("", "iceberg") and node.name.lower() in INFORMATION_SCHEMA:
            view = exp.to_identifier(hidden(node.name.lower()), quoted=True)
            if not node.alias:
                node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name)))
            node.set("this", view)
        elif (catalog, schema) not in PREFIXES:
            return
        node.set("db", None)
        node.set("catalog", None)
    elif isinstance(node, exp.Column) and node.db and (node.catalog.lower(), node.db.lower()) in PREFIXES:
        node.set("db", None)
        node.set("catalog", None)


def _meaning(node: exp.Expr) -> exp.Expr:
    """What DuckDB means otherwise than Trino, as one of our macros."""
    if isinstance(node, exp.Div) and not _is_fraction(node.this) and not _is_fraction(node.expression):
        return _call("trino_divide", node.this, node.expression)
    if isinstance(node, (exp.Add, exp.Sub)):
        name = _BINARY[type(node)]
        if isinstance(node.expression, exp.Interval):
            return _call(name, node.this, node.expression)
        if isinstance(node.this, exp.Interval) and isinstance(node, exp.Add):
            return _call(name, node.expression, node.this)
    if isinstance(node, (exp.DateAdd, exp.DateSub, exp.TimestampAdd)):
        step = node.expression
        if not isinstance(step, exp.Interval):
            step = exp.Interval(this=exp.paren(step, copy=False), unit=exp.var(node.text("unit") or "DAY"))
        return _call(_SHIFTS[type(node)], node.this, step)
    if isinstance(node, (exp.DateTrunc, exp.TimestampTrunc)):
        return _call("trino_date_trunc", exp.Literal.string(node.text("unit").lower()), node.this)
    if isinstance(node, exp.DateDiff):
        unit = exp.Literal.string((node.text("unit") or "day").lower())
        return _call("trino_date_diff", unit, node.expression, node.this)
    if isinstance(node, exp.GenerateSeries):
        ends = (node.args["start"], node.args["end"], node.args.get("step"))
        present = [end for end in ends if end is not None]
        return _call("trino_steps" if len(present) == 3 else "trino_sequence", *present)
    if isinstance(node, exp.Anonymous):
        return _other(node)
    if isinstance(node, exp.Select):
        _name_columns(node)
    return node


def _name_columns(select: exp.Select) -> None:
    """Expressions without a name are called as Trino calls them: _col0 for the first column."""
    named = (exp.Alias, exp.Aliases, exp.Column, exp.Star, exp.Dot)
    columns = [
        column if isinstance(column, named) else exp.alias_(column, f"_col{place}", copy=False)
        for place, column in enumerate(select.expressions)
    ]
    select.set("expressions", columns)


def _other(node: exp.Anonymous) -> exp.Expr:
    """Functions of Trino that sqlglot does not know."""
    name, arguments = node.name.lower(), node.expressions
    if name == "at_timezone" and len(arguments) == 2:
        return _call("timezone", arguments[1], arguments[0])
    if name == "map_agg" and len(arguments) == 2:
        return _call("map", _call("list", arguments[0]), _call("list", arguments[1]))
    if name == "codepoint":
        return _call("unicode", *arguments)
    if name in ("approx_set", "typeof") or not arguments:
        return node
    if name == "date_parse" and len(arguments) == 2:
        return _call("strptime", *arguments)
    return node


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _is_fraction(node: exp.Expr) -> bool:
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return not node.is_string and not node.is_int
    return isinstance(node, exp.Cast) and node.is_type("double", "float", "decimal")


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the query is nested too deep"
    first = getattr(error, "errors", None) or [{}]
    where = first[0]
    if where.get("line"):
        what = _OWN_WORDS.sub("", str(where.get("description") or "mistake")).rstrip(".")
        return f"line {where['line']}:{where['col']}: {what} near '{str(where.get('highlight'))[:60]}'"
    return f"the query cannot be read: {str(error).splitlines()[0][:200]}"


def _hint(dialect: Dialect) -> str:
    return f"it is read as {'Trino' if dialect is Dialect.TRINO else 'DuckDB'}'s SQL"
