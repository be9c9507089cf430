"""Changes single settings in an observer.toml and leaves everything else in it as it is."""

from __future__ import annotations

import copy
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from observer.errors import ConfigError

Value = bool | str | Sequence[str]
Changes = Mapping[str, Mapping[str, Value]]
"""New values by section (`connectors.git`) and key."""

_ONE_LINE = r"""(?:true|false|"[^"]*"|\[[^\[\]]*\]|[^\s#"\[]+)"""


def changed(text: str, changes: Changes, *, where: str = "observer.toml") -> str:
    """The text of a settings file with some values set.

    Raises ConfigError with what to write by hand where the file is written in a way that cannot be changed safely.
    """
    before = tomllib.loads(text)
    lines = text.splitlines()
    for section, values in changes.items():
        for key, value in values.items():
            if _found(before, section).get(key) != value:
                lines = _set(lines, section, key, value)
    result = "\n".join(lines) + "\n"
    try:
        is_right = tomllib.loads(result) == _merged(before, changes)
    except tomllib.TOMLDecodeError:
        is_right = False
    if not is_right:
        wanted = "\n".join(_section_lines(section, values) for section, values in changes.items())
        raise ConfigError("this file cannot be changed as it is written", where=where, hint=f"set by hand:\n{wanted}")
    return result


def change_file(file: Path, changes: Changes) -> bool:
    """Sets values in a settings file, whole or not at all; whether that changed it."""
    text = file.read_text(encoding="utf-8")
    result = changed(text, changes, where=str(file))
    if tomllib.loads(result) == tomllib.loads(text):
        return False
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="\n", dir=file.parent, delete=False) as new:
        new.write(result)
        new.flush()
        os.fsync(new.fileno())
    temporary = Path(new.name)
    temporary.chmod(file.stat().st_mode & 0o777)
    temporary.replace(file)
    return True


def _set(lines: list[str], section: str, key: str, value: Value) -> list[str]:
    start = next((at for at, line in enumerate(lines) if _header(line) == section), None)
    if start is None:
        end = [""] if lines and lines[-1].strip() else []
        return [*lines, *end, f"[{section}]", f"{key} = {_text(value)}"]
    stop = next((at for at in range(start + 1, len(lines)) if _header(lines[at]) is not None), len(lines))
    last = start
    for at in range(start + 1, stop):
        found = re.match(rf"(\s*{re.escape(key)}\s*=\s*){_ONE_LINE}(\s*(?:#.*)?)$", lines[at])
        if found:
            return [*lines[:at], f"{found[1]}{_text(value)}{found[2]}", *lines[at + 1 :]]
        if lines[at].strip() and not lines[at].lstrip().startswith("#"):
            last = at
    return [*lines[: last + 1], f"{key} = {_text(value)}", *lines[last + 1 :]]


def _header(line: str) -> str | None:
    found = re.match(r"\s*\[\[?\s*([A-Za-z0-9_.\-\s\"]+?)\s*\]\]?\s*(?:#.*)?$", line)
    return ".".join(part.strip().strip('"') for part in found[1].split(".")) if found else None


def _text(value: Value) -> str:
    return json.dumps(value if isinstance(value, (bool, str)) else list(value), ensure_ascii=False)


def _section_lines(section: str, values: Mapping[str, Value]) -> str:
    return "\n".join([f"[{section}]", *(f"{key} = {_text(value)}" for key, value in values.items())])


def _found(values: Mapping[str, object], section: str) -> Mapping[str, object]:
    for part in section.split("."):
        inner = values.get(part)
        values = inner if isinstance(inner, Mapping) else {}
    return values


def _merged(before: dict[str, object], changes: Changes) -> dict[str, object]:
    result: dict[str, Any] = copy.deepcopy(before)
    for section, values in changes.items():
        table = result
        for part in section.split("."):
            table = table.setdefault(part, {})
        table.update({key: value if isinstance(value, (bool, str)) else list(value) for key, value in values.items()})
    return result
