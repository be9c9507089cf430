"""What must hold between the fields of a metric file, and between files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from observer.errors import Problem
from observer.metrics.definition_file import ExampleText, MetricText, nearest
from observer.model.metric import KEY_GRAINS, Absent, Grain, Kind, Needs, Total
from observer.model.people import UserClass
from observer.yaml_text import Document, Place

_Finding = tuple[Place, str, str | None]
_PEOPLE = "people_by_amount"
_UNSEEN = {Total.AMOUNTS: ("user_key", "items"), Total.YEARS: (_PEOPLE,), Total.EVENTS: (_PEOPLE,)}
_UNSCALED = (Grain.DAY, Grain.WEEK, Grain.ALL)


def check_metric(text: MetricText, stem: str, sql: str | None, document: Document, path: str) -> list[Problem]:
    """What is wrong with one file whose single fields are right. `stem` is the file name without ending."""
    findings = [*_identity(text, stem), *_kind(text, sql), *_grains(text), *_totals(text, sql), *_examples(text)]
    return [Problem(path, document.line(place), what, hint) for place, what, hint in findings]


def check_references(
    text: MetricText, others: Mapping[str, MetricText], document: Document, path: str
) -> list[Problem]:
    """What is wrong with the metrics that a ratio names."""
    return [Problem(path, document.line(place), what, hint) for place, what, hint in _parts(text, others)]


def _identity(text: MetricText, stem: str) -> Iterator[_Finding]:
    if text.name != stem:
        yield ("name",), f"name '{text.name}' differs from the file name '{stem}'", "make them equal"
    if len(set(text.events)) < len(text.events):
        yield ("events",), "an event type is given twice", None


def _kind(text: MetricText, sql: str | None) -> Iterator[_Finding]:
    kind = text.kind
    if kind is Kind.RATIO:
        if not text.numerator or not text.denominator:
            yield ("kind",), "a ratio needs 'numerator' and 'denominator'", None
        if text.events:
            yield ("events",), "the events of a ratio are those of its parts", "remove 'events'"
    else:
        if text.numerator or text.denominator:
            yield ("kind",), f"'numerator' and 'denominator' have no meaning for kind {kind}", None
        if not text.events:
            yield ("kind",), f"kind {kind} needs 'events'", None
    if kind is not Kind.DISTINCT and (text.thresholds or text.first_only):
        yield ("kind",), f"'thresholds' and 'first_only' have no meaning for kind {kind}", None
    if kind is not Kind.SQL and text.absent is Absent.UNKNOWN:
        advice = "a ratio or latest value of nothing is unknown anyway"
        yield ("absent",), f"'absent' has no meaning for kind {kind}", advice
    if kind is not Kind.SQL and text.needs is not None:
        yield ("needs",), f"'needs' has no meaning for kind {kind}", "remove it"
    if kind is not Kind.SQL and text.total is not None:
        yield ("total",), f"'total' has no meaning for kind {kind}", "remove it"
    if kind is not Kind.SQL and text.per_entity:
        yield ("per_entity",), f"'per_entity' has no meaning for kind {kind}", "remove it"
    if kind is Kind.SQL and not sql:
        yield ("kind",), "kind sql needs a .sql file of the same name", None
    if kind is not Kind.SQL and sql:
        yield ("kind",), f"kind {kind} has no .sql file", "remove it or use kind sql"
    if text.people_events and (_PEOPLE not in (sql or "") or not set(text.people_events) <= set(text.events)):
        what = f"'people_events' are those of 'events' that '{_PEOPLE}' adds up in the query"
        yield ("people_events",), what, "name some of 'events', or remove it"
    if _PEOPLE in (sql or "") and (text.needs is not Needs.BUCKET or not text.per_entity):
        yield ("kind",), f"a query reads '{_PEOPLE}' for one bucket of one entity", "needs: bucket, per_entity: true"
    yield from _classes(text)


def _classes(text: MetricText) -> Iterator[_Finding]:
    if text.classes is None:
        return
    if text.kind in (Kind.LATEST, Kind.RATIO):
        yield ("classes",), f"'classes' has no meaning for kind {text.kind}", None
    if UserClass.PERSON not in text.classes:
        yield ("classes",), "persons are not among the classes", "add 'person'"
    if len(set(text.classes)) < len(text.classes):
        yield ("classes",), "a class is given twice", None
    if UserClass.UNKNOWN in text.classes and text.kind is Kind.DISTINCT:
        yield ("classes",), "who is not known cannot be counted", "remove 'unknown'"


def _totals(text: MetricText, sql: str | None) -> Iterator[_Finding]:
    """Values for all time, and what they are made of."""
    if text.total is not None and text.needs is not Needs.BUCKET:
        yield ("total",), f"'total: {text.total}' is for metrics that need the days of a bucket alone", "needs: bucket"
    if Grain.ALL not in text.grains:
        if text.total is not None:
            yield ("total",), "'total' has no meaning without grain 'all'", "remove it"
        return
    total = text.total or Total.EVENTS
    unseen = [name for name in _UNSEEN[total] if re.search(rf"\b{name}\b", sql or "")]
    if unseen:
        hint = "total: amounts" if unseen[0] == _PEOPLE else "total: events"
        yield ("total",), f"'total: {total}' gives no {unseen[0]}, which the query reads", hint
    if text.needs is Needs.LAST_DAY:
        yield ("needs",), "'needs: last_day' says nothing of all time", "leave out grain 'all', or needs: history"
    is_of_years = text.kind is Kind.SUM or text.total is Total.YEARS
    if is_of_years and Grain.YEAR not in text.grains:
        yield ("grains",), "its values for all time are sums of those of years", "add 'year', or leave out 'all'"


def _grains(text: MetricText) -> Iterator[_Finding]:
    if len(set(text.grains)) < len(text.grains) or not text.grains:
        yield ("grains",), "grains are given twice or not at all", None
    if text.headline_grain not in text.grains:
        yield ("headline_grain",), f"headline grain '{text.headline_grain}' is not one of the grains", None
    if text.headline_grain not in KEY_GRAINS:
        allowed = ", ".join(KEY_GRAINS)
        yield ("headline_grain",), f"'{text.headline_grain}' has no current value", f"one of {allowed}"
    limits = text.thresholds
    if limits is None:
        return
    if limits.max_active_days is not None and limits.max_active_days < limits.min_active_days:
        yield ("thresholds",), "'max_active_days' is less than 'min_active_days'", None
    if limits.max_active_days is not None and text.first_only:
        yield ("thresholds",), "'first_only' counts first days; an upper threshold has no meaning", None
    if limits.min_active_days > 1 and text.first_only:
        yield ("thresholds",), "'first_only' counts first days; a threshold has no meaning", None
    unscaled = [grain for grain in text.grains if grain in _UNSCALED]
    if (limits.min_active_days > 1 or limits.max_active_days is not None) and unscaled:
        names = ", ".join(unscaled)
        yield ("grains",), f"active days in 30 mean nothing at {names}", "leave these grains out"


def _examples(text: MetricText) -> Iterator[_Finding]:
    for index, example in enumerate(text.examples):
        place: Place = ("examples", index)
        if not example.rows and not example.empty:
            yield place, "an example needs 'rows' or 'empty'", None
        if any(event.day > example.as_of for event in example.events):
            yield place, "an event lies after as_of", None
        if any(item.opened.date() > example.as_of for item in example.items):
            yield place, "an item was opened after as_of", None
        yield from _example_affiliations(example, place)
        yield from _example_rows(text, example, place)


def _example_affiliations(example: ExampleText, place: Place) -> Iterator[_Finding]:
    people = {event.person for event in example.events if event.person}
    for index, given in enumerate(example.affiliations):
        where: Place = (*place, "affiliations", index)
        if given.person not in people:
            yield where, f"nobody named '{given.person}' is in the events", nearest(given.person, people)
        if given.since and given.until and given.until < given.since:
            yield where, "'until' lies before 'since'", None


def _example_rows(text: MetricText, example: ExampleText, place: Place) -> Iterator[_Finding]:
    entities = {"example", "examples", *(event.to for event in example.events)}
    entities |= {item.to for item in example.items}
    series = [(("rows", i), row.entity, row.grain) for i, row in enumerate(example.rows)]
    series += [(("empty", i), row.entity, row.grain) for i, row in enumerate(example.empty)]
    for tail, entity, grain in series:
        if entity not in entities:
            yield (*place, *tail), f"unknown entity '{entity}'", nearest(entity, entities)
        if grain not in text.grains:
            yield (*place, *tail), f"grain '{grain}' is not one of the metric's", None


def _parts(text: MetricText, others: Mapping[str, MetricText]) -> Iterator[_Finding]:
    for key, name in (("numerator", text.numerator), ("denominator", text.denominator)):
        if name is None:
            continue
        other = others.get(name)
        if other is None:
            yield (key,), f"unknown metric '{name}'", nearest(name, others)
        elif other.kind is Kind.RATIO:
            yield (key,), f"'{name}' is itself a ratio", "name a metric of another kind"
        elif missing := [grain for grain in text.grains if grain not in other.grains]:
            yield (key,), f"'{name}' has no {', '.join(missing)}", "leave these grains out"
