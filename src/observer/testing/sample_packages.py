"""The package of the sample's project `lattice`, in the tables about packages."""

from __future__ import annotations

from datetime import datetime, timedelta

from observer.model.identifier import entity_id
from observer.testing.sample_world import FIRST_DAY, OBSERVED_AT, PACKAGE, Row, artifact_of, project_of

_AT = datetime.combine(FIRST_DAY, datetime.min.time())
_REFERENCE: dict[str, object] = {"record_ref": "npm:packages/lattice"}


def package_tables() -> dict[str, list[Row]]:
    """One package with two versions, a dependency outside the directory, and a bill of materials that names it."""
    names = ("artifact_id", "artifact_source", "artifact_namespace", "artifact_name")
    package: dict[str, object] = {f"package_{name}": PACKAGE[name] for name in names} | _REFERENCE
    versions = ("1.0.0", "1.1.0")
    return {
        "packages": [package | _facts() | {"observed_at": OBSERVED_AT}],
        "package_versions": [
            package | _version(version, _AT + timedelta(days=number)) for number, version in enumerate(versions)
        ],
        "package_dependencies": [package | _dependency()],
        "package_owners": [package | _owner()],
        "package_maintainers": [package | {"account_name": "ada", "role": ""}],
        "package_downloads": [
            package | {"bucket_day": FIRST_DAY + timedelta(days=number), "amount": 100 + number} for number in range(3)
        ],
        "package_advisories": [package | _advisory()],
        "sboms": [_bill()],
    }


def _facts() -> dict[str, object]:
    return {
        "display_name": "lattice",
        "description": "Threads that hold.",
        "license": "MIT",
        "homepage_url": None,
        "latest_version": "1.1.0",
        "version_count": 2,
        "standing_version_count": 1,
        "first_published_at": _AT,
        "last_published_at": _AT + timedelta(days=1),
        "state": "active",
        "repository_artifact_id": artifact_of("lattice-labs/core")["artifact_id"],
        "repository_confidence": 0.98,
    }


def _version(version: str, published_at: datetime) -> dict[str, object]:
    is_withdrawn = version == "1.0.0"
    return {
        "version": version,
        "published_at": published_at,
        "is_withdrawn": is_withdrawn,
        "withdrawal_reason": "use 1.1.0" if is_withdrawn else None,
        "has_files": True,
        "file_count": 3,
        "size_bytes": 2048,
        "commit_id": None,
        "observed_at": OBSERVED_AT,
    }


def _dependency() -> dict[str, object]:
    return {
        "version": "1.1.0",
        "dependency_artifact_id": entity_id("NPM", "thread", "thread"),
        "dependency_name": "thread",
        "dependency_kind": "runtime",
        "listed_name": "thread",
        "requirement": "^2.0.0",
        "version_range": "^2.0.0",
        "requirement_kind": "registry",
        "is_optional": False,
        "is_direct": True,
    }


def _owner() -> dict[str, object]:
    repository = artifact_of("lattice-labs/core")
    project_id = project_of("lattice")["project_id"]
    return {
        "package_project_id": project_id,
        "package_owner_project_id": project_id,
        "package_owner_artifact_id": repository["artifact_id"],
        "package_owner_source": repository["artifact_source"],
        "package_owner_artifact_namespace": repository["artifact_namespace"],
        "package_owner_artifact_name": repository["artifact_name"],
        "evidence": "repository field, listed in one project",
        "confidence": 0.98,
        "is_best": True,
    }


def _advisory() -> dict[str, object]:
    return {
        "version": "1.0.0",
        "advisory_id": "GHSA-0000-0000-0001",
        "title": "A made-up weakness",
        "advisory_url": None,
        "aliases": "[]",
        "cvss_score": 5.3,
        "observed_at": OBSERVED_AT,
    }


def _bill() -> dict[str, object]:
    repository = artifact_of("quill/quill")
    return {
        "from_project_id": project_of("quill")["project_id"],
        "from_artifact_id": repository["artifact_id"],
        "from_artifact_source": repository["artifact_source"],
        "from_artifact_namespace": repository["artifact_namespace"],
        "from_artifact_name": repository["artifact_name"],
        "to_package_project_id": project_of("lattice")["project_id"],
        "to_package_artifact_id": PACKAGE["artifact_id"],
        "to_package_artifact_source": PACKAGE["artifact_source"],
        "to_package_artifact_namespace": PACKAGE["artifact_namespace"],
        "to_package_artifact_name": PACKAGE["artifact_name"],
        "to_package_version": "1.1.0",
        "is_direct": True,
        "depth": 1,
        "snapshot_at": _AT,
        "record_ref": "sbom:quill.spdx.json#SPDXRef-lattice",
    }
