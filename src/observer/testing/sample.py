"""A small made-up set of published tables with metrics worked out by hand-sized loops, for tests of the read side.

Three projects of a fictitious ecosystem between 2024-01-01 and 2024-03-31. `lattice` has two repositories, one of
which was renamed, and a package; `quill` has one whose stars were not seen from 2024-02-10 to 2024-02-19; nobody
has looked at the repository of `harbor` yet.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5

from observer.model.identifier import entity_id, legacy_id
from observer.testing.sample_metrics import (
    METRICS,
    class_series,
    key_metrics,
    metric_row,
    name_rows,
    period,
    timeseries,
)
from observer.testing.sample_organizations import organization_tables
from observer.testing.sample_packages import package_tables
from observer.testing.sample_world import (
    AS_OF,
    COLLECTIONS,
    FIRST_DAY,
    OBSERVED_AT,
    PACKAGE,
    PEOPLE,
    REPOSITORIES,
    TITLES,
    TYPES,
    UNSEEN,
    Row,
    Rows,
    SampleEvent,
    artifact_of,
    collection_of,
    entities,
    events,
    project_of,
)

__all__ = ["AS_OF", "FIRST_DAY", "METRICS", "REPOSITORIES", "UNSEEN", "Rows", "entities", "period", "sample_rows"]


@functools.cache
def sample_rows() -> Rows:
    """All published tables as rows. Every value of a metric follows from the events by its definition."""
    happened = tuple(events())
    tables: dict[str, Sequence[Row]] = dict(_directory())
    tables["users"] = [_user(name, kind) for name, kind in PEOPLE.items()]
    tables["identity_links"] = [_identity_link("ada")]
    tables["events"] = [_event_row(event) for event in happened]
    tables["events_daily"] = list(_daily(happened))
    tables["coverage"] = list(_coverage(happened))
    tables["metrics"] = [metric_row(metric) for metric in METRICS]
    tables["metric_names"] = [row for metric in METRICS for row in name_rows(metric)]
    tables["timeseries_metrics"] = list(timeseries(happened))
    tables["timeseries_metrics_by_class"] = list(class_series(happened))
    tables["key_metrics"] = list(key_metrics(tables["timeseries_metrics"]))
    tables |= organization_tables(happened, _user_id)
    tables |= _funding() | package_tables() | _operation(len(happened))
    return tables


def _members() -> Iterator[tuple[dict[str, object], str, str]]:
    """Artifacts with their type and project."""
    for repository, (_, project) in REPOSITORIES.items():
        yield artifact_of(repository), "REPOSITORY", project
    yield PACKAGE, "PACKAGE", "lattice"


def _directory() -> dict[str, list[Row]]:
    ref = "oss-directory@c0ffee:{}s/{}.yaml#L1"
    return {
        "projects": [
            project_of(name)
            | {
                "display_name": title,
                "description": f"{title} is made up.",
                "legacy_project_id": legacy_id("oso", name),
                "record_ref": ref.format("project", name),
            }
            for name, title in TITLES.items()
        ],
        "collections": [
            collection_of(name)
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
        "artifacts_by_project": [a | {"artifact_type": kind} | project_of(p) for a, kind, p in _members()],
        "projects_by_collection": [project_of(p) | collection_of(c) for c, names in COLLECTIONS.items() for p in names],
        "artifacts_by_collection": [
            a | {"artifact_type": kind} | collection_of(c)
            for c, names in COLLECTIONS.items()
            for a, kind, p in _members()
            if p in names
        ],
        "repositories": [_repository(name) for name in REPOSITORIES],
        "repository_lineage": [_rename()],
    }


def _url(artifact: Mapping[str, object]) -> str:
    host = "github.com" if artifact["artifact_source"] == "GITHUB" else "www.npmjs.com/package"
    return f"https://{host}/{artifact['artifact_namespace']}/{artifact['artifact_name']}"


def _names() -> Iterator[Row]:
    renamed = datetime(2024, 2, 1, tzinfo=UTC)
    for repository in REPOSITORIES:
        artifact = artifact_of(repository)
        current = {key: artifact[key] for key in ("artifact_id", "artifact_namespace", "artifact_name")}
        was = {"artifact_namespace": "lattice", "artifact_name": "lattice-core"}
        if repository == "lattice-labs/core":
            yield current | was | {"valid_from": None, "valid_to": renamed, "basis": "archive"}
            yield current | {"valid_from": renamed, "valid_to": None, "basis": "directory"}
        else:
            yield current | {"valid_from": None, "valid_to": None, "basis": "directory"}


def _repository(name: str) -> Row:
    commits = [e for e in events() if e.repository == name and e.type == "COMMIT_CODE" and e.amount]
    artifact = artifact_of(name)
    return artifact | {
        "artifact_url": _url(artifact),
        "default_branch": "main" if commits else None,
        "is_fork": False if commits else None,
        "role": "own",
        "parent_name": None,
        "license": "MIT" if commits else None,
        "primary_language": None,
        "is_archived": False if commits else None,
        "created_at": None,
        "star_count": None,
        "fork_count": None,
        "watcher_count": None,
        "first_commit_at": _noon(commits[0].day) if commits else None,
        "last_commit_at": _noon(commits[-1].day) if commits else None,
        "commit_count": len(commits) if commits else None,
        "observed_at": OBSERVED_AT if commits else None,
    }


def _rename() -> Row:
    """The one inference of the sample: the former name of a repository."""
    artifact = artifact_of("lattice-labs/core")
    former = entity_id("GITHUB", "lattice", "lattice-core")
    return {key: value for key, value in artifact.items() if key != "artifact_source_id"} | {
        "lineage_id": entity_id(str(artifact["artifact_id"]), former, "renamed", ""),
        "related_artifact_id": former,
        "related_source": "GITHUB",
        "related_namespace": "lattice",
        "related_name": "lattice-core",
        "role": "renamed",
        "folder": "",
        "shared_commit_count": None,
        "commit_share": None,
        "shared_blob_count": None,
        "evidence": "the same number under both names",
        "basis": "archive",
        "confidence": 1.0,
        "decided_by": "rule repository_number",
        "since_at": datetime(2024, 2, 1, tzinfo=UTC),
        "observed_at": OBSERVED_AT,
        "record_ref": "github:lattice-labs/core",
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


def _identity_link(name: str) -> Row:
    address = entity_id("GIT_EMAIL", "example.org", name)
    return {
        "link_id": entity_id("IDENTITY_LINK", address, _user_id(name), "verified_address", "1"),
        "from_identity_id": address,
        "from_source": "GIT_EMAIL",
        "to_identity_id": _user_id(name),
        "to_source": "GITHUB",
        "user_id": _user_id(name),
        "rule": "verified_address",
        "evidence": "the API gives the account as author of commits under the address",
        "confidence": 0.98,
        "evidence_count": 3,
        "author": "rule verified_address",
        "created_at": datetime(2024, 3, 1, 12, 0),
        "state": "accepted",
        "is_undone": False,
        "state_reason": None,
    }


def _event_row(event: SampleEvent) -> Row:
    is_git = event.type == "COMMIT_CODE"
    return {
        "event_id": entity_id("event", str(event.number)),
        "time": _noon(event.day),
        "event_type": event.type,
        "event_source": "GIT" if is_git else "GITHUB_ARCHIVE",
        "to_artifact_id": artifact_of(event.repository)["artifact_id"],
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


def _daily(events: Iterable[SampleEvent]) -> Iterator[Row]:
    groups: dict[tuple[date, str, str, str | None], list[SampleEvent]] = {}
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


def _coverage(events: Sequence[SampleEvent]) -> Iterator[Row]:
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
                    "artifact_id": artifact_of(repository)["artifact_id"],
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


def _funding() -> dict[str, list[Row]]:
    """A grant to a project of the directory, and one to a project that it does not have."""
    return {
        "oss_funding": [
            {
                "event_id": entity_id("OSS_FUNDING", "FUNDING_AWARDED", name),
                "time": _noon(FIRST_DAY),
                "event_type": "FUNDING_AWARDED",
                "event_source_id": name,
                "event_source": "OSS_FUNDING",
                "to_project_name": name,
                "to_project_id": project_id,
                "to_type": "PROJECT",
                "to_application_name": name.title(),
                "from_project_name": "example-fund",
                "from_project_id": entity_id("OSS_FUNDING", "example-fund", "example-fund"),
                "from_type": "FUNDER",
                "amount": 2500.5,
                "token_amount": "1000.2",
                "token_unit": "OP",
                "grant_pool_name": "season-1",
                "metadata_json": None,
                "observed_at": OBSERVED_AT,
                "record_ref": "oss-funding:season-1.csv#L2",
            }
            for name, project_id in (("lattice", entity_id("OSS_DIRECTORY", "oso", "lattice")), ("unlisted", None))
        ]
    }


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
        "connectors": [_connector("git", is_enabled=True), _connector("npm", is_enabled=False)],
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


def _connector(name: str, *, is_enabled: bool) -> Row:
    fields = [{"name": "commit_id", "type": "string"}, {"name": "committed_at", "type": "date-time"}]
    stream = {"name": "commits", "key": ["commit_id"], "is_incremental": True, "fields": fields}
    return {
        "connector_name": name,
        "use": name,
        "form": "python",
        "definition_id": str(uuid5(NAMESPACE_URL, name)),
        "title": name.title(),
        "summary": f"What {name} knows.",
        "is_enabled": is_enabled,
        "schedule": "0 3 * * *",
        "warn_after_hours": 36.0,
        "error_after_hours": 96.0,
        "cost": "One request a day.",
        "personal_data": "None.",
        "licence": "CC0 1.0.",
        "homepage": "https://example.org/docs",
        "page": f"# {name}\n\n## Limits\n\n<b>None</b>, see [more](../x.md) and [there](https://example.org/).\n",
        "streams": json.dumps([stream]),
        "specification": json.dumps({"type": "object", "properties": {"url": {"type": "string"}}}),
    }
