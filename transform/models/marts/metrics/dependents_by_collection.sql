{%- set weights = {
    'active_developer': ('active_developers', 'rolling_180_days'),
    'active_address': ('active_addresses', 'rolling_90_days'),
    'gas_fee': ('gas_fees', 'rolling_180_days'),
} -%}

with dependencies as (

    select * from {{ ref('dependencies_by_collection') }}

),

members as (

    select * from {{ ref('int_projects_by_collection') }}

),

current_values as (

    select
        entity_id as project_id,
        {% for name, metric in weights.items() -%}
        max(case when metric_name = '{{ metric[0] }}' and grain = '{{ metric[1] }}' then amount end) as {{ name }}_amount
        {{- ',' if not loop.last }}
        {% endfor -%}
    from {{ ref('key_metrics') }}
    where
        entity_type = 'project'
        and metric_name in ('{{ weights.values() | map('first') | join("', '") }}')
    group by entity_id

),

dependents as (

    select
        dependencies.collection_id,
        dependencies.dependency_project_id as project_id,
        cast(sum(case when dependencies.dependency_use = 'development' then 0 else 1 end) as bigint) as dependent_count,
        cast(sum(case when dependencies.dependency_use = 'development' then 1 else 0 end) as bigint)
            as development_dependent_count,
        {% for name in weights -%}
        sum(
            case when dependencies.dependency_use <> 'development' then current_values.{{ name }}_amount end
        ) as dependents_{{ name }}_amount,
        cast(sum(
            case
                when dependencies.dependency_use <> 'development' and current_values.{{ name }}_amount is null then 1
                else 0
            end
        ) as bigint) as dependents_without_{{ name }}_count
        {{- ',' if not loop.last }}
        {% endfor -%}
    from dependencies
    left join current_values
        on dependencies.dependent_project_id = current_values.project_id
    group by
        dependencies.collection_id,
        dependencies.dependency_project_id

),

needed as (

    select
        collection_id,
        dependent_project_id as project_id,
        cast(sum(case when dependency_use = 'development' then 0 else 1 end) as bigint) as dependency_count,
        cast(sum(case when dependency_use = 'development' then 1 else 0 end) as bigint) as development_dependency_count
    from dependencies
    group by
        collection_id,
        dependent_project_id

),

final as (

    select
        members.collection_id,
        members.project_id,
        members.project_name,
        coalesce(dependents.dependent_count, 0) as dependent_count,
        coalesce(dependents.development_dependent_count, 0) as development_dependent_count,
        coalesce(needed.dependency_count, 0) as dependency_count,
        coalesce(needed.development_dependency_count, 0) as development_dependency_count,
        {% for name in weights -%}
        dependents.dependents_{{ name }}_amount,
        coalesce(dependents.dependents_without_{{ name }}_count, 0) as dependents_without_{{ name }}_count
        {{- ',' if not loop.last }}
        {% endfor -%}
    from members
    left join dependents
        on
            members.collection_id = dependents.collection_id
            and members.project_id = dependents.project_id
    left join needed
        on
            members.collection_id = needed.collection_id
            and members.project_id = needed.project_id
    where
        dependents.project_id is not null
        or needed.project_id is not null

)

select * from final
