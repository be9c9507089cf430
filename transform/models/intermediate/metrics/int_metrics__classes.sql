with definitions as (

    select * from {{ ref('int_metrics__definitions') }}
    where kind in ('sum', 'distinct', 'sql')

),

user_classes as (

    {% for user_class, class_key in metric_user_classes().items() -%}
    select '{{ user_class }}' as user_class, {{ class_key }} as sender_class_key
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

counted as (

    select
        definitions.metric_key,
        user_classes.sender_class_key,
        0 as class_key,
    from definitions
    {{ metric_each('definitions.user_classes', 'each_class', 'user_class') }}
    inner join user_classes
        on user_classes.user_class = each_class.user_class

),

-- People are counted by every metric: without the other classes they are what remains.
single as (

    select
        definitions.metric_key,
        user_classes.sender_class_key,
        user_classes.sender_class_key as class_key,
    from definitions
    cross join user_classes
    where
        user_classes.user_class <> 'person'
        and definitions.kind in ('sum', 'distinct')

),

final as (

    select metric_key, sender_class_key, class_key from counted
    union all
    select metric_key, sender_class_key, class_key from single

)

select * from final
