"""Bare repositories whose objects are written one by one, so that they can be hostile."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path


class CraftedRepository:
    """A bare repository; trees take names and modes literally."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run(["git", "init", "--quiet", "--bare", str(folder)], check=True)

    def git(self, *arguments: str, data: bytes = b"") -> str:
        author = {"NAME": "A", "EMAIL": "a@example.org", "DATE": "2024-05-06T07:08:09+02:00"}
        env = {f"GIT_AUTHOR_{key}": value for key, value in author.items()}
        env |= {f"GIT_COMMITTER_{key}": value for key, value in author.items()}
        env |= {"GIT_COMMITTER_DATE": "2024-05-07T00:00:00Z"}
        env |= {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nowhere"}
        command = ["git", f"--git-dir={self.folder}", *arguments]
        return subprocess.run(command, input=data, capture_output=True, check=True, env=env).stdout.decode().strip()

    def blob(self, data: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", data=data)

    def tree(self, entries: list[tuple[str, bytes, str]]) -> str:
        """A tree of (mode, name, object id), names taken literally."""
        body = b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)
        return self.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", data=body)

    def commit(self, tree: str, branch: str = "main") -> str:
        commit_id = self.git("commit-tree", tree, "-m", "content")
        self.git("update-ref", f"refs/heads/{branch}", commit_id)
        self.git("symbolic-ref", "HEAD", "refs/heads/main")
        return commit_id

    def nested(self, files: Mapping[str, str | tuple[str, str]]) -> str:
        """The tree of some paths; a value is the text, or the mode and the object id."""
        folders: dict[str, dict[str, str | tuple[str, str]]] = {}
        entries: list[tuple[str, bytes, str]] = []
        for path, value in files.items():
            top, _, rest = path.partition("/")
            if rest:
                folders.setdefault(top, {})[rest] = value
            elif isinstance(value, str):
                entries.append(("100644", top.encode(), self.blob(value.encode())))
            else:
                entries.append((value[0], top.encode(), value[1]))
        entries += [("40000", top.encode(), self.nested(inner)) for top, inner in folders.items()]
        return self.tree(sorted(entries, key=lambda e: e[1] + (b"/" if e[0] == "40000" else b"")))
