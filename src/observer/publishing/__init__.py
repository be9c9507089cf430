"""Builds a release and switches readers to it in one step."""

from __future__ import annotations

from observer.publishing.publisher import publish, rollback
from observer.publishing.source import TableSource, WarehouseTables

__all__ = ["TableSource", "WarehouseTables", "publish", "rollback"]
