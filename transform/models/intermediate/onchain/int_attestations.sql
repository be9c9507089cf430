with attestations as (

    select * from {{ ref('stg_eas__attestations') }}

),

schemas as (

    select * from {{ ref('stg_eas__schemas') }}

),

artifacts as (

    select
        artifact_id,
        artifact_source,
        artifact_name
    from {{ ref('int_artifacts') }}
    where artifact_name like '0x%'

),

networks as (

    select distinct network
    from attestations

),

known_addresses as (

    select
        networks.network,
        artifacts.artifact_name as address,
        coalesce(
            max(case when artifacts.artifact_source = networks.network then artifacts.artifact_id end),
            max(artifacts.artifact_id)
        ) as artifact_id
    from artifacts
    inner join networks
        on artifacts.artifact_source in (networks.network, 'ANY_EVM')
    group by
        networks.network,
        artifacts.artifact_name

),

final as (

    select
        attestations.network,
        attestations.attestation_id,
        attestations.schema_id,
        schemas.definition as schema_definition,
        attestations.attester_address,
        attesters.artifact_id as attester_artifact_id,
        attestations.recipient_address,
        recipients.artifact_id as recipient_artifact_id,
        attestations.referred_attestation_id,
        attestations.attested_at,
        attestations.revoked_at,
        attestations.expires_at,
        attestations.is_revoked,
        attestations.is_offchain,
        attestations.transaction_hash,
        attestations.data_json,
        attestations.observed_at,
        attestations.record_ref
    from attestations
    left join schemas
        on
            attestations.network = schemas.network
            and attestations.schema_id = schemas.schema_id
    left join known_addresses as attesters
        on
            attestations.network = attesters.network
            and attestations.attester_address = attesters.address
    left join known_addresses as recipients
        on
            attestations.network = recipients.network
            and attestations.recipient_address = recipients.address

)

select * from final
