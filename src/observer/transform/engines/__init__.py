"""Other engines that the same models run on: raw tables go there, dbt builds there, marts come back."""

from __future__ import annotations

from observer.transform.engines.build import build_on
from observer.transform.engines.estimate import TableCost, estimate
from observer.transform.engines.port import Engine
from observer.transform.engines.tables import EngineTables, raw_tables

__all__ = ["Engine", "EngineTables", "TableCost", "build_on", "estimate", "raw_tables"]
