"""Writes the documentation of the models as dbt makes it: a website of files over one warehouse."""

from __future__ import annotations

from pathlib import Path

from observer.errors import BuildError
from observer.transform.profile import write_profile
from observer.transform.request import BuildRequest
from observer.transform.runner import environment, invoke, released

FILES = ("index.html", "manifest.json", "catalog.json")


def write_documentation(request: BuildRequest) -> Path:
    """The folder with index.html and what it reads; it can be opened through any web server.

    The warehouse must have been built: types and sizes of its tables are in it. BuildError where dbt refuses.
    """
    profiles = write_profile(request)
    target = request.work_dir.resolve() / "documentation"
    arguments = [
        *("docs", "generate", "--project-dir", str(request.project_dir.resolve())),
        *("--profiles-dir", str(profiles.resolve()), "--target-path", str(target)),
    ]
    with environment(request), released():
        outcome = invoke(request, arguments, None)
    if not outcome.success or not all((target / name).exists() for name in FILES):
        reason = str(outcome.exception or "dbt wrote no documentation").strip()
        raise BuildError(reason, where="dbt", hint=f"see {request.work_dir / 'build.log'}")
    return target
