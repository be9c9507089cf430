"""The dbt profile of a build, generated: an in-memory DuckDB that attaches the lake as its only database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from observer.transform.request import BuildRequest

LAKE = "lake"
PATH_VARIABLE = "DBT_ENV_SECRET_OBSERVER_LAKE"


def write_profile(request: BuildRequest) -> Path:
    """Writes profiles.yml into the work folder and returns the folder.

    The attach path stays out of the file: dbt reads it from an environment variable of a kind that it masks in
    its logs, and that exists only while the build runs.
    """
    output: dict[str, object] = {
        "type": "duckdb",
        "path": ":memory:",
        "database": LAKE,
        "schema": "staging",
        # One thread in one transaction, which transaction.py opens and ends.
        "threads": 1,
        "attach": [_attachment(request)],
        "plugins": [
            {
                "module": "observer.transform.plugin",
                "alias": "wheel_extensions",
                "config": {"extensions": list(request.extensions)},
            }
        ],
    }
    if request.memory_limit:
        output["config_options"] = {"memory_limit": request.memory_limit}
    return write_output(request, "local", output)


def write_output(request: BuildRequest, target: str, output: Mapping[str, object]) -> Path:
    """Writes profiles.yml with one target into the work folder and returns the folder."""
    import yaml

    profile = {"observer": {"target": target, "outputs": {target: dict(output)}}}
    request.work_dir.mkdir(parents=True, exist_ok=True)
    (request.work_dir / "profiles.yml").write_text(yaml.safe_dump(profile, sort_keys=False), encoding="utf-8")
    return request.work_dir


def _attachment(request: BuildRequest) -> dict[str, object]:
    attachment: dict[str, object] = {
        "path": "{{ env_var('" + PATH_VARIABLE + "') }}",
        "alias": LAKE,
    }
    if request.attach_options:
        attachment["options"] = dict(request.attach_options)
    if request.attach_path.startswith("ducklake:"):
        attachment["is_ducklake"] = True
    return attachment
