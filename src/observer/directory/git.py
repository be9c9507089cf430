"""Reads a directory out of git by plumbing: no checkout, no hooks, no filters, no configuration but our own."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from observer.directory.tree import MAX_FILES, Entry, Kind, Tree, assemble, find_root
from observer.errors import ContentError, Problem, SourceError, TransientSourceError
from observer.model.directory import Revision

FETCH_SECONDS = 120
MAX_PACK_BYTES = 1024 * 1024 * 1024
MAX_LISTING_BYTES = 64 * 1024 * 1024
MAX_MEMORY_BYTES = 4 * 1024 * 1024 * 1024

_TRANSPORTS = ("https", "ssh")
_PASSED_ON = (
    *("PATH", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "GIT_SSL_CAINFO", "TMPDIR"),
    *("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
)
_SETTINGS = {
    "protocol.allow": "never",
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.packedGitLimit": "256m",
    "core.packedGitWindowSize": "32m",
    "core.bigFileThreshold": "8m",
    "credential.helper": "",
    "fetch.recurseSubmodules": "false",
    "fetch.unpackLimit": "1",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "transfer.fsckObjects": "true",
    "safe.directory": "*",
}
_KINDS = {"100644": Kind.FILE, "100755": Kind.EXECUTABLE, "120000": Kind.LINK, "160000": Kind.SUBMODULE}
_TRANSIENT = re.compile(
    r"could not resolve|failed to connect|couldn't connect|timed out|connection (?:refused|reset|closed)|early eof"
    r"|rpc failed|unexpected disconnect|returned error: (?:429|5\d\d)|temporary failure|network is unreachable",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class GitLocation:
    """A repository, and in it a commit-ish and a folder: `URL#ref:folder`, both parts optional."""

    url: str
    ref: str = "HEAD"
    folder: str = ""
    is_local: bool = False


def parse_git_location(location: str) -> GitLocation | None:
    """The git location that a text names, or None when it names none.

    Understood are https:// and ssh:// URLs, user@host:path, file:// URLs and any of them after `git+`; then
    optionally `#ref` or `#ref:folder`. Raises SourceError for other transports.
    """
    url, _, fragment = location.removeprefix("git+").partition("#")
    ref, _, folder = fragment.partition(":")
    place = GitLocation(url, ref or "HEAD", folder.strip("/"))
    if re.match(r"[\w.+-]+::", url):
        raise _transport_error(location)
    scheme, has_scheme, _ = url.partition("://")
    if has_scheme:
        if scheme == "file":
            return replace(place, is_local=True)
        if scheme not in _TRANSPORTS:
            raise _transport_error(location)
        return place
    if re.match(r"[\w.-]+@[\w.-]+:[^:]", url):
        return place
    return None


def read_git(location: GitLocation) -> Tree:
    """The tree of the directory at a commit, fetched into a temporary bare repository.

    Raises TransientSourceError when the network failed, SourceError when the repository or the commit is not
    to be had, ContentError when there is no directory in it.
    """
    with tempfile.TemporaryDirectory(prefix="observer-directory-") as folder:
        git = _Git(Path(folder) / "repository.git", Path(folder) / "home")
        git.run("init", "--quiet", "--bare", "--template=", str(git.repository))
        commit_id = _fetch(git, location)
        entries = list(git.entries(commit_id))
        where = f"{location.url}#{commit_id}"
        if location.folder:
            prefix = f"{location.folder}/"
            entries = [replace(e, path=e.path[len(prefix) :]) for e in entries if e.path.startswith(prefix)]
        root = find_root([entry.path for entry in entries], where)
        revision = git.revision(commit_id)
        return assemble(entries, git.blobs, revision, location=where, root=root)


def head_revision(base: Path, tree: Tree) -> Tree:
    """The tree with commit id and times added, if `base` lies in a work tree and equals what HEAD has there."""
    with tempfile.TemporaryDirectory(prefix="observer-directory-") as folder:
        git = _Git(None, Path(folder), work_folder=base)
        try:
            commit_id = git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode().strip()
            prefix = git.run("rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").rstrip("\n")
            committed = {
                entry.path[len(prefix) :]: entry.handle
                for entry in git.entries(commit_id, *(f"{prefix}{top}" for top in ("projects", "collections")))
                if entry.path.endswith(".yaml")
            }
        except (SourceError, ContentError, OSError):
            return tree
        if committed != {file.path: _blob_id(file.data) for file in tree.files}:
            return tree
        return replace(tree, revision=replace(git.revision(commit_id), digest=tree.revision.digest))


class _Git:
    """Runs git in one repository, cut off from the machine's configuration and bounded in size and time."""

    def __init__(self, repository: Path | None, home: Path, *, work_folder: Path | None = None) -> None:
        self.repository = repository
        self.home = home
        self.work_folder = work_folder

    def run(self, *arguments: str, allow: Sequence[str] = (), seconds: float = FETCH_SECONDS) -> bytes:
        """The standard output of a command; SourceError or TransientSourceError with git's own words."""
        with self._start(arguments, allow) as process:
            try:
                output, errors = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired as error:
                _kill(process)
                raise TransientSourceError(f"git {arguments[0]} took more than {seconds:.0f} seconds") from error
            if process.returncode:
                text = errors.decode("utf-8", "replace").strip() or f"git ended with status {process.returncode}"
                kind = TransientSourceError if _TRANSIENT.search(text) else SourceError
                said = next((line for line in text.splitlines() if line.startswith(("error:", "fatal:"))), text)
                raise kind(f"git {arguments[0]} failed: {said[:300]}")
            return output

    def entries(self, commit_id: str, *paths: str) -> Iterator[Entry]:
        """Every file of a commit, or those below some paths."""
        # Trees can name each other so often that a listing never ends; it is cut off, not gathered.
        command = ("ls-tree", "-r", "-z", "-l", "--full-tree", commit_id, *(["--", *paths] if paths else []))
        with self._start(command, ()) as process:
            listing = process.stdout.read(MAX_LISTING_BYTES + 1) if process.stdout else b""
            if len(listing) <= MAX_LISTING_BYTES and process.wait():
                raise SourceError(f"git cannot list {commit_id}")
        lines = listing.split(b"\0")[:-1]
        if len(lines) > MAX_FILES or len(listing) > MAX_LISTING_BYTES:
            raise ContentError([Problem(commit_id, None, f"more than {MAX_FILES:,} files", None, "too-large")])
        for line in lines:
            head, _, name = line.partition(b"\t")
            mode, _, object_id, size = head.decode("ascii").split()
            path = name.decode("utf-8", "surrogateescape")
            yield Entry(path, _KINDS.get(mode, Kind.SPECIAL), int(size) if size.isdigit() else 0, object_id)

    def blobs(self, wanted: Sequence[Entry]) -> Iterator[bytes]:
        """The contents of some entries, read by one `cat-file --batch`."""
        with tempfile.TemporaryFile() as names:
            names.write(b"".join(f"{entry.handle}\n".encode() for entry in wanted))
            names.seek(0)
            with self._start(("cat-file", "--batch"), (), names.fileno()) as process:
                output = process.stdout
                if output is None:
                    raise SourceError("git cat-file gave no output")
                for entry in wanted:
                    found = output.readline().split()
                    size = int(found[2]) if len(found) == 3 and found[1] == b"blob" else -1
                    data = output.read(size + 1)[:-1] if size >= 0 else b""
                    if len(data) != size:
                        raise SourceError(f"git cannot read {entry.path}")
                    yield data

    def revision(self, commit_id: str) -> Revision:
        """The commit with its two times; the digest is filled in by the tree."""
        head, _, _ = self.run("cat-file", "commit", commit_id).partition(b"\n\n")
        return Revision("", commit_id, _time(head, b"committer"), _time(head, b"author"))

    @contextmanager
    def _start(
        self, arguments: Sequence[str], allow: Sequence[str], stdin: int = subprocess.DEVNULL
    ) -> Iterator[subprocess.Popen[bytes]]:
        settings = _SETTINGS | {f"protocol.{name}.allow": "always" for name in allow}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        place = [f"--git-dir={self.repository}"] if self.repository else ["-C", str(self.work_folder)]
        self.home.mkdir(exist_ok=True)
        # The shell sets the limits because a Python hook between fork and exec is unsafe in a threaded process.
        limits = f'ulimit -f {MAX_PACK_BYTES // 512}; ulimit -v {MAX_MEMORY_BYTES // 1024} 2>/dev/null; exec git "$@"'
        process = subprocess.Popen(
            ["/bin/sh", "-c", limits, "git", *options, *place, *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if stdin != subprocess.DEVNULL else subprocess.PIPE,
            env=_environment(self.home),
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                _kill(process)
            process.wait()
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    # Git's helpers are in the session that was started for it and must not outlive it.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _fetch(git: _Git, location: GitLocation) -> str:
    allow = ["file"] if location.is_local else list(_TRANSPORTS)
    fetch = ("fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
    if location.ref.startswith("-") or location.url.startswith("-"):
        raise SourceError("a repository or revision may not start with a dash", where=location.url)
    target = f"{location.ref}:refs/observer/directory"
    try:
        git.run(*fetch, "--", location.url, target, allow=allow)
    except TransientSourceError as error:
        raise TransientSourceError(error.what, where=location.url) from error
    except SourceError as error:
        hint = "check the address, the revision and whether the repository is public"
        raise SourceError(error.what, where=location.url, hint=hint) from error
    return git.run("rev-parse", "--verify", "refs/observer/directory^{commit}").decode("ascii").strip()


def _environment(home: Path) -> dict[str, str]:
    # Git needs a path, and a network its proxy and certificates; nothing else of the machine reaches it.
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed_on | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
    }


def _time(head: bytes, role: bytes) -> datetime | None:
    found = re.search(rb"^" + role + rb" .* (-?\d{1,12}) [+-]\d+$", head, re.MULTILINE)
    if found is None:
        return None
    try:
        return datetime.fromtimestamp(int(found[1]), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _blob_id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _transport_error(location: str) -> SourceError:
    return SourceError("this transport is not allowed", where=location, hint="use https://, ssh:// or a local path")
