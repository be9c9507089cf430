"""The marts of the small world, row by row."""

from __future__ import annotations

from datetime import datetime

from tests.unit.metrics.metric_models import FACT_HASH
from tests.unit.transform.world import World, moment

from observer.model.identifier import entity_id, legacy_id

EVENTS = """
    select strftime(e.time, '%-dT%H:%M'), e.event_type, a.artifact_namespace || '/' || a.artifact_name,
        coalesce(u.user_name, u.display_name), e.amount, e.basis
    from marts.events e join marts.artifacts a on a.artifact_id = e.to_artifact_id
    left join marts.users u on u.user_id = e.from_artifact_id
    where {where}
    order by e.time, e.event_type, e.event_source_id
"""


def test_projects_carry_both_forms_of_their_id(world: World) -> None:
    rows = world.rows("select project_id, project_name, legacy_project_id from marts.projects order by project_name")

    assert rows == [
        (entity_id("OSS_DIRECTORY", "oso", name), name, legacy_id("oso", name)) for name in ("alpha", "beta", "empty")
    ]


def test_an_owner_is_every_repository_it_has_now_and_old_names_lead_to_the_new(world: World) -> None:
    rows = world.rows("""
        select project_name, artifact_source, artifact_namespace, artifact_name, artifact_source_id, artifact_type
        from marts.artifacts_by_project order by 1, 2, 3, 4
    """)

    assert rows == [
        ("alpha", "GITHUB", "acme", "demo", "81", "REPOSITORY"),
        ("alpha", "GITHUB", "acme", "demo#80", "80", "REPOSITORY"),
        ("alpha", "GITHUB", "acme", "site", "11", "REPOSITORY"),
        ("alpha", "GITHUB", "acme", "tool", "10", "REPOSITORY"),
        ("alpha", "GITHUB", "new", "widget", "50", "REPOSITORY"),
        ("alpha", "NPM", "left-pad", "left-pad", "https://www.npmjs.com/package/left-pad", "PACKAGE"),
        ("beta", "GITHUB", "beta", "core", "60", "REPOSITORY"),
        ("beta", "GITHUB", "beta", "never-seen", None, "REPOSITORY"),
        ("beta", "GITHUB", "beta", "tool", "61", "REPOSITORY"),
        ("beta", "GITHUB", "ghost", "ghost", None, "OWNER"),
    ]


def test_artifact_ids_are_made_of_the_current_name_and_of_the_number(world: World) -> None:
    (row,) = world.rows(
        "select artifact_id, legacy_artifact_id, artifact_url from marts.artifacts where artifact_source_id = '50'"
    )

    assert row == (
        entity_id("GITHUB", "new", "widget"),
        legacy_id("GITHUB", "50"),
        "https://github.com/new/widget",
    )


def test_names_have_the_time_in_which_they_were_valid(world: World) -> None:
    rows = world.rows("""
        select n.artifact_namespace, n.artifact_name, n.valid_from, n.valid_to, n.basis
        from marts.artifact_names n join marts.artifacts a using (artifact_id)
        where artifact_source_id in ('50', '80', '81', '11') or artifact_type = 'OWNER'
        order by 1, 2, 3 nulls first, 4 nulls last
    """)

    assert rows == [
        ("acme", "demo", None, moment("3T07:00"), "archive"),
        ("acme", "demo", None, None, "archive"),
        ("acme", "site", None, None, "archive"),
        ("ghost", "ghost", None, None, "directory"),
        ("new", "widget", moment("2T05:00"), None, "archive"),
        ("old", "widget", None, moment("2T05:00"), "archive"),
    ]


def test_an_artifact_stands_once_in_a_collection_and_unknown_projects_are_left_out(world: World) -> None:
    rows = world.rows(
        "select collection_name, count(*), count(distinct artifact_id) from marts.artifacts_by_collection group by 1"
    )
    members = world.rows("select project_name from marts.projects_by_collection order by 1")

    assert rows == [("both", 10, 10)]
    assert members == [("alpha",), ("beta",)]


def test_commits_count_once_in_the_repository_that_is_no_fork(world: World) -> None:
    rows = world.rows(EVENTS.format(where="event_type = 'COMMIT_CODE' and basis = 'git'"))

    assert rows == [
        ("1T09:00", "COMMIT_CODE", "acme/tool", "ann", 1.0, "git"),
        ("1T12:00", "COMMIT_CODE", "acme/tool", "Carl", 1.0, "git"),
        ("2T11:00", "COMMIT_CODE", "acme/tool", None, 1.0, "git"),
        ("3T09:00", "COMMIT_CODE", "acme/tool", "Carl", 1.0, "git"),
        ("4T08:00", "COMMIT_CODE", "beta/tool", "Carl", 1.0, "git"),
    ]


