"""Real bare git repositories, each written by one `git fast-import`."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from observer.errors import SourceError
from observer.testing.demo.model import Life, Signature, Tag

_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n"
_QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "LC_ALL": "C",
}


def write_repository(life: Life, folder: Path) -> dict[int, str]:
    """Writes the repository of a life to `folder` and returns the object id of each commit's uid.

    Raises SourceError if git is missing or refuses the stream.
    """
    for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (folder / name).mkdir(parents=True)
    (folder / "HEAD").write_text(f"ref: refs/heads/{life.plan.branch}\n", encoding="ascii")
    (folder / "config").write_text(_CONFIG, encoding="ascii")
    if not life.commits:
        return {}
    marks = {commit.uid: number for number, commit in enumerate(life.commits, start=1)}
    with tempfile.TemporaryDirectory(prefix="demo-marks-") as scratch:
        exported = Path(scratch) / "marks"
        command = [
            "git", "-c", "core.compression=1", "-c", "fastimport.unpackLimit=1", "-c", "pack.indexVersion=2",
            "fast-import", "--quiet", "--date-format=raw", "--force", f"--export-marks={exported}",
        ]  # fmt: skip
        _run(command, folder, b"".join(_stream(life, marks)))
        ids = dict(line.split() for line in exported.read_text(encoding="ascii").splitlines())
    return {uid: ids[f":{number}"] for uid, number in marks.items()}


def _run(command: list[str], folder: Path, stream: bytes) -> None:
    environment = {**os.environ, **_QUIET, "GIT_DIR": str(folder)}
    try:
        done = subprocess.run(command, input=stream, capture_output=True, env=environment, check=False)
    except FileNotFoundError as error:
        raise SourceError("git is not installed", hint="install git 2.30 or newer") from error
    if done.returncode:
        what = done.stderr.decode("utf-8", "replace").strip().splitlines()[:1]
        raise SourceError(f"git fast-import refused the demo repository: {' '.join(what)}", where=str(folder))


def _stream(life: Life, marks: dict[int, int]) -> Iterator[bytes]:
    """The import stream: all commits through one reference, then the references as they shall be."""
    trunk = f"refs/heads/{life.plan.branch}"
    for commit in life.commits:
        message = commit.message.encode()
        if not commit.parents:
            # Without it a second root would stand on what came before.
            yield f"reset {trunk}\n".encode()
        yield f"commit {trunk}\nmark :{marks[commit.uid]}\n".encode()
        yield b"author %s\ncommitter %s\n" % (_person(commit.author), _person(commit.committer))
        yield b"data %d\n%s\n" % (len(message), message)
        for word, parent in zip(("from", *["merge"] * 20), commit.parents, strict=False):
            yield f"{word} :{marks[parent]}\n".encode()
        for path, content in commit.changes:
            if content is None:
                yield f"D {path}\n".encode()
            else:
                yield b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)
        yield b"\n"
    references = {trunk: life.tip}
    references |= {f"refs/heads/{name}": uid for name, uid in life.branches.items()}
    references |= {f"refs/pull/{number}/head": uid for number, uid in life.pulls.items()}
    for name, uid in references.items():
        yield f"reset {name}\nfrom :{marks[uid or 0]}\n\n".encode()
    for tag in life.tags:
        yield _tag(tag, marks)
    yield b"done\n"


def _tag(tag: Tag, marks: dict[int, int]) -> bytes:
    if tag.tagger is None:
        return f"reset refs/tags/{tag.name}\nfrom :{marks[tag.target]}\n\n".encode()
    message = f"Release {tag.name}\n".encode()
    head = f"tag {tag.name}\nfrom :{marks[tag.target]}\n".encode()
    return head + b"tagger %s\ndata %d\n%s\n" % (_person(tag.tagger), len(message), message)


def _person(signature: Signature) -> bytes:
    sign, minutes = "+" if signature.offset_minutes >= 0 else "-", abs(signature.offset_minutes)
    when = f"{signature.time} {sign}{minutes // 60:02d}{minutes % 60:02d}"
    return b"%s <%s> %s" % (signature.name, signature.email.encode(), when.encode())
