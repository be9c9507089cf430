"""What a connector says about itself: `connectors/<name>/connector.yaml` and the sections of its page."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from observer.connectors.schedule import require_schedule
from observer.errors import ContentError, Problem

FILE = "connector.yaml"
PAGE = "README.md"

SECTIONS: Mapping[str, re.Pattern[str]] = {
    "What it collects": re.compile(r"\bcollects\b|\bstreams\b", re.IGNORECASE),
    "Cost": re.compile(r"\bcosts?\b", re.IGNORECASE),
    "Limits": re.compile(r"\blimits?\b", re.IGNORECASE),
    "Personal data": re.compile(r"\bpersonal data\b", re.IGNORECASE),
}
"""The sections that every connector's page has; a heading may serve for two of them."""

_HEADING = re.compile(r"^##\s+(.+?)\s*$", re.MULTILINE)


class Freshness(BaseModel):
    """The age of the last successful sync, in hours, from which a connector is late, and from which it is stale."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    warn_after_hours: float = Field(gt=0)
    error_after_hours: float = Field(gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> Freshness:
        if self.error_after_hours < self.warn_after_hours:
            raise ValueError("error_after_hours is less than warn_after_hours")
        return self


class Metadata(BaseModel):
    """The file as written. `schedule` is a cron expression in UTC; texts are one sentence each."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    title: str = Field(min_length=1)
    summary: str = Field(min_length=1)
    schedule: str = Field(min_length=1)
    freshness: Freshness
    cost: str = Field(min_length=1)
    personal_data: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    homepage: str = Field(pattern=r"^https?://\S+$")

    @field_validator("schedule")
    @classmethod
    def _is_cron(cls, text: str) -> str:
        return require_schedule(text)


@dataclass(frozen=True, slots=True)
class ConnectorPage:
    """A connector's page: its text as Markdown, and the sections that every page has by their names."""

    text: str
    sections: Mapping[str, str]


def read_metadata(folder: Path) -> Metadata | None:
    """What a connector's folder says, None where it has no such file. Raises ContentError with all that is wrong."""
    path = folder / FILE
    if not path.is_file():
        return None
    found = _checked(path)
    if isinstance(found, Metadata):
        return found
    raise ContentError(found)


def read_all(connectors: Path) -> dict[str, Metadata]:
    """The metadata of every connector's folder by name. Raises ContentError with the problems of all files."""
    problems: list[Problem] = []
    result: dict[str, Metadata] = {}
    for path in sorted(connectors.glob(f"*/{FILE}")):
        found = _checked(path)
        if isinstance(found, Metadata):
            result[path.parent.name] = found
        else:
            problems += found
    if problems:
        raise ContentError(problems)
    return result


def read_page(folder: Path) -> ConnectorPage:
    """A connector's page, empty where there is none."""
    path = folder / PAGE
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return ConnectorPage(text, dict(_sections(text)))


def missing_parts(folder: Path) -> list[Problem]:
    """What a connector's folder lacks: metadata, a page with all sections, samples."""
    found = _checked(folder / FILE) if (folder / FILE).is_file() else [Problem(str(folder / FILE), None, "is missing")]
    problems = [] if isinstance(found, Metadata) else list(found)
    sections = read_page(folder).sections
    problems += [
        Problem(str(folder / PAGE), None, f"has no section '{name}'", f"write '## {name}' and what there is to say")
        for name in SECTIONS
        if name not in sections
    ]
    samples = folder / "samples"
    if not samples.is_dir() or not any(path.is_file() for path in samples.rglob("*")):
        problems.append(Problem(str(samples), None, "holds no sample"))
    return problems


def _sections(text: str) -> Iterator[tuple[str, str]]:
    headings = list(_HEADING.finditer(text))
    for name, pattern in SECTIONS.items():
        for index, heading in enumerate(headings):
            if pattern.search(heading[1]):
                end = headings[index + 1].start() if index + 1 < len(headings) else len(text)
                yield name, text[heading.end() : end].strip()
                break


def _checked(path: Path) -> Metadata | list[Problem]:
    """The metadata of a file, or everything that is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "not YAML"
        return [Problem(str(path), mark.line + 1 if mark else None, str(what))]
    except (OSError, UnicodeDecodeError) as error:
        return [Problem(str(path), None, f"cannot be read: {error}")]
    if not isinstance(data, dict) or not isinstance(node, yaml.MappingNode):
        return [Problem(str(path), 1, "this is not a mapping of keys to values")]
    lines = dict(_lines(node, ()))
    twice = [Problem(str(path), line, f"key '{key}' is given twice") for key, line in _repeated(node)]
    try:
        metadata = Metadata.model_validate(data)
    except ValidationError as error:
        return twice + [_problem(path, dict(item), lines) for item in error.errors()]
    return twice or metadata


def _lines(node: yaml.Node, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*place, str(key.value)), key.start_mark.line + 1
            yield from _lines(value, (*place, str(key.value)))


def _repeated(node: yaml.MappingNode) -> Iterator[tuple[str, int]]:
    seen: set[str] = set()
    for key, _ in node.value:
        if str(key.value) in seen:
            yield str(key.value), key.start_mark.line + 1
        seen.add(str(key.value))


def _problem(path: Path, item: dict[str, Any], lines: Mapping[tuple[str, ...], int]) -> Problem:
    place = tuple(str(part) for part in item["loc"])
    name = ".".join(place) or "the file"
    line = next((lines[place[:size]] for size in range(len(place), 0, -1) if place[:size] in lines), None)
    if item["type"] == "missing":
        return Problem(str(path), line, f"'{name}' is missing")
    if item["type"] == "extra_forbidden":
        words = Freshness.model_fields if place[:1] == ("freshness",) else Metadata.model_fields
        near = difflib.get_close_matches(place[-1], list(words), n=1)
        return Problem(str(path), line, f"unknown key '{name}'", f"did you mean '{near[0]}'?" if near else None)
    what = str(item["msg"]).removeprefix("Value error, ")
    return Problem(str(path), line, f"{name}: {what[:1].lower()}{what[1:]}")
