-- Full-time means commits on at least 30 of 90 days, as the metric full_time_developers defines it.
with current_values as (

    select
        entity_id as project_id,
        max(case when metric_name = 'issues_closed' then amount end) as issues_closed,
        max(case when metric_name = 'full_time_developers' then amount end) as full_time_developers
    from key_metrics
    where
        entity_type = 'project'
        and grain = 'rolling_90_days'
    group by entity_id

)

select
    projects.project_id,
    'ISSUES_CLOSED_PER_FULL_TIME_CONTRIBUTOR_90D' as impact_metric,
    current_values.issues_closed / nullif(current_values.full_time_developers, 0) as amount
from projects
left join current_values
    on current_values.project_id = projects.project_id
