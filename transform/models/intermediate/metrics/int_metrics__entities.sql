with links as (

    select * from {{ ref('int_artifacts_by_entity') }}

),

artifacts as (

    select * from {{ ref('artifacts') }}

),

projects as (

    select * from {{ ref('projects') }}

),

collections as (

    select * from {{ ref('collections') }}

),

entities as (

    select
        entity_type,
        entity_id,
    from links

    union distinct

    select
        'artifact' as entity_type,
        artifact_id as entity_id,
    from artifacts
    where artifact_type = 'REPOSITORY'

    union distinct

    select
        'project' as entity_type,
        project_id as entity_id,
    from projects

    union distinct

    select
        'collection' as entity_type,
        collection_id as entity_id,
    from collections

),

final as (

    select
        cast(row_number() over (order by entity_type, entity_id) as integer) as entity_key,
        entity_type,
        entity_id,
    from entities

)

select * from final
