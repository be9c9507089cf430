"""Names that change: the same repositories are mined under the same names, whatever became known first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import pyarrow as pa
import pytest
from tests.unit.git.git_repositories import GitRepository

from observer.connectors.host import sync
from observer.connectors.sources.git import GitSource
from observer.model.load import Load, StreamLoad, StreamTable, WriteMode
from observer.pipeline.repositories import repositories, unlisted_repositories
from observer.testing.warehouse import FakeWarehouse

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
Row = Mapping[str, object]

LISTINGS = pa.schema(
    [(name, pa.string()) for name in ("artifact_source", "artifact_type", "artifact_namespace", "artifact_name")]
    + [("artifact_url", pa.string()), ("is_owner", pa.bool_())]
)
EVENTS = pa.schema(
    [
        ("event_key", pa.string()),
        ("type", pa.string()),
        ("repository_id", pa.int64()),
        ("repository_name", pa.string()),
        ("forkee_id", pa.int64()),
        ("forkee_name", pa.string()),
        ("created_at", pa.timestamp("us")),
        ("file_name", pa.string()),
        ("file_sha256", pa.string()),
    ]
)
API = pa.schema(
    [
        ("id", pa.int64()),
        ("full_name", pa.string()),
        ("requested_full_name", pa.string()),
        ("is_fork", pa.bool_()),
        ("is_private", pa.bool_()),
        ("parent_id", pa.int64()),
        ("parent_full_name", pa.string()),
        ("created_at", pa.timestamp("us")),
        ("observed_at", pa.timestamp("us")),
    ]
)


TARGETS = pa.schema(
    [(name, pa.string()) for name in ("target", "target_kind", "status", "full_name")]
    + [("id", pa.int64()), ("observed_at", pa.timestamp("us"))]
)


class Quiet:
    """Watches nothing."""

    def advance(self, label: str, *, done: int, total: int | None = None) -> None:
        return


class Observatory:
    """A warehouse, and a forge that answers to every name that a repository ever had."""

    def __init__(self, folder: Path, forge: Path) -> None:
        self.folder, self.forge = folder, forge
        self.warehouse = FakeWarehouse()
        self.loads = 0

    def load(self, connector: str, stream: str, schema: pa.Schema, rows: Sequence[Row], key: str = "") -> None:
        self.loads += 1
        mode = WriteMode.UPSERT if key else WriteMode.OVERWRITE
        table = StreamTable(connector, stream, schema, (key,) if key else (), mode)
        batch = pa.RecordBatch.from_pylist([dict(row) for row in rows], schema=schema)
        self.warehouse.load(Load(str(self.loads), connector, NOW, [StreamLoad(table, [batch])]))

    def list(self, *names: str) -> None:
        """The directory names these repositories, or owners where there is no slash."""
        rows = [
            {
                "artifact_source": "GITHUB",
                "artifact_type": "REPOSITORY" if "/" in name else "OWNER",
                "artifact_namespace": name.split("/")[0],
                "artifact_name": name.split("/")[-1],
                "artifact_url": f"https://github.com/{name}",
                "is_owner": "/" not in name,
            }
            for name in names
        ]
        self.load("oss-directory", "project_artifacts", LISTINGS, rows)

    def archive(self, day: int, *seen: tuple[int, str], forks: Sequence[tuple[int, str, int, str]] = ()) -> None:
        """A file of the archive: numbers with the names that they have on that day, and forks of them."""
        events: list[dict[str, object]] = [
            {"type": "WatchEvent", "repository_id": number, "repository_name": name} for number, name in seen
        ]
        for number, name, fork, forkee in forks:
            event = {"type": "ForkEvent", "repository_id": number, "repository_name": name}
            events.append({**event, "forkee_id": fork, "forkee_name": forkee})
        more = {"created_at": datetime(2026, 10, day), "file_name": f"2026-10-{day:02}-0.json.gz"}
        rows = [row | more | {"event_key": f"{day}-{position}"} for position, row in enumerate(events)]
        self.load("github-archive", "events", EVENTS, rows, key="event_key")

    def api(self, *rows: Row) -> None:
        moment = {"created_at": datetime(2025, 1, 1), "observed_at": datetime(2026, 10, 31)}
        self.load("github", "repositories", API, [{**moment, **row} for row in rows], key="id")

    def mine(self) -> int:
        """Syncs git as a run of the observatory does; returns how many rows were written or dropped."""
        found = repositories(self.warehouse)
        report = sync(
            GitSource(lambda: NOW),
            config={
                "repositories": found,
                "dropped": unlisted_repositories(self.warehouse, found),
                "mirrors_dir": str(self.folder / "mirrors"),
                "staging_dir": str(self.folder / "staging"),
                "url_rewrites": {"https://github.com/": str(self.forge)},
            },
            warehouse=self.warehouse,
            clock=lambda: NOW,
            progress=Quiet(),
            scratch=self.folder / "scratch",
        )
        return report.rows + report.dropped

    def names(self) -> dict[object, object]:
        """What is to be mined: name and number."""
        return {
            f"{row['artifact_namespace']}/{row['artifact_name']}": row.get("artifact_source_id")
            for row in repositories(self.warehouse)
        }

    def raw(self, *tables: str) -> dict[str, list[str]]:
        """Rows of raw tables without what tells when they came."""
        found = {}
        for table in tables:
            rows = self.warehouse.query(f"select * from raw.git__{table}").to_pylist()
            kept = [{k: v for k, v in row.items() if k not in ("_load_id", "_observed_at")} for row in rows]
            found[table] = sorted(map(str, kept))
        return found


Make = Callable[[str], Observatory]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    forge = tmp_path / "forge"
    (forge / "old").mkdir(parents=True)
    for number, names in enumerate((("new/tool", "old/tool"), ("corp/site", "corp/web"), ("away/lab", "corp/lab"))):
        repository = GitRepository(forge / f"{names[0]}.git", clock=1_700_000_000 + number * 1000)
        for content in ("one", "two", "three"):
            repository.commit({"file.txt": f"{names[0]} {content}".encode()}, parents=repository.commits[-1:])
        for former in names[1:]:
            (forge / f"{former}.git").symlink_to(forge / f"{names[0]}.git")
    return lambda name: Observatory(tmp_path / name, forge)


BEFORE = ((10, "old/tool"), (11, "corp/web"), (12, "corp/lab"))
AFTER = ((10, "new/tool"), (11, "Corp/Site"), (12, "away/lab"))
STEPS: dict[str, Callable[[Observatory], object]] = {
    "before": lambda here: here.archive(1, *BEFORE),
    "after": lambda here: here.archive(2, *AFTER),
    "git": lambda here: here.mine(),
}


@pytest.mark.parametrize("order", list(permutations(STEPS)), ids="-".join)
def test_archives_in_any_order_with_a_rename_between_give_equal_tables(make: Make, order: tuple[str, ...]) -> None:
    at_once, in_steps = make("at-once"), make("in-steps")
    for here in (at_once, in_steps):
        here.list("old/tool", "corp")
    at_once.archive(1, *BEFORE)
    at_once.archive(2, *AFTER)
    at_once.mine()

    for step in order:
        STEPS[step](in_steps)
    in_steps.mine()

    tables = ("repositories", "commits", "file_changes", "refs")
    assert in_steps.names() == at_once.names() == {"corp/site": "11", "new/tool": "10"}
    assert in_steps.raw(*tables) == at_once.raw(*tables)
    assert in_steps.mine() == 0


def test_only_renamed_repositories_give_equally_many_rows_of_every_stream(make: Make) -> None:
    at_once, in_steps = make("at-once"), make("in-steps")
    for here in (at_once, in_steps):
        here.list("old/tool", "corp")
    at_once.archive(1, *BEFORE[:2])
    at_once.archive(2, *AFTER[:2])
    at_once.mine()
    in_steps.archive(1, *BEFORE[:2])
    in_steps.mine()

    in_steps.archive(2, *AFTER[:2])
    in_steps.mine()

    tables = ("repositories", "commits", "file_changes", "refs", "line_counts")
    counts = {table: len(rows) for table, rows in in_steps.raw(*tables).items()}
    assert counts == {table: len(rows) for table, rows in at_once.raw(*tables).items()}
    assert counts["line_counts"] == 6


def test_a_name_means_its_last_holder(make: Make) -> None:
    here = make("here")
    here.list("old/tool", "corp")
    here.archive(1, (10, "old/tool"), (11, "corp/web"))
    here.archive(2, (10, "new/tool"), (20, "old/tool"), (11, "corp/site"), (21, "corp/web"))

    assert here.names() == {"old/tool": "20", "corp/site": "11", "corp/web": "21"}


def test_another_repository_under_a_known_name_starts_anew(make: Make) -> None:
    here = make("here")
    here.list("old/tool")
    here.archive(1, (10, "old/tool"))
    here.mine()
    link = here.forge / "old/tool.git"
    link.unlink()
    link.symlink_to(here.forge / "corp/site.git")

    here.archive(2, (10, "new/tool"), (20, "old/tool"))
    here.mine()

    fresh = make("fresh")
    fresh.list("old/tool")
    fresh.archive(2, (10, "new/tool"), (20, "old/tool"))
    fresh.mine()
    tables = ("repositories", "commits", "file_changes", "refs")
    assert here.raw(*tables) == fresh.raw(*tables)


def test_the_api_tells_of_a_rename_as_well(make: Make) -> None:
    here = make("here")
    here.list("old/tool", "corp")
    here.api(
        {"id": 10, "full_name": "New/Tool", "requested_full_name": "old/tool"},
        {"id": 11, "full_name": "corp/site", "requested_full_name": "corp/site"},
    )

    (tool,) = [row for row in repositories(here.warehouse) if row["artifact_name"] == "tool"]

    assert tool["url"] == "https://github.com/new/tool"
    assert tool["former_urls"] == ["https://github.com/old/tool"]
    assert here.names() == {"corp/site": "11", "new/tool": "10"}


def test_what_the_api_answers_for_a_name_goes_before_older_sightings_of_others(make: Make) -> None:
    here = make("here")
    here.list("old/tool")
    here.archive(1, (9, "old/tool"), (10, "new/tool"))
    here.api({"id": 10, "full_name": "new/tool", "requested_full_name": "new/tool"})
    here.load(
        *("github", "targets", TARGETS),
        [
            {"target": "old/tool", "target_kind": "repository", "status": "found", "full_name": "new/tool", "id": 10}
            | {"observed_at": datetime(2026, 10, 31)}
        ],
    )

    assert here.names() == {"new/tool": "10"}


def test_a_fork_comes_with_its_upstream(make: Make) -> None:
    here = make("here")
    here.list("corp/web", "old/tool")
    here.archive(1, forks=[(40, "far/up", 11, "corp/web"), (41, "far/other", 99, "nobody/other")])
    here.archive(2, (11, "corp/site"))
    here.api(
        {"id": 10, "full_name": "new/tool", "requested_full_name": "old/tool", "is_fork": True}
        | {"parent_id": 42, "parent_full_name": "Far/Tool"}
    )

    assert here.names() == {"corp/site": "11", "new/tool": "10", "far/up": "40", "far/tool": None}


def test_a_lost_listing_drops_its_rows_and_a_new_one_brings_them_back(make: Make) -> None:
    here = make("here")
    here.list("new/tool", "corp/site")
    here.mine()
    before = here.raw("repositories", "commits", "file_changes", "refs", "line_counts")

    here.list("new/tool")
    here.mine()
    without = here.raw("commits")
    here.list("new/tool", "corp/site")
    here.mine()

    assert len(without["commits"]) == 3
    assert here.raw("repositories", "commits", "file_changes", "refs", "line_counts") == before
