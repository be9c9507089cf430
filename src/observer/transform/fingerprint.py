"""A hash of everything in the dbt project that decides what a build computes."""

from __future__ import annotations

import hashlib
from pathlib import Path

_SUFFIXES = frozenset({".sql", ".yml", ".yaml", ".csv", ".py"})
_LEFT_OUT = frozenset({"target", "logs", "dbt_packages"})


def fingerprint(project_dir: Path) -> str:
    """The SHA-256, in hexadecimal digits, of the project's files and their paths."""
    digest = hashlib.sha256()
    for path in sorted(project_dir.rglob("*")):
        relative = path.relative_to(project_dir)
        if path.suffix not in _SUFFIXES or relative.parts[0] in _LEFT_OUT or not path.is_file():
            continue
        content = hashlib.sha256(path.read_bytes()).digest()
        digest.update(relative.as_posix().encode("utf-8") + b"\0" + content)
    return digest.hexdigest()
