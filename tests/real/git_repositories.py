"""Bare repositories made of the provided commits, which tell all but names, messages and files."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from observer.testing.demo.cast.plan import RepositoryPlan
from observer.testing.demo.model import Commit, Life, Signature, Tag
from observer.testing.demo.repositories import write_repository

_ZONE = re.compile(r"[+-]\d{4}")


def write_repositories(source: Path, folder: Path) -> list[str]:
    """Writes `folder/<owner>/<name>.git` for each pair of files in `source`; returns their names in lower case.

    A repository has the commits of its default branch with their people, times and parents, and its tags of these.
    """
    names = []
    for file in sorted(source.glob("*.commits.parquet")):
        name = file.name.removesuffix(".commits.parquet").lower().replace("+", "/", 1)
        life = _life(name, file, file.with_name(file.name.replace(".commits.", ".refs.")))
        write_repository(life, folder / f"{name}.git")
        names.append(name)
    return names


def _life(name: str, commits: Path, refs: Path) -> Life:
    rows = duckdb.execute("from read_parquet(?) where on_head", [str(commits)]).to_arrow_table().to_pylist()
    known = {row["sha"]: row for row in rows}
    graph = {sha: [parent for parent in row["parents"] if parent in known] for sha, row in known.items()}
    order = {sha: uid for uid, sha in enumerate(TopologicalSorter(graph).static_order())}
    (tip,) = known.keys() - {parent for parents in graph.values() for parent in parents}
    tags = duckdb.execute("select ref, target_sha from read_parquet(?) where kind = 'tag' order by ref", [str(refs)])
    return Life(
        RepositoryPlan(name, age=0),
        0,
        [_commit(known[sha], uid, [order[parent] for parent in graph[sha]]) for sha, uid in order.items()],
        [(known[tip]["committer_ts"], order[tip])],
        tags=[Tag(ref.removeprefix("refs/tags/"), order[sha], None) for ref, sha in tags.fetchall() if sha in order],
    )


def _commit(row: dict[str, Any], uid: int, parents: list[int]) -> Commit:
    login, hashed = row["author_noreply_login"], f"{row['author_email_hash']}@{row['author_email_domain']}"
    bot = "[bot]" if row["author_is_bot"] and not login else ""
    author = _signature(
        f"{login or row['author_name_hash'][:12]}{bot}",
        f"{login}@users.noreply.github.com" if login else hashed,
        row["author_ts"],
        row["author_tz"],
    )
    committer = _signature(
        row["committer_name_hash"][:12],
        f"{row['committer_email_hash']}@{row['committer_email_domain']}",
        row["committer_ts"],
        row["committer_tz"],
    )
    return Commit(uid, tuple(parents), author, committer, "", ())


def _signature(name: str, email: str, seconds: int, zone: str | None) -> Signature:
    minutes = int(zone[:3]) * 60 + int(zone[0] + zone[3:]) if zone and _ZONE.fullmatch(zone) else 0
    return Signature(name.encode(), email, max(0, seconds), minutes)
