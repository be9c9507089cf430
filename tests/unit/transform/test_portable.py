"""Models hold only words that DuckDB, BigQuery and Spark share; what differs is in macros."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.transform.world import PROJECT

MODELS = sorted((PROJECT / "models").rglob("*.sql"))
# Impact metrics run on the warehouse alone.
METRICS = sorted(path for path in (PROJECT.parent / "metrics").rglob("*.sql") if path.parent.name != "impact")

# Functions of the same name, arguments and meaning on all three engines. Where nulls among the arguments count
# differently (greatest, least), models give none.
PORTABLE = frozenset(
    [
        "abs",
        "avg",
        "cast",
        "ceil",
        "chr",
        "coalesce",
        "count",
        "dense_rank",
        "exp",
        "extract",
        "first_value",
        "floor",
        "greatest",
        "lag",
        "lead",
        "least",
        "left",
        "length",
        "ln",
        "lower",
        "max",
        "min",
        "mod",
        "nullif",
        "ntile",
        "power",
        "rank",
        "replace",
        "right",
        "round",
        "row_number",
        "sign",
        "sqrt",
        "substr",
        "sum",
        "trim",
        "upper",
    ]
)
# Words before a parenthesis that are no functions.
WORDS = frozenset(
    [
        "all",
        "and",
        "as",
        "between",
        "by",
        "case",
        "distinct",
        "else",
        "except",
        "exists",
        "from",
        "group",
        "having",
        "if",
        "in",
        "intersect",
        "interval",
        "join",
        "not",
        "on",
        "or",
        "order",
        "over",
        "partition",
        "select",
        "then",
        "union",
        "values",
        "when",
        "where",
        "with",
        "decimal",
        "varchar",
    ]
)
# Words that BigQuery reserves: no names of steps, tables or columns.
_RESERVED = """
    all and any array as asc assert_rows_modified at between by case cast collate contains create cross cube current
    default define desc distinct else end enum escape except exclude exists extract false fetch following for from full
    group grouping groups hash having if ignore in inner intersect interval into is join lateral left like limit lookup
    merge natural new no not null nulls of on or order outer over partition preceding proto qualify range recursive
    respect right rollup rows select set some struct tablesample then to treat true unbounded union unnest using when
    where window with within
"""
RESERVED = frozenset(_RESERVED.split())
FOREIGN = {
    r"::": "cast(x as type)",
    r"\bfilter\s*\(": "case when inside of the aggregate",
    r"\bqualify\b": "row_number() in a step before",
    r"\bexclude\b|\bexcept\s*\(": "the columns by name",
    r"\blambda\b|->": "a macro",
    r"\bunnest\b|\bexplode\b": "metric_each, json_item_rows or expanded_rows",
    r"\bgroup by all\b|\border by all\b": "the columns by name",
    r"\bignore nulls\b": "metric_last_known",
    r"\bilike\b|\bsimilar to\b|\bglob\b": "lower() and like, or matches",
    r"\busing\s*\(": "on",
    r"\b(semi|anti|asof|lateral|positional) join\b": "exists, or a join",
    r"\bdistinct on\b": "row_number()",
    r"\bis (not )?true\b|\bis (not )?false\b": "coalesce(x, false)",
    r'"': "adapter.quote('name')",
    r"\[": "a macro",
    r"\bhugeint\b|\buinteger\b|\bubigint\b|\bjson\b|\bblob\b": "varchar, bigint, double, decimal, date, timestamp",
    r"\bunion\b(?!\s+(all|distinct))": "union all, union distinct, or reached",
    r"\binterval\b": "add_days, add_hours",
    r"\bpivot\b|\bunpivot\b|\bsummarize\b": "case when",
    r"/\s*(\d+|jinja_expression\s*)\.\d": "/ cast(168 as double): Spark keeps six digits of a share by decimal 168.0",
}


def _bare(text: str) -> str:
    """SQL without Jinja, comments and the insides of literals."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}", " jinja_expression ", text, flags=re.DOTALL)
    text = re.sub(r"\{%.*?%\}", " ", text, flags=re.DOTALL)
    text = re.sub(r"\bas\s+jinja_expression\s*\(", "as (", text)
    text = re.sub(r"'(?:[^']|'')*'", "''", text)
    return re.sub(r"--[^\n]*", "", text).lower()


def foreign_words(text: str) -> list[str]:
    """What in the SQL of a model is not shared by the three engines, each with what to write in its place."""
    sql = _bare(text)
    named = set(re.findall(r"\b(\w+)\s*(?:\([\w\s,]*\)\s*)?as\s*\(", sql))
    found = [f"{name}() is not in PORTABLE: use or write a macro" for name in _functions(sql) - named]
    found += [f"{pattern}: write {instead}" for pattern, instead in FOREIGN.items() if re.search(pattern, sql)]
    names = {*named, *re.findall(r"\bas\s+(\w+)", sql)}
    found += [f"{name} is reserved: another name" for name in names & RESERVED]
    quoted = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|--[^\n]*", "", text, flags=re.DOTALL)
    if re.search(r"'[^'\n]*[^'\s(,|]''[^'\n]*'", quoted):
        found.append("'' in a literal: write || chr(39) ||")
    return sorted(found)


def _functions(sql: str) -> set[str]:
    return set(re.findall(r"\b([a-z_][a-z0-9_]*)\s*\(", sql)) - PORTABLE - WORDS


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_a_model_has_only_words_that_the_engines_share(model: Path) -> None:
    assert foreign_words(model.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "sql",
    [
        "select list_min(a) from t",
        "select a::integer from t",
        "select sum(a) filter (where b) from t",
        'select "date" from t',
        "select regexp_matches(a, 'b') from t",
        "select date_trunc('day', a) from t",
        "select 'it''s' as a from t",
        "select a from t cross join unnest(b) as c(a)",
        "select a + interval 1 day from t",
        "select a from t union select a from s",
        "with groups as (select a from t) select a from groups",
        "select a as current from t",
        "select count(*) / 168.0 as a from t",
        "select count(*) / {{ length }}.0 as a from t",
    ],
)
def test_a_word_of_one_engine_alone_is_found(sql: str) -> None:
    assert foreign_words(sql)


@pytest.mark.parametrize("metric", METRICS, ids=lambda path: path.stem)
def test_a_metric_has_only_words_that_the_engines_share(metric: Path) -> None:
    assert foreign_words(metric.read_text(encoding="utf-8")) == []


def test_a_query_that_a_macro_runs_by_itself_has_no_comma_before_from() -> None:
    """Such a query is not brought into an engine's words, unlike the statement of a model."""
    macros = sorted((PROJECT / "macros").rglob("*.sql"))
    asked = re.compile(r"set query -?%}(.*?)endset", re.DOTALL)
    queries = [(file, query) for file in macros for query in asked.findall(file.read_text())]
    assert len(queries) > 5
    assert [file.name for file, query in queries if re.search(r",\s*from\s", query)] == []
