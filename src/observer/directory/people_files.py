"""What the files about people have in common: identities, days and texts, each refused with its line.

Plain addresses are refused and never repeated: an address is written as the SHA-1 of its local part.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from observer.directory.document import LinedDict, parse_document
from observer.errors import Problem

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


def yaml_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The path to show and the bytes of each `folder/**/*.yaml`, in order; none where there is no such folder."""
    for path in sorted(folder.rglob("*.yaml")):
        yield (Path(folder.name) / path.relative_to(folder)).as_posix(), path.read_bytes()


class PeopleFile:
    """Reads one file; `problems` says what is wrong with it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []

    def document(self, data: bytes, keys: Set[str]) -> LinedDict | None:
        """The mapping that the file holds, of version 1; None where it could not be read."""
        found = parse_document(self.path, data)
        for problem in found.problems:
            start, quote, rest = problem.what.partition("'")
            self.problems.append(replace(problem, what=start + quote + _after_at(rest)))
        if found.value is not None:
            self.keys(found.value, keys)
            if found.value.get("version") != 1:
                self.problem(found.value.line, "'version' is not 1")
        return found.value

    def problem(self, line: int | None, what: str, hint: str | None = None) -> None:
        """Adds a problem; `what` has no address in it (see `quoted`)."""
        self.problems.append(Problem(self.path, line, what, hint))

    def keys(self, item: LinedDict, known: Set[str]) -> None:
        """Refuses keys that are not known."""
        for key in item.keys() - known:
            self.problem(item.lines[key], f"unknown key {quoted(key)}", f"one of {', '.join(sorted(known))}")

    def text(self, item: LinedDict, name: str) -> str:
        """The text of a required key; empty where it is missing."""
        value = item.get(name)
        if not isinstance(value, str) or not value.strip():
            self.problem(item.line, f"'{name}' is missing")
            return ""
        return value.strip()

    def day(self, name: str, value: object, line: int) -> date | None:
        """The day that the value of a key says."""
        try:
            return date.fromisoformat(str(value).strip())
        except ValueError:
            self.problem(line, f"'{name}' is no date", "write it like 2026-05-01")
            return None

    def is_self_claim(self, item: LinedDict) -> bool:
        """Whether `claim` is self; where it is left out, a curator claims it."""
        claim = item.get("claim", "curator")
        if claim not in ("self", "curator"):
            self.problem(item.lines["claim"], "'claim' is self or curator")
        return claim == "self"

    def identity(self, value: object, line: int) -> Identity | None:
        """The identity that a text names: github:<login>, github-id:<number> or email:<sha1>@<domain>."""
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
            self.problem(line, "a plain e-mail address", f"write email:{digest}@{match[2]}")
            return None
        hint = "write github:<login>, github-id:<number> or email:<sha1>@<domain>"
        self.problem(line, f"{quoted(text)} is no identity", hint)
        return None


def quoted(text: str) -> str:
    """A text of a file as messages repeat it: its beginning, and of an address only the domain."""
    return f"'{_after_at(text)[:80]}'"


def _after_at(text: str) -> str:
    _, at, rest = text.rpartition("@")
    return f"…@{rest}" if at else text
