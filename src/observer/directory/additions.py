"""Plans what a directory needs so that it lists some artifacts, and writes it: all of it valid, or nothing."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from observer.directory.edit import Entry, add_entries
from observer.directory.folder import has_directory
from observer.directory.migrate import Document, write_document
from observer.directory.recognize import Recognized
from observer.directory.tree import ROOTS, SourceFile, Tree
from observer.directory.validate import Reading, check_tree, read_tree
from observer.errors import ContentError, Problem
from observer.model.artifact import listed_artifacts
from observer.model.directory import SCHEMA_VERSION, Project, Revision

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Artifacts that belong together: the first is what a person named, the others came with it."""

    artifacts: tuple[Recognized, ...]

    @property
    def named(self) -> Recognized:
        return self.artifacts[0]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an artifact stands: its project, and whether that is new or it was there before."""

    found: Recognized
    project: str
    path: str
    is_new_project: bool = False
    was_there: bool = False


@dataclass(slots=True)
class Additions:
    """Files of the directory to write, by path, and what they are for. Nothing is written yet."""

    files: dict[str, str] = field(default_factory=dict)
    placed: list[Placed] = field(default_factory=list)

    @property
    def projects(self) -> tuple[str, ...]:
        """Every project that is spoken of, in the order in which a person named them."""
        return tuple(dict.fromkeys(place.project for place in self.placed))


def plan_additions(
    folder: Path,
    wanted: Sequence[Wanted],
    *,
    project: str | None = None,
    collection: str | None = None,
    beside: Reading | None = None,
) -> Additions:
    """What to write into a directory's folder so that it lists the wanted artifacts.

    An artifact that is listed already stays where it is. `project` names one project for all of them, `collection` a
    collection that gets their projects; both may exist. `beside` is a directory elsewhere that the folder adds to.
    Raises ContentError with every problem: names that are none or taken, artifacts of another project, a directory
    that was invalid before.
    """
    tree = _tree(folder)
    before = check_tree(tree, beside=beside)
    if before.problems:
        raise ContentError(before.problems)
    planner = _Planner(before, beside)
    problems = [*_check_slugs(project, collection), *planner.check(project, collection, wanted)]
    if problems:
        raise ContentError(problems)
    for group in wanted:
        planner.place(group, project)
    if collection is not None:
        planner.collect(collection)
    after = check_tree(replace(tree, files=planner.sources()), beside=beside)
    if after.problems:
        raise ContentError(after.problems)
    return planner.additions


def write_additions(folder: Path, additions: Additions) -> None:
    """Writes the planned files, projects before collections, each of them whole or not at all."""
    base = folder / next((root for root in ROOTS if (folder / root / "projects").is_dir()), "")
    for path, text in sorted(additions.files.items(), reverse=True):
        target = base / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="\n", dir=target.parent, delete=False) as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        temporary = Path(new.name)
        temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        temporary.replace(target)


def slug_of(text: str) -> str:
    """A text as lower-case words with single hyphens; "project" where nothing is left of it."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "project"


