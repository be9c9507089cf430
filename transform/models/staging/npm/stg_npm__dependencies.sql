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
    from (select *, {{ json_entries('dependencies') }} as entry from source where dependencies like '{% raw %}{%{% endraw %}')

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
    from (select *, {{ json_entries('devDependencies') }} as entry from source where devDependencies like '{% raw %}{%{% endraw %}')

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
    from (select *, {{ json_entries('optionalDependencies') }} as entry from source where optionalDependencies like '{% raw %}{%{% endraw %}')

    union all

    select
        lower(name) as package_name,
        version,
        'peer' as dependency_kind,
        entry.key as listed_name,
        {{ json_plain('entry.value') }} as requirement,
        coalesce(cast(json_extract_string(peerDependenciesMeta, '$.' || to_json(entry.key) || '.optional') as boolean), false) as is_optional,
        _observed_at as observed_at,
        _record_ref as record_ref
    from (select *, {{ json_entries('peerDependencies') }} as entry from source where peerDependencies like '{% raw %}{%{% endraw %}')

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
