with source as (

    select * from {{ source('raw', 'open_collective__transactions') }}

),

final as (

    select
        transaction_id,
        group_id,
        created_at,
        type as transaction_type,
        kind,
        account_slug,
        opposite_account_id,
        opposite_account_slug,
        opposite_account_name,
        opposite_account_type,
        currency,
        cast(amount as decimal(38, 18)) as amount,
        cast(payment_processor_fee as decimal(38, 18)) as payment_processor_fee,
        cast(host_fee as decimal(38, 18)) as host_fee,
        cast(tax_amount as decimal(38, 18)) as tax_amount,
        cast(net_amount as decimal(38, 18)) as net_amount,
        cast(balance as decimal(38, 18)) as balance,
        coalesce(is_refund, false) as is_refund,
        coalesce(is_refunded, false) as is_refunded,
        refund_transaction_id,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