class _Planner:
    def __init__(self, reading: Reading, beside: Reading | None) -> None:
        self.additions = Additions()
        self._files = {file.path: file.data.decode("utf-8") for file in reading.tree.files}
        self._own = {project.name: project for project in reading.projects}
        self._collections = {collection.name: collection for collection in reading.collections}
        self._foreign = {project.name for project in beside.projects} if beside else set()
        self._foreign_collections = {collection.name for collection in beside.collections} if beside else set()
        everybody = [*(beside.projects if beside else ()), *reading.projects]
        self._owners = _owners(everybody)
        self._display_names = {one.display_name for one in everybody}
        self._names = {name.casefold() for name in (*self._own, *self._foreign)}
        self._paths = {one.name: one.path for one in everybody}
        self._taken = self._names | {name.casefold() for name in (*self._collections, *self._foreign_collections)}

    def check(self, project: str | None, collection: str | None, wanted: Sequence[Wanted]) -> Iterable[Problem]:
        """What stands against the names that were asked for."""
        if project in self._foreign:
            hint = "choose another name, or change it there"
            yield Problem(project, None, "this project is in the directory elsewhere, which is only read", hint)
        if collection in self._foreign_collections:
            hint = "choose another name, or change it there"
            yield Problem(collection, None, "this collection is in the directory elsewhere, which is only read", hint)
        for group in wanted if project else ():
            owner = self._owner(group.named)
            if owner not in (None, project):
                hint = f"name it with `--project {owner}`, or move the entry"
                yield Problem(group.named.text, None, f"this belongs to the project '{owner}' already", hint)

    def place(self, group: Wanted, project: str | None) -> None:
        """Puts a group of artifacts into the project that has the first of them, that was named, or a new one.

        A repository whose owner is listed is listed by itself too: nobody may know yet what the owner has.
        """
        home = project or self._owner(group.named) or self._new_name(group.named)
        is_new = home.casefold() not in self._names
        path = self._paths.setdefault(home, f"projects/{home[:1]}/{home}.yaml")
        missing = [one for one in group.artifacts if one.key not in self._owners and home not in self._foreign]
        if missing:
            self._write(home, path, group.named, missing, is_new)
            self._owners |= {one.key: home for one in missing}
        for one in group.artifacts:
            owner = self._owners.get(one.key, home)
            self.additions.placed.append(Placed(one, owner, self._paths[owner], is_new, one not in missing))

    def collect(self, name: str) -> None:
        """Puts every project that is spoken of into a collection."""
        path = f"collections/{name}.yaml"
        present = {member.project_name for member in self._collections[name].projects} if path in self._files else set()
        members = [project for project in self.additions.projects if project not in present]
        if not members:
            return
        if path in self._files:
            self._put(path, add_entries(path, self._files[path], {"projects": members}))
        else:
            document = {"version": SCHEMA_VERSION, "name": name, "display_name": name, "projects": members}
            self._put(path, write_document(document))

    def sources(self) -> tuple[SourceFile, ...]:
        """The files as they will be."""
        return tuple(SourceFile(path, text.encode("utf-8")) for path, text in sorted(self._files.items()))

    def _owner(self, found: Recognized) -> str | None:
        source, namespace, _ = found.key
        listed = self._owners.get(found.key)
        if listed is None and source == "GITHUB" and found.field == "github":
            listed = self._owners.get((source, namespace, namespace))
        return listed

    def _write(self, name: str, path: str, named: Recognized, found: Sequence[Recognized], is_new: bool) -> None:
        entries = _entries(found)
        if path in self._files:
            self._put(path, add_entries(path, self._files[path], entries))
            return
        display_name = self._new_display_name(name, named) if is_new else name
        head: Document = {"version": SCHEMA_VERSION, "name": name, "display_name": display_name}
        self._put(path, write_document({**head, **entries}))
        self._names.add(name.casefold())

    def _put(self, path: str, text: str) -> None:
        self._files[path] = self.additions.files[path] = text

    def _new_name(self, named: Recognized) -> str:
        base = _base_name(named)
        candidates = [base, f"{base}-{slug_of(named.identity.source)}", *(f"{base}-{n}" for n in range(2, 1000))]
        chosen = next(name for name in candidates if name not in self._taken)
        self._taken.add(chosen)
        return chosen

    def _new_display_name(self, name: str, named: Recognized) -> str:
        identity = named.identity
        apart = [identity.namespace.rsplit("/", 1)[-1], identity.namespace, identity.source.lower()]
        details = apart if identity.type == "REPOSITORY" else apart[2:]
        candidates = [named.title, *(f"{named.title} ({detail})" for detail in details)]
        chosen = next((one for one in candidates if one not in self._display_names), name)
        self._display_names.add(chosen)
        return chosen


def _tree(folder: Path) -> Tree:
    return read_tree(folder) if folder.is_dir() and has_directory(folder) else Tree((), (), (), Revision(""))


def _check_slugs(project: str | None, collection: str | None) -> Iterable[Problem]:
    for word, name in (("project", project), ("collection", collection)):
        if name is not None and not _SLUG.match(name):
            what = f"the name of a {word} is lower-case words with single hyphens"
            yield Problem(name, None, what, f"did you mean '{slug_of(name)}'?")


def _owners(projects: Iterable[Project]) -> dict[Key, str]:
    owners: dict[Key, str] = {}
    for project in projects:
        for artifact in listed_artifacts(project):
            key = (artifact.artifact_source, artifact.artifact_namespace, artifact.artifact_name)
            owners.setdefault(key, project.name)
    return owners


def _base_name(named: Recognized) -> str:
    identity = named.identity
    if identity.type == "REPOSITORY":
        return slug_of(f"{identity.name}-{identity.namespace.rsplit('/', 1)[-1]}")
    if named.field == "blockchain":
        return slug_of(named.title)
    return slug_of(identity.name)


def _entries(found: Sequence[Recognized]) -> dict[str, list[Entry]]:
    entries: dict[str, list[Entry]] = {}
    for one in found:
        entry: Mapping[str, object] = {"url": one.url}
        if one.field == "blockchain":
            tags, networks = [one.identity.type.lower()], [one.identity.source.lower()]
            entry = {"address": one.url, "tags": tags, "networks": networks}
        entries.setdefault(one.field, []).append(entry)
    return entries
