"""Adds entries to files of the directory without touching anything else in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from observer.directory.document import LinedDict, LinedList, parse_document
from observer.directory.migrate import write_document
from observer.errors import ContentError

Entry = Mapping[str, object] | str


def add_entries(path: str, text: str, additions: Mapping[str, Sequence[Entry]]) -> str:
    """The text of a file with entries added at the end of its top-level lists, one list for each key.

    Comments, order and spelling of all else stay. Raises ContentError where that cannot be done (a list that is
    written in brackets, for instance), with what to add by hand.
    """
    document = parse_document(path, text.encode("utf-8"))
    if document.value is None or document.problems:
        raise ContentError(document.problems)
    wanted = {key: list(value) if isinstance(value, list) else value for key, value in document.value.items()}
    for key, entries in additions.items():
        present = wanted.get(key)
        wanted[key] = [*(present if isinstance(present, list) else []), *entries]
    lines = text.splitlines()
    for key, entries in additions.items():
        lines = _with_list(lines, path, key, entries)
    result = "\n".join(lines) + "\n"
    again = parse_document(path, result.encode("utf-8"))
    if again.value != wanted or again.problems:
        raise _by_hand(path, document.value.lines.get(next(iter(additions)), 1), additions)
    return result


def _with_list(lines: list[str], path: str, key: str, entries: Sequence[Entry]) -> list[str]:
    value = parse_document(path, ("\n".join(lines) + "\n").encode("utf-8")).value
    if value is None:
        raise _by_hand(path, 1, {key: entries})
    listed = value.get(key)
    if not isinstance(listed, LinedList) or not listed:
        kept = [line for number, line in enumerate(lines, 1) if number != value.lines.get(key)]
        return [*_without_blank_end(kept), *write_document({key: list(entries)}).splitlines()]
    first = lines[listed.lines[0] - 1]
    indent = first[: len(first) - len(first.lstrip())]
    end = _end_of(value, key, lines)
    block = [f"{indent}{line[2:]}" for line in write_document({key: list(entries)}).splitlines()[1:]]
    return [*lines[:end], *block, *lines[end:]]


def _end_of(value: LinedDict, key: str, lines: Sequence[str]) -> int:
    """How many lines there are up to the last one of a key's value; blank lines and comments after it not counted."""
    later = [line for line in value.lines.values() if line > value.lines[key]]
    end = min(later) - 1 if later else len(lines)
    while end > 0 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return end


def _without_blank_end(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines


def _by_hand(path: str, line: int, additions: Mapping[str, Sequence[Entry]]) -> ContentError:
    wanted = write_document({key: list(entries) for key, entries in additions.items()}).strip()
    return ContentError.one(path, line, "this file cannot be added to as it is written", hint=f"add:\n{wanted}")
