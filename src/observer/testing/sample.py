"""A small made-up set of published tables with metrics worked out by hand-sized loops, for tests of the read side.

Three projects of a fictitious ecosystem between 2024-01-01 and 2024-03-31. `lattice` has two repositories, one of
which was renamed, and a package; `quill` has one whose stars were not seen from 2024-02-10 to 2024-02-19; nobody
has looked at the repository of `harbor` yet.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from observer.model.identifier import entity_id, legacy_id
from observer.model.metric import KEY_GRAINS, Activity, Grain

Row = Mapping[str, object]
Rows = Mapping[str, Sequence[Row]]

FIRST_DAY = date(2024, 1, 1)
AS_OF = date(2024, 3, 31)
OBSERVED_AT = datetime(2024, 4, 1, 3, 0, tzinfo=UTC)

REPOSITORIES = {
    "lattice-labs/core": ("101", "lattice"),
    "lattice-labs/docs": ("102", "lattice"),
    "quill/quill": ("103", "quill"),
    "harbor-works/harbor": ("104", "harbor"),
}
PEOPLE = {"ada": "person", "grace": "person", "linus": "person", "renovate[bot]": "bot"}
COLLECTIONS = {"tool-makers": ("lattice", "quill"), "everything": ("lattice", "quill", "harbor")}
TITLES = {"lattice": "Lattice Protocol", "quill": "Quill Editor", "harbor": "Harbour Works"}
UNSEEN = (date(2024, 2, 10), date(2024, 2, 19))
TYPES = ("COMMIT_CODE", "STARRED", "PULL_REQUEST_OPENED", "PULL_REQUEST_MERGED", "STAR_COUNT")


_ANY = Activity()


@dataclass(frozen=True, slots=True)
class _Event:
    day: date
    type: str
    repository: str
    person: str | None
    amount: float | None
    number: int


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str
    title: str
    unit: str
    kind: str
    types: tuple[str, ...]
    activity: Activity = _ANY
    is_first_only: bool = False
    parts: tuple[str, str] | None = None

    @property
    def grains(self) -> tuple[Grain, ...]:
        if self.activity.min_days > 1:
            return tuple(g for g in Grain if g not in (Grain.DAY, Grain.WEEK, Grain.ALL))
        return tuple(Grain)

    @property
    def definition(self) -> str:
        lines = [f"name: {self.name}", "version: 1", f"title: {self.title}", f"unit: {self.unit}", f"kind: {self.kind}"]
        if self.parts:
            lines += [f"numerator: {self.parts[0]}", f"denominator: {self.parts[1]}"]
        else:
            lines.append(f"events: [{', '.join(self.types)}]")
        if self.activity.min_days > 1:
            lines += ["thresholds:", f"  min_active_days: {self.activity.min_days}"]
            lines.append(f"grains: [{', '.join(self.grains)}]")
        if self.is_first_only:
            lines.append("first_only: true")
        return "\n".join(lines) + "\n"


METRICS = (
    _Metric("bus_factor", "Bus factor", "people", "sql", ("COMMIT_CODE",)),
    _Metric("commits", "Commits", "commits", "sum", ("COMMIT_CODE",)),
    _Metric("contributors", "Contributors", "people", "distinct", ("COMMIT_CODE", "PULL_REQUEST_OPENED")),
    _Metric("full_time_developers", "Full-time developers", "people", "distinct", ("COMMIT_CODE",), Activity(10)),
    _Metric("new_contributors", "New contributors", "people", "distinct", ("COMMIT_CODE",), is_first_only=True),
    _Metric("pull_requests_merged", "Pull requests merged", "pull requests", "sum", ("PULL_REQUEST_MERGED",)),
    _Metric("pull_requests_opened", "Pull requests opened", "pull requests", "sum", ("PULL_REQUEST_OPENED",)),
    _Metric(
        "pull_request_merge_ratio",
        "Pull requests merged for each one opened",
        "ratio",
        "ratio",
        ("PULL_REQUEST_MERGED", "PULL_REQUEST_OPENED"),
        parts=("pull_requests_merged", "pull_requests_opened"),
    ),
    _Metric("star_count", "Star count", "stars", "latest", ("STAR_COUNT",)),
    _Metric("stars", "Stars", "stars", "sum", ("STARRED",)),
)


@functools.cache
def sample_rows() -> Rows:
    """All published tables as rows. Every value of a metric follows from the events by its definition."""
    events = tuple(_events())
    tables: dict[str, Sequence[Row]] = dict(_directory())
    tables["users"] = [_user(name, kind) for name, kind in PEOPLE.items()]
    tables["events"] = [_event_row(event) for event in events]
    tables["events_daily"] = list(_daily(events))
    tables["coverage"] = list(_coverage(events))
    tables["metrics"] = [_metric_row(metric) for metric in METRICS]
    tables["timeseries_metrics"] = list(_timeseries(events))
    tables["key_metrics"] = list(_key_metrics(tables["timeseries_metrics"]))
    tables |= _operation(len(events))
    return tables


def period(grain: Grain, day: date) -> tuple[date, date, date]:
    """The bucket of a day, and the first and last day of its period; rolling windows end on the day."""
    if grain.is_rolling:
        return day, day - timedelta(days=(grain.nominal_days or 1) - 1), day
    match grain:
        case Grain.ALL:
            return AS_OF, date.min, AS_OF
        case Grain.WEEK:
            first = day - timedelta(days=day.weekday())
            return first, first, first + timedelta(days=6)
        case Grain.MONTH:
            first = day.replace(day=1)
            return first, first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        case Grain.QUARTER:
            first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
            return first, first, (first + timedelta(days=93)).replace(day=1) - timedelta(days=1)
        case Grain.YEAR:
            return date(day.year, 1, 1), date(day.year, 1, 1), date(day.year, 12, 31)
    return day, day, day


def _events() -> Iterator[_Event]:
    number = 0
    for offset in range((AS_OF - FIRST_DAY).days + 1):
        day = FIRST_DAY + timedelta(days=offset)
        for type_, repository, person, amount in _on(offset, day):
            number += 1
            yield _Event(day, type_, repository, person, amount, number)


def _on(offset: int, day: date) -> Iterator[tuple[str, str, str | None, float | None]]:
    core, docs, quill = "lattice-labs/core", "lattice-labs/docs", "quill/quill"
    if day.weekday() < 3:
        yield "COMMIT_CODE", core, "ada", 1
    if offset % 7 == 4:
        yield "COMMIT_CODE", core, "grace", 1
        yield "PULL_REQUEST_OPENED", core, "grace", 1
    if offset % 14 == 5:
        yield "PULL_REQUEST_MERGED", core, "ada", 1
        yield "COMMIT_CODE", docs, "renovate[bot]", 1
    if offset % 30 == 20:
        yield "COMMIT_CODE", docs, "linus", 1
    if offset % 9 == 2 and day.month != 2:
        yield "COMMIT_CODE", quill, "linus", 1
    if offset == 40:
        yield "COMMIT_CODE", quill, "grace", None
    if offset % 5 == 0 and not UNSEEN[0] <= day <= UNSEEN[1]:
        yield "STARRED", quill, "grace" if offset % 2 else None, 1
    if day.day == 15:
        yield "STAR_COUNT", core, None, 100 + offset
        yield "STAR_COUNT", quill, None, 10.0


def _artifact(repository: str) -> dict[str, object]:
    namespace, name = repository.split("/")
    return {
        "artifact_id": entity_id("GITHUB", namespace, name),
        "artifact_source_id": REPOSITORIES[repository][0],
        "artifact_source": "GITHUB",
        "artifact_namespace": namespace,
        "artifact_name": name,
    }


_PACKAGE: dict[str, object] = {
    "artifact_id": entity_id("NPM", "@lattice", "core"),
    "artifact_source_id": "@lattice/core",
    "artifact_source": "NPM",
    "artifact_namespace": "@lattice",
    "artifact_name": "core",
}


def _project(name: str) -> dict[str, object]:
    names = {"project_source": "OSS_DIRECTORY", "project_namespace": "oso", "project_name": name}
    return {"project_id": entity_id("OSS_DIRECTORY", "oso", name), **names}


def _collection(name: str) -> dict[str, object]:
    names = {"collection_source": "OSS_DIRECTORY", "collection_namespace": "oso", "collection_name": name}
    return {"collection_id": entity_id("OSS_DIRECTORY", "oso", name), **names}


def _members() -> Iterator[tuple[dict[str, object], str, str]]:
    """Artifacts with their type and project."""
    for repository, (_, project) in REPOSITORIES.items():
        yield _artifact(repository), "REPOSITORY", project
    yield _PACKAGE, "PACKAGE", "lattice"


def _directory() -> dict[str, list[Row]]:
    ref = "oss-directory@c0ffee:{}s/{}.yaml#L1"
    return {
        "projects": [
            _project(name)
            | {
                "display_name": title,
                "description": f"{title} is made up.",
                "legacy_project_id": legacy_id("oso", name),
                "record_ref": ref.format("project", name),
            }
            for name, title in TITLES.items()
        ],
        "collections": [
            _collection(name)
            | {
                "display_name": name.replace("-", " ").title(),
                "description": None,
                "legacy_collection_id": legacy_id("oso", name),
                "record_ref": ref.format("collection", name),
            }
            for name in COLLECTIONS
        ],
        "artifacts": [
            artifact
            | {
                "artifact_url": _url(artifact),
                "artifact_type": kind,
                "legacy_artifact_id": legacy_id(str(artifact["artifact_source"]), str(artifact["artifact_source_id"])),
            }
            for artifact, kind, _ in _members()
        ],
        "artifact_names": list(_names()),
        "artifacts_by_project": [a | {"artifact_type": kind} | _project(p) for a, kind, p in _members()],
        "projects_by_collection": [_project(p) | _collection(c) for c, names in COLLECTIONS.items() for p in names],
        "artifacts_by_collection": [
            a | {"artifact_type": kind} | _collection(c)
            for c, names in COLLECTIONS.items()
            for a, kind, p in _members()
            if p in names
        ],
        "repositories": [_repository(name) for name in REPOSITORIES],
    }


def _url(artifact: Mapping[str, object]) -> str:
    host = "github.com" if artifact["artifact_source"] == "GITHUB" else "www.npmjs.com/package"
    return f"https://{host}/{artifact['artifact_namespace']}/{artifact['artifact_name']}"


def _names() -> Iterator[Row]:
    renamed = datetime(2024, 2, 1, tzinfo=UTC)
    for repository in REPOSITORIES:
        artifact = _artifact(repository)
        current = {key: artifact[key] for key in ("artifact_id", "artifact_namespace", "artifact_name")}
        was = {"artifact_namespace": "lattice", "artifact_name": "lattice-core"}
        if repository == "lattice-labs/core":
            yield current | was | {"valid_from": None, "valid_to": renamed, "basis": "archive"}
            yield current | {"valid_from": renamed, "valid_to": None, "basis": "directory"}
        else:
            yield current | {"valid_from": None, "valid_to": None, "basis": "directory"}


def _repository(name: str) -> Row:
    commits = [e for e in _events() if e.repository == name and e.type == "COMMIT_CODE" and e.amount]
    artifact = _artifact(name)
    return artifact | {
        "artifact_url": _url(artifact),
        "default_branch": "main" if commits else None,
        "is_fork": False if commits else None,
        "star_count": None,
        "fork_count": None,
        "first_commit_at": _noon(commits[0].day) if commits else None,
        "last_commit_at": _noon(commits[-1].day) if commits else None,
        "commit_count": len(commits) if commits else None,
        "observed_at": OBSERVED_AT if commits else None,
    }


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def _user_id(name: str) -> str:
    return entity_id("GITHUB", name, name)


def _user(name: str, kind: str) -> Row:
    return {
        "user_id": _user_id(name),
        "user_source": "GITHUB",
        "user_source_id": str(900 + len(name)),
        "user_name": name,
        "display_name": name.title(),
        "user_class": kind,
        "class_evidence": "login ends in [bot]" if kind == "bot" else None,
        "url": f"https://github.com/{name}",
    }


def _event_row(event: _Event) -> Row:
    is_git = event.type == "COMMIT_CODE"
    return {
        "event_id": entity_id("event", str(event.number)),
        "time": _noon(event.day),
        "event_type": event.type,
        "event_source": "GIT" if is_git else "GITHUB_ARCHIVE",
        "to_artifact_id": _artifact(event.repository)["artifact_id"],
        "from_artifact_id": _user_id(event.person) if event.person else None,
        "amount": event.amount,
        "unit": "commit" if is_git else "event",
        "event_source_id": str(event.number),
        "observed_at": OBSERVED_AT,
        "basis": "git" if is_git else "archive",
        "record_ref": f"git+https://github.com/{event.repository}@{event.number:040x}"
        if is_git
        else f"github-archive:{event.day}-12.json.gz#L{event.number}",
    }


def _daily(events: Iterable[_Event]) -> Iterator[Row]:
    groups: dict[tuple[date, str, str, str | None], list[_Event]] = {}
    for event in events:
        groups.setdefault((event.day, event.type, event.repository, event.person), []).append(event)
    for (day, type_, _, _), members in groups.items():
        first, amounts = _event_row(members[0]), [e.amount for e in members]
        yield {key: first[key] for key in ("event_source", "to_artifact_id", "from_artifact_id", "basis")} | {
            "bucket_day": day,
            "event_type": type_,
            "amount": None if None in amounts else sum(a or 0.0 for a in amounts),
            "event_count": len(members),
        }


def _coverage(events: Sequence[_Event]) -> Iterator[Row]:
    for repository in list(REPOSITORIES)[:3]:
        for type_ in TYPES:
            seen = {e.day for e in events if e.repository == repository and e.type == type_}
            state = _state_of(repository, type_, seen)
            start = FIRST_DAY
            while start <= AS_OF:
                end = start
                while end < AS_OF and state(end + timedelta(days=1)) == state(start):
                    end += timedelta(days=1)
                count = sum(
                    1 for e in events if e.repository == repository and e.type == type_ and start <= e.day <= end
                )
                yield {
                    "artifact_id": _artifact(repository)["artifact_id"],
                    "event_source": "GIT" if type_ == "COMMIT_CODE" else "GITHUB_ARCHIVE",
                    "event_type": type_,
                    "start_date": start,
                    "end_date": end,
                    "expected_count": None if state(start) == "unknown" else count,
                    "seen_count": count,
                    "state": state(start),
                    "basis": "git" if type_ == "COMMIT_CODE" else "archive",
                }
                start = end + timedelta(days=1)


def _state_of(repository: str, type_: str, seen: set[date]) -> Callable[[date], str]:
    def state(day: date) -> str:
        if repository == "quill/quill" and type_ == "STARRED" and UNSEEN[0] <= day <= UNSEEN[1]:
            return "unknown"
        return "value" if day in seen else "zero"

    return state


def _metric_row(metric: _Metric) -> Row:
    return {
        "metric_id": entity_id("OSO", "oso", metric.name),
        "metric_source": "OSO",
        "metric_namespace": "oso",
        "metric_name": metric.name,
        "display_name": metric.title,
        "description": f"{metric.title}, made up for tests.",
        "unit": metric.unit,
        "kind": metric.kind,
        "version": 1,
        "owner": "maintainers",
        "caveats": "Fictitious.",
        "event_types": json.dumps(metric.types),
        "definition": metric.definition,
        "sql": "select count(*) from events",
        "headline_grain": Grain.ROLLING_90_DAYS.value,
    }


def entities() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every entity as type, id and the repositories that it is made of."""
    for repository in REPOSITORIES:
        yield "artifact", str(_artifact(repository)["artifact_id"]), (repository,)
    yield "artifact", str(_PACKAGE["artifact_id"]), ()
    for project in TITLES:
        owned = tuple(r for r, (_, owner) in REPOSITORIES.items() if owner == project)
        yield "project", str(_project(project)["project_id"]), owned
    for collection, projects in COLLECTIONS.items():
        owned = tuple(r for r, (_, owner) in REPOSITORIES.items() if owner in projects)
        yield "collection", str(_collection(collection)["collection_id"]), owned


