"""Views of on-chain metrics: wide rows of current values by project or collection and network; contracts."""

# ruff: noqa: S608 - every statement is text of this module

from __future__ import annotations

from observer.model.compatibility.directory import COLLECTION, PROJECT
from observer.model.compatibility.view import Era, View, same
from observer.model.table import Column, ColumnType, EntityType, maybe

_VERSIONED = (Era.LATE_2024, Era.SINCE_2025)
TABLES = ("events_daily", "key_metrics", "artifacts_by_project")
_ALL = "'CONTRACT_INVOCATION_DAILY_COUNT'"
_SUCCESS = "'CONTRACT_INVOCATION_SUCCESS_DAILY_COUNT'"
_GAS = "'CONTRACT_INVOCATION_DAILY_L2_GAS_USED'"
_TODAY = "(select sample_date from key_metrics limit 1)"
_LAST_90_DAYS = f"bucket_day > {_TODAY} - 90"
_LAST_180_DAYS = f"bucket_day > {_TODAY} - 180"


def _column(name: str, text: str, kind: ColumnType = ColumnType.BIGINT) -> Column:
    return maybe(name, text, kind)


_METRICS = (
    _column("days_since_first_transaction", "Days from the first successful transaction to the last complete day."),
    _column("active_contract_count_90_days", "Contracts that were called, successfully or not."),
    _column("transaction_count", "Successful transactions of all time."),
    _column("transaction_count_6_months", "Successful transactions of the last 180 days."),
    _column("gas_fees_sum", "ETH that was paid for gas, of all time; empty where unknown.", ColumnType.DOUBLE),
    _column("gas_fees_sum_6_months", "ETH that was paid for gas in the last 180 days.", ColumnType.DOUBLE),
    _column("address_count", "Addresses with a successful transaction, of all time."),
    _column("address_count_90_days", "Addresses with a successful transaction in the last 90 days."),
    _column("new_address_count_90_days", "Those of them whose first one is in these days."),
    _column("returning_address_count_90_days", "Those of them whose first one is older."),
    _column("high_activity_address_count_90_days", "Those of them with 100 transactions or more."),
    _column("medium_activity_address_count_90_days", "Those of them with 10 to 99."),
    _column("low_activity_address_count_90_days", "Those of them with 1 to 9."),
    _column(
        "multi_project_address_count_90_days",
        "Those of them that used more than two projects of the directory on this network.",
    ),
)  # fmt: skip


def network_facts(entity: EntityType) -> str:
    """A row per entity and network that it was called on, with all values."""
    column = f"{entity.value}_id"
    members = f"artifacts_by_{entity.value}"
    return f"""
        select
            contracts.entity_id,
            contracts.event_source,
            {_TODAY} - addresses.first_day as days_since_first_transaction,
            addresses.first_day,
            contracts.active_contract_count_90_days,
            contracts.gas_fees_sum,
            contracts.gas_fees_sum_6_months,
            coalesce(addresses.transaction_count, 0) as transaction_count,
            coalesce(addresses.transaction_count_6_months, 0) as transaction_count_6_months,
            coalesce(addresses.address_count, 0) as address_count,
            coalesce(addresses.address_count_6_months, 0) as address_count_6_months,
            coalesce(addresses.address_count_90_days, 0) as address_count_90_days,
            coalesce(addresses.new_address_count_90_days, 0) as new_address_count_90_days,
            coalesce(addresses.returning_address_count_90_days, 0) as returning_address_count_90_days,
            coalesce(addresses.high_activity_address_count_90_days, 0) as high_activity_address_count_90_days,
            coalesce(addresses.medium_activity_address_count_90_days, 0) as medium_activity_address_count_90_days,
            coalesce(addresses.low_activity_address_count_90_days, 0) as low_activity_address_count_90_days,
            coalesce(addresses.multi_project_address_count_90_days, 0) as multi_project_address_count_90_days
        from (
            select
                {column} as entity_id,
                event_source,
                count(distinct case when event_type = {_ALL} and amount > 0 and {_LAST_90_DAYS} then to_artifact_id end)
                    as active_contract_count_90_days,
                sum(case when event_type = {_GAS} then amount end) / 1e18 as gas_fees_sum,
                sum(case when event_type = {_GAS} and {_LAST_180_DAYS} then amount end) / 1e18 as gas_fees_sum_6_months
            from events_daily
            inner join {members}
                on events_daily.to_artifact_id = {members}.artifact_id
            where event_type in ({_ALL}, {_GAS})
            group by {column}, event_source
        ) as contracts
        left join ({_addresses(column, members)}
        ) as addresses
            on contracts.entity_id = addresses.entity_id and contracts.event_source = addresses.event_source"""


