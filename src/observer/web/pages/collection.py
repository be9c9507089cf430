"""What a collection shows beside its metrics: growth, money against activity, who needs whom, who is active when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from markupsafe import Markup

from observer.model.metric import Grain
from observer.query.answers import Entity, Listed
from observer.query.context import DependencyMap
from observer.query.reader import ReleaseReader
from observer.web import format as fmt
from observer.web.growth import ends, growth, growth_chart
from observer.web.heatmap import heat_map
from observer.web.lifecycle import lifecycle_chart, months
from observer.web.lineage_chart import Node, lineage_chart
from observer.web.scatter import dots, scatter

METRIC = "commits"
_ROWS, _COMPARED, _DAYS = 25, 40, 731


def facts(reader: ReleaseReader, of: Entity, projects: Sequence[Listed]) -> dict[str, object]:
    """The data, for programs; `projects` are those with most commits in 90 days."""
    start = reader.release.as_of - timedelta(days=_DAYS)
    compared = [listed.entity for listed in projects[:_COMPARED]]
    series = reader.series_of_entities(METRIC, compared, Grain.MONTH, start)
    return {
        "inside_title": "Projects",
        "funding": reader.funding(of),
        "organizations": reader.organizations(of),
        "overlaps": reader.overlaps(of),
        "lifecycle": months(reader, of, start),
        "heat": series[:_ROWS],
        "growth": growth(series),
        "compared_count": len(compared),
        "funded": reader.funded(of, METRIC, Grain.ROLLING_180_DAYS),
        "dependency_map": reader.dependency_map(of),
    }


def drawings(of: Entity, found: Mapping[str, Any]) -> dict[str, object]:
    """The charts of the facts; None where there is nothing to draw."""
    title, changes, funded = fmt.title(of), ends(found["growth"]), dots(found["funded"].projects)
    return {
        "lifecycle_chart": found["lifecycle"] and lifecycle_chart(found["lifecycle"], f"People of {title} by month"),
        "heat_map": found["heat"] and heat_map(found["heat"]),
        "growth_rows": changes,
        "growth_chart": growth_chart(changes, f"Projects of {title} that grow and shrink", METRIC),
        "funded_dots": funded,
        "funded_chart": scatter(
            funded, f"Funding against activity in {title}", "US dollars received, all time", "commits in 180 days"
        ),
        "dependency_chart": dependency_chart(found["dependency_map"], f"Dependencies between projects of {title}"),
    }


def dependency_chart(found: DependencyMap, label: str) -> Markup | None:
    """The map: what is needed on the left, what needs it to the right of it."""
    if not found.links:
        return None
    projects = {end.name: end for link in found.links for end in (link.project, link.needs)}
    nodes = [Node(name, "project", fmt.path(end), label=fmt.title(end)) for name, end in sorted(projects.items())]
    return lineage_chart(nodes, [(link.needs.name, link.project.name) for link in found.links], label=label)
