"""Dependents of a collection weighted by what is known of them: velodrome on ethers, zora on ethers and wagmi."""

from __future__ import annotations

from datetime import date

from tests.unit.metrics.metric_models import MetricModels

AS_OF = date(2024, 6, 30)
PROJECTS = ("velodrome", "zora", "ethers", "wagmi")
USES = [
    ("velodrome", "ethers", "production"),
    ("zora", "ethers", "production"),
    ("zora", "wagmi", "production"),
    ("wagmi", "ethers", "development"),
]


def daily(event_type: str, project: str, person: str, amount: float) -> dict[str, object]:
    return {
        "bucket_day": AS_OF,
        "event_type": event_type,
        "event_source": "SOME",
        "to_artifact_id": project,
        "from_artifact_id": person,
        "amount": amount,
        "event_count": 1,
        "basis": "git",
    }


def test_weights_are_summed_over_dependents_that_need_it_to_run_and_the_unknown_are_counted(
    metric_models: MetricModels,
) -> None:
    events = [daily("COMMIT_CODE", "zora", person, 1.0) for person in ("ada", "grace")]
    events += [daily("COMMIT_CODE", "wagmi", person, 1.0) for person in ("ada", "linus", "alan")]
    events += [daily("CONTRACT_INVOCATION_DAILY_L2_GAS_USED", "zora", "ada", 5e17)]
    events += [daily("CONTRACT_INVOCATION_DAILY_L2_GAS_USED", "velodrome", "ada", 2e18)]

    con = metric_models.run(
        AS_OF,
        {
            "intermediate.int_events_daily": events,
            "intermediate.int_artifacts_by_entity": [
                {"entity_type": kind, "entity_id": name, "artifact_id": name}
                for name in PROJECTS
                for kind in ("artifact", "project")
            ],
            "marts.artifacts": [{"artifact_id": name, "artifact_type": "REPOSITORY"} for name in PROJECTS],
            "marts.projects": [{"project_id": name} for name in PROJECTS],
            "marts.collections": [{"collection_id": "optimism"}],
            "marts.dependencies_by_collection": [
                {
                    "collection_id": "optimism",
                    "dependent_project_id": dependent,
                    "dependency_project_id": dependency,
                    "dependency_use": use,
                }
                for dependent, dependency, use in USES
            ],
            "intermediate.int_projects_by_collection": [
                {"collection_id": "optimism", "project_id": name, "project_name": name} for name in PROJECTS
            ],
        },
    )

    rows = con.execute(
        "select project_name, dependent_count, development_dependent_count, dependency_count, "
        "development_dependency_count, dependents_active_developer_amount, dependents_without_active_developer_count, "
        "dependents_active_address_amount, dependents_without_active_address_count, dependents_gas_fee_amount, "
        "dependents_without_gas_fee_count from marts.dependents_by_collection order by 1"
    ).fetchall()
    assert rows == [
        ("ethers", 2, 1, 0, 0, 2.0, 1, None, 2, 2.5, 0),
        ("velodrome", 0, 0, 1, 0, None, 0, None, 0, None, 0),
        ("wagmi", 1, 0, 0, 1, 2.0, 0, None, 1, 0.5, 0),
        ("zora", 0, 0, 2, 0, None, 0, None, 0, None, 0),
    ]