def _timeseries(events: Sequence[_Event]) -> Iterator[Row]:
    days = [FIRST_DAY + timedelta(days=n) for n in range((AS_OF - FIRST_DAY).days + 1)]
    for entity_type, entity, repositories in entities():
        own = [e for e in events if e.repository in repositories]
        for grain in Grain:
            for bucket, first, last in sorted({period(grain, day) for day in days}):
                for metric in METRICS:
                    if grain not in metric.grains or not _is_computed(metric, grain, bucket):
                        continue
                    amount = _amount(metric, own, grain, first, min(last, AS_OF))
                    if amount is not None and (amount or metric.kind == "ratio"):
                        yield _metric_key(metric) | {
                            "entity_type": entity_type,
                            "entity_id": entity,
                            "grain": grain.value,
                            "bucket": bucket,
                            "amount": float(amount),
                        }


def _is_computed(metric: _Metric, grain: Grain, bucket: date) -> bool:
    is_month_end = (bucket + timedelta(days=1)).day == 1
    return not (metric.kind == "sql" and grain.is_rolling) or is_month_end or bucket == AS_OF


def _metric_key(metric: _Metric) -> dict[str, object]:
    return {"metric_id": entity_id("OSO", "oso", metric.name), "metric_name": metric.name, "unit": metric.unit}


