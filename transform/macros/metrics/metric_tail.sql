{#
    Metric tables that grow by days. Where all that changed lies on or after some day, a build leaves what lies before
    as it is, cuts off the rest and appends it anew: the tail. `int_metrics__changes` tells that day; a table takes part
    if it was made of what that model calls the state before. Otherwise, and on other engines, tables are made whole.

    A model with materialized='metric_table' says in its config how it is cut (macro metric_cut) and selects what lies
    on or after `metric_tail_from()`, or everything where that is none. With `metric_part` it is made part by part.
    Runs are laid out by their end, so that cutting and reading late ones does not read the others.
#}
{% macro metric_tail() -%}
    {%- set whole = {'mode': 'whole', 'from': none, 'state': none} -%}
    {%- if not execute -%}
        {{ return(whole) }}
    {%- endif -%}
    {%- set told = observer.build_variable('tail_from') -%}
    {%- if told -%}
        {{ return({'mode': 'tail', 'from': told, 'state': none}) }}
    {%- endif -%}
    {%- if target.type != 'duckdb' or not observer.is_on('has_versions') or observer.is_on('dry_run') -%}
        {{ return(whole) }}
    {%- endif -%}
    {%- set changes = load_relation(this.incorporate(path={'identifier': 'int_metrics__changes', 'schema': 'intermediate'})) -%}
    {%- if changes is none -%}
        {{ return(whole) }}
    {%- endif -%}
    {%- set query -%}
        select
            changes.state,
            changes.state_before,
            cast(changes.first_changed_day as varchar),
            known.version,
            totals.version
        from {{ changes }} as changes
        left join temp.main.known_versions as known
            on known.node = '{{ model["unique_id"] }}#state'
        left join temp.main.known_versions as totals
            on totals.node = 'model.{{ model["package_name"] }}.int_metrics__changed_totals#state'
    {%- endset -%}
    {%- set state, before, first_day, own, totals = run_query(query).rows[0] -%}
    {%- set is_there = load_relation(this) is not none -%}
    {%- if is_there and own == state -%}
        {{ return({'mode': 'same', 'from': none, 'state': state}) }}
    {#- What totals changed is told of the state before, too, or not at all. -#}
    {%- elif is_there and first_day is not none and own == before and totals == before -%}
        {{ return({'mode': 'tail', 'from': first_day, 'state': state}) }}
    {%- endif -%}
    {{ return({'mode': 'whole', 'from': none, 'state': state}) }}
{%- endmacro %}

{# The first day that is to be made anew, as a date literal, or none for all days. #}
{% macro metric_tail_from() -%}
    {%- set from = observer.metric_tail()['from'] -%}
    {{ return("cast('" ~ from ~ "' as date)" if from else none) }}
{%- endmacro %}

{#
    The statements that leave of a table what lies before a day: rows by `day`, users of whom nothing is known before it,
    runs of buckets, levels (runs of what is last known), closed years (macro metric_open_year), or everything where a
    table is only for whole builds (scaffold) or is always made whole. Of a rolling run the part before stays; its ends
    move to days that still end a window. Totals over all time that are not counted anew become those of the last day.
    A level lasts until something else is known.
#}
{% macro metric_cut(kind, relation, from) -%}
    {%- if kind == 'day' -%}
        {{ return(['delete from ' ~ relation ~ ' where day >= ' ~ from]) }}
    {%- elif kind == 'user' -%}
        {{ return(['delete from ' ~ relation ~ ' where first_day >= ' ~ from]) }}
    {%- elif kind == 'whole' -%}
        {{ return(['delete from ' ~ relation]) }}
    {%- elif kind == 'closed' -%}
        {{ return(['delete from ' ~ relation ~ ' where ' ~ observer.metric_year_closed(from)]) }}
    {%- elif kind == 'scaffold' -%}
        {#- Large, of which a delete would mark every row. -#}
        {{ return(['create or replace table ' ~ relation ~ ' as select * from ' ~ relation ~ ' where false']) }}
    {%- elif kind in ('runs', 'levels') -%}
        {{ return(observer._metric_cut_runs(relation, from, has_levels=kind == 'levels')) }}
    {%- endif -%}
    {{ return([]) }}
{%- endmacro %}

{% macro _metric_cut_runs(relation, from, has_levels) -%}
    {%- set cut -%}
        delete from {{ relation }}
        where
            {{ observer.metric_is_near('end_date', from) }}
            and (
                (grain like 'rolling%' and start_date >= {{ from }})
                {%- for grain in metric_calendar_grains() %}
                or (grain = '{{ grain }}' and start_date >= {{ metric_bucket(grain, from) }})
                {%- endfor %}
                or (
                    grain = 'all'
                    and (
                        metric_key in (
                            select metric_key from {{ ref('int_metrics__definitions') }} where not has_lasting_totals
                        )
                        or (metric_key, entity_key) in (
                            select (metric_key, entity_key) from {{ ref('int_metrics__changed_totals') }}
                        )
                    )
                )
            )
    {%- endset -%}
    {%- set shorten -%}
        update {{ relation }}
        {% if has_levels -%}
        set end_date = case
            when (metric_key, entity_key) in ({{ observer._metric_entities_observed(from) }}) then {{ add_days(from, -1) }}
            else {{ as_of() }}
        end
        where end_date >= {{ add_days(from, -1) }} and (grain = 'day' or grain like 'rolling%')
        {%- else -%}
        set end_date = {{ add_days(from, -1) }}
        where end_date >= {{ from }} and grain like 'rolling%'
        {%- endif %}
    {%- endset -%}
    {%- set keep -%}
        update {{ relation }}
        set
            start_date = {{ as_of() }},
            end_date = {{ as_of() }}
        where
            grain = 'all'
            and end_date >= {{ add_days(from, -1) }}
            and end_date <> {{ as_of() }}
    {%- endset -%}
    {#- Days that ended a window as long as they were among the last ones. -#}
    {%- set first_passed = add_days(from, -metric_rolling_daily_days()) -%}
    {%- set last_passed = add_days(metric_daily_window_ends_from(), -1) -%}
    {%- set is_passed -%}
            end_date >= {{ first_passed }}
            and start_date <= {{ last_passed }}
            and grain like 'rolling%'
    {%- endset -%}
    {%- set empty -%}
        delete from {{ relation }}
        where
            {{ is_passed }}
            and {{ metric_window_end_after('start_date') }} > {{ metric_window_end_before('end_date') }}
    {%- endset -%}
    {%- set snap -%}
        update {{ relation }}
        set
            start_date = {{ metric_window_end_after('start_date') }},
            end_date = {{ metric_window_end_before('end_date') }}
        where
            {{ is_passed }}
            and (
                start_date between {{ first_passed }} and {{ last_passed }}
                or end_date between {{ first_passed }} and {{ last_passed }}
            )
            and (
                start_date <> {{ metric_window_end_after('start_date') }}
                or end_date <> {{ metric_window_end_before('end_date') }}
            )
    {%- endset -%}
    {{ return([cut, shorten, keep, empty, snap]) }}
{%- endmacro %}

{# The entities of which a metric of kind latest learns something on or after a day. #}
{% macro _metric_entities_observed(from) -%}
    select (metric_events.metric_key, entity_artifacts.entity_key)
    from {{ ref('int_events_daily') }} as events
    inner join (
        select
            definitions.metric_key,
            each_type.event_type,
        from {{ ref('int_metrics__definitions') }} as definitions
        {{ metric_each('definitions.event_types', 'each_type', 'event_type') }}
        where definitions.kind = 'latest'
    ) as metric_events
        on metric_events.event_type = events.event_type
    inner join {{ ref('int_metrics__entity_artifacts') }} as entity_artifacts
        on entity_artifacts.artifact_id = events.to_artifact_id
    where
        events.amount is not null
        and events.bucket_day between {{ from }} and {{ as_of() }}
{%- endmacro %}

{#
    Whether a run may have a bucket as late as one with a day that is made anew: cheap, and true of some others. The
    total of the build before is named by its last day, and that is the day before the first new one or a later one. The
    first condition follows from the others, and is one by which row groups are skipped.
#}
{% macro metric_is_near(bucket, from) -%}
    {{ bucket }} >= least({{ metric_bucket('week', from) }}, {{ metric_bucket('year', from) }}, {{ add_days(from, -1) }})
    and (
        {{ bucket }} >= least({{ metric_bucket('week', from) }}, {{ add_days(from, -1) }})
        or {{ bucket }} in (
            {{ metric_bucket('month', from) }}, {{ metric_bucket('quarter', from) }}, {{ metric_bucket('year', from) }}
        )
    )
{%- endmacro %}

{# The runs of years that lie before the first day that is made anew, of which totals over all time are added up. #}
{% macro metric_is_year_before(grain, bucket, from) -%}
    {{ grain }} = 'year' and {{ bucket }} < {{ metric_bucket('year', from) }}
{%- endmacro %}

{# The order of runs, by their end; those of years, which are read together, after the others. #}
{% macro metric_runs_laid_out() -%}
    {{ laid_out_by(["case when grain = 'year' then 1 else 0 end", 'end_date']) }}
{%- endmacro %}

{#
    The first day of the first year that is open as of a day: what a tail makes anew, or reads day by day, lies on or after
    it. What is known of all closed years together stays as it is, and is read in place of their days.
#}
{% macro metric_open_year(day) -%}
    {{ return(metric_bucket('year', add_days(day, -(metric_tail_days() + metric_windows().values() | max)))) }}
{%- endmacro %}

{# Whether a year may have closed since the build that a tail continues, whose last day is the one before it or later. #}
{% macro metric_year_closed(from) -%}
    {{ metric_open_year(add_days(from, -1)) }} < {{ metric_open_year(as_of()) }}
{%- endmacro %}

{#
    The days of closed years; in a tail none, unless a year may have closed. Engines that make all tables whole read
    nothing in place of days, and none is kept for them.
#}
{% macro metric_in_closed_year(day) -%}
    {%- set from = observer.metric_tail_from() -%}
    {{ day }} < {{ metric_open_year(as_of()) if target.type == 'duckdb' else "cast('0001-01-01' as date)" }}
    {{ ('and ' ~ observer.metric_year_closed(from)) if from }}
{%- endmacro %}

{# Rows on or after the first day that is made anew; everything where all days are. #}
{% macro metric_since(column) -%}
    {%- set from = observer.metric_tail_from() -%}
    {{ ('and ' ~ column ~ ' >= ' ~ from) if from }}
{%- endmacro %}

{#
    The first day that a bucket of some grains with a day that is made anew can have; buckets of all time apart. With
    `has_days_before` as many days before that as the bucket has, and 30 at least.
#}
{% macro metric_reach(grains=none, has_days_before=false) -%}
    {%- set from = observer.metric_tail_from() -%}
    {%- set days = [from] -%}
    {%- for grain in metric_calendar_grains() if grains is none or grain in grains -%}
        {%- set first = metric_bucket(grain, from) -%}
        {%- set length = days_between(first, as_of()) ~ ' + 1' -%}
        {%- do days.append(add_days(first, '-greatest(30, ' ~ length ~ ')') if has_days_before else first) -%}
    {%- endfor -%}
    {%- for grain, length in metric_windows().items() if grains is none or grain in grains -%}
        {%- do days.append(add_days(from, 1 - (2 if has_days_before else 1) * length)) -%}
    {%- endfor -%}
    {{ return('least(' ~ days | join(', ') ~ ')') }}
{%- endmacro %}

{#
    A join that gives the buckets with a day that is made anew, by their days: of calendar grains, of rolling windows or,
    where `is_rolling` is none, of both. All time is apart.
#}
{% macro metric_tail_buckets(day, is_rolling=none) -%}
    inner join {{ ref('int_metrics__bucket_days') }} as bucket_days
        on bucket_days.day = {{ day }}
    inner join {{ ref('int_metrics__buckets') }} as buckets
        on
            buckets.bucket_key = bucket_days.bucket_key
            and buckets.grain <> 'all'
            {% if is_rolling is not none -%}
            and {{ '' if is_rolling else 'not ' }}starts_with(buckets.grain, 'rolling')
            {% endif -%}
            and buckets.last_day >= {{ observer.metric_tail_from() }}
{%- endmacro %}

{% materialization metric_table, default, supported_languages=['sql'] -%}
    {{ return(observer.replace_relation('table')) }}
{%- endmaterialization %}

{% materialization metric_table, adapter='duckdb', supported_languages=['sql'] -%}
    {%- set tail = observer.metric_tail() -%}
    {%- if tail.state is none -%}
        {{ return(observer.replace_relation('table')) }}
    {%- endif -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set is_kept = tail.mode == 'same' -%}
    {%- if tail.mode == 'tail' and config.get('cut') == 'closed' -%}
        {%- set has_closed = run_query('select ' ~ observer.metric_year_closed(observer.metric_tail_from())) -%}
        {%- set is_kept = not has_closed.columns[0].values()[0] -%}
    {%- endif -%}
    {%- if is_kept -%}
        {%- do observer.leave_unchanged() -%}
    {%- elif tail.mode == 'tail' -%}
        {%- for statement_sql in observer.metric_cut(config.get('cut'), target_relation, observer.metric_tail_from()) -%}
            {%- call statement('cut_' ~ loop.index) -%}
                {{ statement_sql }}
            {%- endcall -%}
        {%- endfor -%}
        {%- if config.get('cut') == 'scaffold' -%}
            {%- do observer.leave_unchanged() -%}
        {%- else -%}
            {%- for part in observer.metric_parts(model['compiled_code']) -%}
                {%- call statement('main' if loop.first else 'part_' ~ loop.index) -%}
                    insert into {{ target_relation }} by name (
                        {{ part }}
                    )
                {%- endcall -%}
            {%- endfor -%}
        {%- endif -%}
    {%- else -%}
        {%- set existing_relation = load_cached_relation(this) -%}
        {%- if existing_relation is not none and existing_relation.type != 'table' -%}
            {% do adapter.drop_relation(existing_relation) %}
        {%- endif -%}
        {%- set parts = observer.metric_parts(model['compiled_code']) -%}
        {%- call statement('main') -%}
            {{ observer.replace_statement('table', target_relation, parts[0]) }}
        {%- endcall -%}
        {%- for part in parts[1:] -%}
            {%- call statement('part_' ~ loop.index) -%}
                insert into {{ target_relation }} by name (
                    {{ part }}
                )
            {%- endcall -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do observer.note_state(tail.state) -%}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{# Tables of one state are equal: it is their version, for what reads them too. #}
{% macro note_state(state) -%}
    {%- call statement('note_state', auto_begin=False) -%}
        insert into temp.main.current_versions
        values
        ('{{ model["unique_id"] }}', '{{ state }}', '{{ state }}'),
        ('{{ model["unique_id"] }}#state', '{{ state }}', '{{ state }}')
    {%- endcall -%}
{%- endmacro %}

{#
    How many people had so many active days in each bucket with a day that is made anew, from the active days. Each
    window is counted by itself, which is cheap for few of them.
#}
{% macro metric_tail_people(active_days, is_rolling) -%}
    select
        event_set_key,
        entity_key,
        sender_class_key,
        grain,
        bucket,
        active_day_count,
        has_first_day,
        count(*) as user_count,
    from (
        select
            active_days.event_set_key,
            active_days.entity_key,
            active_days.user_key,
            active_days.sender_class_key,
            buckets.grain,
            buckets.bucket,
            count(*) as active_day_count,
            max(cast(active_days.is_first as integer)) = 1 as has_first_day,
        from {{ active_days }} as active_days
        {{ observer.metric_tail_buckets('active_days.day', is_rolling) }}
        where active_days.day >= {{ observer.metric_reach() }}
        group by
            active_days.event_set_key,
            active_days.entity_key,
            active_days.user_key,
            active_days.sender_class_key,
            buckets.grain,
            buckets.bucket
    ) as people
    group by
        event_set_key,
        entity_key,
        sender_class_key,
        grain,
        bucket,
        active_day_count,
        has_first_day
{%- endmacro %}

{#
    Runs of one bucket each: the people of a histogram within the thresholds of each metric. `grain` is an expression,
    for a histogram that has no such column.
#}
{% macro metric_counted_people(histogram, grain='histogram.grain') -%}
    select
        metric_grains.metric_grain_key,
        metric_classes.class_key,
        histogram.entity_key,
        histogram.bucket as start_date,
        histogram.bucket as end_date,
        sum(histogram.user_count) as amount,
    from {{ histogram }} as histogram
    inner join metric_grains
        on
            metric_grains.event_set_key = histogram.event_set_key
            and metric_grains.grain = {{ grain }}
    inner join metric_classes
        on
            metric_classes.metric_key = metric_grains.metric_key
            and metric_classes.sender_class_key = histogram.sender_class_key
    where
        (histogram.has_first_day or not metric_grains.is_first_only)
        and histogram.active_day_count >= coalesce(metric_grains.at_least, 1)
        and (metric_grains.fewer_than is null or histogram.active_day_count < metric_grains.fewer_than)
    group by
        metric_grains.metric_grain_key,
        metric_classes.class_key,
        histogram.entity_key,
        histogram.bucket
{%- endmacro %}

{# So many days before the last one a tail may begin: a longer one would cost as much as everything. #}
{% macro metric_tail_days() -%}
    {{ return(45) }}
{%- endmacro %}

{# The number of a class of users. #}
{% macro metric_class_key(user_class) -%}
    case {{ user_class }}
        {% for name, class_key in metric_user_classes().items() -%}
        when '{{ name }}' then {{ class_key }}
        {% endfor -%}
    end
{%- endmacro %}

{# A hash of some columns of a row, and a digest of the hashes of a group of rows, as DuckDB has them. #}
{% macro row_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}

{% macro digest_of(hash) -%}
    concat_ws('/', count(*), bit_xor({{ hash }}), sum({{ hash }}))
{%- endmacro %}

{# The hash of a row in models that other engines build, too: null there. #}
{% macro fact_hash(columns) -%}
    {{ observer.row_hash(columns) if target.type == 'duckdb' else 'cast(null as ' ~ dbt.type_bigint() ~ ')' }}
{%- endmacro %}

{# One text for several. #}
{% macro metric_state(texts) -%}
    md5(concat_ws('/', {{ texts | join(', ') }}))
{%- endmacro %}
