"""The query on a metric's page gives the published values, over years, bots, unknown amounts and shared artifacts."""

from __future__ import annotations

from datetime import date, timedelta

from tests.unit.metrics.metric_models import MetricModels
from tests.unit.metrics.test_brute_force import ARTIFACTS, PEOPLE, event_row, streak_rows, world

from observer.metrics import Catalogue
from observer.model.event import EventType
from observer.model.metric import Kind

FIRST, AS_OF = date(2022, 10, 3), date(2024, 2, 29)


def test_documented_queries_recompute_months_of_projects(metric_models: MetricModels, catalogue: Catalogue) -> None:
    con = metric_models.run(AS_OF, world(rows(), []))
    con.execute("create view marts.events_daily as from intermediate.int_events_daily")
    con.execute("create view marts.users as from intermediate.int_users")
    con.execute(
        "create view marts.artifacts_by_project as select artifact_id, entity_id as project_id "
        "from intermediate.int_artifacts_by_entity where entity_type = 'project'"
    )
    con.execute("use small.marts")

    for metric in catalogue:
        if metric.kind is Kind.SQL:
            continue
        published = con.execute(
            "select entity_id, bucket, amount from timeseries_metrics "
            "where metric_name = $1 and entity_type = 'project' and grain = 'month' order by all",
            [metric.name],
        ).fetchall()
        assert published, metric.name
        assert con.execute(f"select * from ({metric.sql}) order by all").fetchall() == published, metric.name


def rows() -> list[object]:
    days = [FIRST + timedelta(days=offset) for offset in range(0, (AS_OF - FIRST).days, 3)]
    types = list(EventType)
    events = [
        event_row(day, types[(number * 5 + index) % len(types)], artifact, person, [None, 0.0, 1.0, 2.0][number % 4])
        for number, day in enumerate(days)
        for artifact in ARTIFACTS[:3]
        for index, person in enumerate(PEOPLE)
    ]
    streak = streak_rows(date(2023, 3, 1), "docs", "grace", 14, 2)
    observed = [event_row(day, EventType.STAR_COUNT, "site", None, 7.0 + day.day) for day in days]
    return events + streak + observed
