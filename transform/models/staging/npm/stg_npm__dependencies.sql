with source as (

    select * from {{ source('raw', 'npm__versions') }}

),

entries as (

    select
        lower(name) as package_name,
        version,
        'runtime' as dependency_kind,
        entry.key as listed_name,
        {{ json_plain('entry.value') }} as requirement,
        false as is_optional,
        _observed_at as observed_at,
        _record_ref as record_ref
    from {{ json_entry_rows('source', 'dependencies', 'entry', json_is_object('dependencies')) }}

    union all

    select
        lower(name) as package_name,
        version,
        'development' as dependency_kind,
        entry.key as listed_name,
        {{ json_plain('entry.value') }} as requirement,
        false as is_optional,
        _observed_at as observed_at,
        _record_ref as record_ref
    from {{ json_entry_rows('source', 'devDependencies', 'entry', json_is_object('devDependencies')) }}

    union all

    select
        lower(name) as package_name,
        version,
        'optional' as dependency_kind,
        entry.key as listed_name,
        {{ json_plain('entry.value') }} as requirement,
        true as is_optional,
        _observed_at as observed_at,
        _record_ref as record_ref
    from {{ json_entry_rows('source', 'optionalDependencies', 'entry', json_is_object('optionalDependencies')) }}

    union all

    select
        lower(name) as package_name,
        version,
        'peer' as dependency_kind,
        entry.key as listed_name,
        {{ json_plain('entry.value') }} as requirement,
        coalesce(cast({{ json_text_at('peerDependenciesMeta', 'entry.key', 'optional') }} as boolean), false) as is_optional,
        _observed_at as observed_at,
        _record_ref as record_ref
    from {{ json_entry_rows('source', 'peerDependencies', 'entry', json_is_object('peerDependencies')) }}

),

final as (

    select
        package_name,
        version,
        dependency_kind,
        listed_name,
        requirement,
        is_optional,
        observed_at,
        record_ref
    from entries

)

select * from final
