"""Small raw data sets in a real DuckLake, and the dbt project built over them."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import yaml
from tests.parsed_project import keep, lend

from observer.duckdb_extensions import extension_file
from observer.transform import BuildRequest, BuildResult, build

ROOT = Path(__file__).resolve().parents[3]
PROJECT = SHIPPED_PROJECT = ROOT / "transform"
STAGING = PROJECT / "models" / "staging"
OWN_MODELS = (
    "path:seeds",
    "path:models/staging",
    "path:models/intermediate/directory",
    "path:models/intermediate/events",
    "path:models/intermediate/lineage",
    "path:models/intermediate/forge",
    "path:models/intermediate/funding",
    "path:models/intermediate/onchain",
    "path:models/intermediate/defillama",
    "path:models/intermediate/packages",
    "path:models/intermediate/people",
    "path:models/intermediate/coverage",
    "path:models/marts/*.sql",
    "path:models/marts/funding",
    "path:models/marts/onchain",
    "path:models/marts/packages",
)
OBSERVED_AT = datetime(2024, 11, 4, 10, 0)

Row = Mapping[str, object]
Rows = Sequence[Row]
Raw = Mapping[str, Rows]


class World:
    """A lake in one folder: raw rows go in, builds run over them, marts are read."""

    def __init__(self, folder: Path, work_dir: Path) -> None:
        self._folder, self._work_dir = folder, work_dir
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def path(self) -> str:
        return f"ducklake:{self._folder / 'lake.ducklake'}"

    @property
    def manifest(self) -> Path:
        """Where the manifest of this world's first build is kept; the work folder is shared with other worlds."""
        return self._folder / "manifest.json"

    @property
    def data_path(self) -> Path:
        return self._folder / "data"

    def connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        connection.load_extension(str(extension_file("ducklake")))
        connection.execute(f"attach '{self.path}' as lake (data_path '{self.data_path}/')")
        connection.execute("use lake")
        return connection

    def fill(self, raw: Raw) -> None:
        """Replaces the raw tables that are named; the others do not exist."""
        types = declared_types()
        with self.connect() as connection:
            connection.execute("create schema if not exists raw")
            found = connection.execute("select view_name from duckdb_views() where schema_name = 'raw'").fetchall()
            for table, rows in raw.items():
                columns = types[table]
                if (table,) in found:
                    connection.execute(f"drop view raw.{table}")
                definition = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
                connection.execute(f"create or replace table raw.{table} ({definition})")
                if rows:
                    named = sorted({name for row in rows for name in row})
                    given = pa.Table.from_pylist([{name: row.get(name) for name in named} for row in rows])
                    connection.register("given", given)
                    connection.execute(f"insert into raw.{table} by name select * from given")
                    connection.unregister("given")

    def request(self, as_of: date) -> BuildRequest:
        return BuildRequest(
            project_dir=PROJECT,
            work_dir=self._work_dir,
            attach_path=self.path,
            attach_options={"data_path": f"{self.data_path}/"},
            extensions=("ducklake",),
            as_of=as_of,
        )

    def build(self, *, as_of: date, select: Sequence[str] = OWN_MODELS, has_unit_tests: bool = False) -> BuildResult:
        return self.run(replace(self.request(as_of), select=tuple(select), has_unit_tests=has_unit_tests))

    def run(self, request: BuildRequest) -> BuildResult:
        """A build over a project that is parsed once for all worlds."""
        if PROJECT == SHIPPED_PROJECT:
            lend(self._work_dir)
        try:
            return build(request)
        finally:
            if PROJECT == SHIPPED_PROJECT:
                keep(self._work_dir)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with self.connect() as connection:
            return connection.execute(sql).fetchall()


