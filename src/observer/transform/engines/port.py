"""What an engine beside the warehouse has to do for a build: take raw tables, run dbt's statements, give marts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class Engine(Protocol):
    """An engine of one observatory. Methods raise BuildError with the engine's own words where it refuses."""

    @property
    def name(self) -> str:
        """The name of the target: bigquery, spark."""
        ...

    def profile(self) -> Mapping[str, object]:
        """The output of dbt's profile: how dbt reaches the engine. It holds no secret."""
        ...

    def open(self) -> None:
        """Connects, and makes the schemas that are missing."""
        ...

    def load(self, table: str, file: Path) -> None:
        """Replaces raw.<table> by the rows of a Parquet file, whose timestamps are instants in UTC."""
        ...

    def drop(self, table: str) -> None:
        """Takes raw.<table> away where it is there: it has no rows, and the build makes it anew as it is declared."""
        ...

    def fetch(self, relation: str, file: Path) -> int:
        """Writes the rows of `<schema>.<name>` to a Parquet file; returns how many."""
        ...

    def bytes_of(self, sql: str) -> int | None:
        """How many bytes a query would read, without running it; None where the engine does not tell."""
        ...

    def close(self) -> None:
        """Lets go of the connection."""
        ...