def test_work_with_an_agent_is_an_event_beside_the_commit(world: World) -> None:
    rows = world.rows(EVENTS.format(where="event_type = 'AGENT_ASSISTED_COMMIT'"))

    assert rows == [("3T09:00", "AGENT_ASSISTED_COMMIT", "acme/tool", "Carl", 1.0, "git")]


def test_impossible_dates_stay_in_the_warehouse_and_out_of_what_is_published(world: World) -> None:
    kept = world.rows("select event_source_id, amount from intermediate.int_events where time is null")
    published = world.rows("select count(*) from marts.events where event_source_id = 'c5'")

    assert kept == [("c5", 1.0)]
    assert published == [(0,)]


def test_pushes_tell_of_commits_where_no_history_was_read(world: World) -> None:
    rows = world.rows(EVENTS.format(where="event_type = 'COMMIT_CODE' and basis = 'archive'"))

    assert rows == [
        ("1T16:00", "COMMIT_CODE", "beta/core", "Carl", 1.0, "archive"),
        ("1T16:00", "COMMIT_CODE", "beta/core", "robert", 1.0, "archive"),
        ("2T16:00", "COMMIT_CODE", "beta/core", None, None, "archive"),
        ("3T17:00", "COMMIT_CODE", "beta/core", "Carl", 1.0, "archive"),
    ]


def test_a_merged_pull_request_belongs_to_its_author_and_is_unique(world: World) -> None:
    rows = world.rows(EVENTS.format(where="event_type like 'PULL_REQUEST%'"))
    ids = world.rows("select event_source_id, event_id from marts.events where event_type = 'PULL_REQUEST_MERGED'")

    assert rows == [
        ("3T11:59", "PULL_REQUEST_MERGED", "acme/tool", "eve", 1.0, "archive"),
        ("3T12:00", "PULL_REQUEST_CLOSED", "acme/tool", "ann", 1.0, "archive"),
        ("3T13:00", "PULL_REQUEST_OPENED", "acme/tool", "dependabot[bot]", 1.0, "archive"),
    ]
    assert ids == [("900", entity_id("GITHUB", "PULL_REQUEST_MERGED", "900"))]


def test_issues_comments_stars_and_forks_of_the_directory_are_events(world: World) -> None:
    rows = world.rows(
        EVENTS.format(where="event_type in ('ISSUE_OPENED', 'ISSUE_CLOSED', 'ISSUE_COMMENT', 'STARRED', 'FORKED')")
    )

    assert rows == [
        ("1T01:10", "STARRED", "acme/tool", "ann", 1.0, "archive"),
        ("1T01:20", "FORKED", "acme/tool", "eve", 1.0, "archive"),
        ("1T02:10", "STARRED", "acme/site", "robert", 1.0, "archive"),
        ("1T05:00", "ISSUE_OPENED", "new/widget", "ann", 1.0, "archive"),
        ("1T07:00", "STARRED", "acme/demo#80", "eve", 1.0, "archive"),
        ("1T18:00", "STARRED", "beta/core", "ann", 1.0, "archive"),
        ("2T02:10", "STARRED", "acme/site", "robert", 1.0, "archive"),
        ("2T05:00", "ISSUE_CLOSED", "new/widget", "ann", 1.0, "archive"),
        ("3T07:00", "STARRED", "acme/demo", "eve", 1.0, "archive"),
        ("3T14:00", "ISSUE_COMMENT", "acme/tool", "codecov-io", 1.0, "archive"),
    ]


def test_a_version_tag_is_a_release_unless_the_archive_has_it(world: World) -> None:
    rows = world.rows(EVENTS.format(where="event_type = 'RELEASE_PUBLISHED'"))

    assert rows == [
        ("3T09:00", "RELEASE_PUBLISHED", "acme/tool", None, 1.0, "git"),
        ("3T15:00", "RELEASE_PUBLISHED", "acme/tool", "ann", 1.0, "archive"),
    ]


def test_the_last_star_count_of_a_day_is_kept(world: World) -> None:
    rows = world.rows("select time, amount, unit from marts.events where event_type = 'STAR_COUNT'")

    assert rows == [(moment("3T13:00"), 42.0, "stars")]


