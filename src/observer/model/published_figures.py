"""Published tables of figures that stand beside the metrics: by network, segment, dependent and grant pool."""

from __future__ import annotations

from observer.model.table import ColumnType, Reference, Table
from observer.model.table import maybe as _maybe
from observer.model.table import must as _must
from observer.model.table import text as _text

_SEGMENTS = (
    "power",
    "loyal",
    "at_risk",
    "churned",
    "promising",
    "needs_attention",
    "tourist",
    "noob",
    "one_and_done",
)
_PROJECT = Reference("project_id", "projects", "project_id")
_COLLECTION = Reference("collection_id", "collections", "collection_id")

FIGURE_TABLES = (
    Table(
        "onchain_metrics_by_network",
        "One row per project or collection and network.",
        (
            _text("entity_type", "project or collection.", "project", "collection"),
            _text("entity_id", "Id of the project or collection."),
            _text("network", "Network; event_source of the events."),
            _must("sample_date", ColumnType.DATE, "The last complete day."),
            _maybe(
                "first_transaction_date",
                "Day of the first successful transaction that was seen; empty where none succeeded.",
                ColumnType.DATE,
            ),
            _maybe("last_transaction_date", "Day of the last one.", ColumnType.DATE),
            _maybe(
                "days_since_first_transaction", "Days from the first one to the last complete day.", ColumnType.BIGINT
            ),
            _must("active_contract_count", ColumnType.BIGINT, "Contracts that were ever called."),
            _must(
                "active_contract_count_90_days",
                ColumnType.BIGINT,
                "Contracts that were called in the last 90 days, successfully or not.",
            ),
            _must(
                "contract_invocation_count",
                ColumnType.BIGINT,
                "Transactions with input, failed ones among them, over all time.",
            ),
            _must("transaction_count", ColumnType.BIGINT, "Successful transactions, over all time."),
            _must("transaction_count_6_months", ColumnType.BIGINT, "Successful transactions in the last 180 days."),
            _maybe(
                "gas_fees_sum",
                "Gas fees in ETH over all time, without those for data elsewhere; empty where no price is known.",
                ColumnType.DOUBLE,
            ),
            _maybe("gas_fees_sum_6_months", "The same in the last 180 days.", ColumnType.DOUBLE),
            _must(
                "unpriced_transaction_count",
                ColumnType.BIGINT,
                "Transactions of unknown price; senders and days with such a one are in no sum of fees.",
            ),
            _must("address_count", ColumnType.BIGINT, "Addresses with a successful transaction, over all time."),
            _must(
                "address_count_90_days",
                ColumnType.BIGINT,
                "Addresses with a successful transaction in the last 90 days; the sum of new and returning ones.",
            ),
            _must(
                "new_address_count_90_days",
                ColumnType.BIGINT,
                "Those of them whose first one, to the entity on this network, is in the last 90 days.",
            ),
            _must("returning_address_count_90_days", ColumnType.BIGINT, "Those of them who came before."),
            _must("high_activity_address_count_90_days", ColumnType.BIGINT, "Those with 100 or more."),
            _must("medium_activity_address_count_90_days", ColumnType.BIGINT, "Those with 10 to 99."),
            _must("low_activity_address_count_90_days", ColumnType.BIGINT, "Those with 1 to 9."),
            _must(
                "multi_project_address_count_90_days",
                ColumnType.BIGINT,
                "Those who used more than two projects on this network in the last 90 days.",
            ),
            _must(
                "all_network_multi_project_address_count_90_days",
                ColumnType.BIGINT,
                "Those who used more than two projects over all networks in the last 90 days.",
            ),
            _must(
                "farcaster_address_count_90_days",
                ColumnType.BIGINT,
                "Those that an account of Farcaster has verified, or that sign for it.",
            ),
            _must(
                "potential_bot_address_count_90_days",
                ColumnType.BIGINT,
                "Those that behave like machines on this network, by all that they ever did there.",
            ),
            _maybe("covered_from", "First day of which blocks of the network are there.", ColumnType.DATE),
            _must(
                "coverage_ratio_90_days",
                ColumnType.DOUBLE,
                "Share, 0 to 1, of the last 90 days whose blocks were read without a gap; below 1 values are partial.",
            ),
            _must("coverage_ratio_6_months", ColumnType.DOUBLE, "The same for the last 180 days."),
        ),
        key=("entity_type", "entity_id", "network"),
    ),
    Table(
        "address_segments",
        "One row per project, network and segment.",
        (
            _text("project_id", "Id of the project."),
            _text("network", "Network."),
            _text(
                "segment",
                "power, loyal, at_risk, churned, promising, needs_attention, tourist, noob or one_and_done.",
                *_SEGMENTS,
            ),
            _must("sample_date", ColumnType.DATE, "The last complete day."),
            _must("address_count", ColumnType.BIGINT, "Addresses in the segment."),
            _must("potential_bot_count", ColumnType.BIGINT, "Those of them that behave like machines."),
            _must("transaction_count", ColumnType.BIGINT, "Successful transactions of the segment, over all time."),
            _must("recency_score_average", ColumnType.DOUBLE, "Average of the recency scores, 1 to 5."),
            _must("frequency_score_average", ColumnType.DOUBLE, "Average of the frequency scores, 1 to 5."),
            _must(
                "ecosystem_score_average",
                ColumnType.DOUBLE,
                "Average of the scores for the number of projects used, 1 to 5.",
            ),
        ),
        key=("project_id", "network", "segment"),
        references=(_PROJECT,),
    ),
    Table(
        "contributor_retention",
        "One row per project or collection, month of the first contribution and month since then with a contributor.",
        (
            _text("entity_type", "project or collection.", "project", "collection"),
            _text("entity_id", "Id of the project or collection."),
            _must(
                "cohort_month",
                ColumnType.DATE,
                "First day of the month in which the people of the cohort contributed first.",
            ),
            _must("months_since", ColumnType.INTEGER, "Calendar months since then; 0 is the month itself."),
            _must("month", ColumnType.DATE, "First day of the month that is counted."),
            _must("contributor_count", ColumnType.BIGINT, "People of the cohort who contributed in the month."),
            _must("cohort_size", ColumnType.BIGINT, "People of the cohort: those of month 0."),
            _must("retained_share", ColumnType.DOUBLE, "The one divided by the other, 0 to 1."),
            _must(
                "is_complete",
                ColumnType.BOOLEAN,
                "Whether the month was over on the last complete day; otherwise there may be more to come.",
            ),
        ),
        key=("entity_type", "entity_id", "cohort_month", "months_since"),
    ),
    Table(
        "dependencies_by_collection",
        "One row per collection, dependent project and project that it depends on.",
        (
            _text("collection_id", "Id of the collection that both projects are in."),
            _text("dependent_project_id", "Id of the project that depends."),
            _text("dependent_project_name", "Its slug."),
            _text("dependency_project_id", "Id of the project whose packages it depends on."),
            _text("dependency_project_name", "Its slug."),
            _text(
                "dependency_use",
                "production if any package is needed to run, else unstated if nothing tells, else development.",
                "production",
                "development",
                "unstated",
            ),
            _must("dependent_count", ColumnType.BIGINT, "Packages and repositories of the dependent that depend."),
            _must("dependency_count", ColumnType.BIGINT, "Packages that they depend on."),
        ),
        key=("collection_id", "dependent_project_id", "dependency_project_id"),
        references=(_COLLECTION,),
    ),
    Table(
        "dependents_by_collection",
        "One row per collection and project with a dependent or a dependency in it.",
        (
            _text("collection_id", "Id of the collection."),
            _text("project_id", "Id of the project."),
            _text("project_name", "Its slug."),
            _must(
                "dependent_count",
                ColumnType.BIGINT,
                "Other projects of the collection that depend on it, but for those that need it for development alone.",
            ),
            _must("development_dependent_count", ColumnType.BIGINT, "Those that need it for development alone."),
            _must(
                "dependency_count",
                ColumnType.BIGINT,
                "Other projects of the collection that it depends on, not for development alone.",
            ),
            _must("development_dependency_count", ColumnType.BIGINT, "Those that it needs for development alone."),
            _maybe(
                "dependents_active_developer_amount",
                "Sum of the active developers of the last 180 days of those dependents; empty where none is known.",
                ColumnType.DOUBLE,
            ),
            _must(
                "dependents_without_active_developer_count",
                ColumnType.BIGINT,
                "Dependents whose active developers are unknown.",
            ),
            _maybe(
                "dependents_active_address_amount",
                "Sum of their active addresses of the last 90 days; empty where none is known.",
                ColumnType.DOUBLE,
            ),
            _must(
                "dependents_without_active_address_count",
                ColumnType.BIGINT,
                "Dependents whose active addresses are unknown.",
            ),
            _maybe(
                "dependents_gas_fee_amount",
                "Sum of the gas fees in ETH that their users paid in the last 180 days; empty where none is known.",
                ColumnType.DOUBLE,
            ),
            _must("dependents_without_gas_fee_count", ColumnType.BIGINT, "Dependents whose gas fees are unknown."),
        ),
        key=("collection_id", "project_id"),
        references=(_COLLECTION, _PROJECT),
    ),
    Table(
        "funding_by_pool",
        "One row per source, funder and grant pool.",
        (
            _text("event_source", "OSS_FUNDING, GITCOIN_DONATIONS, GITCOIN_MATCHING or OPEN_COLLECTIVE."),
            _text("funder_name", "Funder; empty for donors and contributors."),
            _text("grant_pool_name", "Pool or round; empty where the list names none."),
            _must("first_date", ColumnType.DATE, "Day of the first award, UTC."),
            _must("last_date", ColumnType.DATE, "Day of the last one."),
            _must("award_count", ColumnType.BIGINT, "Awards, donations, contributions and refunds."),
            _must("valued_award_count", ColumnType.BIGINT, "Those of a known amount in US dollars."),
            _maybe(
                "amount",
                "Sum of the known amounts in US dollars; refunds are subtracted; empty where none is known.",
                ColumnType.DOUBLE,
            ),
            _must("project_count", ColumnType.BIGINT, "Different projects of the directory that received some."),
            _must("funder_count", ColumnType.BIGINT, "Different funders and donors who are known."),
            _must(
                "unknown_project_award_count", ColumnType.BIGINT, "Awards to projects that the directory does not have."
            ),
            _maybe("unknown_project_amount", "Their sum in US dollars; empty where there is none.", ColumnType.DOUBLE),
        ),
        key=("event_source", "funder_name", "grant_pool_name"),
    ),
    Table(
        "funding_by_project",
        "One row per project, source, funder and grant pool.",
        (
            _text("project_id", "Id of the project."),
            _text("event_source", "OSS_FUNDING, GITCOIN_DONATIONS, GITCOIN_MATCHING or OPEN_COLLECTIVE."),
            _text("funder_name", "Funder; empty for donors and contributors."),
            _text("grant_pool_name", "Pool or round; empty where the list names none."),
            _must("first_date", ColumnType.DATE, "Day of the first award, UTC."),
            _must("last_date", ColumnType.DATE, "Day of the last one."),
            _must("award_count", ColumnType.BIGINT, "Awards, donations, contributions and refunds."),
            _must("valued_award_count", ColumnType.BIGINT, "Those of a known amount in US dollars."),
            _maybe(
                "amount",
                "Sum of the known amounts in US dollars; refunds are subtracted; empty where none is known.",
                ColumnType.DOUBLE,
            ),
            _maybe("amount_6_months", "The same in the last 180 days.", ColumnType.DOUBLE),
            _must("funder_count", ColumnType.BIGINT, "Different funders and donors who are known."),
        ),
        key=("project_id", "event_source", "funder_name", "grant_pool_name"),
        references=(_PROJECT,),
    ),
    Table(
        "invariants",
        "One row per rule that must hold in every build.",
        (
            _text("invariant_name", "Name of the invariant."),
            _text("description", "What must hold."),
            _must("checked_row_count", ColumnType.BIGINT, "Rows that were looked at; 0 where none is about it."),
            _must("broken_row_count", ColumnType.BIGINT, "Rows that break it."),
            _text("state", "A build with a broken one is not published.", "holds", "broken"),
            _maybe("examples", "The first three rows that break it; empty where it holds."),
            _must("sample_date", ColumnType.DATE, "The last complete day of the build."),
        ),
        key=("invariant_name",),
    ),
    Table(
        "capture_rates",
        "One row per event type, basis, grain and bucket.",
        (
            _text("event_source", "Where the events happen: GITHUB."),
            _text("event_type", "What was looked for."),
            _text("basis", "The source whose captures are rated: archive or api."),
            _text("reference_basis", "The source that it is compared with."),
            _text("grain", "month, rolling_30_days, rolling_90_days, rolling_180_days or all."),
            _must("bucket", ColumnType.DATE, "First day of the month, else the last complete day."),
            _must("seen_count", ColumnType.BIGINT, "Events that the rated source has."),
            _must("reference_count", ColumnType.BIGINT, "Events that the other one has."),
            _must("common_count", ColumnType.BIGINT, "Events that both have."),
            _maybe(
                "capture_ratio",
                "Share, 0 to 1, of the other one's events that it has; empty where the other one has none.",
                ColumnType.DOUBLE,
            ),
            _maybe("capture_ratio_low", "Lower end of the 95 % interval of the share (Wilson).", ColumnType.DOUBLE),
            _maybe("capture_ratio_high", "Upper end of it.", ColumnType.DOUBLE),
            _must(
                "estimated_count", ColumnType.DOUBLE, "How many happened, those that neither has among them (Chapman)."
            ),
            _must("estimated_count_low", ColumnType.DOUBLE, "Lower end of its 95 % interval, at least what was seen."),
            _must("estimated_count_high", ColumnType.DOUBLE, "Upper end of it."),
        ),
        key=("event_source", "event_type", "basis", "grain", "bucket"),
    ),
    Table(
        "metric_evidence",
        "One row per metric, entity, grain and basis.",
        (
            _text("metric_name", "Name of the metric."),
            _text("entity_type", "What the value is about, one of artifact, project and collection."),
            _text("entity_id", "Id of the artifact, project or collection."),
            _text("grain", "Length of the period up to the last complete day."),
            _text("basis", "How the events behind the value are known: git, api, archive, registry or estimate."),
            _must("event_count", ColumnType.BIGINT, "Events of this basis behind the value."),
            _maybe(
                "capture_ratio",
                "Share, 0 to 1, of events that this basis captures, by overlap; empty where nothing tells.",
                ColumnType.DOUBLE,
            ),
            _maybe("capture_ratio_low", "Lower end of its 95 % interval.", ColumnType.DOUBLE),
            _maybe("capture_ratio_high", "Upper end of it.", ColumnType.DOUBLE),
        ),
        key=("metric_name", "entity_type", "entity_id", "grain", "basis"),
    ),
)