def _amount(metric: _Metric, own: Sequence[_Event], grain: Grain, first: date, last: date) -> float | None:
    if metric.parts:
        over, under = (next(m for m in METRICS if m.name == part) for part in metric.parts)
        below = _amount(under, own, grain, first, last)
        return (_amount(over, own, grain, first, last) or 0) / below if below else None
    matching = [e for e in own if e.type in metric.types]
    inside = [e for e in matching if first <= e.day <= last]
    if metric.kind == "latest":
        newest = {e.repository: e.amount or 0 for e in matching if e.day <= last}
        return sum(newest.values())
    if metric.kind == "sum":
        return sum(e.amount or 0 for e in inside)
    people = [e for e in inside if e.person and PEOPLE[e.person] == "person"]
    if metric.kind == "sql":
        return _bus_factor(people)
    low, high = metric.activity.bounds(grain)
    days: dict[str, set[date]] = {}
    for e in people:
        days.setdefault(str(e.person), set()).add(e.day)
    if metric.is_first_only:
        days = {p: d for p, d in days.items() if min(e.day for e in matching if e.person == p) >= first}
    return sum(1 for active in days.values() if low <= len(active) <= (high or len(active)))


def _bus_factor(commits: Sequence[_Event]) -> int:
    counts: dict[str, float] = {}
    for e in commits:
        counts[str(e.person)] = counts.get(str(e.person), 0) + (e.amount or 0)
    total, reached = sum(counts.values()), 0.0
    for rank, count in enumerate(sorted(counts.values(), reverse=True), start=1):
        reached += count
        if total and reached * 2 >= total:
            return rank
    return 0


