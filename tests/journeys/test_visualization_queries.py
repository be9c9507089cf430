"""The SQL question of every chart is answered by the demo's release, and its answer is drawn as it comes."""

from __future__ import annotations

import pytest

from observer import visualizations
from observer.client import Client
from tests.journeys.conftest import Site

# Of these the demo of this size has no record: their answers have the right columns and no rows.
WITHOUT_RECORDS = {
    *("concentration_curve", "dependency_graph", "distribution_bars", "group_distribution"),
    *("sankey", "treemap", "waterfall"),
}


@pytest.mark.slow
def test_every_chart_draws_the_answer_to_its_question(site: Site) -> None:
    empty = set()
    with Client(site.url) as observatory:
        for name in visualizations.names():
            chart = visualizations.load(name)
            answer = observatory.sql(chart.QUERY)

            figure = chart(answer)

            assert isinstance(answer.release, int), name
            assert hasattr(figure, "savefig") or hasattr(figure, "to_html"), name
            if not len(answer):
                empty.add(name)
    assert empty <= WITHOUT_RECORDS
