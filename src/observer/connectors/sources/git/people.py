"""People as git names them: hashed addresses, forge accounts, co-authors, and agents that leave a trailer."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

_NOREPLY = re.compile(r"(?:([0-9]{1,18})\+)?([^@+\s]+)@users\.noreply\.github\.com", re.IGNORECASE)
_CO_AUTHOR = re.compile(r"^[ \t]*co-authored-by:[ \t]*([^<\n]*?)[ \t]*<([^<>\n]*)>", re.IGNORECASE | re.MULTILINE)
_AGENTS = Path(__file__).with_name("agents.toml")


@dataclass(frozen=True, slots=True)
class Person:
    """One e-mail address as it may be stored.

    `email_hash` is the SHA-1 in hexadecimal of the local part as written (the rule of GH Archive, so that
    both sources name the same people); `email_domain` is "" where there is no @. `account_id` and `login`
    are known from GitHub's noreply addresses, in both of their forms, and None otherwise.
    """

    email_hash: str
    email_domain: str
    account_id: int | None
    login: str | None


@lru_cache(maxsize=1 << 16)
def person(email: str) -> Person:
    """The person behind an address."""
    address = email.strip(" \t\r\n<>")
    local, _, domain = address.partition("@")
    match = _NOREPLY.fullmatch(address)
    return Person(
        email_hash=hashlib.sha1(local.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest(),
        email_domain=domain,
        account_id=int(match[1]) if match and match[1] else None,
        login=match[2] if match else None,
    )


def co_authors(message: str) -> list[tuple[str, str]]:
    """(name, e-mail address) of every Co-authored-by line of a message, each address once, in order."""
    found: dict[str, tuple[str, str]] = {}
    for name, email in _CO_AUTHOR.findall(message):
        found.setdefault(email.strip().lower(), (name, email.strip()))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Agents:
    """The coding agents that can be recognised, from `agents.toml`: one pattern for lines, a set of addresses."""

    emails: frozenset[str]
    lines: re.Pattern[str]

    def is_named_in(self, message: str) -> bool:
        """Whether a message carries an agent's trailer or signature line."""
        return self.lines.search(message) is not None

    def is_address(self, email: str) -> bool:
        """Whether an author's or committer's address belongs to an agent."""
        return email.strip(" <>").lower() in self.emails


@cache
def agents() -> Agents:
    """The agents of `agents.toml`, read once."""
    entries = tomllib.loads(_AGENTS.read_text(encoding="utf-8"))["agent"]
    emails = [email.lower() for entry in entries for email in entry.get("emails", ())]
    trailer = r"(?:[a-z][a-z-]*-by)[ \t]*:[^\n<]*<(?:" + "|".join(map(re.escape, emails)) + ")>"
    lines = [trailer, *(line for entry in entries for line in entry.get("lines", ()))]
    return Agents(
        emails=frozenset(emails),
        lines=re.compile(r"^[ \t]*(?:" + "|".join(lines) + ")", re.IGNORECASE | re.MULTILINE),
    )