def test_every_event_has_an_id_of_its_own_and_leads_to_a_record_and_a_user(world: World) -> None:
    (row,) = world.rows("""
        select count(*) - count(distinct event_id), count(*) filter (record_ref is null),
            count(*) filter (from_artifact_id not in (select user_id from marts.users))
        from marts.events
    """)

    assert row == (0, 0, 0)


def test_bots_are_told_from_people_with_the_reason(world: World) -> None:
    rows = world.rows("""
        select user_source, user_name, display_name, user_class, class_evidence from marts.users
        order by user_source, user_name
    """)

    assert rows == [
        ("GITHUB", "ann", "Ann", "person", None),
        ("GITHUB", "codecov-io", "codecov-io", "bot", "listed: coverage reports posted by codecov.io"),
        ("GITHUB", "dependabot[bot]", "dependabot[bot]", "bot", "login ends in [bot]"),
        ("GITHUB", "eve", "eve", "person", None),
        ("GITHUB", "robert", "robert", "person", None),
        ("GIT_EMAIL", None, "Carl", "person", None),
    ]


def test_every_merged_identity_is_a_row_with_its_evidence(world: World) -> None:
    rows = world.rows("""
        select u.user_name, i.rule, i.evidence, i.confidence, i.evidence_count, i.author, i.state
        from marts.identity_links i join marts.users u using (user_id) order by 1, 2
    """)

    number = "private address with account number"
    renamed = "the account with this number had another login before"
    assert rows == [
        ("ann", "private_address", number, 1.0, 2, "rule private_address", "accepted"),
        ("robert", "private_address", f"hash of the {number}", 1.0, 1, "rule private_address", "accepted"),
        ("robert", "renamed_account", renamed, 1.0, 1, "rule renamed_account", "accepted"),
    ]


def test_days_add_up_to_the_events(world: World) -> None:
    daily = world.rows("""
        select bucket_day, amount, event_count from marts.events_daily
        where event_type = 'COMMIT_CODE' and to_artifact_id = (
            select artifact_id from marts.artifacts where artifact_name = 'core'
        )
        order by 1, 2
    """)
    totals = world.rows("select sum(amount), sum(event_count) from marts.events_daily")
    events = world.rows("select sum(amount), count(*) from marts.events")

    assert [(str(day), amount, count) for day, amount, count in daily] == [
        ("2024-11-01", 1.0, 1),
        ("2024-11-01", 1.0, 1),
        ("2024-11-02", None, 1),
        ("2024-11-03", 1.0, 1),
    ]
    assert totals == events


def test_repositories_say_what_git_and_the_archive_know(world: World) -> None:
    rows = world.rows("""
        select artifact_name, default_branch, is_fork, star_count, fork_count, first_commit_at, last_commit_at,
            commit_count
        from marts.repositories where artifact_name in ('tool', 'never-seen', 'core')
        order by artifact_namespace, artifact_name
    """)

    assert rows == [
        ("tool", "main", None, 42, 5, moment("1T09:00"), moment("3T09:00"), 4),
        ("core", None, None, None, None, None, None, None),
        ("never-seen", None, None, None, None, None, None, None),
        ("tool", "main", True, None, None, moment("1T09:00"), moment("4T08:00"), 4),
    ]


def test_sources_tell_how_fresh_they_are(world: World) -> None:
    rows = world.rows("""
        select stream, last_load_at, last_event_at, row_count, quarantined_count, state from marts.source_status
        where connector in ('github-archive', 'git') and stream in ('events', 'line_counts') order by 1
    """)
    refused = world.rows("select * from marts.quarantine")

    assert rows == [
        ("events", datetime(2024, 11, 4, 10), moment("3T17:00"), 22, 1, "loaded with refusals"),
        ("line_counts", None, None, 0, 0, "never loaded"),
    ]
    assert refused == [("github-archive", "events", "2024-11-01-1.json.gz", 7, "not JSON", datetime(2024, 11, 4, 10))]


def test_the_hash_of_a_day_of_events_tells_all_that_metrics_read_of_it(world: World) -> None:
    """Builds find days that changed by it."""
    (row,) = world.rows(f"""
        select count(*) filter (fact_hash is distinct from {FACT_HASH}),
            count(*) filter (from_artifact_id is null), count(*) filter (amount is null), count(distinct fact_hash) > 20
        from intermediate.int_events_daily
    """)

    assert row[0] == 0
    assert row[1] > 0, "events by nobody known are among them"
    assert row[2] > 0, "events of unknown amount are among them"
    assert row[3]
