"""Views of grants, donations and contributions."""

from __future__ import annotations

from observer.model.compatibility.directory import PROJECT
from observer.model.compatibility.events import AMOUNT, EVENT_SOURCE, EVENT_TYPE
from observer.model.compatibility.view import Era, View, same
from observer.model.table import ColumnType, maybe

_SINCE_2025 = (Era.SINCE_2025,)
_VERSIONED = (Era.LATE_2024, Era.SINCE_2025)
_TIME = maybe("time", "When it was given, UTC; midnight where the day alone is known.", ColumnType.TIMESTAMP)
_USD = "US dollars at the time; negative for a refund, empty where unknown."
_ENDS = (
    maybe("from_artifact_id", "Id of the funder or donor; empty where unknown."),
    maybe("to_artifact_id", "Artifact that received it; of a grant the project itself, under its own id."),
)


def _daily(name: str, text: str, condition: str) -> View:
    return View(
        name,
        _SINCE_2025,
        text,
        ("events_daily",),
        (
            maybe("bucket_day", "Day, UTC.", ColumnType.DATE),
            EVENT_TYPE,
            EVENT_SOURCE,
            *_ENDS,
            AMOUNT,
            maybe("month", "First day of the month.", ColumnType.DATE),
            maybe("year", "Year.", ColumnType.BIGINT),
        ),
        f"""
    select
        bucket_day, event_type, event_source, from_artifact_id, to_artifact_id, sum(amount) as amount,
        date_trunc('month', bucket_day) as month, extract(year from bucket_day) as year
    from events_daily
    where {condition}
    group by bucket_day, event_type, event_source, from_artifact_id, to_artifact_id
        """,  # noqa: S608 - text of this module
        key=("bucket_day", "event_type", "event_source", "from_artifact_id", "to_artifact_id"),
    )


FUNDING_VIEWS = (
    View(
        "funding_metrics_by_project_v1",
        _VERSIONED,
        "One row per project and source that tells of money which it was given.",
        ("projects", "oss_funding", "key_metrics"),
        (
            *PROJECT,
            *same("projects", "display_name"),
            maybe("event_source", "List that tells of it: OSS_FUNDING, GITCOIN_DONATIONS, OPEN_COLLECTIVE."),
            maybe("total_funders_count", "Different funders and donors that are known.", ColumnType.BIGINT),
            maybe(
                "total_funding_received_usd",
                "US dollars of all time, without what refunds took back; empty where no amount is known.",
                ColumnType.DOUBLE,
            ),
            maybe("total_funding_received_usd_6_months", "The same of the last 180 days.", ColumnType.DOUBLE),
            maybe("grant_count", "Grants, payments and contributions, without refunds.", ColumnType.BIGINT),
        ),
        """
    select projects.*, funding.*
    from projects
    inner join (
        select
            to_project_id,
            event_source,
            count(distinct from_project_id) as total_funders_count,
            sum(amount) as total_funding_received_usd,
            sum(case when cast(time as date) > (select sample_date from key_metrics limit 1) - 180 then amount end)
                as total_funding_received_usd_6_months,
            count(case when amount is null or amount >= 0 then 1 end) as grant_count
        from oss_funding
        where to_project_id is not null
        group by to_project_id, event_source
    ) as funding
        on projects.project_id = funding.to_project_id
        """,
        key=("project_id", "event_source"),
    ),
    View(
        "oss_funding_v0",
        _VERSIONED,
        "One row per grant, payment, contribution or refund, also of projects outside the directory.",
        ("oss_funding",),
        (
            _TIME,
            *same(
                "oss_funding", "event_type", "event_source_id", "event_source", "to_project_name", "to_project_id",
                "to_type", "from_project_name", "from_project_id", "from_type", "amount", "grant_pool_name",
                "metadata_json",
            ),
            maybe("funder", "Funder, as in from_project_name."),
        ),
        "    select oss_funding.*, from_project_name as funder from oss_funding",
    ),
    View(
        "stg_ossd__current_funding",
        _SINCE_2025,
        "One row per grant of the lists of oss-funding.",
        ("oss_funding",),
        (
            maybe("to_project_name", "Project that received it, as the list names it."),
            maybe("amount", _USD, ColumnType.DOUBLE),
            maybe("funding_date", "Day.", ColumnType.DATE),
            maybe("from_funder_name", "Funder."),
            maybe("grant_pool_name", "Pool or round that it came from."),
            maybe("metadata", "What the list says beside, as JSON."),
            maybe("file_path", "Pointer to the source record: file and line."),
        ),
        """
    select
        to_project_name, amount, cast(time as date) as funding_date, from_project_name as from_funder_name,
        grant_pool_name, metadata_json as metadata, record_ref as file_path
    from oss_funding
    where event_source = 'OSS_FUNDING'
        """,
    ),
    View(
        "int_events__gitcoin_funding",
        _SINCE_2025,
        "One row per donation or matching payment of a Gitcoin round.",
        ("oss_funding", "projects"),
        (
            _TIME,
            maybe("event_source", "GITCOIN_DONATIONS or GITCOIN_MATCHING."),
            maybe("donor_address", "Id of the donor, not the address itself; empty for matching."),
            maybe("gitcoin_group_id", "Always empty: groups are not collected."),
            maybe("gitcoin_group_project_name", "Name under which the money was asked for."),
            maybe("project_name", "Name under which the money was asked for."),
            maybe("oso_project_name", "Slug of the project; empty where the directory does not have it."),
            maybe("round_name", "Round."),
            maybe("round_number", "Always empty: the lists give names.", ColumnType.BIGINT),
            maybe("amount_in_usd", _USD, ColumnType.DOUBLE),
        ),
        """
    select
        time, event_source,
        case when event_source = 'GITCOIN_DONATIONS' then from_project_id end as donor_address,
        null as gitcoin_group_id,
        to_application_name as gitcoin_group_project_name,
        to_application_name as project_name,
        projects.project_name as oso_project_name,
        grant_pool_name as round_name,
        null as round_number,
        amount as amount_in_usd
    from oss_funding
    left join projects
        on oss_funding.to_project_id = projects.project_id
    where event_source in ('GITCOIN_DONATIONS', 'GITCOIN_MATCHING')
        """,
    ),
    _daily(
        "int_events_daily__funding",
        "One row per day, type, source, funder and receiver of money.",
        "event_type in ('FUNDING_AWARDED', 'CREDIT')",
    ),
    _daily(
        "int_events_daily__ossd_funding",
        "One row per day, type, source, funder and receiver of grants in the lists of oss-funding.",
        "event_source = 'OSS_FUNDING'",
    ),
)  # fmt: skip
