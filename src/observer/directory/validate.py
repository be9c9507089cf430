"""Validates a whole directory and reports everything that is wrong with it at once."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from observer.directory import rules
from observer.directory.archive import is_archive, read_archive
from observer.directory.build import build_collection, build_project
from observer.directory.document import parse_document
from observer.directory.folder import has_directory, read_folder
from observer.directory.git import GitLocation, parse_git_location, read_git
from observer.directory.lint import lint, ordered
from observer.directory.schema import Findings
from observer.directory.tree import Tree
from observer.errors import ContentError, Problem
from observer.model.directory import Collection, Directory, Project


@dataclass(frozen=True, slots=True)
class Report:
    """What a validation found, in a stable order: by path, line and text.

    `problems` refuse the directory, `lints` are worth a look. `counts` has projects and collections (valid ones),
    files, problems and lints, and `lint:<code>` for every kind of lint.
    """

    problems: tuple[Problem, ...]
    lints: tuple[Problem, ...]
    counts: Mapping[str, int]

    @property
    def is_valid(self) -> bool:
        return not self.problems


@dataclass(slots=True)
class Reading:
    """A directory as far as it could be understood: valid entries, and the problems of the others."""

    tree: Tree
    projects: list[Project] = field(default_factory=list)
    collections: list[Collection] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)

    def directory(self) -> Directory:
        """The valid entries, sorted by name."""
        return Directory(
            projects=tuple(sorted(self.projects, key=lambda p: (p.name, p.path))),
            collections=tuple(sorted(self.collections, key=lambda c: (c.name, c.path))),
            revision=self.tree.revision,
            remarks=tuple(ordered(self.remarks)),
        )


def validate(location: str | Path) -> Report:
    """The report on the directory at a location: a folder, an archive, or a git URL with `#ref:folder`.

    Problems of the content are in the report, never raised. Raises SourceError or TransientSourceError when a
    git repository cannot be read.
    """
    try:
        with without_collector():
            reading = read(location)
            found = lint(reading.directory())
    except ContentError as error:
        return Report(tuple(ordered(error.problems)), (), {"problems": len(error.problems)})
    counts = {
        "projects": len(reading.projects),
        "collections": len(reading.collections),
        "files": len(reading.tree.files),
        "problems": len(reading.problems),
        "lints": len(found),
    }
    by_code = Counter(f"lint:{problem.code}" for problem in found)
    return Report(tuple(ordered(reading.problems)), found, counts | dict(sorted(by_code.items())))


def read(location: str | Path, *, beside: Reading | None = None) -> Reading:
    """Reads, parses and checks everything at a location. Raises ContentError when there is no directory at all.

    `beside` is a directory that this one adds to: its projects may be members here, and nothing of it may come twice.
    """
    return check_tree(read_tree(location), beside=beside)


def check_tree(tree: Tree, *, beside: Reading | None = None) -> Reading:
    """Parses and checks the files of a directory that are at hand."""
    reading = Reading(tree, problems=list(tree.problems))
    for file in tree.files:
        kind = rules.file_kind(file.path)
        if kind is not None:
            _read_file(reading, file.path, file.data, kind)
    paths = [file.path for file in tree.files]
    # A file that was refused is still there: its members and logos are not to blame.
    known = [*paths, *(problem.path for problem in tree.problems)]
    project_paths = [path for path in known if rules.file_kind(path) == "project"]
    names = {path.rsplit("/", 1)[-1].removesuffix(".yaml"): path for path in project_paths}
    reading.problems += rules.check_places(tree.others, paths)
    reading.problems += rules.check_twins(paths)
    reading.problems += rules.check_unique(reading.projects)
    if beside is not None:
        project_paths += [project.path for project in beside.projects]
        reading.problems += rules.check_added(reading.projects, beside.projects)
        reading.problems += rules.check_added_names(paths, [file.path for file in beside.tree.files])
    reading.problems += rules.check_members(reading.collections, project_paths)
    reading.problems += rules.check_logos(tree.others, names)
    return reading


def read_tree(location: str | Path) -> Tree:
    """The files at a location, by what it is: a git URL, an archive, a folder, a bare repository."""
    git = parse_git_location(location) if isinstance(location, str) else None
    if git is not None:
        return read_git(git)
    path = Path(location)
    if path.is_dir():
        if not has_directory(path) and (path / "objects").is_dir() and (path / "HEAD").is_file():
            return read_git(GitLocation(path.resolve().as_uri(), is_local=True))
        return read_folder(path)
    if path.is_file() and is_archive(path):
        return read_archive(path)
    hint = "give a folder, a .tar.gz, .tar.xz or .zip file, or a git URL"
    raise ContentError([Problem(str(location), None, "there is no directory here", hint, "no-directory")])


@contextmanager
def without_collector() -> Iterator[None]:
    """Keeps the cyclic garbage collector out of the way while millions of small objects are made.

    Nothing that is built here has cycles; the collector would double the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read_file(reading: Reading, path: str, data: bytes, kind: str) -> None:
    document = parse_document(path, data)
    reading.remarks += document.remarks
    reading.problems += document.problems
    if document.value is None:
        return
    findings = Findings(path)
    rules.check_document(findings, kind, document.value)
    reading.problems += findings.problems
    reading.remarks += findings.remarks
    if document.problems or findings.problems:
        return
    if kind == "project":
        reading.projects.append(build_project(path, document.value))
    else:
        reading.collections.append(build_collection(path, document.value))
