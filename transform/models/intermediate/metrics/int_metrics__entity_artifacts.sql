with entities as (

    select * from {{ ref('int_metrics__entities') }}

),

links as (

    select * from {{ ref('int_artifacts_by_entity') }}

),

final as (

    select
        entities.entity_key,
        links.artifact_id,
    from links
    inner join entities
        on
            entities.entity_type = links.entity_type
            and entities.entity_id = links.entity_id

    union distinct

    select
        entity_key,
        entity_id as artifact_id,
    from entities
    where entity_type = 'artifact'

)

select * from final
