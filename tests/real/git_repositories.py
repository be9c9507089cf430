"""Bare repositories made of the provided commits, which tell all but names, messages and files."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

_ZONE = re.compile(r"[+-]\d{4}")


def write_repositories(source: Path, folder: Path) -> list[str]:
    """Writes `folder/<owner>/<name>.git` for each pair of files in `source`; returns their names in lower case.

    A repository has the commits of its default branch with their people, times and parents, and its tags of these.
    """
    names = []
    for file in sorted(source.glob("*.commits.parquet")):
        owner, _, name = file.name.removesuffix(".commits.parquet").lower().partition("+")
        place = folder / owner / f"{name}.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(place)], check=True)
        stream = b"".join(_stream(file, file.with_name(file.name.replace(".commits.", ".refs."))))
        subprocess.run(["git", "-C", str(place), "fast-import", "--quiet", "--force"], input=stream, check=True)
        names.append(f"{owner}/{name}")
    return names


def _stream(commits: Path, refs: Path) -> Iterator[bytes]:
    rows = duckdb.execute(
        "select sha, parents, author_name_hash, author_email_hash, author_email_domain, author_noreply_login, "
        "author_ts, author_tz, author_is_bot, committer_name_hash, committer_email_hash, committer_email_domain, "
        "committer_ts, committer_tz from read_parquet(?) where on_head",
        [str(commits)],
    ).to_arrow_table()
    known = {row["sha"]: row for row in rows.to_pylist()}
    graph = {sha: [parent for parent in row["parents"] if parent in known] for sha, row in known.items()}
    marks: dict[str, int] = {}
    for sha in TopologicalSorter(graph).static_order():
        marks[sha] = len(marks) + 1
        yield _commit(known[sha], marks[sha], [marks[parent] for parent in graph[sha]])
    children = {parent for parents in graph.values() for parent in parents}
    (tip,) = known.keys() - children
    yield b"reset refs/heads/main\nfrom :%d\n" % marks[tip]
    tags = duckdb.execute("select ref, target_sha from read_parquet(?) where kind = 'tag' order by ref", [str(refs)])
    for ref, target in tags.fetchall():
        if target in marks:
            yield b"reset %s\nfrom :%d\n" % (ref.encode(), marks[target])


def _commit(row: dict[str, Any], mark: int, parents: list[int]) -> bytes:
    login = row["author_noreply_login"]
    email = f"{login}@users.noreply.github.com" if login else f"{row['author_email_hash']}@{row['author_email_domain']}"
    name = f"{login or row['author_name_hash'][:12]}{'[bot]' if row['author_is_bot'] and not login else ''}"
    committer = f"{row['committer_email_hash']}@{row['committer_email_domain']}"
    lines = [
        "reset refs/heads/main",
        "commit refs/heads/main",
        f"mark :{mark}",
        _person("author", name, email, row["author_ts"], row["author_tz"]),
        _person("committer", row["committer_name_hash"][:12], committer, row["committer_ts"], row["committer_tz"]),
        "data 0",
        *(f"{'merge' if place else 'from'} :{parent}" for place, parent in enumerate(parents)),
    ]
    return ("\n".join(lines) + "\n").encode()


def _person(role: str, name: str, email: str, seconds: int, zone: str) -> str:
    return f"{role} {name} <{email}> {max(0, seconds)} {zone if _ZONE.fullmatch(zone or '') else '+0000'}"
