"""Columns as frames: pandas, polars and Arrow, each imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]
    import polars as pl
    import pyarrow as pa


class Framed:
    """Something with columns."""

    __slots__ = ()

    def columns(self) -> dict[str, list[Any]]:
        """The values by column, all of one length."""
        raise NotImplementedError

    def to_pandas(self) -> pd.DataFrame:
        """A pandas data frame; unknown is missing there."""
        import pandas as pd

        return pd.DataFrame(self.columns())

    def to_polars(self) -> pl.DataFrame:
        """A polars data frame; unknown is null there."""
        import polars as pl

        return pl.DataFrame(self.columns(), infer_schema_length=None, strict=False)

    def to_arrow(self) -> pa.Table:
        """An Arrow table; unknown is null there."""
        import pyarrow as pa

        return pa.table(self.columns())


@dataclass(frozen=True, slots=True)
class Table(Framed):
    """The answer to a SQL question: names of columns, which may repeat, and rows; values as JSON has them."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    sql: str
    release: int | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (dict(zip(self.names, row, strict=True)) for row in self.rows)

    def columns(self) -> dict[str, list[Any]]:
        columns = [list(column) for column in zip(*self.rows, strict=True)] or [[] for _ in self.names]
        found: dict[str, list[Any]] = {}
        for name, column in zip(self.names, columns, strict=True):
            number = 1
            unique = name
            while unique in found:
                unique = f"{name}_{number}"
                number += 1
            found[unique] = column
        return found
