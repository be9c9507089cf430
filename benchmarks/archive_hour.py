"""Archive hour: one GH Archive file of 185,000 events into typed Parquet, against a plain typed read by DuckDB.

Ours verifies the gzip stream, accounts for every line, gives each event its key, tells duplicates, hashes people's
addresses and writes events and commits. The peer reads the same columns from the same `.json.gz` with the types
given, and writes them to two Parquet files of the same compression: no check, no key, no line, no hash.

CPU seconds of the work alone, after imports and a warm-up on a tiny file; best of five rounds in turn, each in a
process of its own. Both on one thread, where DuckDB needs the least CPU; the peer on two threads for comparison.
Peak memory is that of the whole process. Files: a synthetic hour and, with OBSERVER_REAL_DATA, a real hour of 2015
repeated under new ids to the same number of events.

Equality: events by type, and a digest over (id, type, repository id, actor id) of all rows; commits likewise.
Pass marks: 1.15 times the CPU of the peer, and less than 500 MB.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
EVENTS = 185_000
DISTINCT = 9_250
ROUNDS = 5
CPU_MARK = 1.15
MEMORY_MARK = 500
# Shares of types on 2023-02-08.
TYPES = {
    "PushEvent": 0.532,
    "CreateEvent": 0.141,
    "PullRequestEvent": 0.083,
    "IssueCommentEvent": 0.054,
    "WatchEvent": 0.052,
    "DeleteEvent": 0.035,
    "PullRequestReviewEvent": 0.030,
    "IssuesEvent": 0.020,
    "PullRequestReviewCommentEvent": 0.018,
    "ForkEvent": 0.014,
    "CommitCommentEvent": 0.008,
    "ReleaseEvent": 0.005,
    "MemberEvent": 0.003,
    "PublicEvent": 0.003,
    "GollumEvent": 0.002,
}


@dataclass(frozen=True)
class Run:
    """What one process measured: CPU seconds, peak megabytes, and what it found."""

    cpu: float
    memory: int
    answer: Any


def main() -> int:
    """Prints CPU, memory and ratio for each file; 1 if outputs differ or a mark is missed."""
    failed = 0
    with tempfile.TemporaryDirectory(prefix="observer-bench-") as name:
        folder = Path(name)
        failed |= _compare(synthetic(folder / "2023-02-08-12.json.gz"), folder)
        real = os.environ.get("OBSERVER_REAL_DATA")
        if real:
            path = Path(real) / "events" / "gharchive" / "2015-01-01-0.json.gz"
            failed |= _compare(repeated(path, folder / path.name), folder)
    return failed


def _compare(path: Path, folder: Path) -> int:
    print(f"-- {path.name}: {path.stat().st_size / 1e6:.1f} MB packed", flush=True)
    runs: dict[str, list[Run]] = {"ours": [], "peer": [], "peer, 2 threads": []}
    for _ in range(ROUNDS):
        runs["ours"].append(_run("ours", path, folder))
        runs["peer"].append(_run("peer", path, folder, "1"))
    runs["peer, 2 threads"].append(_run("peer", path, folder, "2"))
    best = {kind: min(found, key=lambda run: run.cpu) for kind, found in runs.items()}
    count = sum(number for _, number in best["ours"].answer["types"])
    for kind, run in best.items():
        ratio = f"{best['ours'].cpu / run.cpu:.2f} is ours over it" if kind != "ours" else ""
        memory = max(each.memory for each in runs[kind])
        print(f"{kind:16s}{run.cpu:7.2f} s  {count / run.cpu:9,.0f} events per CPU s  {memory:4d} MB  {ratio}")
    if any(run.answer != best["ours"].answer for found in runs.values() for run in found):
        print("outputs differ")
        return 1
    print("outputs are equal: events by type, digests of events and of commits")
    memory = max(run.memory for run in runs["ours"])
    is_within = best["ours"].cpu <= CPU_MARK * best["peer"].cpu and memory < MEMORY_MARK
    print(f"marks ({CPU_MARK} times the CPU, {MEMORY_MARK} MB): {'kept' if is_within else 'missed'}")
    return 0 if is_within else 1


def _run(kind: str, path: Path, folder: Path, *arguments: str) -> Run:
    command = [sys.executable, "-m", "benchmarks.archive_hour", kind, str(path), str(folder / "out"), *arguments]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout)
    return Run(answer.pop("cpu"), answer.pop("memory"), answer)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def ours(path: Path, output: Path) -> dict[str, Any]:
    """The connector's reader; the answer comes from the Parquet files that it hands over."""
    from observer.connectors.sources.github_archive.config import Limits
    from observer.connectors.sources.github_archive.reader import ArchiveReader

    with ArchiveReader(output, Limits()) as reader:
        reader.read(_tiny(output), "tiny.json.gz")
        before = _cpu()
        outcome = reader.read(path, path.name)
        measured = {"cpu": _cpu() - before, "memory": _memory()}
    return measured | _answer(str(outcome.events), str(outcome.push_commits))


