"""The one thing that is done to a query's text before a worker has it: a linear scan that measures and tidies it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from observer.errors import QueryError
from observer.query.sql.question import TooLargeError

MAX_BYTES = 32 * 1024
MAX_TOKENS = 8_000
MAX_DEPTH = 25
_REMEMBERED_LENGTH = 4 * 1024

_TOKEN = re.compile(
    r"""(?P<space>\s++) | (?P<comment>--[^\n]*+ | /\*(?:[^*]|\*(?!/))*+\*/)
    | (?P<quoted>'(?:[^']|'')*+' | "(?:[^"]|"")*+")
    | (?P<word>[^\W\d]\w*+ | \d[\w.]*+)
    | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_NONE = re.compile("[\x00\ud800-\udfff]")
_RELEASE = re.compile(r"\s*at\s+release\s+(\d{1,9})\s*", re.IGNORECASE)
_SUFFIX = re.compile(r"(.*\S)\s+at\s+release\s+(\d{1,9})", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ScannedText:
    """A query without comments, with one blank where there were several; and the release that it names, if any."""

    sql: str
    release: int | None


def scan(text: str) -> ScannedText:
    """The tidied text of one statement.

    `AT RELEASE n` at the end, or in a comment of its own, names the release. QueryError for texts that are no query,
    TooLargeError for ones that are too long or nested too deep. Takes time linear in the length.
    """
    return _scanned_before(text) if len(text) <= _REMEMBERED_LENGTH else _scanned(text)


def _scanned(text: str) -> ScannedText:
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TooLargeError(f"the query is longer than {MAX_BYTES} bytes")
    if _NONE.search(text):
        raise QueryError("the query holds a character that is none")
    parts, release = _tidied(text)
    sql = "".join(parts).strip()
    if sql.endswith(";"):
        sql = sql[:-1].rstrip()
    # Only outside of quotes: a quoted end cannot match the digits.
    if suffix := _SUFFIX.fullmatch(sql):
        sql, release = suffix[1], int(suffix[2])
    if not sql or sql == ";":
        raise QueryError("there is no query", hint="for instance: SELECT * FROM projects_v1 LIMIT 5")
    return ScannedText(sql, release)


_scanned_before = lru_cache(maxsize=1024)(_scanned)


def _tidied(text: str) -> tuple[list[str], int | None]:
    parts: list[str] = []
    release: int | None = None
    depth = tokens = 0
    for match in _TOKEN.finditer(text):
        kind, word = match.lastgroup, match[0]
        if kind == "space":
            parts.append(" ")
            continue
        if kind == "comment":
            if named := _RELEASE.fullmatch(word.removeprefix("--").removeprefix("/*").removesuffix("*/")):
                release = int(named[1])
            parts.append(" ")
            continue
        if kind == "other" and word in "'\"":
            raise QueryError("a quote is not closed")
        tokens += 1
        depth += (kind == "open") - (kind == "close")
        if depth > MAX_DEPTH:
            raise TooLargeError(f"the query is nested deeper than {MAX_DEPTH}")
        if tokens > MAX_TOKENS:
            raise TooLargeError(f"the query has more than {MAX_TOKENS} words and signs")
        parts.append(word)
    return parts, release
