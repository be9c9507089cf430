"""The directory of the demo world as YAML files, schema version 7."""

from __future__ import annotations

from pathlib import Path

import yaml

from observer.testing.demo.cast.catalogue import COLLECTIONS, LABEL, PROJECTS
from observer.testing.demo.cast.plan import ProjectPlan

SCHEMA_VERSION = 7
_FIELDS = ("npm", "crates", "go", "open_collective", "blockchain", "defillama")


def write_directory(folder: Path) -> None:
    """Writes `projects/<first letter>/<name>.yaml` and `collections/<name>.yaml`."""
    for project in PROJECTS:
        _write(folder / "projects" / project.name[0] / f"{project.name}.yaml", _project(project))
    for name, title, members in COLLECTIONS:
        _write(folder / "collections" / f"{name}.yaml", {
            "version": SCHEMA_VERSION, "name": name, "display_name": title,
            "description": "Fictitious collection of the demo world", "projects": sorted(members),
        })  # fmt: skip


def _project(project: ProjectPlan) -> dict[str, object]:
    content: dict[str, object] = {
        "version": SCHEMA_VERSION, "name": project.name, "display_name": project.display_name,
        "description": f"{LABEL}: {project.about}.",
    }  # fmt: skip
    for key in ("websites", "social"):
        if key in project.fields:
            content[key] = project.fields[key]
    if project.github:
        content["github"] = [{"url": url} for url in project.github]
    content.update({key: project.fields[key] for key in _FIELDS if key in project.fields})
    return content


def _write(path: Path, content: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, default_flow_style=False, width=100)
    path.write_text(text, encoding="utf-8")