def peer(path: Path, output: Path, threads: int) -> dict[str, Any]:
    """A plain typed read: `read_json` with all types given, then two Parquet files of the same columns."""
    import duckdb

    output.mkdir(exist_ok=True)
    connection = duckdb.connect(config={"threads": threads, "temp_directory": str(output / "spill")})
    connection.execute("set TimeZone = 'UTC'")
    _plain_read(connection, _tiny(output), output)
    before = _cpu()
    events, commits = _plain_read(connection, path, output)
    return {"cpu": _cpu() - before, "memory": _memory()} | _answer(events, commits)


def _plain_read(connection: Any, path: Path, output: Path) -> tuple[str, str]:
    from observer.connectors.sources.github_archive import shapes

    events, commits = str(output / "peer_events.parquet"), str(output / "peer_commits.parquet")
    apart = ("event_key", "commits")
    columns = ", ".join(f"{sql} as {name}" for name, sql in shapes.COLUMNS["events"].items() if name not in apart)
    types = ", ".join(f"'{name}': '{_sql_type(kind)}'" for name, kind in shapes.EVENTS_SHAPE.items())
    form = "(format parquet, compression zstd, compression_level 1)"
    connection.execute(
        f"create or replace temp table x as "
        f"from read_json('{path}', format => 'newline_delimited', columns => {{{types}}})"
    )
    connection.execute(
        f"copy (select {columns} from (select x, x.payload as p, cast(x.created_at as timestamp) as moment from x)) "
        f"to '{events}' {form}"
    )
    connection.execute(
        "copy (select id, c.sha as commit_id, c.author.name as author_name, c.author.email as email, "
        "c.distinct as is_distinct from (select id, unnest(payload.commits) as c from x)) "
        f"to '{commits}' {form}"
    )
    return events, commits


def _tiny(output: Path) -> Path:
    path = output / "tiny.json.gz"
    event = next(_events(random.Random(1)))
    path.write_bytes(gzip.compress(json.dumps(event).encode() + b"\n"))
    return path


def _sql_type(shape: object) -> str:
    if isinstance(shape, dict):
        return "STRUCT(" + ", ".join(f'"{name}" {_sql_type(kind)}' for name, kind in shape.items()) + ")"
    return f"{_sql_type(shape[0])}[]" if isinstance(shape, list) else str(shape)


def _answer(events: str, commits: str) -> dict[str, Any]:
    import duckdb

    with duckdb.connect() as connection:
        digest = "select count(*), cast(bit_xor(hash({})) as varchar) from '{}'"
        key = "event_id, type, repository_id, actor_id"
        return {
            "types": connection.execute(f"select type, count(*) from '{events}' group by 1 order by 1").fetchall(),
            "events": connection.execute(digest.format(key, events)).fetchall(),
            "commits": connection.execute(digest.format("commit_id, is_distinct", commits)).fetchall(),
        }


def synthetic(path: Path) -> Path:
    """Writes an hour with the shapes and sizes of 2023; the same bytes on every machine."""
    lines = [json.dumps(event, separators=(",", ":")).encode() for event in _events(random.Random(20230208))]
    with gzip.GzipFile(path, "wb", compresslevel=5, mtime=0) as file:
        for number in range(EVENTS):
            line = lines[number % DISTINCT]
            # The same event at another time of another id, actor and repository.
            turn = number // DISTINCT
            file.write(line.replace(b"27000", b"%05d" % (27000 + turn), 3) + b"\n")
    return path


def repeated(source: Path, path: Path) -> Path:
    """Writes the events of a real file again and again under new ids, up to the number of a full hour."""
    lines = [line.split(b'"', 4) for line in gzip.decompress(source.read_bytes()).splitlines(keepends=True)]
    with gzip.GzipFile(path, "wb", compresslevel=5, mtime=0) as file:
        for number in range(EVENTS):
            before, key, between, value, rest = lines[number % len(lines)]
            turn = number // len(lines)
            file.write(b'"'.join([before, key, between, b"%d" % (int(value) + turn * 10**9), rest]))
    return path


def _events(dice: random.Random) -> Iterator[dict[str, Any]]:
    words = ["".join(dice.choices("etaoinshrdlucmfwypvbgk", k=dice.randint(2, 10))) for _ in range(4000)]
    kinds = dice.choices(list(TYPES), list(TYPES.values()), k=DISTINCT)
    for number, kind in enumerate(kinds):
        make = _Maker(dice, words, number)
        yield {
            "id": f"27000{number:06d}",
            "type": kind,
            "actor": make.user(f"27000{number % 5000:04d}") | {"display_login": make.word()},
            "repo": {"id": int(f"27000{number % 7000:04d}"), "name": make.name(), "url": make.url()},
            "payload": make.payload(kind),
            "public": True,
            "created_at": f"2023-02-08T12:{number * 60 // DISTINCT:02d}:{number % 60:02d}Z",
        } | ({"org": make.user("9")} if number % 7 < 2 else {})


