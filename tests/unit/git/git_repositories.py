"""Repositories made by git's own plumbing, and the answers that git itself gives about them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ADA = "Ada <ada@example.org>"
BEN = "Ben <ben@example.org>"
FORGE = "GitHub <noreply@github.com>"
START = 1_600_000_000

_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": os.devnull,
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
}

Entry = bytes | tuple[str, bytes] | tuple[str, str]


@dataclass
class GitRepository:
    """A bare repository under construction. Times are `START` plus a running number of seconds."""

    path: Path
    object_format: str = "sha1"
    clock: int = START
    commits: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        form = f"--object-format={self.object_format}"
        subprocess.run(
            ["git", "init", "--quiet", "--bare", "-b", "main", form, str(self.path)], check=True, env=_ENVIRONMENT
        )

    def git(self, *arguments: str, stdin: bytes = b"", **variables: str) -> bytes:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            input=stdin,
            env=_ENVIRONMENT | variables,
            check=True,
            capture_output=True,
        )
        return done.stdout

    def lines(self, *arguments: str) -> list[str]:
        return self.git(*arguments).decode("utf-8", "replace").splitlines()

    def blob(self, content: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", stdin=content).decode().strip()

    def tree(self, files: Mapping[bytes | str, Entry]) -> str:
        """A tree of path -> content, (mode, content) or (mode, object id)."""
        index = self.path / "index.partial"
        index.unlink(missing_ok=True)
        lines = []
        for path, entry in files.items():
            mode, content = entry if isinstance(entry, tuple) else ("100644", entry)
            object_id = content if isinstance(content, str) else self.blob(content)
            name = path if isinstance(path, bytes) else path.encode()
            lines.append(f"{mode} {object_id}\t".encode() + name + b"\0")
        variables = {"GIT_INDEX_FILE": str(index)}
        self.git("update-index", "-z", "--index-info", stdin=b"".join(lines), **variables)
        return self.git("write-tree", "--missing-ok", **variables).decode().strip()

    def commit(
        self,
        files: Mapping[bytes | str, Entry],
        *,
        parents: Sequence[str] = (),
        message: str | bytes = "A change",
        author: str | bytes = ADA,
        committer: str | bytes | None = None,
        date: str | None = None,
        commit_date: str | None = None,
        headers: Sequence[bytes] = (),
        branch: str | None = "main",
    ) -> str:
        """Writes a commit object as given, without git's own checks, and moves a branch to it."""
        self.clock += 60
        who, by = _bytes(author), _bytes(author if committer is None else committer)
        when = date or f"{self.clock} +0000"
        lines = [f"tree {self.tree(files)}".encode(), *(f"parent {parent}".encode() for parent in parents)]
        lines += [b"author %s %s" % (who, when.encode()), b"committer %s %s" % (by, (commit_date or when).encode())]
        lines += [*headers, b"", _bytes(message)]
        raw = b"\n".join(lines) + b"\n"
        made = self.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=raw).decode().strip()
        self.commits.append(made)
        if branch:
            self.point(f"refs/heads/{branch}", made)
        return made

    def point(self, ref: str, object_id: str) -> None:
        self.git("update-ref", ref, object_id)

    def drop(self, ref: str) -> None:
        self.git("update-ref", "-d", ref)

    def annotate(self, name: str, object_id: str, tagger: str = ADA, date: str | None = None) -> str:
        raw = f"object {object_id}\ntype commit\ntag {name}\ntagger {tagger} {date or f'{self.clock} +0000'}\n\nA tag\n"
        tag = self.git("hash-object", "-t", "tag", "-w", "--stdin", "--literally", stdin=raw.encode()).decode().strip()
        self.point(f"refs/tags/{name}", tag)
        return tag


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def merges(repository: GitRepository) -> None:
    """Two branches merged with a request's number, one merged without, and one left open."""
    root = repository.commit({"a": b"1\n"})
    side = repository.commit({"a": b"1\n", "b": b"2\n"}, parents=[root], branch="topic", author=BEN)
    first = repository.commit({"a": b"1\n2\n"}, parents=[root])
    both = {"a": b"1\n2\n", "b": b"2\n"}
    merged = repository.commit(both, parents=[first, side], message="Merge pull request #7 from ben/topic\n\nMore")
    other = repository.commit({**both, "c": b""}, parents=[side], branch="open", author=BEN)
    repository.commit({**both, "c": b""}, parents=[merged, other], message="Merge branch 'open'")
    repository.commit({**both, "d": b"x"}, parents=[other], branch="open", author=BEN)
    repository.point("refs/pull/7/head", side)
    lost = repository.commit({"z": b"never merged\n"}, parents=[root], branch=None)
    repository.point("refs/pull/8/head", lost)


