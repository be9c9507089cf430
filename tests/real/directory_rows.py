"""Rows of a release of the whole real directory, with its grants, for tests that need no pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from observer.connectors import host
from observer.connectors.sources.oss_funding.source import OssFundingSource
from observer.model.artifact import listed_artifacts
from observer.model.directory import Directory
from observer.model.identifier import entity_id, legacy_id
from observer.testing.sample import AS_OF, sample_rows

OSO = "UuWbpo5bpL5QsYvlukUWNm2uE8HFjxQxzCM0e+HMZfk="


def _entity(kind: str, name: str) -> dict[str, object]:
    return {
        f"{kind}_id": entity_id("OSS_DIRECTORY", "oso", name),
        f"{kind}_source": "OSS_DIRECTORY",
        f"{kind}_namespace": "oso",
        f"{kind}_name": name,
    }


def _described(kind: str, entity: Any) -> dict[str, object]:
    texts = {"display_name": entity.display_name, "description": entity.description, "record_ref": entity.path}
    return _entity(kind, entity.name) | texts | {f"legacy_{kind}_id": legacy_id("oso", entity.name)}


def directory_rows(directory: Directory, real_data: Path) -> dict[str, list[dict[str, object]]]:
    """The release's tables about the directory; repositories that only their owner lists are not in it."""
    artifacts: dict[str, dict[str, object]] = {}
    owned: dict[tuple[str, str], dict[str, object]] = {}
    for project in directory.projects:
        for listed in listed_artifacts(project):
            if listed.is_owner:
                continue
            key = entity_id(listed.artifact_source, listed.artifact_namespace, listed.artifact_name)
            names = {
                "artifact_id": key,
                "artifact_source_id": listed.artifact_source_id,
                "artifact_source": listed.artifact_source,
                "artifact_namespace": listed.artifact_namespace,
                "artifact_name": listed.artifact_name,
                "artifact_type": listed.artifact_type,
            }
            artifacts.setdefault(key, names | {"artifact_url": listed.artifact_url})
            owned.setdefault((project.name, key), names | _entity("project", project.name))
    sample = sample_rows()
    series = {"metric_id", "metric_name", "grain", "unit"}
    value = {"entity_type": "project", "entity_id": OSO, "amount": 3.0}
    metrics = {row["metric_name"]: row for row in sample["timeseries_metrics"]}
    grains = ("day", "week", "month")
    return {
        "projects": [_described("project", project) for project in directory.projects],
        "collections": [_described("collection", collection) for collection in directory.collections],
        "artifacts": list(artifacts.values()),
        "artifacts_by_project": list(owned.values()),
        "projects_by_collection": [
            _entity("project", name) | _entity("collection", collection.name)
            for collection in directory.collections
            for name in dict.fromkeys(member.project_name for member in collection.projects)
        ],
        "repositories": [
            {**{n: v for n, v in row.items() if n != "artifact_type"}, "role": "own", "primary_language": "Rust"}
            for row in artifacts.values()
            if row["artifact_type"] == "REPOSITORY"
        ],
        "oss_funding": list(_grants(real_data, {project.name for project in directory.projects})),
        "metrics": [dict(row) for row in sample["metrics"]],
        "metric_names": [dict(row) for row in sample["metric_names"]],
        "timeseries_metrics": [
            {**{n: row[n] for n in series}, **value, "grain": grain, "bucket": AS_OF.replace(day=4)}
            for row in metrics.values()
            for grain in grains
        ],
        "key_metrics": [
            {**{n: row[n] for n in series}, **value, "grain": "all", "sample_date": AS_OF, "state": "value"}
            | {"coverage_ratio": 1.0}
            for row in metrics.values()
        ],
    }


def _grants(real_data: Path, names: set[str]) -> Iterator[dict[str, object]]:
    archive = real_data / "funding/oss-funding/funders.tar.xz"
    for message in host.read(OssFundingSource(), {"locations": [str(archive)]}):
        if message["type"] != "RECORD" or message["record"]["stream"] != "grants":
            continue
        row = message["record"]["data"]
        name = row["to_project_name"]
        yield {
            "event_id": entity_id("OSS_FUNDING", str(row["file_path"]), str(row["line"])),
            "time": datetime.fromisoformat(str(row["funding_date"])),
            "event_type": "FUNDING_AWARDED",
            "event_source": "OSS_FUNDING",
            "event_source_id": f"{row['file_path']}:{row['line']}",
            "to_project_name": name,
            "to_project_id": entity_id("OSS_DIRECTORY", "oso", str(name)) if name in names else None,
            "to_type": "PROJECT",
            "from_project_name": row["from_funder_name"],
            "from_type": "FUNDER",
            "grant_pool_name": row["grant_pool_name"],
            "amount": float(str(row["amount"])),
            "record_ref": f"oss-funding:{row['file_path']}#L{row['line']}",
        }
