"""The tables of a large made-up release, written by DuckDB: for benchmarks of the read side."""

# ruff: noqa: S608 - every statement is text of this module

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from observer.model.published import Table
from observer.publishing.engine import identifier, literal
from observer.testing.releases import RowTables
from observer.testing.sample import sample_rows

METRICS = ("commits", "contributors", "star_count", "stars", "pull_requests_opened")
_ID = "base64(unhex(sha256({})))"
_PROJECT = "'OSS_DIRECTORY' as project_source, 'oso' as project_namespace, format('project-{:05d}', n) as project_name"
_COLLECTION = (
    "'OSS_DIRECTORY' as collection_source, 'oso' as collection_namespace, "
    "format('collection-{:03d}', n // 100) as collection_name"
)
_REPOSITORY = (
    "n::varchar as artifact_source_id, 'GITHUB' as artifact_source, format('owner-{:05d}', n) as artifact_namespace, "
    "format('repository-{:05d}', n) as artifact_name"
)


@dataclass(frozen=True, slots=True)
class LargeTables:
    """Projects with one repository each, a hundred to a collection, and `buckets` months of METRICS for every one.

    Everything is a function of the numbers: two of the same size have the same rows.
    """

    projects: int
    buckets: int

    def write(self, table: Table, path: Path) -> int:
        """Writes one table; those that nothing here describes are empty, the catalogue is the sample's."""
        select = self._selects().get(table.name)
        if select is None:
            rows = {"metrics": sample_rows()["metrics"], "metric_names": sample_rows()["metric_names"]}
            return RowTables(rows).write(table, path)
        with duckdb.connect() as engine:
            engine.execute("set threads = 2; set preserve_insertion_order = false")
            given = f"select null as nothing, * from ({select})"
            present = {row[0] for row in engine.execute(f"describe {given}").fetchall()}
            columns = ", ".join(
                f"{identifier(c.name) if c.name in present else 'null'}::{c.type.value} as {identifier(c.name)}"
                for c in table.columns
            )
            order = f" order by {', '.join(map(identifier, table.key))}" if table.key else ""
            # As the warehouse exports: ordered by the key, with the same size of row groups.
            how = "(format parquet, compression zstd, row_group_size 100000)"
            engine.execute(f"copy (select {columns} from ({given}){order}) to {literal(str(path))} {how}")
            (count,) = engine.execute(f"select count(*) from {literal(str(path))}").fetchone() or (0,)
            return int(count)

    def _selects(self) -> dict[str, str]:
        project_id = _ID.format("'OSS_DIRECTORYoso' || project_name")
        collection_id = _ID.format("'OSS_DIRECTORYoso' || collection_name")
        artifact_id = _ID.format("'GITHUB' || artifact_namespace || artifact_name")
        numbers = f"from range({self.projects}) as numbers(n)"
        project = f"select n, {_PROJECT}, {project_id} as project_id {numbers}"
        artifact = f"select n, {_REPOSITORY}, {artifact_id} as artifact_id {numbers}".replace("{{", "{").replace(
            "}}", "}"
        )
        collection = f"select n, {_COLLECTION}, {collection_id} as collection_id {numbers}"
        collection = collection.replace("{{", "{").replace("}}", "}")
        names = ", ".join(f"'{name}'" for name in METRICS)
        metric = f"(select unnest([{names}]) as metric_name)"
        metric_id = _ID.format("'OSOoso' || metric_name")
        series = (
            f"select {metric_id} as metric_id, metric_name, 'project' as entity_type, project_id as entity_id, "
            "'things' "
            "as unit"
        )
        first = "date '2024-03-01'"
        return {
            "projects": f"select *, 'Project ' || n as display_name, 'Made up.' as description, "
            f"'legacy-' || n as legacy_project_id, 'projects.yaml:' || n as record_ref from ({project})",
            "collections": f"select distinct collection_id, collection_source, collection_namespace, collection_name, "
            f"collection_name as legacy_collection_id, 'c' as record_ref from ({collection})",
            "artifacts": f"select *, 'https://github.com/' || artifact_namespace as artifact_url, "
            f"'REPOSITORY' as artifact_type from ({artifact})",
            "artifacts_by_project": f"select *, 'REPOSITORY' as artifact_type from ({artifact}) "
            f"join ({project}) using (n)",
            "projects_by_collection": f"select * from ({project}) join ({collection}) using (n)",
            "artifacts_by_collection": f"select *, 'REPOSITORY' as artifact_type from ({artifact}) "
            f"join ({collection}) using (n)",
            "repositories": f"select *, 'own' as role, n % 977 as star_count, n % 99 as fork_count, 'Rust' as "
            f"primary_language from ({artifact})",
            "coverage": f"select artifact_id, 'GIT' as event_source, 'COMMIT_CODE' as event_type, date '2000-01-01' as "
            f"start_date, date '2024-03-31' as end_date, 5 as expected_count, 5 as seen_count, 'value' as state "
            f"from ({artifact})",
            "timeseries_metrics": f"{series}, 'month' as grain, ({first} - to_months(m::integer))::date "
            f"as bucket, 1 + hash(n, metric_name, m) % 1000 as amount from ({project}), {metric}, "
            f"range({self.buckets}) as buckets(m)",
            "key_metrics": f"{series}, grain, date '2024-03-31' as sample_date, "
            f"1 + hash(n, metric_name) % 5000 as amount, 'value' as state, 1.0 as coverage_ratio, "
            f"date '2000-01-01' as covered_from, date '2024-03-31' as "
            f"covered_to from ({project}), {metric}, (select unnest(['rolling_90_days', 'all']) as grain)",
        }
