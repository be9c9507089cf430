"""Runs the dbt project over the warehouse, once a build, and reads its manifest as a graph."""

from __future__ import annotations

from observer.transform.documentation import write_documentation
from observer.transform.fingerprint import fingerprint
from observer.transform.manifest import Lineage, LineageNode, lineage, models_table
from observer.transform.request import BuildRequest, BuildResult, FailedCheck, ModelRun
from observer.transform.runner import build

__all__ = [
    "BuildRequest",
    "BuildResult",
    "FailedCheck",
    "Lineage",
    "LineageNode",
    "ModelRun",
    "build",
    "fingerprint",
    "lineage",
    "models_table",
    "write_documentation",
]
