"""Housekeeping of a lake: few files, few snapshots, nothing left over from killed processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from observer.warehouse.identifiers import literal

if TYPE_CHECKING:
    import duckdb


# Files above this size are left alone, so that the cost follows what came, not the whole history.
_SMALL_BYTES = 64_000_000
# A file is written anew when this share of its rows is deleted.
_DELETED_SHARE = 0.3


def maintain(connection: duckdb.DuckDBPyConnection, lake: str, keep_days: int) -> None:
    """Merges small files, forgets snapshots older than `keep_days` days and removes files that no snapshot needs.

    Only the writer may call this: a file of a transaction that is under way looks like one that is left over.
    """
    name = literal(lake)
    connection.execute(f"call ducklake_flush_inlined_data({name})")
    connection.execute(f"call ducklake_rewrite_data_files({name}, delete_threshold => {_DELETED_SHARE})")
    connection.execute(f"call ducklake_merge_adjacent_files({name}, max_file_size => {_SMALL_BYTES})")
    connection.execute(f"call ducklake_expire_snapshots({name}, older_than => now() - to_days({int(keep_days)}))")
    connection.execute(f"call ducklake_cleanup_old_files({name}, cleanup_all => true)")
    connection.execute(f"call ducklake_delete_orphaned_files({name}, cleanup_all => true)")