def octopus(repository: GitRepository) -> None:
    """Three branches merged at once."""
    root = repository.commit({"a": b"1\n"})
    arms = [repository.commit({"a": b"1\n", n: b"x\n"}, parents=[root], branch=f"arm-{n}") for n in ("b", "c", "d")]
    repository.commit({"a": b"1\n", "b": b"x\n", "c": b"x\n", "d": b"x\n"}, parents=[root, *arms], message="Octopus")


def squash(repository: GitRepository) -> None:
    """Pull requests squashed by the forge, one by a person, one by GitLab."""
    at = repository.commit({"a": b"0\n"})
    for number, committer in ((1, FORGE), (2, FORGE), (3, ADA)):
        content = {"a": b"0\n" * (number + 1)}
        at = repository.commit(content, parents=[at], author=BEN, committer=committer, message=f"Do it (#{number})")
    repository.commit({"a": b""}, parents=[at], message="Do more\n\nSee merge request group/project!44\n", author=BEN)


def rebase(repository: GitRepository) -> None:
    """Two commits of Ben's that Ada rebased, and one that Ada amended herself."""
    at = repository.commit({"a": b"0\n"})
    for content in (b"1\n", b"2\n"):
        late = f"{repository.clock + 5000} +0000"
        at = repository.commit({"a": content}, parents=[at], author=BEN, committer=ADA, commit_date=late)
    repository.commit({"a": b"3\n"}, parents=[at], commit_date=f"{repository.clock + 9000} +0000")


def renames(repository: GitRepository) -> None:
    """A file that moves, with and without a change: both sides are told."""
    text = b"".join(b"line %d\n" % i for i in range(40))
    at = repository.commit({"old/name.txt": text})
    at = repository.commit({"new/name.txt": text}, parents=[at])
    repository.commit({"new/other.txt": text + b"more\n"}, parents=[at])


def mojibake(repository: GitRepository) -> None:
    """Latin-1 with and without an encoding header, broken UTF-8 in names, messages and paths."""
    at = repository.commit(
        {"a": b"1\n"},
        author="José <jose@example.org>".encode("latin-1"),
        message="Déjà vu".encode("latin-1"),
        headers=[b"encoding ISO-8859-1"],
    )
    at = repository.commit({b"caf\xe9": b"1\n", b"caf\xe8": b"2\n"}, parents=[at], author=b"Jos\xe9 <jose@example.org>")
    at = repository.commit({"a": b"2\n"}, parents=[at], message=b"\xff\xfe broken \xc3", author=b"<>")
    repository.commit({"a": "é\n".encode()}, parents=[at], message="日本語 🎉", author="名前 <名@例え.jp>")


def odd_dates(repository: GitRepository) -> None:
    """The year 2106, before 1970, an absurd offset, an overflow, no date at all."""
    at = repository.commit({"a": b"0\n"})
    dates = (
        "4294967295 +0000",
        "-86400 +0000",
        "1600000000 +9900",
        "1600000000 -051800",
        "99999999999999999999 +0000",
        "0 +0000",
        "",
        "1600000000 +1400",
        "1600000000 -0330",
    )
    for i, date in enumerate(dates):
        at = repository.commit({"a": b"%d\n" % i}, parents=[at], date=date or " ", commit_date="1600000500 +0200")


