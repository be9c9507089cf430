"""Readers see whole releases only: while others are published, and after a publish is killed anywhere."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from marked_releases import marked_rows, marks, schemas

from observer.model.crash import VARIABLE
from observer.postgres import PostgresUrls
from observer.query import ReadModel
from observer.testing.releases import publish_rows

POINTS = (
    "publish.exporting:3",
    "publish.exported",
    "publish.checked",
    "publish.catalogued",
    "publish.filling:5",
    "publish.filled",
    "publish.sealed",
    "publish.renamed",
    "publish.pointed",
    "publish.forgotten",
    "publish.dropped",
)
KEEP = 2
_marks = itertools.count(10)


def test_a_reader_sees_only_whole_releases_while_five_are_published(database: PostgresUrls, tmp_path: Path) -> None:
    publish_rows(database.owner, tmp_path, marked_rows(1), snapshot_id=1, keep=1)
    seen: list[tuple[int, set[str]]] = []
    failures: list[BaseException] = []
    stop = threading.Event()
    with ReadModel(database.reader, tmp_path) as read_model:

        def read() -> None:
            try:
                while not stop.is_set():
                    with read_model.pinned() as reader:
                        seen.append((reader.release.number, marks(reader)))
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        for mark in range(2, 7):
            publish_rows(database.owner, tmp_path, marked_rows(mark), snapshot_id=mark, keep=1)
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert [(number, found) for number, found in seen if found != {f"mark {number}"}] == []
    assert len({number for number, _ in seen}) > 2


@pytest.fixture(scope="module")
def releases(module_database: PostgresUrls, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with as many releases as are kept, so that the next one drops the oldest."""
    folder = tmp_path_factory.mktemp("releases")
    for _ in range(KEEP):
        mark = next(_marks)
        publish_rows(module_database.owner, folder, marked_rows(mark), snapshot_id=mark, keep=KEEP)
    return folder


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_publish_leaves_readers_a_whole_release_and_the_next_one_cleans_up(
    module_database: PostgresUrls, releases: Path, point: str
) -> None:
    urls, mark = module_database, next(_marks)
    with ReadModel(urls.reader, releases) as read_model:
        before = read_model.current_release()
        _publish_and_die(urls.owner, releases, mark, point)
        with read_model.pinned() as reader:
            expected = mark - 1 if reader.release == before else mark
            assert marks(reader) == {f"mark {expected}"}
        release = publish_rows(urls.owner, releases, marked_rows(mark), snapshot_id=mark, keep=KEEP)
        with read_model.pinned() as reader:
            assert reader.release == release
            assert marks(reader) == {f"mark {mark}"}
        kept = {str(entry.release.number) for entry in read_model.releases()}
    assert len(kept) == KEEP
    assert {path.name for path in releases.iterdir()} == kept
    assert set(schemas(urls)) == {f"release_{number}" for number in kept}
    assert len(set(schemas(urls).values())) == 1


def _publish_and_die(postgres_url: str, folder: Path, mark: int, point: str) -> None:
    code = (
        "import sys; from pathlib import Path; from observer.testing.releases import publish_rows; "
        "from marked_releases import marked_rows; url, folder, mark, keep = sys.argv[1:]; "
        "publish_rows(url, Path(folder), marked_rows(int(mark)), snapshot_id=int(mark), keep=int(keep))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code, postgres_url, str(folder), str(mark), str(KEEP)],
        env=os.environ | {VARIABLE: point, "PYTHONPATH": str(Path(__file__).parent)},
        check=False,
        capture_output=True,
    )
    assert process.returncode == -signal.SIGKILL, process.stderr.decode()
