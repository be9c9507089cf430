"""Git history: phase one and phase two of the git source against `git log --numstat`, perceval and PyDriller.

CPU seconds of the process and of all git processes that it starts, after imports and one warm-up on a tiny
repository. Repositories: the paths in OBSERVER_BENCH_REPOSITORY (set apart by `:`), or else this checkout and
a synthetic one of 20,000 commits.

Equality: the same commit ids everywhere, and the same sums of added and deleted lines of git and our two phases.
Perceval and PyDriller follow renames, and perceval counts merges, so that their sums are told where they differ;
PyDriller is slow and looks at the newest commits alone.

Pass marks: phase one 30,000 commits per CPU second on 3,000 commits or more, phase two 1.25 times the CPU of
`git log --numstat`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
REFS = ("--branches", "--tags", "HEAD")
SYNTHETIC_COMMITS = 20_000
ROUNDS = 5
DRILLED = 400
PHASE_ONE_MARK = 30_000
PHASE_TWO_MARK = 1.25


@dataclass(frozen=True)
class Outcome:
    """CPU seconds of each round, and what was found: number and digest of commit ids, sums of lines."""

    cpu: list[float]
    commits: int
    ids: str
    additions: int | None = None
    deletions: int | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.cpu)


def main() -> int:
    """Prints medians and ratios for each repository; 1 if outputs are not equal."""
    with tempfile.TemporaryDirectory(prefix="observer-bench-") as name:
        folder = Path(name)
        given = os.environ.get("OBSERVER_BENCH_REPOSITORY")
        sources = [Path(part).resolve() for part in given.split(":")] if given else [ROOT]
        # Copies, since somebody may commit meanwhile; without the refs that forges keep beside branches and tags.
        paths = [folder / str(number) / source.name for number, source in enumerate(sources)]
        for source, path in zip(sources, paths, strict=True):
            subprocess.run(["git", "clone", "--quiet", "--bare", str(source), str(path)], check=True)
        if not given:
            paths.append(synthetic(folder / "synthetic.git"))
        return max([_compare(path) for path in paths])


def _compare(path: Path) -> int:
    print(f"-- {path.name}: {_git(path, 'rev-list', '--count', *REFS).decode().strip()} commits", flush=True)
    one, two = _run("phase_one", path), _run("phase_two", path)
    floor, perceval, drilled = _run("numstat", path), _run("perceval", path), _run("pydriller", path)
    part = _run("numstat", path, newest=drilled.commits)
    rate = one.commits / one.median
    _line("phase one", one, f"{rate:,.0f} commits per CPU s (mark {PHASE_ONE_MARK:,} from 3,000 commits on)")
    _line("phase two", two, f"{two.median / floor.median:.2f} of git log --numstat (mark {PHASE_TWO_MARK})")
    both = one.median + two.median
    print(f"{'both':18s}{both:8.3f} s   {both / floor.median:.2f} of git log --numstat")
    _line("git log --numstat", floor, "the floor")
    _line(
        "perceval", perceval, f"{perceval.median / both:.1f} times both phases, {perceval.median / one.median:.0f} one"
    )
    each = drilled.median / max(drilled.commits, 1)
    _line("PyDriller", drilled, f"{each / (both / max(one.commits, 1)):.0f} times both phases a commit")
    for name, other, same in (("perceval", perceval, floor), ("PyDriller", drilled, part)):
        if (other.additions, other.deletions) != (same.additions, same.deletions):
            sums = f"+{other.additions} -{other.deletions} for +{same.additions} -{same.deletions}"
            print(f"{name:18s}{sums}: it follows renames")
    pairs = {
        "phase one and git: commits": (one.ids, floor.ids),
        "phase two and git: lines": ((two.additions, two.deletions), (floor.additions, floor.deletions)),
        "perceval and git: commits": (perceval.ids, floor.ids),
        "PyDriller and git: commits": (drilled.ids, part.ids),
    }
    wrong = [f"{name} {a} and {b}" for name, (a, b) in pairs.items() if a != b]
    for difference in wrong:
        print(f"not equal: {difference}")
    print(f"{'lines':18s}+{floor.additions} -{floor.deletions}: {'NOT ' if wrong else ''}equal")
    return 1 if wrong else 0


def _line(name: str, outcome: Outcome, remark: str) -> None:
    print(f"{name:18s}{outcome.median:8.3f} s   {remark}", flush=True)


def _run(contender: str, path: Path, newest: int = 0) -> Outcome:
    """Runs a contender in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.git_history", contender, str(path), str(newest)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return Outcome(**json.loads(done.stdout))


def _phase_one(path: Path, _: int) -> Outcome:
    return _phases(path, lines=False)


def _phase_two(path: Path, _: int) -> Outcome:
    return _phases(path, lines=True)


def _phases(path: Path, *, lines: bool) -> Outcome:
    from observer.connectors.sources.git import GitSource
    from observer.connectors.streams import configured

    source = GitSource()
    catalog = configured(source.discover({}))
    cpu: list[float] = []
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="observer-bench-") as name:
        tiny = synthetic(Path(name) / "tiny.git", commits=5)
        for number, repository in enumerate([tiny] + [path] * (3 if lines else ROUNDS)):
            work = Path(name) / str(number)
            config = {
                "repositories": [{"url": str(repository)}],
                "mirrors_dir": str(work / "mirrors"),
                "staging_dir": str(work / "staging"),
            }
            with _measured(cpu) if not lines else contextlib.nullcontext():
                one = list(source.read({**config, "line_counts": False}, catalog, []))
            files = _files(one)
            if lines:
                state = [message["state"] for message in one if message["type"] == "STATE"]
                with _measured(cpu):
                    files |= _files(list(source.read(config, catalog, state)))
            found = _found(files)
    return Outcome(cpu=cpu[1:], **found)