def odd_paths(repository: GitRepository) -> None:
    """Tabs, newlines, quotes, backslashes, colons; a path that looks like one of git's own lines."""
    zeros = "0" * 40
    names = ["a\tb", "a\nb", 'a"b', "a\\b", ":a", " a ", "a b", "é/ü", f":100644 100644 {zeros} {zeros} M", "-rf"]
    at = repository.commit(dict.fromkeys(names, b"1\n"))
    repository.commit(dict.fromkeys(names[::2], b"1\n2\n"), parents=[at], message=f":100644 {zeros} M\n\n:x")


def kinds(repository: GitRepository) -> None:
    """Binary files, empty files, symbolic links, modes, type changes, a submodule."""
    other = "1" * (64 if repository.object_format == "sha256" else 40)
    moved = "2" * len(other)
    binary = bytes(range(256))
    at = repository.commit({"bin": binary, "empty": b"", "run": ("100755", b"x\n"), "link": ("120000", b"run")})
    sub = {"sub": ("160000", other)}
    at = repository.commit({"bin": binary * 2, "run": b"x\n", "link": ("120000", b"bin"), **sub}, parents=[at])
    at = repository.commit({"bin": ("100755", binary * 2), "link": b"a file now\n", **sub}, parents=[at])
    at = repository.commit({"bin": b"text now\n", "link": ("120000", b"x"), "sub": ("160000", moved)}, parents=[at])
    more = {"bin": b"text now\n", "no-end": b"one\ntwo", "crlf": b"a\r\nb\r\n"}
    at = repository.commit({**more, "sub": b"a file\nof two lines\n"}, parents=[at])
    repository.commit({**more, "sub": ("160000", other)}, parents=[at])


def tags(repository: GitRepository) -> None:
    """Light and annotated tags, a tag of a tag, a tag without a branch, tags of a tree and of a blob."""
    at = repository.commit({"a": b"1\n"})
    repository.point("refs/tags/light", at)
    inner = repository.annotate("v1", at)
    repository.annotate("late", at, tagger="Ben Tagger <ben@example.org>", date="4294967295 +0000")
    raw = f"object {inner}\ntype tag\ntag nested\ntagger {ADA} {START} +0000\n\nNested\n".encode()
    nested = repository.git("hash-object", "-t", "tag", "-w", "--stdin", stdin=raw).decode().strip()
    repository.point("refs/tags/nested", nested)
    loose = repository.commit({"a": b"2\n"}, parents=[at], branch=None)
    repository.point("refs/tags/loose", loose)
    repository.point("refs/tags/a-tree", repository.tree({"a": b"1\n"}))
    repository.point("refs/tags/a-blob", repository.blob(b"blob"))
    repository.point("refs/notes/commits", repository.commit({"n": b"note"}, branch=None))


def orphans(repository: GitRepository) -> None:
    """Two roots, joined late; an empty commit; one with the tree of its parent."""
    first = repository.commit({"a": b"1\n"})
    second = repository.commit({"b": b"1\n"}, branch="pages")
    joined = repository.commit({"a": b"1\n", "b": b"1\n"}, parents=[first, second], message="Join")
    repository.commit({"a": b"1\n", "b": b"1\n"}, parents=[joined], message="")
    repository.commit({"a": b"1\n"}, branch="gh-pages")


def reverts(repository: GitRepository) -> None:
    """A change that is made, taken back and made again: two pairs of blobs in four commits."""
    at = repository.commit({"a": b"1\n"})
    for content in (b"1\n2\n", b"1\n", b"1\n2\n", b"1\n"):
        at = repository.commit({"a": content}, parents=[at])


ALL = (
    merges, octopus, squash, rebase, renames, mojibake, odd_dates, odd_paths, kinds, tags, orphans, reverts,
)  # fmt: skip
