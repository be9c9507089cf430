"""Every invariant of a build holds in a small world, is broken by the damage that it is about, and names the row."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

KEY = "update marts.key_metrics set"
SUM = "update intermediate.int_metrics__sum set"
EVENTS = "update intermediate.int_events_daily set"
COVERAGE = "update intermediate.int_coverage set"
NETWORKS = (
    "insert into intermediate.int_onchain_metrics_by_network (entity_type, entity_id, network, address_count, "
    "address_count_90_days, new_address_count_90_days, returning_address_count_90_days, "
    "high_activity_address_count_90_days, medium_activity_address_count_90_days, low_activity_address_count_90_days, "
    "multi_project_address_count_90_days, all_network_multi_project_address_count_90_days, "
    "transaction_count, transaction_count_6_months, contract_invocation_count) values ('project', 'p', 'BASE', "
)
DAMAGES = {
    "states_are_known": f"{KEY} state = 'maybe' where state = 'value'",
    "unknown_has_no_amount": f"{KEY} amount = 1 where state = 'unknown'",
    "values_have_amounts": f"{KEY} amount = null where state = 'value'",
    "zeros_are_covered": f"{KEY} state = 'zero', amount = 0 where state = 'unknown'",
    "coverage_is_a_share": f"{KEY} coverage_ratio = 2 where metric_name = 'commits'",
    "covered_days_are_in_order": f"{KEY} covered_from = covered_to + 1 where covered_to is not null",
    "covered_values_have_days": f"{KEY} covered_from = null where coverage_ratio > 0",
    "samples_are_of_one_day": f"{KEY} sample_date = sample_date - 1 where grain = 'all'",
    "windows_grow": f"{KEY} amount = 99 where grain = 'rolling_30_days' and metric_name = 'contributors'",
    "sums_of_counts_grow": f"{KEY} amount = 99 where grain = 'rolling_30_days' and metric_name = 'commits'",
    "levels_are_the_same_in_all_windows": f"{KEY} amount = amount + 1 "
    "where metric_name = 'star_count' and grain = 'all'",
    "all_grains_are_told": "delete from marts.key_metrics where grain = 'all' and metric_name = 'stars'",
    "new_are_among_active": f"{KEY} amount = 99, state = 'value' where metric_name = 'new_contributors'",
    "everybody_was_new_once": f"{KEY} amount = amount + 1 where metric_name = 'contributors' and grain = 'all'",
    "people_are_at_most_events": f"{KEY} amount = 999 where metric_name = 'contributors' and state = 'value'",
    "ratios_divide": f"{KEY} amount = amount + 1 where metric_name = 'pull_request_merge_ratio'",
    "parts_of_people_add_up": f"{KEY} amount = 5 where metric_name = 'part_time_developers'",
    "new_and_returning_addresses_add_up": f"{KEY} amount = 5 where metric_name = 'new_addresses'",
    "addresses_by_activity_add_up": f"{KEY} amount = 5 where metric_name = 'low_activity_addresses'",
    "successes_are_among_invocations": f"{KEY} amount = 5 where metric_name = 'transactions'",
    "collections_hold_their_projects": f"{KEY} amount = 999 where entity_type = 'collection' and state = 'value'",
    "buckets_are_not_in_the_future": f"{SUM} end_date = end_date + 4000 where grain = 'day'",
    "runs_are_in_order": f"{SUM} end_date = start_date - 1 where grain = 'day'",
    "buckets_begin_where_calendars_say": f"{SUM} start_date = start_date + 1 where grain = 'month'",
    "totals_are_of_the_last_day": f"{SUM} start_date = start_date - 1 where grain = 'all'",
    "amounts_are_numbers": f"{SUM} amount = 'nan' where grain = 'week'",
    "numbers_of_people_are_whole": "update intermediate.int_metrics__distinct_buckets set amount = -1",
    "grains_are_defined": f"{SUM} grain = 'hour' where grain = 'day'",
    "totals_add_up": f"{SUM} amount = amount + 1 where grain = 'month'",
    "parts_fit_whole": "update intermediate.int_metrics__distinct_buckets set amount = amount * 9 where grain = 'all' "
    "and entity_key in (select entity_key from intermediate.int_metrics__entities where entity_type = 'project')",
    "organizations_add_up": "insert into intermediate.int_metrics__affiliations (user_id, user_key, start_date, "
    "organization_name, is_independent) select user_id, user_key, date '1900-01-01', twice, false "
    "from intermediate.int_metrics__users cross join (values ('acme'), ('globex')) as names(twice)",
    "events_are_not_in_the_future": f"{EVENTS} bucket_day = bucket_day + 4000",
    "events_have_possible_days": f"{EVENTS} bucket_day = date '1900-01-01'",
    "events_are_counted": f"{EVENTS} event_count = 0",
    "events_are_of_known_types": f"{EVENTS} event_type = 'COMMIT_CODES'",
    "events_belong_to_artifacts": f"{EVENTS} to_artifact_id = 'nowhere'",
    "entity_ids_are_well_formed": "update intermediate.int_projects set project_id = 'short'",
    "members_of_collections_exist": "delete from intermediate.int_projects",
    "coverage_runs_are_in_order": f"{COVERAGE} end_date = start_date - 1",
    "coverage_counts_are_not_negative": f"{COVERAGE} expected_count = -1",
    "silent_days_are_fully_seen": f"{COVERAGE} seen_count = expected_count - 1 where state = 'zero'",
    "days_of_events_are_values": f"{COVERAGE} state = 'zero', seen_count = expected_count where state = 'value'",
    "addresses_of_networks_add_up": f"{NETWORKS} 5, 5, 1, 1, 1, 1, 1, 0, 0, 9, 9, 9)",
    "figures_of_networks_fit": f"{NETWORKS} 5, 5, 2, 3, 1, 1, 3, 0, 0, 9, 9, 8)",
    "segments_hold_all_addresses": f"{NETWORKS} 5, 5, 2, 3, 1, 1, 3, 0, 0, 9, 9, 9)",
    "funding_by_project_is_funding_by_pool": "create or replace view marts.funding_by_pool as select 'LIST' as "
    "event_source, 'fund' as funder_name, '' as grant_pool_name, 5.0 as amount, 1.0 as unknown_project_amount",
}


@pytest.fixture(scope="module")
def queries(compiled: Path) -> list[str]:
    return [file.read_text() for file in compiled.rglob("models/intermediate/invariants/*.sql")]


def test_all_invariants_hold_and_each_has_a_test_that_breaks_it(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute("select invariant_name, state, broken_row_count, examples from marts.invariants").fetchall()

    assert {row[0] for row in rows} == set(DAMAGES)
    assert {row[1:] for row in rows} == {("holds", 0, None)}
    assert len(rows) >= 25


@pytest.mark.parametrize("name", DAMAGES)
def test_an_invariant_is_broken_by_damage_and_names_the_row(
    name: str, queries: list[str], con: duckdb.DuckDBPyConnection
) -> None:
    of_it = [
        f"select * from ({query}) where invariant_name = '{name}'"
        for query in queries
        if f"'{name}' as invariant_name" in query
    ]

    con.execute("begin")
    con.execute(DAMAGES[name])
    rows = [row for query in of_it for row in con.execute(query).fetchall()]
    con.execute("rollback")

    ((_, _, checked, broken, examples),) = rows
    assert broken > 0
    assert checked > 0
    assert len(str(examples).split()) >= 2
