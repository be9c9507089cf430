"""Points out what is valid and still wrong: each lint has a code, a place and advice, and refuses nothing."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from observer.errors import Problem
from observer.model.artifact import Identity, identify_github, identify_url, normalize_address
from observer.model.directory import BlockchainAddress, Collection, Directory, Project, Url

_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_CHAIN_PREFIX = re.compile(r"[a-z0-9]+:(?=0x)", re.IGNORECASE)
_DOUBLED_SCHEME = re.compile(r"https?://https?:", re.IGNORECASE)
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Zl", "Zp"})

_DISTINCT_FIELDS = (
    *("github", "npm", "crates", "pypi", "defillama", "open_collective"),
    *("twitter", "farcaster", "telegram", "mirror"),
)

_T = TypeVar("_T")
Listed = tuple[Project, Url, Identity]


def lint(directory: Directory) -> tuple[Problem, ...]:
    """Every lint of a directory, by path, line and text. The codes are listed in docs/guides/directory.md."""
    found = list(directory.remarks)
    for project in directory.projects:
        found += _lint_names(project)
        found += _lint_project(project)
        found += _lint_addresses(project)
    for collection in directory.collections:
        found += _lint_names(collection)
        found += _lint_members(collection)
    found += _lint_shared_names(directory)
    found += _lint_github(directory.projects)
    found += _lint_shared_addresses(directory.projects)
    found += _lint_shared_websites(directory.projects)
    return tuple(ordered(found))


def ordered(problems: Iterable[Problem]) -> list[Problem]:
    """Problems by path, line and text, so that two runs print the same."""
    return sorted(problems, key=lambda p: (p.path, p.line or 0, p.what, p.code))


def _lint_names(entry: Project | Collection) -> Iterator[Problem]:
    if not _KEBAB.match(entry.name):
        yield _at(entry, entry.name_line, "name", f"name '{entry.name}' is not lower-case words with single hyphens")
    if entry.display_name != entry.display_name.strip():
        yield _at(
            entry, entry.display_name_line, "outer-space", "spaces around display_name", "remove them and the quotes"
        )
    if not entry.display_name.strip():
        yield _at(entry, entry.display_name_line, "no-display-name", "display_name is empty", "write the name")
    hidden = sorted({_code_point(c) for c in entry.display_name if unicodedata.category(c) in _INVISIBLE})
    if hidden:
        what = f"display_name has invisible characters: {', '.join(hidden)}"
        yield _at(entry, entry.display_name_line, "invisible", what, "remove them")
    text = entry.description or ""
    hidden = sorted({_code_point(c) for c in text if c != "\n" and unicodedata.category(c) in _INVISIBLE})
    if hidden:
        yield _at(entry, 1, "invisible", f"description has invisible characters: {', '.join(hidden)}", "remove them")


def _lint_project(project: Project) -> Iterator[Problem]:
    folder = project.path.split("/")[1]
    if folder != project.name[:1]:
        hint = f"its place is projects/{project.name[:1]}/{project.name}.yaml"
        yield _at(project, None, "wrong-folder", f"the file of '{project.name}' lies in projects/{folder}/", hint)
    if not project.blockchain and not any(True for _ in project.owned_urls()):
        rest = "nothing but a website or social accounts" if _has_pages(project) else "nothing at all"
        yield _at(project, 1, "no-artifacts", f"no artifact that can be measured: {rest} is listed")
    for field, url in (*project.urls(), *project.social.entries()):
        yield from _lint_url(project, field, url)


def _lint_url(project: Project, field: str, url: Url) -> Iterator[Problem]:
    text = url.url
    if identify_url(field, text) is None:
        yield _at(project, url.line, "odd-url", f"'{text}' names nothing that belongs under {field}", _advice(text))
        return
    if _DOUBLED_SCHEME.match(text):
        yield _at(project, url.line, "odd-url", f"'{text}' has two schemes", "remove one")
    if field != "github":
        return
    identity = identify_github(text)
    plain = text.rstrip("/").removesuffix(".git").lower().replace("://www.", "://").replace("http://", "https://")
    if identity is not None and plain != identity.url:
        yield _at(project, url.line, "odd-url", f"'{text}' is a page of {identity.url}", f"write {identity.url}")
    if text.endswith("/"):
        yield _at(project, url.line, "trailing-slash", f"'{text}' ends with a slash", "remove it")
    if text.removesuffix("/").endswith(".git"):
        yield _at(project, url.line, "git-suffix", f"'{text}' ends with .git", "remove it")
    if text != text.lower():
        yield _at(project, url.line, "capitals", f"'{text}' has capitals", "write it in lower case")


def _lint_addresses(project: Project) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for address in project.blockchain:
        text = address.address
        known = normalize_address(text)
        if known is None or text != text.strip():
            yield _at(project, address.line, "malformed-address", f"'{text}' is malformed", _address_advice(text))
        if text != text.lower():
            yield _at(project, address.line, "mixed-case-address", f"'{text}' has capitals", "write it in lower case")
        line = first.setdefault(text.lower(), address.line)
        if line != address.line:
            what = f"'{text}' stands on line {line} already"
            yield _at(project, address.line, "repeated-address", what, "join their networks and tags")


def _lint_members(collection: Collection) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for member in collection.projects:
        line = first.setdefault(member.project_name, member.line)
        if line != member.line:
            what = f"'{member.project_name}' is a member on line {line} already"
            yield _at(collection, member.line, "duplicate-member", what, "remove one")
    names = [member.project_name for member in collection.projects]
    for member, expected in zip(collection.projects, sorted(names), strict=True):
        if member.project_name != expected:
            what = f"members are not sorted: '{member.project_name}' stands where '{expected}' belongs"
            yield _at(collection, member.line, "not-sorted", what)
            break


def _lint_shared_names(directory: Directory) -> Iterator[Problem]:
    projects = {project.name: project for project in directory.projects}
    for collection in directory.collections:
        if collection.name in projects:
            what = f"a project has the name '{collection.name}' too, so both have the same id"
            yield _at(collection, collection.name_line, "name-of-both", what)
    for group in _groups(directory.projects, lambda p: p.display_name.strip().casefold()):
        for project in group[1:]:
            what = f"display_name '{project.display_name}' differs only in case or spaces from {group[0].path}"
            yield _at(project, project.display_name_line, "similar-display-name", what)


def _lint_github(projects: Iterable[Project]) -> Iterator[Problem]:
    listed = [
        (project, url, identity)
        for project in projects
        for url in project.github
        if (identity := identify_github(url.url)) is not None
    ]
    owners: dict[str, Listed] = {}
    for entry in listed:
        if entry[2].is_owner:
            owners.setdefault(entry[2].namespace, entry)
    for project, url, identity in listed:
        owner = owners.get(identity.namespace)
        if owner is None or identity.is_owner:
            continue
        if owner[0] is project:
            what = f"{identity.url} is covered by the owner on line {owner[1].line}"
            yield _at(project, url.line, "covered-by-owner", what, "remove one")
        else:
            what = f"{identity.url} belongs to the owner listed in {owner[0].path}:{owner[1].line}"
            yield _at(project, url.line, "owner-elsewhere", what, "list it in one project only")
    for group in _groups(listed, lambda entry: entry[2].url):
        first = group[0]
        for project, url, identity in group[1:]:
            if project is first[0]:
                yield _at(project, url.line, "repeated-url", f"{identity.url} stands on line {first[1].line} already")
            else:
                what = f"{identity.url} stands in {first[0].path}:{first[1].line} too"
                yield _at(project, url.line, "shared-repository", what, "list it in one project only")


def _lint_shared_addresses(projects: Iterable[Project]) -> Iterator[Problem]:
    listed = [(project, address) for project in projects for address in project.blockchain]
    for group in _groups(listed, lambda entry: entry[1].address.lower().strip(), smallest=1):
        first_project, first = group[0]
        for project, address in group[1:]:
            if project is first_project:
                continue
            place = f"stands in {first_project.path}:{first.line} too"
            common = sorted(set(address.networks) & set(first.networks))
            if common:
                what = f"'{address.address}' on {', '.join(common)} {place}"
                yield _at(project, address.line, "shared-address", what, "list it in one project only")
            else:
                what = f"'{address.address}' {place}, on other networks"
                yield _at(project, address.line, "shared-address-other-network", what)
        yield from _lint_any_evm(group)


def _lint_any_evm(group: list[tuple[Project, BlockchainAddress]]) -> Iterator[Problem]:
    wide = next((entry for entry in group if "any_evm" in entry[1].networks), None)
    if wide is None:
        return
    for project, address in group:
        others = [network for network in address.networks if network != "any_evm"]
        if others:
            what = f"'{address.address}' is on any_evm already ({wide[0].path}:{wide[1].line})"
            yield _at(project, address.line, "covered-by-any-evm", what, f"{', '.join(others)} adds nothing")
            return


def _lint_shared_websites(projects: Iterable[Project]) -> Iterator[Problem]:
    listed = [(project, url) for project in projects for url in project.websites]
    for group in _groups(listed, lambda entry: entry[1].url.lower().rstrip("/")):
        first_project, first = group[0]
        for project, url in group[1:]:
            if project is not first_project:
                what = f"{url.url} is the website of {first_project.path}:{first.line} too"
                yield _at(project, url.line, "shared-website", what)


def _groups(entries: Iterable[_T], key: Callable[[_T], str], *, smallest: int = 2) -> Iterator[list[_T]]:
    groups: dict[str, list[_T]] = defaultdict(list)
    for entry in entries:
        groups[key(entry)].append(entry)
    return (group for group in groups.values() if len(group) >= smallest)


def _at(entry: Project | Collection, line: int | None, code: str, what: str, hint: str | None = None) -> Problem:
    return Problem(entry.path, line, what, hint, code)


def _has_pages(project: Project) -> bool:
    return bool(project.websites) or any(True for _ in project.social.entries())


def _advice(url: str) -> str | None:
    for field in _DISTINCT_FIELDS:
        if identify_url(field, url) is not None:
            return f"it belongs under {field}"
    host = re.match(r"https?://([a-z0-9-]+)/?\Z", url, re.IGNORECASE)
    if host:
        return f"if an owner is meant, write https://github.com/{host[1]}"
    return None


def _address_advice(address: str) -> str:
    if normalize_address(address) is not None:
        return "remove the spaces around it"
    if _CHAIN_PREFIX.match(address):
        return "remove the prefix of the chain"
    return "an address is 0x and 40 hexadecimal digits"


def _code_point(character: str) -> str:
    return f"U+{ord(character):04X}"