def _files(messages: list[Any]) -> dict[str, Any]:
    import pyarrow.parquet as pq

    records = [message["record"] for message in messages if message["type"] == "RECORD"]
    references = [record for record in records if "file_reference" in record]
    return {r["stream"]: pq.read_table(r["file_reference"]["staging_file_url"]) for r in references}


def _found(tables: dict[str, Any]) -> dict[str, Any]:
    commits = tables["commits"].column("commit_id").to_pylist()
    found: dict[str, Any] = {"commits": len(commits), "ids": _digest(commits)}
    if "line_counts" in tables:
        keys = ["old_blob_id", "new_blob_id"]
        columns = [*keys, "additions", "deletions"]
        joined = tables["file_changes"].select(keys).join(tables["line_counts"].select(columns), keys)
        for column in ("additions", "deletions"):
            found[column] = sum(value or 0 for value in joined.column(column).to_pylist())
    return found


def _numstat(path: Path, newest: int) -> Outcome:
    what = ("HEAD", "--no-merges", f"--max-count={newest}") if newest else REFS
    cpu: list[float] = []
    said = b""
    for _ in range(3):
        with _measured(cpu):
            said = _git(path, "log", "--numstat", "--no-renames", "--format=%x01%H", *what)
    ids: list[str] = []
    additions = deletions = 0
    for line in said.split(b"\n"):
        parts = line.split(b"\t", 2)
        if line.startswith(b"\x01"):
            ids.append(line[1:].decode())
        elif len(parts) == 3 and parts[0] != b"-":
            additions += int(parts[0])
            deletions += int(parts[1])
    return Outcome(cpu, len(ids), _digest(ids), additions, deletions)


def _perceval(path: Path, _: int) -> Outcome:
    from perceval.backends.core.git import Git

    cpu: list[float] = []
    with tempfile.TemporaryDirectory(prefix="observer-bench-") as name, _measured(cpu):
        items = [item["data"] for item in Git(str(path), str(Path(name) / "perceval")).fetch()]
    counts = [file for item in items for file in item["files"] if file.get("added", "-") != "-"]
    additions, deletions = (sum(int(file[side]) for file in counts) for side in ("added", "removed"))
    return Outcome(cpu, len(items), _digest([item["commit"] for item in items]), additions, deletions)


def _pydriller(path: Path, _: int) -> Outcome:
    from pydriller import Repository

    newest = _git(path, "log", "--no-merges", f"--max-count={DRILLED}", "--format=%H", "HEAD").decode().split()
    cpu: list[float] = []
    with _measured(cpu):
        drilled = Repository(str(path), only_commits=newest).traverse_commits()
        rows = [(commit.hash, commit.insertions, commit.deletions) for commit in drilled]
    return Outcome(cpu, len(rows), _digest([r[0] for r in rows]), sum(r[1] for r in rows), sum(r[2] for r in rows))


@contextlib.contextmanager
def _measured(cpu: list[float]) -> Iterator[None]:
    before = _cpu_seconds()
    yield
    cpu.append(_cpu_seconds() - before)


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _digest(commit_ids: list[str]) -> str:
    return hashlib.sha256("".join(sorted(commit_ids)).encode()).hexdigest()[:16]


def _git(path: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(path), *arguments], check=True, stdout=subprocess.PIPE).stdout


def synthetic(path: Path, commits: int = SYNTHETIC_COMMITS, seed: int = 7) -> Path:
    """A bare repository with a history of its own that is always the same: 30 people, 400 files, some merges."""
    subprocess.run(["git", "init", "--quiet", "--bare", "-b", "main", str(path)], check=True)
    importer = subprocess.Popen(["git", "-C", str(path), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert importer.stdin is not None
    for piece in _stream(commits, random.Random(seed)):
        importer.stdin.write(piece)
    importer.stdin.close()
    assert importer.wait() == 0
    subprocess.run(["git", "-C", str(path), "gc", "--quiet"], check=True)
    return path


def _stream(commits: int, draws: random.Random) -> Iterator[bytes]:
    files: dict[str, list[str]] = {}
    for number in range(1, commits + 1):
        who = min(int(draws.expovariate(0.2)), 29)
        person = f"Person {who} <person{who}@example.org> {1_500_000_000 + number * 600} +0{who % 3}00"
        message = f"Change {number} (#{number})" if number % 3 else f"Change {number}\n\nAs asked for in #{number}.\n"
        text = f"commit refs/heads/main\nmark :{number}\nauthor {person}\ncommitter {person}\ndata {len(message)}\n"
        text += f"{message}\n"
        if number > 12 and number % 12 == 0:
            text += f"from :{number - 1}\nmerge :{number - 5}\n"
        for _ in range(draws.choice((1, 1, 1, 2, 2, 3))):
            kind = draws.randrange(40)
            path = f"package{kind}/module{draws.randrange(10)}.py"
            lines = files.setdefault(path, [])
            at = draws.randrange(len(lines) + 1)
            lines[at : at + draws.choice((0, 0, 1))] = [f"value_{number}_{i} = {i}" for i in range(draws.randint(1, 4))]
            del lines[80:]
            content = "\n".join(lines) + "\n"
            text += f"M 100644 inline {path}\ndata {len(content)}\n{content}\n"
        yield text.encode()


_CONTENDERS: dict[str, Callable[[Path, int], Outcome]] = {
    "phase_one": _phase_one,
    "phase_two": _phase_two,
    "numstat": _numstat,
    "perceval": _perceval,
    "pydriller": _pydriller,
}

if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(vars(_CONTENDERS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3])))))
    else:
        sys.exit(main())
