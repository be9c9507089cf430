"""Who belongs to which organization: `organizations/*.yaml` of an observatory, read, checked and made into rows.

A file is one organization: domains whose addresses show that somebody belongs to it, and people who do, with reason
and author. With `independent: true` its people belong to no organization.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath

import pyarrow as pa

from observer.directory.document import LinedDict, LinedList
from observer.directory.people_files import Identity, PeopleFile, quoted, yaml_files
from observer.errors import ContentError, Problem

ORGANIZATIONS_SCHEMA = pa.schema(
    [
        pa.field("declaration_key", pa.string(), nullable=False),
        pa.field("organization_name", pa.string(), nullable=False),
        pa.field("display_name", pa.string(), nullable=False),
        pa.field("is_independent", pa.bool_(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("domain", pa.string()),
        pa.field("source", pa.string()),
        pa.field("login", pa.string()),
        pa.field("account_id", pa.int64()),
        pa.field("email_hash", pa.string()),
        pa.field("email_domain", pa.string()),
        pa.field("start_date", pa.date32()),
        pa.field("end_date", pa.date32()),
        pa.field("reason", pa.string()),
        pa.field("author", pa.string()),
        pa.field("is_self_claim", pa.bool_(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("line", pa.int32(), nullable=False),
        pa.field("_record_ref", pa.string(), nullable=False),
    ]
)
# What numbers say of people who belong to none, and of those of whom nobody knows.
RESERVED_NAMES = frozenset({"independent", "unknown"})
# Domains at which people of many employers have addresses.
SHARED_DOMAINS = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "ymail.com",
    "icloud.com", "me.com", "mac.com", "aol.com", "gmx.de", "gmx.net", "gmx.com", "web.de", "proton.me",
    "protonmail.com", "pm.me", "fastmail.com", "fastmail.fm", "hey.com", "mail.ru", "yandex.ru", "yandex.com",
    "qq.com", "163.com", "126.com", "foxmail.com", "zoho.com", "posteo.de", "mailbox.org", "tutanota.com",
    "users.noreply.github.com", "noreply.github.com",
})  # fmt: skip
_KEYS = {"version", "name", "display_name", "independent", "domains", "people"}
_DOMAIN_KEYS = {"domain", "since", "until"}
_PERSON_KEYS = {"who", "since", "until", "reason", "author", "claim"}
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain whose addresses, and those of domains below it, are an organization's. Days count; None is open."""

    domain: str
    start_date: date | None
    end_date: date | None
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Person:
    """An identity of somebody who belongs to an organization. Both days count; None is open."""

    identity: Identity
    start_date: date | None
    end_date: date | None
    reason: str
    author: str
    is_self_claim: bool
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Organization:
    """One file; `line` is that of the name. People of one that `is_independent` belong to no organization."""

    name: str
    display_name: str
    is_independent: bool
    domains: tuple[Domain, ...]
    people: tuple[Person, ...]
    path: str
    line: int

    @property
    def declarations(self) -> tuple[Domain | Person, ...]:
        """Domains, then people."""
        return (*self.domains, *self.people)


def load_organizations(folder: Path) -> tuple[Organization, ...]:
    """The organizations of `folder/**/*.yaml`, in the order of files; none where there is no such folder.

    ContentError with all problems of all files.
    """
    problems: list[Problem] = []
    organizations: list[Organization] = []
    for path, data in yaml_files(folder):
        file = _File(path)
        organization = file.read(data)
        organizations += [organization] if organization else []
        problems += file.problems
    problems += _same_names(organizations)
    problems += _same_days(organizations)
    if problems:
        raise ContentError(problems)
    return tuple(organizations)


def organization_rows(organizations: tuple[Organization, ...]) -> pa.Table:
    """One row per domain or person of an organization, with the columns of ORGANIZATIONS_SCHEMA."""
    rows = [row for organization in organizations for row in _rows(organization)]
    return pa.Table.from_pylist(rows, schema=ORGANIZATIONS_SCHEMA)


def _rows(organization: Organization) -> Iterator[dict[str, object]]:
    lines: Counter[int] = Counter()
    for item in organization.declarations:
        lines[item.line] += 1
        # Several on one line are told apart by their number.
        number = f".{lines[item.line]}" if lines[item.line] > 1 else ""
        key = f"{item.path}#L{item.line}{number}"
        yield {
            "declaration_key": key,
            "organization_name": organization.name,
            "display_name": organization.display_name,
            "is_independent": organization.is_independent,
            **(_domain_fields(item) if isinstance(item, Domain) else _person_fields(item)),
            "start_date": item.start_date,
            "end_date": item.end_date,
            "path": item.path,
            "line": item.line,
            "_record_ref": key,
        }


def _domain_fields(domain: Domain) -> dict[str, object]:
    return {"kind": "domain", "domain": domain.domain, "is_self_claim": False}


def _person_fields(person: Person) -> dict[str, object]:
    identity = ("source", "login", "account_id", "email_hash", "email_domain")
    return {
        "kind": "person",
        **{name: getattr(person.identity, name) for name in identity},
        "reason": person.reason,
        "author": person.author,
        "is_self_claim": person.is_self_claim,
    }


def _same_names(organizations: list[Organization]) -> Iterator[Problem]:
    first: dict[str, Organization] = {}
    for organization in organizations:
        other = first.setdefault(organization.name, organization)
        if other is not organization and organization.name:
            what = f"the name {quoted(organization.name)} stands at {other.path}:{other.line} already"
            yield Problem(organization.path, organization.line, what, "one organization, one file")


