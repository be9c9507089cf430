"""Data of any shape as a checked pandas frame, with columns named by the part that they play in a chart."""

from __future__ import annotations

import difflib
import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from observer.visualizations.errors import VisualizationError, drawing_libraries

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

Data = object
"""A frame of pandas, polars or Arrow, a table of `observer.client`, a mapping of columns, or a list of records."""

Roles = Mapping[str, str]
"""The parameter of a chart and the column that plays its part: {"value": "amount_usd"}."""

NAMELESS = "(no name)"


def checked(
    data: Data,
    *,
    text: Roles | None = None,
    numbers: Roles | None = None,
    dates: Roles | None = None,
) -> pd.DataFrame:
    """The columns of `data` under the names of their roles, converted: text, floats, dates without zone (UTC).

    Missing numbers and dates stay missing: unknown is never zero. Missing text becomes "(no name)". Raises
    VisualizationError where a column is missing or holds something else, with the name of the parameter to change.
    """
    with drawing_libraries():
        import pandas as pd
    source = _as_pandas(data)
    is_without_columns = source.shape == (0, 0)
    found: dict[str, Any] = {}
    for roles, convert in ((text, _text), (numbers, _numbers), (dates, _dates)):
        for role, column in (roles or {}).items():
            values = pd.Series([], dtype=object) if is_without_columns else _column(source, role, column)
            found[role] = convert(values, role, column)
    return pd.DataFrame(found).reset_index(drop=True)


def release_of(data: Data, release: int | None) -> int | None:
    """The release that data came from: as given, else as the answer of the client or the frame's `attrs` tells."""
    if release is not None:
        return release
    attributes = getattr(data, "attrs", None)
    told = attributes.get("release") if isinstance(attributes, dict) else getattr(data, "release", None)
    return told if isinstance(told, int) else None


def one_each(frame: pd.DataFrame, roles: Sequence[str], hint: str) -> None:
    """Refuses a frame with several rows for one combination of `roles`, which a chart would draw over each other."""
    twice = frame[frame.duplicated(list(roles))]
    if len(twice):
        what = ", ".join(f"{role} {twice.iloc[0][role]!r}" for role in roles)
        raise VisualizationError(f"the data has several rows for {what}", hint=hint)


def _as_pandas(data: Data) -> pd.DataFrame:
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        return data
    if isinstance(data, pd.Series):
        return data.to_frame()
    convert = getattr(data, "to_pandas", None)
    if callable(convert):
        return convert()
    if isinstance(data, Mapping) or (isinstance(data, Sequence) and not isinstance(data, str | bytes)):
        try:
            return pd.DataFrame(data)
        except ValueError as error:
            hint = "give every column as many values as the others"
            raise VisualizationError(f"the data is no table: {error}", hint=hint) from error
    raise VisualizationError(
        f"the data is a {type(data).__name__}, not a table",
        hint="give a frame of pandas, polars or Arrow, a mapping of columns or a list of records",
    )


def _column(source: pd.DataFrame, role: str, column: str) -> pd.Series:
    names = [str(name) for name in source.columns]
    if column not in names:
        near = difflib.get_close_matches(column, names, n=1)
        meant = f"did you mean {role}={near[0]!r}?" if near else f"name one of them in the call: {role}=..."
        shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        raise VisualizationError(
            f"the data has no column {column!r} for `{role}`", hint=f"it has {shown or 'no columns'}; {meant}"
        )
    if names.count(column) > 1:
        raise VisualizationError(f"the data has several columns {column!r}", hint="give them names of their own")
    return source.iloc[:, names.index(column)]


def _text(values: pd.Series, role: str, column: str) -> pd.Series:
    import pandas as pd

    # Names stand in many rows; each is cleaned once.
    codes, distinct = pd.factorize(values.to_numpy(dtype=object))
    names = [clean(str(name)) for name in distinct]
    return pd.Series([names[code] if code >= 0 else NAMELESS for code in codes], dtype=object)


def clean(text: str) -> str:
    """Text in one line, without control characters and marks that turn the direction of what follows."""
    kept = (" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    plain = "".join(c for c in kept if unicodedata.category(c) not in ("Cf", "Cs", "Co")).strip()
    return " ".join(plain.split()) or NAMELESS


def _numbers(values: pd.Series, role: str, column: str) -> pd.Series:
    import pandas as pd

    if not len(values):
        return pd.Series([], dtype=float)
    if pd.api.types.is_numeric_dtype(values.dtype):
        numbers = pd.Series(values.to_numpy(dtype=float, na_value=math.nan))
    else:
        numbers = pd.Series([_number(v, row, role, column) for row, v in enumerate(values)], dtype=float)
    infinite = numbers.abs() == math.inf
    if infinite.any():
        raise VisualizationError(
            f"column {column!r} holds infinity in row {int(infinite.argmax())}",
            hint="what is divided by zero is unknown: replace it by NaN",
        )
    return numbers


def _number(value: object, row: int, role: str, column: str) -> float:
    import pandas as pd

    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)) or value is pd.NA:
        return math.nan
    if not isinstance(value, str | bytes):
        try:
            return float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            pass
    raise VisualizationError(
        f"column {column!r} should hold numbers for `{role}`, but row {row} holds {str(value)[:40]!r}",
        hint=f"name another column, {role}=..., or convert it: pandas.to_numeric(frame[{column!r}])",
    )


def _dates(values: pd.Series, role: str, column: str) -> pd.Series:
    import pandas as pd

    is_number = pd.api.types.is_numeric_dtype(values.dtype) and len(values) and values.notna().any()
    try:
        if is_number:
            raise ValueError("numbers")
        read = pd.to_datetime(values.reset_index(drop=True), utc=True, format=None if _is_dated(values) else "ISO8601")
    except (ValueError, TypeError) as error:
        example = next((str(v)[:40] for v in values if not pd.isna(v) and not _is_date(v)), str(values.iloc[0])[:40])
        raise VisualizationError(
            f"column {column!r} should hold dates for `{role}`, but holds {example!r}",
            hint=f"name another column, {role}=..., or write dates as 2024-05-31",
        ) from error
    return read.dt.tz_localize(None).astype("datetime64[ns]")


def _is_dated(values: pd.Series) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_datetime64_any_dtype(values.dtype))


def _is_date(value: object) -> bool:
    import pandas as pd

    try:
        pd.to_datetime(value, utc=True, format="ISO8601")
    except (ValueError, TypeError):
        return False
    return True
