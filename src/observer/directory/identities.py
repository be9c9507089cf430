"""Decisions of people about identities: `identities/*.yaml` of an observatory, read, checked and made into rows.

A file says which accounts and addresses are one person (`merge`) and which are not (`split`), with reason and author.
Deleting a decision takes it back. Plain addresses are refused: an address is written as the SHA-1 of its local part.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from observer.directory.document import LinedDict, LinedList, parse_document
from observer.errors import ContentError, Problem

DECISIONS_SCHEMA = pa.schema(
    [
        pa.field("decision_key", pa.string(), nullable=False),
        pa.field("action", pa.string(), nullable=False),
        *(
            pa.field(f"{end}_{name}", kind)
            for end in ("from", "to")
            for name, kind in (
                ("source", pa.string()),
                ("login", pa.string()),
                ("account_id", pa.int64()),
                ("email_hash", pa.string()),
                ("email_domain", pa.string()),
            )
        ),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("author", pa.string(), nullable=False),
        pa.field("is_self_claim", pa.bool_(), nullable=False),
        pa.field("decided_on", pa.date32(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("line", pa.int32(), nullable=False),
        pa.field("_record_ref", pa.string(), nullable=False),
    ]
)
_KEYS = {"merge", "split", "from", "reason", "author", "claim", "date"}
_ACCOUNT = re.compile(r"github:([A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?)\Z")
_NUMBER = re.compile(r"github-id:([1-9][0-9]{0,17})\Z")
_ADDRESS = re.compile(r"email:([0-9a-f]{40})@([^@\s]*)\Z")
_PLAIN = re.compile(r"(?:email:)?([^@\s]+)@([^@\s]+)\Z")


@dataclass(frozen=True, slots=True)
class Identity:
    """One account, by login or number, or one address, by the SHA-1 of its local part and its domain."""

    source: str
    login: str | None = None
    account_id: int | None = None
    email_hash: str | None = None
    email_domain: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. A split without `others` separates its first identity from whatever rules linked it to."""

    action: str
    identity: Identity
    others: tuple[Identity, ...]
    reason: str
    author: str
    is_self_claim: bool
    decided_on: date
    path: str
    line: int


def load_decisions(folder: Path) -> tuple[Decision, ...]:
    """The decisions of `folder/**/*.yaml`, in the order of files; none where there is no such folder.

    ContentError with all problems of all files.
    """
    problems: list[Problem] = []
    decisions: list[Decision] = []
    for path in sorted(folder.rglob("*.yaml")):
        shown = (Path(folder.name) / path.relative_to(folder)).as_posix()
        found = _Reader(shown)
        decisions += found.read(path.read_bytes())
        problems += found.problems
    if problems:
        raise ContentError(problems)
    return tuple(decisions)


def decision_rows(decisions: tuple[Decision, ...]) -> pa.Table:
    """One row per decision and pair of identities, with the columns of DECISIONS_SCHEMA."""
    rows = [row for decision in decisions for row in _rows(decision)]
    return pa.Table.from_pylist(rows, schema=DECISIONS_SCHEMA)


def _rows(decision: Decision) -> Iterator[dict[str, object]]:
    for number, other in enumerate(decision.others or (None,)):
        ends = {"from": decision.identity, "to": other}
        yield {
            "decision_key": f"{decision.path}#L{decision.line}.{number}",
            "action": decision.action,
            **{
                f"{end}_{name}": getattr(identity, name, None)
                for end, identity in ends.items()
                for name in ("source", "login", "account_id", "email_hash", "email_domain")
            },
            "reason": decision.reason,
            "author": decision.author,
            "is_self_claim": decision.is_self_claim,
            "decided_on": decision.decided_on,
            "path": decision.path,
            "line": decision.line,
            "_record_ref": f"{decision.path}#L{decision.line}",
        }


