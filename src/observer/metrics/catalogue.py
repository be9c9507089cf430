"""All metric definitions of a folder, read and checked; rows for the warehouse are in `rows`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from observer.errors import ContentError, NotFoundError, Problem
from observer.metrics.definition_file import MetricText, check_fields, nearest
from observer.metrics.impact import FOLDER as PROPOSALS
from observer.metrics.rules import check_metric, check_references
from observer.metrics.sql import recompute_sql
from observer.model.event import EventType
from observer.model.metric import (
    Activity,
    Example,
    ExampleAffiliation,
    ExampleEvent,
    ExampleItem,
    ExampleRow,
    Kind,
    MetricDefinition,
    Needs,
    Total,
)
from observer.model.people import UserClass, default_classes
from observer.yaml_text import Document, parse_document


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The metrics of one folder by name; iterates in the order of names."""

    metrics: Mapping[str, MetricDefinition] = field(default_factory=dict)

    def metric(self, name: str) -> MetricDefinition:
        """The definition of that name; NotFoundError names the nearest one."""
        if name not in self.metrics:
            hint = nearest(name, self.metrics) or "`observer metrics list` shows all"
            raise NotFoundError(f"there is no metric '{name}'", hint=hint)
        return self.metrics[name]

    def __iter__(self) -> Iterator[MetricDefinition]:
        return iter(self.metrics.values())

    def __len__(self) -> int:
        return len(self.metrics)


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    yaml: str
    sql: str | None
    document: Document
    text: MetricText


def load_metrics(folder: Path) -> Catalogue:
    """Reads `folder/**/*.yaml` (and .sql beside them); raises ContentError with all problems of all files."""
    files: dict[str, _File] = {}
    problems: list[Problem] = []
    for path in _definition_files(folder, ".yaml"):
        try:
            file = _read(path, folder)
        except ContentError as error:
            problems += error.problems
            continue
        if file.text.name in files:
            what = f"metric '{file.text.name}' is defined already in {files[file.text.name].path}"
            problems.append(Problem(file.path, 1, what))
        files[file.text.name] = file
    problems += [problem for file in files.values() for problem in _references(file, files)]
    problems += _claimed_twice(files)
    problems += _stray_files(folder)
    if problems:
        raise ContentError(problems)
    return Catalogue({name: _definition(files[name], _events(files[name], files)) for name in sorted(files)})


def load_definition(path: Path, catalogue: Catalogue) -> MetricDefinition:
    """One file that need not be in the catalogue nor bear its metric's name; a ratio's parts are the catalogue's.

    Raises ContentError with all that is wrong with the file, NotFoundError where a part is no metric.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}", hint="name a metric, or a definition that ends in .yaml")
    file = _read(path, path.parent, has_own_name=False)
    parts = [catalogue.metric(name) for name in (file.text.numerator, file.text.denominator) if name]
    events = tuple(dict.fromkeys(event for part in parts for event in part.events))
    return _definition(file, events or file.text.events)


def _definition_files(folder: Path, ending: str = "") -> Iterator[Path]:
    """Everything but proposals, which are files of another form."""
    for path in sorted(folder.rglob(f"*{ending}")):
        if path.relative_to(folder).parts[0] != PROPOSALS:
            yield path


def _read(path: Path, folder: Path, *, has_own_name: bool = True) -> _File:
    shown = (Path(folder.name) / path.relative_to(folder)).as_posix()
    yaml = path.read_text(encoding="utf-8")
    document = parse_document(yaml, shown)
    text = check_fields(document, shown)
    if isinstance(text, list):
        raise ContentError(text)
    sql_path = path.with_suffix(".sql")
    sql = sql_path.read_text(encoding="utf-8").strip() if sql_path.exists() else None
    problems = check_metric(text, path.stem if has_own_name else text.name, sql, document, shown)
    if problems:
        raise ContentError(problems)
    return _File(shown, yaml, sql, document, text)


def _references(file: _File, files: Mapping[str, _File]) -> list[Problem]:
    texts = {name: other.text for name, other in files.items()}
    return check_references(file.text, texts, file.document, file.path)


def _stray_files(folder: Path) -> Iterator[Problem]:
    for path in _definition_files(folder):
        shown = (Path(folder.name) / path.relative_to(folder)).as_posix()
        if path.suffix in {".yml", ".json"}:
            yield Problem(shown, None, "metric files end in .yaml", "rename it")
        elif path.suffix == ".sql" and not path.with_suffix(".yaml").exists():
            yield Problem(shown, None, "there is no .yaml of the same name beside this SQL")


def _events(file: _File, files: Mapping[str, _File]) -> tuple[EventType, ...]:
    text = file.text
    if text.kind is not Kind.RATIO:
        return text.events
    parts = (files[name].text.events for name in (text.numerator, text.denominator) if name)
    return tuple(dict.fromkeys(event for part in parts for event in part))


def _definition(file: _File, events: tuple[EventType, ...]) -> MetricDefinition:
    text = file.text
    thresholds = text.thresholds
    activity = None
    if text.kind is Kind.DISTINCT:
        activity = Activity(thresholds.min_active_days, thresholds.max_active_days) if thresholds else Activity()
    return MetricDefinition(
        name=text.name,
        title=text.title,
        unit=text.unit,
        summary=text.summary,
        description=text.description,
        owner=text.owner,
        kind=text.kind,
        version=text.version,
        events=events,
        grains=text.grains,
        headline_grain=text.headline_grain,
        original_names=_original_names(text),
        caveats=text.caveats,
        classes=_classes(text),
        activity=activity,
        is_first_only=text.first_only,
        absent=text.absent,
        needs=(text.needs or Needs.HISTORY) if text.kind is Kind.SQL else None,
        total=(text.total or Total.EVENTS) if text.kind is Kind.SQL else None,
        is_per_entity=text.per_entity,
        people_events=text.people_events or events,
        numerator=text.numerator,
        denominator=text.denominator,
        examples=_examples(text),
        path=file.path,
        yaml=file.yaml,
        sql=file.sql or recompute_sql(text, _classes(text)),
    )


def _original_names(text: MetricText) -> tuple[str, ...]:
    return (text.name,) if text.original_names is None else text.original_names


def _claimed_twice(files: Mapping[str, _File]) -> Iterator[Problem]:
    """A name of the original leads to one metric."""
    owners: dict[str, str] = {}
    for name in sorted(files):
        for original in _original_names(files[name].text):
            if original in owners:
                what = f"the original's name '{original}' is that of metric '{owners[original]}' already"
                yield Problem(files[name].path, None, what, "give other names, or none, as original_names")
            owners.setdefault(original, name)


def _classes(text: MetricText) -> tuple[UserClass, ...]:
    return text.classes or default_classes(counts_people=text.kind in (Kind.DISTINCT, Kind.SQL))


def _examples(text: MetricText) -> tuple[Example, ...]:
    return tuple(
        Example(
            title=example.title,
            as_of=example.as_of,
            events=tuple(ExampleEvent(e.day, e.type, e.to, e.person, e.amount) for e in example.events),
            rows=tuple(ExampleRow(r.entity, r.grain, r.bucket, r.amount) for r in example.rows),
            empty=tuple((s.entity, s.grain) for s in example.empty),
            items=tuple(
                ExampleItem(i.kind, i.to, i.person, i.opened, i.responded, i.merged, i.closed or i.merged, i.merged_by)
                for i in example.items
            ),
            affiliations=tuple(
                ExampleAffiliation(a.person, a.organization, a.since, a.until) for a in example.affiliations
            ),
        )
        for example in text.examples
    )