class _Maker:
    """The parts of one event."""

    def __init__(self, dice: random.Random, words: list[str], number: int) -> None:
        self._dice, self._words, self._number = dice, words, number

    def word(self) -> str:
        return self._dice.choice(self._words)

    def name(self) -> str:
        return f"{self.word()}/{self.word()}-{self.word()}"

    def url(self) -> str:
        return f"https://api.github.com/repos/{self.name()}"

    def prose(self, length: int) -> str:
        return " ".join(self._dice.choices(self._words, k=max(1, length // 7)))

    def digest(self) -> str:
        return f"{self._dice.getrandbits(160):040x}"

    def user(self, number: str = "77") -> dict[str, Any]:
        login = self.word()
        links = ("followers", "following", "gists", "starred", "subscriptions", "repos", "events", "received_events")
        return {
            "login": login,
            "id": int(number),
            "node_id": self.digest()[:20],
            "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
            "type": "User",
            "site_admin": False,
        } | {f"{link}_url": f"https://api.github.com/users/{login}/{link}" for link in links}

    def repository(self) -> dict[str, Any]:
        name = self.name()
        links = ("forks", "keys", "teams", "hooks", "issue_events", "events", "assignees", "branches", "tags", "blobs")
        counts = ("stargazers_count", "watchers_count", "forks_count", "open_issues_count", "size", "forks")
        return (
            {"id": self._dice.randrange(10**9), "name": name.split("/")[1], "full_name": name, "owner": self.user()}
            | {f"{link}_url": f"https://api.github.com/repos/{name}/{link}" for link in links}
            | {count: self._dice.randrange(1000) for count in counts}
            | {"default_branch": "main", "description": self.prose(60), "created_at": "2020-01-01T00:00:00Z"}
        )

    def pull_request(self, number: int) -> dict[str, Any]:
        side = {"label": self.word(), "ref": self.word(), "sha": self.digest(), "user": self.user()}
        return {
            "url": f"{self.url()}/pulls/{number}",
            "id": self._dice.randrange(10**9),
            "number": number,
            "state": "closed",
            "title": self.prose(50),
            "user": self.user(),
            "body": self.prose(600),
            "merged_at": "2023-02-08T12:00:00Z" if number % 2 else None,
            "merge_commit_sha": self.digest(),
            "author_association": "MEMBER",
            "head": side | {"repo": self.repository()},
            "base": side | {"repo": self.repository()},
            "merged": bool(number % 2),
            "additions": 10,
            "commits": 1,
        }

    def issue(self, number: int) -> dict[str, Any]:
        return self.comment(700) | {"number": number, "title": self.prose(50), "state": "open", "labels": []}

    def comment(self, length: int) -> dict[str, Any]:
        return {
            "url": self.url(),
            "id": self._dice.randrange(10**9),
            "user": self.user(),
            "body": self.prose(length),
            "author_association": "NONE",
            "created_at": "2023-02-08T12:00:00Z",
        }

    def commits(self) -> list[dict[str, Any]]:
        count = self._dice.choices([0, 1, 2, 5, 20], [2, 80, 10, 6, 2])[0]
        return [
            {
                "sha": self.digest(),
                "author": {"email": f"{self.digest()}@example.org", "name": self.prose(14)},
                "message": self.prose(60),
                "distinct": self._dice.random() < 0.8,
                "url": self.url(),
            }
            for _ in range(count)
        ]

    def payload(self, kind: str) -> dict[str, Any]:
        number = self._dice.randrange(1, 5000)
        if kind == "PushEvent":
            commits = self.commits()
            ends = {"ref": f"refs/heads/{self.word()}", "head": self.digest(), "before": self.digest()}
            size = len(commits)
            return {"push_id": number, "size": size, "distinct_size": size, **ends, "commits": commits}
        if kind == "PullRequestEvent":
            return {"action": "closed", "number": number, "pull_request": self.pull_request(number)}
        if kind == "PullRequestReviewEvent":
            return {"action": "created", "review": self.comment(80), "pull_request": self.pull_request(number)}
        if kind == "PullRequestReviewCommentEvent":
            return {"action": "created", "comment": self.comment(200), "pull_request": self.pull_request(number)}
        if kind in ("IssueCommentEvent", "IssuesEvent"):
            comment = {"comment": self.comment(300)} if kind == "IssueCommentEvent" else {}
            return {"action": "created", "issue": self.issue(number), **comment}
        if kind in ("CreateEvent", "DeleteEvent"):
            return {"ref": self.word(), "ref_type": "branch", "master_branch": "main", "pusher_type": "user"}
        others = {
            "WatchEvent": {"action": "started"},
            "ForkEvent": {"forkee": self.repository()},
            "CommitCommentEvent": {"comment": self.comment(200)},
            "ReleaseEvent": {"action": "published", "release": {"id": number, "tag_name": "v1", "author": self.user()}},
            "MemberEvent": {"action": "added", "member": self.user()},
            "GollumEvent": {"pages": [{"page_name": self.word(), "action": "edited", "sha": self.digest()}]},
        }
        return others.get(kind, {})


if __name__ == "__main__":
    what, source, target, *rest = sys.argv[1:]
    result = ours(Path(source), Path(target)) if what == "ours" else peer(Path(source), Path(target), int(rest[0]))
    print(json.dumps(result))
