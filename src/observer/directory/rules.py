"""What must hold beyond the schema: places and names of files, versions, members, uniqueness, logos."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from observer.directory.document import LinedDict, LinedList
from observer.directory.schema import Findings, compiled, nearest
from observer.errors import Problem
from observer.model.directory import OWNED_URL_FIELDS, SCHEMA_VERSION, SOCIAL_FIELDS, URL_FIELDS, Collection, Project

MAX_HINTS = 100
LOGO_EXTENSIONS = ("png", "jpg", "jpeg", "svg", "gif", "webp")


def file_kind(path: str) -> str | None:
    """The schema for a file: "project" or "collection" by its place, None when it is in neither's place."""
    parts = path.split("/")
    if parts[0] == "projects" and len(parts) == 3:
        return "project"
    if parts[0] == "collections" and len(parts) == 2:
        return "collection"
    return None


def check_document(findings: Findings, kind: str, document: LinedDict) -> None:
    """Version, schema, file name and URL schemes of one document."""
    version = document.get("version")
    if type(version) is int and version != SCHEMA_VERSION:
        line = document.lines["version"]
        if 0 < version < SCHEMA_VERSION:
            hint = "run `observer directory migrate`"
        else:
            hint = f"the version is {SCHEMA_VERSION}"
        findings.refuse(line, "version", f"version {version} is not the current version {SCHEMA_VERSION}", hint)
        return
    compiled(kind)(document, document.line, kind, findings)
    _check_name(findings, document)
    for key, value in document.items():
        if value in ({}, []):
            findings.remark(document.lines[key], "empty-field", f"{key} is empty", "remove it")
    for url, line in _urls(document):
        if urlsplit(url).scheme.lower() not in ("http", "https") and ":" in url:
            findings.refuse(line, "url-scheme", f"'{url[:80]}' is not an address on the web", "use https://")


def check_places(others: Iterable[str], files: Iterable[str]) -> Iterator[Problem]:
    """Files that have no business in the directory: wrong extension, wrong depth. README.md may be anywhere."""
    for path in others:
        if path.startswith("logos/") or _is_readme(path):
            continue
        yield Problem(path, None, "not a .yaml file", "only .yaml files and README.md belong here", "extension")
    for path in files:
        if file_kind(path) is None:
            place = "projects/<first character>/<name>.yaml"
            if path.startswith("collections/"):
                place = "collections/<name>.yaml"
            yield Problem(path, None, "the file is at the wrong depth", f"its place is {place}", "misplaced")


def check_twins(paths: Iterable[str]) -> Iterator[Problem]:
    """Two files of one kind whose names are equal, or differ only in case or in the form of their letters."""
    first: dict[tuple[str, str], str] = {}
    for path in sorted(paths):
        folder, name = path.split("/", 1)[0], path.rsplit("/", 1)[-1]
        key = (folder, unicodedata.normalize("NFC", name).casefold())
        if key in first:
            yield Problem(path, None, f"the name is taken by {first[key]}", "choose another name", "duplicate-name")
        else:
            first[key] = path


def check_unique(projects: Sequence[Project]) -> Iterator[Problem]:
    """Display names, owned URLs and network addresses that stand in two project files, compared as written."""
    first: dict[str, tuple[str, int]] = {}
    for project in sorted(projects, key=lambda p: p.path):
        for key, line in _keys(project):
            owner = first.setdefault(key, (project.path, line))
            if owner[0] != project.path:
                what = f"'{key}' stands in {owner[0]}:{owner[1]} too"
                yield Problem(project.path, line, what, "an entry belongs to one project only", "duplicate")


def check_added(projects: Sequence[Project], there: Sequence[Project]) -> Iterator[Problem]:
    """Entries of added projects that stand in a project of the directory that they are added to."""
    first = {key: f"{project.path}:{line}" for project in there for key, line in _keys(project)}
    for project in projects:
        for key, line in _keys(project):
            if key in first:
                what = f"'{key}' stands in {first[key]} of the directory that this one adds to"
                yield Problem(project.path, line, what, "an entry belongs to one project only", "duplicate")


