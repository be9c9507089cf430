"""Decisions of people about identities: `identities/*.yaml` of an observatory, read, checked and made into rows.

A file says which accounts and addresses are one person (`merge`) and which are not (`split`), with reason and author.
Deleting a decision takes it back. Plain addresses are refused: an address is written as the SHA-1 of its local part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from observer.directory.document import LinedDict, LinedList
from observer.directory.people_files import Identity, PeopleFile, yaml_files
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
    for path, data in yaml_files(folder):
        file = _File(path)
        decisions += file.read(data)
        problems += file.problems
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


class _File(PeopleFile):
    def read(self, data: bytes) -> list[Decision]:
        document = self.document(data, {"version", "decisions"})
        if document is None:
            return []
        items = document.get("decisions")
        if not isinstance(items, LinedList):
            self.problem(document.line, "'decisions' is not a list")
            return []
        found = (self._decision(item, line) for item, line in zip(items, items.lines, strict=True))
        return [decision for decision in found if decision]

    def _decision(self, item: object, line: int) -> Decision | None:
        if not isinstance(item, LinedDict):
            self.problem(line, "a decision is a mapping")
            return None
        before = len(self.problems)
        self.keys(item, _KEYS)
        reason, author, decided = (self.text(item, name) for name in ("reason", "author", "date"))
        is_self_claim = self.is_self_claim(item)
        decided_on = self.day("date", decided, item.line) if decided else None
        action, identities = self._identities(item)
        if len(self.problems) > before or decided_on is None:
            return None
        first, *others = identities
        return Decision(action, first, tuple(others), reason, author, is_self_claim, decided_on, self.path, item.line)

    def _identities(self, item: LinedDict) -> tuple[str, list[Identity]]:
        if ("merge" in item) == ("split" in item):
            self.problem(item.line, "a decision is either a 'merge' or a 'split'")
            return "", []
        if "merge" in item:
            if "from" in item:
                self.problem(item.lines["from"], "'from' belongs to a split")
            found = self._list(item, "merge")
            if len(set(found)) < 2:
                self.problem(item.lines["merge"], "a merge names at least two identities")
            return "merge", found
        first = self.identity(item["split"], item.lines["split"])
        others = self._list(item, "from") if "from" in item else []
        return "split", [*([first] if first else []), *others]

    def _list(self, item: LinedDict, name: str) -> list[Identity]:
        values = item[name]
        if not isinstance(values, LinedList):
            self.problem(item.lines[name], f"'{name}' is a list of identities")
            return []
        found = (self.identity(value, line) for value, line in zip(values, values.lines, strict=True))
        return [identity for identity in found if identity]
