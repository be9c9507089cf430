"""Grant rows out of CSV text: every row becomes a grant or a refusal with its line, and repeats are marked."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from observer.connectors.sources.oss_funding.amounts import decimal_text, money_text, parse_json
from observer.connectors.sources.oss_funding.files import SourceFile

COLUMNS = ("to_project_name", "amount", "funding_date", "from_funder_name", "grant_pool_name", "metadata")
_CORE = COLUMNS[:5]
_MAX_FIELD = 1 << 20

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is no grant: file, line counted from 1, reason, the row's text."""

    path: str
    line: int | None
    reason: str
    excerpt: str = ""


@dataclass(slots=True)
class Repeats:
    """Remembers the rows seen, to say of a row whether it stands for a grant that was told before.

    `exact` repeats all six columns; `possible` repeats all but the metadata, which two grants of a pool may do.
    """

    _exact: dict[tuple[object, ...], str] = field(default_factory=dict)
    _core: dict[tuple[object, ...], str] = field(default_factory=dict)

    def mark(self, row: Row, place: str) -> None:
        core = tuple(row[column] for column in _CORE)
        exact = (*core, row["metadata"])
        row["duplicate_kind"] = row["duplicate_of"] = None
        if exact in self._exact:
            row["duplicate_kind"], row["duplicate_of"] = "exact", self._exact[exact]
        elif core in self._core:
            row["duplicate_kind"], row["duplicate_of"] = "possible", self._core[core]
        self._exact.setdefault(exact, place)
        self._core.setdefault(core, place)


def is_build(file: SourceFile) -> bool:
    """Whether a file was put together from others, as its column `file_path` says."""
    header = file.content.decode("utf-8-sig", "replace").split("\n", 1)[0]
    return "file_path" in next(csv.reader([header]), [])


def read_grants(file: SourceFile, repeats: Repeats) -> Iterator[Row | Refused]:
    """The grants of one CSV file, in order.

    A file that already is the build of others has a column `file_path`, which is kept. Without one of the
    published columns the whole file is refused once.
    """
    try:
        text = file.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        yield Refused(file.path, None, f"the file is not UTF-8 ({error.reason} at byte {error.start})")
        return
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    csv.field_size_limit(_MAX_FIELD)
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        yield Refused(file.path, 1, f"the file has no column {', '.join(missing)}")
        return
    end = reader.line_num
    while True:
        try:
            values = next(reader, None)
        except csv.Error as error:
            yield Refused(file.path, end + 1, f"the rest of the file cannot be parsed: {error}")
            return
        if values is None:
            return
        line, end = end + 1, reader.line_num
        yield _grant(values, file.path, line, repeats)


def _grant(values: Mapping[str | None, object], path: str, line: int, repeats: Repeats) -> Row | Refused:
    if None in values or any(value is None for value in values.values()):
        return Refused(path, line, "more or fewer fields than columns", str(list(values.values())))
    texts = {str(name): str(value).strip() for name, value in values.items()}
    try:
        row: Row = {
            "file_path": texts.get("file_path") or path,
            "line": line,
            "to_project_name": texts["to_project_name"] or None,
            "amount": money_text(texts["amount"] or "0"),
            "funding_date": date.fromisoformat(texts["funding_date"][:10]).isoformat(),
            "from_funder_name": texts["from_funder_name"],
            "grant_pool_name": texts["grant_pool_name"] or None,
            "metadata": texts["metadata"] or None,
        }
    except ValueError as error:
        return Refused(path, line, str(error), ",".join(texts.values()))
    if not row["from_funder_name"]:
        return Refused(path, line, "a grant without a funder", ",".join(texts.values()))
    row["problem"] = "amount is empty, taken for 0" if not texts["amount"] else None
    row |= _metadata(row)
    row["_record_ref"] = f"oss-funding:{path}#L{line}"
    repeats.mark(row, f"{path}#L{line}")
    return row


def _metadata(row: Row) -> Row:
    """What the metadata says about the application and the tokens, in any of its shapes."""
    found: Row = dict.fromkeys(("application_name", "application_url", "token_amount", "token_unit"))
    text = row["metadata"]
    if text is None:
        return found
    try:
        content = parse_json(str(text))
    except ValueError:
        return {**found, "problem": "metadata is not JSON"}
    if not isinstance(content, dict):
        return {**found, "problem": "metadata is not an object"}
    found["application_name"] = _text(content.get("application_name") or content.get("project_name"))
    found["application_url"] = _text(content.get("application_url") or content.get("project_url"))
    found["token_unit"] = _text(content.get("token_unit") or content.get("funding_currency"))
    amount = content.get("token_amount")
    if amount is not None:
        try:
            found["token_amount"] = decimal_text(amount)
        except ValueError as error:
            found["problem"] = f"token_amount: {error}"
    return found


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