def _addresses(column: str, members: str) -> str:
    return f"""
            select
                used.entity_id,
                used.event_source,
                min(used.first_day) as first_day,
                sum(used.total) as transaction_count,
                sum(used.half_year) as transaction_count_6_months,
                count(*) as address_count,
                count(case when used.half_year > 0 then 1 end) as address_count_6_months,
                count(case when used.recent > 0 then 1 end) as address_count_90_days,
                count(case when used.recent > 0 and used.first_day > {_TODAY} - 90 then 1 end)
                    as new_address_count_90_days,
                count(case when used.recent > 0 and used.first_day <= {_TODAY} - 90 then 1 end)
                    as returning_address_count_90_days,
                count(case when used.recent >= 100 then 1 end) as high_activity_address_count_90_days,
                count(case when used.recent >= 10 and used.recent < 100 then 1 end)
                    as medium_activity_address_count_90_days,
                count(case when used.recent > 0 and used.recent < 10 then 1 end) as low_activity_address_count_90_days,
                count(case when used.recent > 0 and spread.project_count > 2 then 1 end)
                    as multi_project_address_count_90_days
            from (
                select
                    {column} as entity_id,
                    event_source,
                    from_artifact_id,
                    min(bucket_day) as first_day,
                    sum(amount) as total,
                    sum(case when {_LAST_180_DAYS} then amount else 0 end) as half_year,
                    sum(case when {_LAST_90_DAYS} then amount else 0 end) as recent
                from events_daily
                inner join {members}
                    on events_daily.to_artifact_id = {members}.artifact_id
                where event_type = {_SUCCESS} and amount > 0 and from_artifact_id is not null
                group by {column}, event_source, from_artifact_id
            ) as used
            left join (
                select event_source, from_artifact_id, count(distinct project_id) as project_count
                from events_daily
                inner join artifacts_by_project
                    on events_daily.to_artifact_id = artifacts_by_project.artifact_id
                where event_type = {_SUCCESS} and amount > 0 and {_LAST_90_DAYS}
                group by event_source, from_artifact_id
            ) as spread
                on used.event_source = spread.event_source and used.from_artifact_id = spread.from_artifact_id
            group by used.entity_id, used.event_source"""


def _wide(entity: EntityType) -> str:
    return f"""
    select entity.*, facts.*
    from {entity.value}s as entity
    inner join ({network_facts(entity)}
    ) as facts
        on entity.{entity.value}_id = facts.entity_id"""


_NETWORK = maybe("event_source", "Network.")
_CONTRACT = same(
    "contracts", "deployment_date", "contract_address", "contract_namespace", "originating_address", "factory_address",
    "root_deployer_address", "sort_weight",
)  # fmt: skip
_SOURCE = maybe("artifact_source", "Network, as in contract_namespace.")

ONCHAIN_VIEWS = (
    View(
        "onchain_metrics_by_project_v1",
        _VERSIONED,
        "One row per project and network on which its contracts were called, with current values.",
        ("projects", *TABLES),
        (*PROJECT, *same("projects", "display_name"), _NETWORK, *_METRICS),
        _wide(EntityType.PROJECT),
        key=("project_id", "event_source"),
    ),
    View(
        "onchain_metrics_by_collection_v1",
        _VERSIONED,
        "One row per collection and network on which its contracts were called, with current values.",
        ("collections", "artifacts_by_collection", *TABLES),
        (*COLLECTION, *same("collections", "display_name"), _NETWORK, *_METRICS),
        _wide(EntityType.COLLECTION),
        key=("collection_id", "event_source"),
    ),
    View(
        "contracts_v0",
        _VERSIONED,
        "One row per contract of a project on a network.",
        ("contracts",),
        (*_CONTRACT, _SOURCE),
        "    select contracts.*, contract_namespace as artifact_source from contracts",
        key=("contract_namespace", "contract_address"),
    ),
    View(
        "contracts_v1",
        (Era.LATE_2024,),
        "One row per contract of a project on a network, in the shape of mid 2024.",
        ("contracts",),
        (_SOURCE, *same("contracts", "root_deployer_address", "contract_address")),
        "    select contracts.*, contract_namespace as artifact_source from contracts",
        key=("artifact_source", "contract_address"),
    ),
)