@functools.cache
def declared_types() -> dict[str, dict[str, str]]:
    """The column types by raw table and column, as the project declares them."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(STAGING.rglob("*.yml"))]
    tables = [table for file in files for source in file.get("sources", []) for table in source["tables"]]
    return {table["name"]: {c["name"]: c["data_type"] for c in table["columns"]} for table in tables}


def project(name: str, **more: object) -> Row:
    return {
        "project_name": name,
        "display_name": name.title(),
        "_record_ref": f"oss-directory@c0:projects/{name}.yaml#L1",
        **more,
    }


def listing(project_name: str, namespace: str, name: str, **more: object) -> Row:
    return {
        "project_name": project_name,
        "field": "github",
        "artifact_source": "GITHUB",
        "artifact_type": "REPOSITORY",
        "artifact_namespace": namespace,
        "artifact_name": name,
        "artifact_url": f"https://github.com/{namespace}/{name}",
        "is_owner": False,
        "_record_ref": "oss-directory@c0:x.yaml#L2",
        **more,
    }


def owner(project_name: str, login: str) -> Row:
    url = f"https://github.com/{login}"
    return listing(project_name, login, login, artifact_type="OWNER", is_owner=True, artifact_url=url)


def moment(text: str) -> datetime:
    """`3T14:05` is the third of November 2024."""
    day, _, clock = text.partition("T")
    hour, minute = (int(part) for part in (clock or "0:00").split(":"))
    return datetime(2024, 11, int(day), hour, minute)


def file_of(when: datetime) -> str:
    return f"{when:%Y-%m-%d}-{when.hour}.json.gz"


_lines: dict[str, int] = {}


def event(
    key: str, kind: str, when: str, repository: tuple[int | None, str], actor: tuple[int | None, str], **more: object
) -> Row:
    created_at = moment(when)
    file_name = str(more.pop("file_name", file_of(created_at)))
    _lines[file_name] = _lines.get(file_name, 0) + 1
    return {
        "event_key": key,
        "event_id": key,
        "type": kind,
        "created_at": created_at,
        "era": "events",
        "actor_id": actor[0],
        "actor_login": actor[1],
        "repository_id": repository[0],
        "repository_name": repository[1],
        "file_name": file_name,
        "line": _lines[file_name],
        "_observed_at": OBSERVED_AT,
        "_record_ref": f"github-archive:{file_name}#{key}",
        **more,
    }


def pushed(key: str, position: int, commit_id: str, when: str, person: tuple[str, str], **more: object) -> Row:
    return {
        "event_key": key,
        "position": position,
        "commit_id": commit_id,
        "author_name": "Carl",
        "author_email_hash": person[0],
        "author_email_domain": person[1],
        "is_distinct": True,
        "file_name": file_of(moment(when)),
        "_observed_at": OBSERVED_AT,
        "_record_ref": f"github-archive:{key}/{position}",
        **more,
    }


def archive_file(day: int, hour: int, **more: object) -> Row:
    when = datetime(2024, 11, day, hour)
    return {
        "file_name": file_of(when),
        "hour": when,
        "status": "loaded",
        "loaded": 0,
        "_observed_at": OBSERVED_AT,
        **more,
    }


def mined(namespace: str, name: str, **more: object) -> Row:
    return {
        "repository_url": f"https://github.com/{namespace}/{name}",
        "artifact_source": "GITHUB",
        "artifact_namespace": namespace,
        "artifact_name": name,
        "default_branch": "main",
        "commit_count": 0,
        "is_empty": False,
        "observed_at": OBSERVED_AT,
        "_record_ref": f"git+https://github.com/{namespace}/{name}",
        **more,
    }


def commit(repository: str, commit_id: str, when: str | None, person: tuple[str, str], **more: object) -> Row:
    moment_of_it = moment(when) if when else None
    return {
        "repository_url": f"https://github.com/{repository}",
        "commit_id": commit_id,
        "parent_count": 1,
        "author_name": "Carl",
        "author_email_hash": person[0],
        "author_email_domain": person[1],
        "authored_at": moment_of_it,
        "committed_at": moment_of_it,
        "has_valid_date": when is not None,
        "is_on_default_branch": True,
        "_observed_at": OBSERVED_AT,
        "_record_ref": f"git+https://github.com/{repository}@{commit_id}",
        **more,
    }


def tag(repository: str, name: str, commit_id: str, **more: object) -> Row:
    return {
        "repository_url": f"https://github.com/{repository}",
        "ref_name": f"refs/tags/{name}",
        "ref_kind": "tag",
        "commit_id": commit_id,
        "is_annotated": False,
        "_observed_at": OBSERVED_AT,
        "_record_ref": f"git+https://github.com/{repository}@{name}",
        **more,
    }
