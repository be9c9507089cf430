"""The taxonomy of ecosystems: built from its migrations, or from its export as JSON lines. Pure; reads no files.

The words of migrations and the form of the export are those of https://github.com/electric-capital/crypto-ecosystems.
"""

from __future__ import annotations

import itertools
import json
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MIGRATION = re.compile(r"(?:.*/)?(\d{4}-\d\d-\d\dT\d{6})[^/]*")


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be followed: its file, its number counted from 1, and why."""

    path: str
    line: int
    reason: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was last said."""

    path: str
    line: int


@dataclass(slots=True)
class Taxonomy:
    """Ecosystems, which are parts of others, and their repositories with tags; each with the line that says so."""

    ecosystems: dict[str, Place] = field(default_factory=dict)
    children: dict[tuple[str, str], Place] = field(default_factory=dict)
    repositories: dict[tuple[str, str], tuple[Place, tuple[str, ...]]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def of_migrations(files: Iterable[tuple[str, str]]) -> Taxonomy:
    """The taxonomy after all migrations, in the order of their times. One that cannot be followed changes nothing."""
    result = Taxonomy()
    dated = [(found[1], path, text) for path, text in files if (found := MIGRATION.fullmatch(path))]
    for _, path, text in sorted(dated, key=lambda item: (item[0], item[1])):
        for number, line in enumerate(text.splitlines(), start=1):
            if len(line.strip()) >= 6 and not line.lstrip().startswith("--"):
                try:
                    _follow(result, shlex.split(line), Place(path, number))
                except (ValueError, KeyError) as error:
                    reason = str(error.args[0]) if error.args else "cannot be followed"
                    result.faults.append(Fault(path, number, reason, line[:200]))
    return result


def of_export(path: str, text: str) -> Taxonomy:
    """The taxonomy of an export: one JSON object a line with `eco_name`, `branch`, `repo_url` and `tags`."""
    result = Taxonomy()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        place = Place(path, number)
        try:
            names, url, tags = _export_row(line)
        except (ValueError, KeyError, TypeError) as error:
            result.faults.append(Fault(path, number, f"no row of an export: {error}", line[:200]))
            continue
        for name in names:
            result.ecosystems.setdefault(name, place)
        for pair in itertools.pairwise(names):
            result.children.setdefault(pair, place)
        result.repositories.setdefault((names[-1], url), (place, tags))
    return result


def _export_row(line: str) -> tuple[list[str], str, tuple[str, ...]]:
    row = json.loads(line)
    names = [row["eco_name"], *row["branch"]]
    if not all(isinstance(name, str) and name for name in (*names, row["repo_url"])):
        raise ValueError("a name is no text")
    return names, row["repo_url"], tuple(sorted({str(tag) for tag in row.get("tags") or ()}))


def _follow(it: Taxonomy, words: list[str], place: Place) -> None:
    keyword, *rest = words
    wanted = {"ecoadd": 1, "ecorem": 1, "ecocon": 2, "ecodis": 2, "ecomov": 2, "repmov": 2, "reprem": 2, "repadd": 2}
    count = wanted.get(keyword)
    if count is None:
        raise ValueError(f"unknown word '{keyword}'")
    if len(rest) < count or (keyword != "repadd" and len(rest) > count):
        raise ValueError(f"{keyword} takes {count} names, {len(rest)} are given")
    if keyword == "ecoadd":
        it.ecosystems.setdefault(rest[0], place)
    elif keyword == "repadd":
        _require(it, rest[0])
        it.repositories[rest[0], rest[1]] = (place, tuple(sorted(set(rest[2:]))))
    elif keyword == "ecocon":
        _require(it, *rest)
        it.children[rest[0], rest[1]] = place
    elif keyword == "ecodis":
        it.children.pop((rest[0], rest[1]))
    elif keyword == "reprem":
        it.repositories.pop((rest[0], rest[1]))
    else:
        _move(it, keyword, rest, place)


def _move(it: Taxonomy, keyword: str, names: list[str], place: Place) -> None:
    if keyword == "repmov":
        moved = [key for key in it.repositories if key[1] == names[0]]
        if not moved:
            raise ValueError(f"there is no repository {names[0]}")
        for key in moved:
            tags = it.repositories.pop(key)[1]
            it.repositories.setdefault((key[0], names[1]), (place, tags))
        return
    _require(it, names[0])
    if keyword == "ecomov" and names[1] in it.ecosystems:
        raise ValueError(f"there is an ecosystem {names[1]} already")
    del it.ecosystems[names[0]]
    new = names[1] if keyword == "ecomov" else None
    if new is not None:
        it.ecosystems[new] = place
    it.children = dict(_renamed_pairs(it.children, names[0], new))
    kept = {key: value for key, value in it.repositories.items() if key[0] != names[0]}
    if new is not None:
        kept |= {(new, url): value for (name, url), value in it.repositories.items() if name == names[0]}
    it.repositories = kept


def _renamed_pairs(
    pairs: dict[tuple[str, str], Place], old: str, new: str | None
) -> Iterator[tuple[tuple[str, str], Place]]:
    for (parent, child), place in pairs.items():
        if old not in (parent, child):
            yield (parent, child), place
        elif new is not None:
            yield (new if parent == old else parent, new if child == old else child), place


def _require(it: Taxonomy, *names: str) -> None:
    for name in names:
        if name not in it.ecosystems:
            raise ValueError(f"there is no ecosystem {name}")
