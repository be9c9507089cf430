"""---
kind: script
title: Dependency graph of a collection
question: What do the most projects of a collection stand on, inside and outside of the directory?
authors:
  - name: Open Source Observer maintainers
date: 2026-11-28
method: >
  What the newest versions of the projects' packages declare for production, and what the bills of materials of their
  repositories list, as edges from a project to a foundation: the project that owns the package, or the package itself
  where the directory knows no owner. Each project has one unit of need, shared evenly over its foundations; the
  weight of a foundation is what comes in. Reach counts projects that need it through others too.
data:
  - tables: [collections, projects_by_collection, artifacts_by_project, packages, package_dependencies, sboms]
licence: Apache-2.0
tags: [dependencies, graph, sbom]
---

# Dependency graph of a collection

`python collection_graph.py COLLECTION` writes three files to `out/`: `edges.csv` with every dependency and where it
is told, `foundations.csv` with what is needed most, and `graph.png`. Without a name it takes the collection with the
most projects. `OBSERVER_URL` says which observatory answers.

Dependencies for development alone are left out. A project whose packages and bills of materials nobody has read is
not in the graph: that is unknown, not "depends on nothing", and how many such projects there are is printed.

Powered by Open Source Observer.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from observer.client import Client
from observer.visualizations import dependency_graph
from observer.visualizations.save import save

LARGEST = """select collection_name from projects_by_collection
group by 1 order by count(distinct project_id) desc, 1 limit 1"""
MEMBERS = "select distinct project_name from projects_by_collection where collection_name = '{name}' order by 1"
EDGES = """
    with members as (
        select distinct project_id, project_name from projects_by_collection where collection_name = '{name}'
    ),

    told as (
        select
            m.project_name,
            d.dependency_artifact_id as package_id,
            d.dependency_name as package,
            'package' as told_by
        from package_dependencies as d
        inner join packages as p
            on p.package_artifact_id = d.package_artifact_id and p.latest_version = d.version
        inner join artifacts_by_project as a on a.artifact_id = d.package_artifact_id
        inner join members as m on m.project_id = a.project_id
        where d.dependency_kind <> 'development' and d.requirement_kind = 'registry'
        union all
        select m.project_name, s.to_package_artifact_id, s.to_package_artifact_name, 'sbom'
        from sboms as s
        inner join members as m on m.project_id = s.from_project_id
    )

    select distinct
        t.project_name as dependent,
        coalesce(o.project_name, t.package) as foundation,
        o.project_name is not null as is_project,
        t.package,
        t.told_by
    from told as t
    left join artifacts_by_project as o on o.artifact_id = t.package_id
    where o.project_name is null or o.project_name <> t.project_name
    order by 1, 2, 4, 5
"""


def main(collection: str | None) -> None:
    """Writes edges, foundations and picture of a collection to out/."""
    with Client() as observatory:
        name = collection or observatory.sql(LARGEST).to_pandas()["collection_name"].iloc[0]
        if not name.replace("-", "").isalnum():
            raise SystemExit(f"'{name}' is no name of a collection")
        members = observatory.sql(MEMBERS.format(name=name)).to_pandas()["project_name"]
        told = observatory.sql(EDGES.format(name=name)).to_pandas()
    edges = told.drop_duplicates(["dependent", "foundation"])[["dependent", "foundation", "is_project"]]
    ranked = foundations(edges)
    unread = len(set(members) - set(edges["dependent"]))
    print(f"{name}: {len(edges)} dependencies of {edges['dependent'].nunique()} of {len(members)} projects")
    print(f"of {unread} projects no package or bill of materials is known")
    print(ranked.head(15).to_string(index=False))
    out = Path("out")
    out.mkdir(exist_ok=True)
    told.to_csv(out / "edges.csv", index=False)
    ranked.to_csv(out / "foundations.csv", index=False)
    counts = pd.DataFrame({"collection": [name], "projects": [len(members)], "unread": [unread], "edges": [len(edges)]})
    counts.to_csv(out / "counts.csv", index=False)
    drawn = edges.rename(columns={"foundation": "dependency"})[["dependent", "dependency"]]
    save(dependency_graph(drawn, most=30, title=f"What the projects of {name} stand on"), out / "graph.png")


def foundations(edges: pd.DataFrame) -> pd.DataFrame:
    """For each foundation the projects that need it directly, through others too (reach), and its weight."""
    needs = {name: set(group) for name, group in edges.groupby("dependent")["foundation"]}
    weight: dict[str, float] = {}
    direct: dict[str, int] = {}
    reach: dict[str, int] = {}
    for project, own in needs.items():
        for name in own:
            direct[name] = direct.get(name, 0) + 1
            weight[name] = weight.get(name, 0.0) + 1 / len(own)
        for name in below(project, needs):
            reach[name] = reach.get(name, 0) + 1
    is_project = dict(zip(edges["foundation"], edges["is_project"]))
    rows = [(name, is_project[name], direct[name], reach[name], round(weight[name], 6)) for name in direct]
    made = pd.DataFrame(rows, columns=["foundation", "is_project", "direct", "reach", "weight"])
    return made.sort_values(["direct", "weight", "foundation"], ascending=[False, False, True], ignore_index=True)


def below(project: str, needs: dict[str, set[str]]) -> set[str]:
    """All that a project stands on, through others too."""
    found: set[str] = set()
    waiting = [project]
    while waiting:
        for name in needs.get(waiting.pop(), ()):
            if name not in found and name != project:
                found.add(name)
                waiting.append(name)
    return found


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