class _Reader:
    """Reads one file; `problems` says what is wrong with it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []

    def read(self, data: bytes) -> list[Decision]:
        document = parse_document(self.path, data)
        self.problems += document.problems
        if document.value is None:
            return []
        for key in document.value.keys() - {"version", "decisions"}:
            self._problem(document.value.lines[key], f"unknown key '{key}'")
        if document.value.get("version") != 1:
            self._problem(document.value.line, "'version' is not 1")
        items = document.value.get("decisions")
        if not isinstance(items, LinedList):
            self._problem(document.value.line, "'decisions' is not a list")
            return []
        found = (self._decision(item, line) for item, line in zip(items, items.lines, strict=True))
        return [decision for decision in found if decision]

    def _problem(self, line: int, what: str, hint: str | None = None) -> None:
        self.problems.append(Problem(self.path, line, what, hint))

    def _decision(self, item: object, line: int) -> Decision | None:
        if not isinstance(item, LinedDict):
            self._problem(line, "a decision is a mapping")
            return None
        for key in item.keys() - _KEYS:
            self._problem(item.lines[key], f"unknown key '{key}'", f"one of {', '.join(sorted(_KEYS))}")
        before = len(self.problems)
        reason, author = (self._text(item, name) for name in ("reason", "author"))
        claim = item.get("claim", "curator")
        if claim not in ("self", "curator"):
            self._problem(item.lines["claim"], "'claim' is self or curator")
        decided_on = self._date(item)
        action, identities = self._identities(item)
        if len(self.problems) > before or decided_on is None:
            return None
        first, *others = identities
        return Decision(action, first, tuple(others), reason, author, claim == "self", decided_on, self.path, item.line)

    def _text(self, item: LinedDict, name: str) -> str:
        value = item.get(name)
        if not isinstance(value, str) or not value.strip():
            self._problem(item.line, f"'{name}' is missing")
            return ""
        return value.strip()

    def _date(self, item: LinedDict) -> date | None:
        try:
            return date.fromisoformat(self._text(item, "date"))
        except ValueError:
            self._problem(item.line, "'date' is no date", "write it like 2026-05-01")
            return None

    def _identities(self, item: LinedDict) -> tuple[str, list[Identity]]:
        if ("merge" in item) == ("split" in item):
            self._problem(item.line, "a decision is either a 'merge' or a 'split'")
            return "", []
        if "merge" in item:
            if "from" in item:
                self._problem(item.lines["from"], "'from' belongs to a split")
            found = self._list(item, "merge")
            if len(set(found)) < 2:
                self._problem(item.lines["merge"], "a merge names at least two identities")
            return "merge", found
        first = self._identity(item["split"], item.lines["split"])
        others = self._list(item, "from") if "from" in item else []
        return "split", [*([first] if first else []), *others]

    def _list(self, item: LinedDict, name: str) -> list[Identity]:
        values = item[name]
        if not isinstance(values, LinedList):
            self._problem(item.lines[name], f"'{name}' is a list of identities")
            return []
        found = (self._identity(value, line) for value, line in zip(values, values.lines, strict=True))
        return [identity for identity in found if identity]

    def _identity(self, value: object, line: int) -> Identity | None:
        text = str(value).strip()
        if match := _ACCOUNT.match(text):
            return Identity("GITHUB", login=match[1])
        if match := _NUMBER.match(text):
            return Identity("GITHUB", account_id=int(match[1]))
        if match := _ADDRESS.match(text):
            return Identity("GIT_EMAIL", email_hash=match[1], email_domain=match[2].lower())
        if match := _PLAIN.match(text):
            # The address itself must not get into messages either.
            digest = hashlib.sha1(match[1].encode(), usedforsecurity=False).hexdigest()
            self._problem(line, "a plain e-mail address", f"write email:{digest}@{match[2]}")
            return None
        hint = "write github:<login>, github-id:<number> or email:<sha1>@<domain>"
        self._problem(line, f"'{text[:80]}' is no identity", hint)
        return None