def check_added_names(paths: Iterable[str], there: Iterable[str]) -> Iterator[Problem]:
    """Added files whose name is taken in the directory that they are added to."""
    taken = {(path.split("/", 1)[0], path.rsplit("/", 1)[-1].casefold()) for path in there}
    for path in paths:
        if (path.split("/", 1)[0], path.rsplit("/", 1)[-1].casefold()) in taken:
            what = "the name is taken in the directory that this one adds to"
            yield Problem(path, None, what, "choose another name", "duplicate-name")


def check_members(collections: Iterable[Collection], project_paths: Iterable[str]) -> Iterator[Problem]:
    """Members of collections that have no project file in the folder of their first character."""
    paths = set(project_paths)
    names = {path.rsplit("/", 1)[-1].removesuffix(".yaml"): path for path in paths}
    hints = _Hints(names)
    for collection in collections:
        for member in collection.projects:
            name = member.project_name
            if f"projects/{name[:1]}/{name}.yaml" in paths:
                continue
            if name in names:
                what, hint = f"project '{name}' lies in {names[name]}", f"move it to projects/{name[:1]}/{name}.yaml"
            else:
                what, hint = f"unknown project '{name}'", hints.nearest(name) or "add it under projects/"
            yield Problem(collection.path, member.line, what, hint, "unknown-member")


def check_logos(others: Iterable[str], project_names: Mapping[str, str]) -> Iterator[Problem]:
    """Logos of unknown projects, in a wrong folder or of a format that browsers do not share."""
    hints = _Hints(project_names)
    for path in others:
        if not path.startswith("logos/") or _is_readme(path):
            continue
        folder, _, file = path.removeprefix("logos/").rpartition("/")
        name, dot, extension = file.rpartition(".")
        if not dot or extension not in LOGO_EXTENSIONS:
            hint = f"known: {', '.join(LOGO_EXTENSIONS)}"
            yield Problem(path, None, f"unknown extension '{extension}' of a logo", hint, "logo-extension")
        elif name not in project_names:
            what = f"a logo of the unknown project '{name}'"
            yield Problem(path, None, what, hints.nearest(name), "logo-project")
        elif folder != name[:1].lower():
            hint = f"its place is logos/{name[:1].lower()}/{file}"
            yield Problem(path, None, "the logo is in the wrong folder", hint, "logo-folder")


class _Hints:
    """Finds similar project names, but not for thousands of unknown ones: each search looks at every name."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._left = MAX_HINTS

    def nearest(self, name: str) -> str | None:
        self._left -= 1
        return nearest(name, self._names) if self._left >= 0 else None


def _is_readme(path: str) -> bool:
    return path.rsplit("/", 1)[-1].lower() == "readme.md"


def _check_name(findings: Findings, document: LinedDict) -> None:
    name = document.get("name")
    stem = findings.path.rsplit("/", 1)[-1].removesuffix(".yaml")
    if isinstance(name, str) and name != stem:
        what = f"name '{name}' differs from the file name '{stem}'"
        findings.refuse(document.lines["name"], "file-name", what, f"write name: {stem} or rename the file")


def _urls(document: LinedDict) -> Iterator[tuple[str, int]]:
    social = document.get("social")
    groups = [document.get(name) for name in URL_FIELDS]
    if isinstance(social, LinedDict):
        groups += [social.get(name) for name in SOCIAL_FIELDS]
    for group in groups:
        for entry in group if isinstance(group, LinedList) else ():
            url = entry.get("url") if isinstance(entry, LinedDict) else None
            if isinstance(entry, LinedDict) and isinstance(url, str):
                yield url, entry.lines["url"]


def _keys(project: Project) -> Iterator[tuple[str, int]]:
    yield project.display_name, project.display_name_line
    for name in OWNED_URL_FIELDS:
        for url in getattr(project, name):
            yield url.url, url.line
    for address in project.blockchain:
        for network in address.networks:
            yield f"{network}:{address.address}", address.line
