"""Parses the dbt project without a warehouse: finds what a build would trip over before it starts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from observer.errors import ContentError, Problem
from observer.transform.profile import write_profile
from observer.transform.request import BuildRequest
from observer.transform.runner import environment, invoke, released


def parse_project(project_dir: Path, work_dir: Path) -> None:
    """Returns if dbt understands every model and YAML file; raises ContentError with dbt's reason if not."""
    request = BuildRequest(project_dir, work_dir, attach_path=":memory:", as_of=date(2000, 1, 1), extensions=())
    profiles = write_profile(request)
    arguments = [
        *("parse", "--project-dir", str(project_dir.resolve()), "--profiles-dir", str(profiles.resolve())),
        *("--target-path", str((work_dir / "target").resolve())),
    ]
    with environment(request), released():
        outcome = invoke(request, arguments, None)
    if not outcome.success:
        reason = str(outcome.exception or "dbt did not parse the project").strip()
        raise ContentError([Problem("transform", None, " ".join(reason.split()), code="model")])