def _same_days(organizations: list[Organization]) -> Iterator[Problem]:
    """On one day a domain is one organization's, and so is a person, by what they say or by what curators do."""
    earlier: defaultdict[object, list[Domain | Person]] = defaultdict(list)
    for item in (item for organization in organizations for item in organization.declarations):
        subject = item.domain if isinstance(item, Domain) else (item.identity, item.is_self_claim)
        other = next((other for other in earlier[subject] if _have_a_common_day(item, other)), None)
        earlier[subject].append(item)
        if other:
            who = quoted(item.domain) if isinstance(item, Domain) else "the same person"
            what = f"{who} stands at {other.path}:{other.line} already, with days in common"
            yield Problem(item.path, item.line, what, "end one with 'until' before the other begins with 'since'")


def _have_a_common_day(one: Domain | Person, other: Domain | Person) -> bool:
    start = max(one.start_date or date.min, other.start_date or date.min)
    return start <= min(one.end_date or date.max, other.end_date or date.max)


class _File(PeopleFile):
    def read(self, data: bytes) -> Organization | None:
        document = self.document(data, _KEYS)
        if document is None:
            return None
        is_independent = self._is_independent(document)
        name = self._name(document, is_independent)
        display_name = self.text(document, "display_name")
        if not document.get("domains") and not document.get("people"):
            self.problem(document.line, "neither 'domains' nor 'people'", "say what shows that somebody belongs to it")
        if is_independent and "domains" in document:
            hint = "leave 'domains' out, or 'independent'"
            self.problem(document.lines["domains"], "an address shows nobody to be independent", hint)
        domains = [self._domain(item, line) for item, line in self._items(document, "domains")]
        people = [self._person(item, line) for item, line in self._items(document, "people")]
        return Organization(
            name,
            display_name,
            is_independent,
            tuple(domain for domain in domains if domain),
            tuple(person for person in people if person),
            self.path,
            document.lines.get("name", document.line),
        )

    def _is_independent(self, document: LinedDict) -> bool:
        value = document.get("independent", "false")
        if value not in ("true", "false"):
            self.problem(document.lines["independent"], "'independent' is true or false")
        return value == "true"

    def _name(self, document: LinedDict, is_independent: bool) -> str:
        name = self.text(document, "name")
        if not name:
            return ""
        line = document.lines["name"]
        if not _NAME.match(name):
            hint = "write lower case letters, digits, '-', '.' and '_', a letter or digit first"
            self.problem(line, f"{quoted(name)} is no name of an organization", hint)
        elif name != PurePosixPath(self.path).stem:
            self.problem(line, f"the name {quoted(name)} is not that of the file", f"call the file {name[:80]}.yaml")
        elif name in RESERVED_NAMES and not is_independent:
            hint = "take another one; people who belong to no organization are declared with 'independent: true'"
            self.problem(line, f"the name {quoted(name)} is reserved", hint)
        return name

    def _items(self, document: LinedDict, name: str) -> Iterator[tuple[object, int]]:
        items = document.get(name)
        if isinstance(items, LinedList):
            yield from zip(items, items.lines, strict=True)
        elif items is not None:
            self.problem(document.lines[name], f"'{name}' is not a list")

    def _domain(self, item: object, line: int) -> Domain | None:
        start = end = None
        if isinstance(item, LinedDict):
            self.keys(item, _DOMAIN_KEYS)
            start, end = self._days(item)
            text = self.text(item, "domain")
            if not text:
                return None
        elif isinstance(item, str):
            text = item.strip()
        else:
            self.problem(line, "a domain is a text, or a mapping with 'domain'")
            return None
        domain = text.lower()
        if not _is_domain(domain):
            self.problem(line, f"{quoted(text)} is no domain", "write it like example.org")
        elif domain in SHARED_DOMAINS:
            what = f"people of many employers have addresses at {quoted(domain)}"
            self.problem(line, what, "declare each of them under 'people'")
        return Domain(domain, start, end, self.path, line)

    def _person(self, item: object, line: int) -> Person | None:
        if not isinstance(item, LinedDict):
            self.problem(line, "a person is a mapping with 'who', 'reason' and 'author'")
            return None
        self.keys(item, _PERSON_KEYS)
        who, reason, author = (self.text(item, name) for name in ("who", "reason", "author"))
        start, end = self._days(item)
        is_self_claim = self.is_self_claim(item)
        identity = self.identity(who, item.lines["who"]) if who else None
        if identity is None:
            return None
        identity = replace(identity, login=identity.login and identity.login.lower())
        return Person(identity, start, end, reason, author, is_self_claim, self.path, item.line)

    def _days(self, item: LinedDict) -> tuple[date | None, date | None]:
        start, end = (
            self.day(name, item[name], item.lines[name]) if name in item else None for name in ("since", "until")
        )
        if start and end and end < start:
            hint = "'since' is the first day, 'until' the last"
            self.problem(item.lines["until"], "'until' is before 'since'", hint)
        return start, end


def _is_domain(text: str) -> bool:
    labels = text.split(".")
    is_written = all(label.replace("-", "").isalnum() and label.strip("-") == label for label in labels)
    return is_written and len(labels) > 1 and not labels[-1].isdigit()
