"""The Impact Metrics Specification as a checker: a proposal is a YAML file and the SQL of the same name beside it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from observer.errors import ContentError, Problem
from observer.metrics.definition_file import nearest
from observer.metrics.impact_sql import check_sql
from observer.yaml_text import Document, Place, parse_document

FOLDER = "impact"
"""The folder of the metrics that holds proposals instead of definitions."""

_SENTENCE = re.compile(r"[.!?](?=\s|$)")
_NAME = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_SHOWN = 3


class ProposalText(BaseModel):
    """The file as written."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    name: str = Field(min_length=1)
    title: str = Field(min_length=1)
    description: str = Field(min_length=1)
    tags: tuple[str, ...] = Field(min_length=1)
    period: str = Field(pattern=r"^([1-9][0-9]* (days|months)|since inception)$")
    entity: str = Field(default="project", pattern="^(project|artifact)$")
    has_namespace: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal whose text and SQL conform; `path` is that of the YAML."""

    path: str
    text: ProposalText
    sql: str

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of which each row has a combination of its own."""
        namespace = ("namespace",) if self.text.has_namespace else ()
        return (f"{self.text.entity}_id", "impact_metric", *namespace)


def read_proposal(path: Path, models: Collection[str]) -> Proposal:
    """Reads `path` (YAML) and its SQL; ContentError with all faults of both.

    `models` are the names of the intermediate and mart models, the only ones that the SQL may read.
    """
    shown = path.as_posix()
    document = parse_document(path.read_text(encoding="utf-8"), shown)
    sql_path = path.with_suffix(".sql")
    problems: list[Problem] = []
    found = _text(document, shown)
    text = None if isinstance(found, list) else found
    if isinstance(found, list):
        problems += found
    else:
        problems += [Problem(shown, document.line(place), what, hint) for place, what, hint in _rules(found)]
    sql = sql_path.read_text(encoding="utf-8") if sql_path.exists() else ""
    if sql:
        columns = _columns(text) if text else None
        problems += check_sql(sql, sql_path.as_posix(), models, columns)
    else:
        problems.append(Problem(shown, None, "there is no SQL", f"write the query to {sql_path.name} beside it"))
    if problems or text is None:
        raise ContentError(problems)
    return Proposal(shown, text, sql)


def check_result(proposal: Proposal, result: pa.Table, entity_ids: Collection[str]) -> list[Problem]:
    """What is wrong with the rows that the query gave. `entity_ids` are all projects (or artifacts)."""
    columns = _columns(proposal.text)
    path = Path(proposal.path).with_suffix(".sql").as_posix()
    if sorted(result.column_names) != sorted(columns):
        given = ", ".join(result.column_names)
        return [Problem(path, None, f"the columns are {given}", f"they must be {', '.join(columns)}")]
    return [Problem(path, None, what, hint) for what, hint in _findings(proposal, result, entity_ids)]


def shape_of(result: pa.Table, as_of: date) -> dict[str, object]:
    """What a reader wants to know of the rows: how many, how many without a value, and between which values."""
    shape: dict[str, object] = {"as of": as_of.isoformat(), "columns": ", ".join(result.column_names)}
    shape["rows"] = result.num_rows
    if "amount" in result.column_names:
        amounts = [value for value in result.column("amount").to_pylist() if isinstance(value, int | float | Decimal)]
        shape["rows without a value"] = result.num_rows - len(amounts)
        shape["least"], shape["most"] = (str(min(amounts)), str(max(amounts))) if amounts else (None, None)
    return shape


def _findings(proposal: Proposal, result: pa.Table, entity_ids: Collection[str]) -> Iterator[tuple[str, str | None]]:
    kind = result.schema.field("amount").type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        yield f"amount is of type {kind}, not a number", "count, add up, average or take the median"
    rows = list(zip(*(result.column(name).to_pylist() for name in proposal.key), strict=True))
    if len(set(rows)) < len(rows):
        yield f"{len(rows) - len(set(rows))} rows repeat {', '.join(proposal.key)}", "group by these columns"
    found = {row[0] for row in rows}
    missing = sorted(set(entity_ids) - found)
    if missing:
        what = f"{len(missing)} of {len(entity_ids)} {proposal.text.entity}s have no row"
        yield f"{what}: {', '.join(missing[:_SHOWN])}", f"begin with {proposal.text.entity}s and join the rest left"
    unknown = found - set(entity_ids)
    if unknown:
        yield f"{len(unknown)} rows are of no {proposal.text.entity} of the directory", None
    for name in sorted({str(row[1]) for row in rows} - {proposal.text.name}):
        yield f"impact_metric is '{name}'", f"the name of the metric is {proposal.text.name}"


def _columns(text: ProposalText) -> tuple[str, ...]:
    namespace = ("namespace",) if text.has_namespace else ()
    return (f"{text.entity}_id", *namespace, "impact_metric", "amount")


def _text(document: Document, path: str) -> ProposalText | list[Problem]:
    try:
        return ProposalText.model_validate(document.data)
    except ValidationError as error:
        return [_field_problem(document, path, dict(item)) for item in error.errors()]


def _field_problem(document: Document, path: str, item: dict[str, object]) -> Problem:
    location = item["loc"]
    place: Place = location if isinstance(location, tuple) else ()
    name = ".".join(map(str, place)) or "the file"
    line, code = document.line(place), item["type"]
    if code == "extra_forbidden":
        return Problem(path, line, f"unknown key '{name}'", nearest(name, ProposalText.model_fields))
    if code == "missing":
        return Problem(path, line, f"'{name}' is missing")
    if name == "period":
        hint = "write '90 days', '6 months' or 'since inception'"
        return Problem(path, line, f"'{item.get('input')}' is no discrete period", hint)
    return Problem(path, line, f"{name}: {str(item['msg']).lower()}")


def _rules(text: ProposalText) -> Iterator[tuple[Place, str, str | None]]:
    if not _NAME.fullmatch(text.name):
        yield ("name",), f"'{text.name}' is not in upper snake case", f"write {_upper_snake(text.name)}"
    sentences = len(_SENTENCE.findall(text.description))
    if not 2 <= sentences <= 3:
        yield ("description",), f"the description has {sentences} sentences", "tell in 2 or 3 what it counts and why"


def _upper_snake(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_").upper()