def _key_metrics(series: Sequence[Row]) -> Iterator[Row]:
    known = {
        (r["metric_name"], r["entity_type"], r["entity_id"], r["grain"]): r["amount"]
        for r in series
        if r["bucket"] == AS_OF
    }
    for entity_type, entity, repositories in entities():
        for metric in METRICS:
            for grain in KEY_GRAINS:
                amount = known.get((metric.name, entity_type, entity, grain.value))
                ratio = _covered(metric, repositories, grain)
                if grain not in metric.grains or (metric.kind == "ratio" and amount is None):
                    state, amount = "unknown", None
                elif amount:
                    state = "value"
                elif ratio == 1:
                    state, amount = "zero", 0.0
                else:
                    state, amount = ("value", amount) if amount == 0.0 else ("unknown", None)
                yield _metric_key(metric) | {
                    "entity_type": entity_type,
                    "entity_id": entity,
                    "grain": grain.value,
                    "sample_date": AS_OF,
                    "amount": amount,
                    "state": state,
                    "coverage_ratio": ratio,
                    "covered_from": FIRST_DAY if ratio else None,
                    "covered_to": AS_OF if ratio else None,
                }


def _covered(metric: _Metric, repositories: Sequence[str], grain: Grain) -> float:
    """Share of artifacts, types and days since the first day that were seen, within the grain's last period."""
    first = max(FIRST_DAY, period(grain, AS_OF)[1])
    days = (AS_OF - first).days + 1
    missing = 0
    for repository in repositories:
        for type_ in metric.types:
            if repository == "harbor-works/harbor":
                missing += days
            elif repository == "quill/quill" and type_ == "STARRED":
                missing += max(0, (UNSEEN[1] - max(UNSEEN[0], first)).days + 1)
    cells = len(repositories) * len(metric.types) * days
    return 1 - missing / cells if cells else 0.0


def _operation(event_count: int) -> dict[str, list[Row]]:
    names = ("raw.git__commits", "stg_git__commits", "int_events", "events", "timeseries_metrics")
    layers = ("source", "staging", "intermediate", "marts", "marts")
    return {
        "source_status": [
            {
                "connector": "git",
                "stream": "commits",
                "last_load_at": OBSERVED_AT,
                "last_event_at": _noon(AS_OF),
                "covered_from": FIRST_DAY,
                "covered_to": AS_OF,
                "row_count": event_count,
                "quarantined_count": 1,
                "state": "fresh",
            }
        ],
        "quarantine": [
            {
                "connector": "git",
                "stream": "commits",
                "file": "lattice-labs/core",
                "line": None,
                "reason": "impossible date",
                "observed_at": OBSERVED_AT,
            }
        ],
        "models": [
            {
                "model_name": name,
                "layer": layer,
                "materialization": "table",
                "description": f"One row per thing of {name}.",
                "raw_sql": f"select * from {before}",  # noqa: S608
                "compiled_sql": f"select * from {before}",  # noqa: S608
                "depends_on": json.dumps([before]),
                "columns": "[]",
            }
            for before, name, layer in zip(names, names[1:], layers[1:], strict=False)
        ],
    }
