"""Views in the shapes of early 2024: slugs, short column names, no versions."""

# ruff: noqa: S608 - every statement is text of this module

from __future__ import annotations

from observer.model.compatibility.code import ACTIVE_AVERAGE, FULL_TIME_AVERAGE, TABLES, joined
from observer.model.compatibility.directory import REPOSITORY_COLUMNS
from observer.model.compatibility.onchain import TABLES as ONCHAIN_TABLES
from observer.model.compatibility.onchain import network_facts
from observer.model.compatibility.view import Era, View, same
from observer.model.table import Column, ColumnType, EntityType, maybe

_EARLY = (Era.EARLY_2024,)
_COUNT = ColumnType.BIGINT
_OWNER = maybe("user_namespace", "Namespace within the source: oso.")
_FULL_NAME = "case when artifact_namespace = '' then artifact_name else artifact_namespace || '/' || artifact_name end"
_ARTIFACT = (
    *same("artifacts", "artifact_id"),
    maybe("artifact_namespace", "Where it is, as the word was used then: GITHUB, NPM, OPTIMISM."),
    *same("artifacts", "artifact_type", "artifact_source_id"),
    maybe("artifact_latest_name", "Owner and name in lower case."),
    maybe("artifact_names", "Every name that it has or had, separated by commas."),
    *same("artifacts", "artifact_url"),
)
_ALL_NAMES = f"""
    left join (
        select artifact_id, string_agg(name, ', ' order by name) as artifact_names
        from (select distinct artifact_id, {_FULL_NAME} as name from artifact_names) as each_name
        group by artifact_id
    ) as former
        on artifacts.artifact_id = former.artifact_id"""
_ARTIFACT_SELECT = f"""
        artifacts.artifact_id, artifacts.artifact_source as artifact_namespace, artifacts.artifact_type,
        artifacts.artifact_source_id, {_FULL_NAME.replace("artifact_", "artifacts.artifact_")} as artifact_latest_name,
        coalesce(former.artifact_names, {_FULL_NAME.replace("artifact_", "artifacts.artifact_")}) as artifact_names,
        artifacts.artifact_url"""
_LAST_180_DAYS = "Over the last 180 days"
_CODE = (
    ("repositories", "facts.repository_count", "Repositories."),
    ("stars", "facts.star_count", "Stars of the repositories when last observed."),
    ("forks", "facts.fork_count", "Forks of the repositories when last observed."),
    ("contributors", "latest.contributor_count", "Contributors of all time."),
    ("contributors_6_months", "latest.contributor_count_6_months", f"{_LAST_180_DAYS}: contributors."),
    ("new_contributors_6_months", "latest.new_contributor_count_6_months", f"{_LAST_180_DAYS}: new contributors."),
    ("avg_active_devs_6_months", ACTIVE_AVERAGE, "Mean over six whole months of people with a commit."),
    ("avg_fulltime_devs_6_months", FULL_TIME_AVERAGE, "Mean over the last 180 days of those with 10 of 30 days."),
    ("commits_6_months", "latest.commit_count_6_months", f"{_LAST_180_DAYS}: commits."),
    ("issues_opened_6_months", "latest.opened_issue_count_6_months", f"{_LAST_180_DAYS}: issues opened."),
    ("issues_closed_6_months", "latest.closed_issue_count_6_months", f"{_LAST_180_DAYS}: issues closed."),
    (
        "pull_requests_opened_6_months",
        "latest.opened_pull_request_count_6_months",
        f"{_LAST_180_DAYS}: pull requests opened.",
    ),
    (
        "pull_requests_merged_6_months",
        "latest.merged_pull_request_count_6_months",
        f"{_LAST_180_DAYS}: pull requests merged.",
    ),
    ("first_commit_date", "facts.first_commit_date", "First commit of repositories that are no copies."),
    ("last_commit_date", "facts.last_commit_date", "Last commit of repositories that are no copies."),
)
_ONCHAIN = (
    ("num_contracts", "active_contract_count_90_days", "Contracts that were called in the last 90 days."),
    ("first_txn_date", "first_day", "Day of the first successful transaction."),
    ("total_txns", "transaction_count", "Successful transactions of all time."),
    ("total_users", "address_count", "Addresses with a successful transaction, of all time."),
    ("total_l2_gas", "gas_fees_sum", "ETH that was paid for gas, of all time."),
    ("txns_6_months", "transaction_count_6_months", "Successful transactions of the last 180 days."),
    ("users_6_months", "address_count_6_months", "Addresses with one in the last 180 days."),
    ("l2_gas_6_months", "gas_fees_sum_6_months", "ETH that was paid for gas in the last 180 days."),
    ("new_user_count", "new_address_count_90_days", "Addresses whose first one is in the last 90 days."),
    ("active_users", "address_count_90_days", "Addresses with one in the last 90 days."),
    ("high_frequency_users", "high_activity_address_count_90_days", "Those with 100 transactions or more."),
    ("more_active_users", "medium_activity_address_count_90_days", "Those with 10 to 99."),
    ("less_active_users", "low_activity_address_count_90_days", "Those with 1 to 9."),
    ("multi_project_users", "multi_project_address_count_90_days", "Those that used more than two projects."),
)


def _named(entity: EntityType) -> tuple[Column, ...]:
    word = entity.value
    return (
        maybe(f"{word}_id", f"Id of the {word}, in the form of 2025."),
        maybe(f"{word}_slug", f"Slug of the {word}."),
        maybe(f"{word}_name", f"Name of the {word} for people."),
    )


def _names(entity: EntityType, table: str) -> str:
    word = entity.value
    slug = f"{table}.{word}_name"
    return f"{table}.{word}_id, {slug} as {word}_slug, coalesce({table}.display_name, {slug}) as {word}_name"


def _measure(name: str, text: str) -> Column:
    if name.startswith(("avg_", "total_l2", "l2_")):
        return maybe(name, text, ColumnType.DOUBLE)
    if name == "first_txn_date":
        return maybe(name, text, ColumnType.DATE)
    return maybe(name, text, ColumnType.TIMESTAMP if name.endswith("_date") else _COUNT)


def _code(entity: EntityType) -> View:
    values = ", ".join(f"{expression} as {name}" for name, expression, _ in _CODE)
    return View(
        f"code_metrics_by_{entity.value}",
        _EARLY,
        f"One row per {entity.value} that has a repository, with its current code metrics.",
        (f"{entity.value}s", f"artifacts_by_{entity.value}", *TABLES),
        (
            *_named(entity),
            maybe("source", "GITHUB; the values count repositories of every forge."),
            maybe("repository_source", "The same."),
            *(_measure(name, text) for name, _, text in _CODE),
        ),
        joined(
            entity,
            f"{entity.value}s",
            f"{_names(entity, 'entity')}, 'GITHUB' as source, 'GITHUB' as repository_source, {values}",
        ),
        key=(f"{entity.value}_id",),
    )


def _onchain(entity: EntityType) -> View:
    values = ", ".join(f"facts.{column} as {name}" for name, column, _ in _ONCHAIN)
    return View(
        f"onchain_metrics_by_{entity.value}",
        _EARLY,
        f"One row per {entity.value} and network on which its contracts were called, with current values.",
        tuple(dict.fromkeys((f"{entity.value}s", f"artifacts_by_{entity.value}", *ONCHAIN_TABLES))),
        (*_named(entity), maybe("network", "Network."), *(_measure(name, text) for name, _, text in _ONCHAIN)),
        f"""
    select {_names(entity, "entity")}, facts.event_source as network, {values}
    from {entity.value}s as entity
    inner join ({network_facts(entity)}
    ) as facts
        on entity.{entity.value}_id = facts.entity_id""",
        key=(f"{entity.value}_id", "network"),
    )


def _segments(name: str, eras: tuple[Era, ...]) -> View:
    return View(
        name,
        eras,
        "One row per project, month and segment of its contributors; no row where there is none or it is unknown.",
        ("timeseries_metrics",),
        (
            *same("projects", "project_id"),
            maybe("user_segment_type", "FULL_TIME_DEV, PART_TIME_DEV or OTHER_CONTRIBUTOR."),
            maybe("bucket_month", "First day of the month.", ColumnType.DATE),
            maybe("amount", "People.", ColumnType.DOUBLE),
        ),
        """
    select project_id, user_segment_type, bucket_month, amount
    from (
        select
            entity_id as project_id,
            case metric_name when 'full_time_developers' then 'FULL_TIME_DEV' when 'part_time_developers'
                then 'PART_TIME_DEV' else 'OTHER_CONTRIBUTOR' end as user_segment_type,
            bucket as bucket_month,
            sum(case when metric_name = 'active_developers' then -amount else amount end) as amount
        from timeseries_metrics
        where
            entity_type = 'project'
            and grain = 'month'
            and metric_name in ('full_time_developers', 'part_time_developers', 'contributors', 'active_developers')
        group by 1, 2, 3
    ) as segments
    where amount > 0
        """,
        key=("project_id", "user_segment_type", "bucket_month"),
    )


def _repositories(name: str) -> View:
    return View(
        name,
        (Era.EARLY_2024, Era.LATE_2024),
        "One row per repository and project that has it.",
        ("repositories", "artifacts_by_project"),
        REPOSITORY_COLUMNS,
        """
    select
        repositories.*, artifacts_by_project.project_id,
        default_branch as branch, license as license_name, license as license_spdx_id,
        primary_language as language, last_commit_at as updated_at
    from repositories
    inner join artifacts_by_project
        on repositories.artifact_id = artifacts_by_project.artifact_id
        """,
        key=("project_id", "artifact_id"),
    )


EARLY_VIEWS = (
    View(
        "projects",
        _EARLY,
        "One row per project of the directory.",
        ("projects", "artifacts_by_project"),
        (
            *_named(EntityType.PROJECT),
            maybe("project_display_name", "The same name for people."),
            _OWNER,
            maybe("count_github_artifacts", "Repositories on GitHub.", _COUNT),
            maybe("count_npm_artifacts", "Packages of npm.", _COUNT),
            maybe("count_blockchain_artifacts", "Addresses on networks.", _COUNT),
        ),
        f"""
    select
        {_names(EntityType.PROJECT, "projects")},
        coalesce(projects.display_name, projects.project_name) as project_display_name,
        projects.project_namespace as user_namespace,
        coalesce(counts.github, 0) as count_github_artifacts,
        coalesce(counts.npm, 0) as count_npm_artifacts,
        coalesce(counts.blockchain, 0) as count_blockchain_artifacts
    from projects
    left join (
        select
            project_id,
            count(case when artifact_source = 'GITHUB' then 1 end) as github,
            count(case when artifact_source = 'NPM' then 1 end) as npm,
            count(distinct case when artifact_name like '0x%' then artifact_id end) as blockchain
        from artifacts_by_project
        group by project_id
    ) as counts
        on projects.project_id = counts.project_id
        """,
        key=("project_id",),
    ),
    View(
        "collections",
        _EARLY,
        "One row per collection of the directory.",
        ("collections",),
        (*_named(EntityType.COLLECTION), _OWNER),
        f"""
    select {_names(EntityType.COLLECTION, "collections")}, collection_namespace as user_namespace
    from collections
        """,
        key=("collection_id",),
    ),
    View(
        "projects_by_collection",
        _EARLY,
        "One row per project and collection that lists it.",
        ("projects_by_collection", "projects", "collections"),
        (*_named(EntityType.COLLECTION), *_named(EntityType.PROJECT)),
        f"""
    select {_names(EntityType.COLLECTION, "collections")}, {_names(EntityType.PROJECT, "projects")}
    from projects_by_collection
    inner join projects
        on projects_by_collection.project_id = projects.project_id
    inner join collections
        on projects_by_collection.collection_id = collections.collection_id
        """,
        key=("collection_id", "project_id"),
    ),
    View(
        "artifacts",
        _EARLY,
        "One row per artifact that belongs to a project.",
        ("artifacts", "artifact_names"),
        _ARTIFACT,
        f"    select {_ARTIFACT_SELECT}\n    from artifacts{_ALL_NAMES}",
        key=("artifact_id",),
    ),
    View(
        "artifacts_by_project",
        _EARLY,
        "One row per artifact and project that owns it.",
        ("artifacts_by_project", "artifacts", "projects", "artifact_names"),
        (*_named(EntityType.PROJECT), *_ARTIFACT, maybe("artifact_name", "Owner and name in lower case.")),
        f"""
    select
        {_names(EntityType.PROJECT, "projects")},{_ARTIFACT_SELECT},
        {_FULL_NAME.replace("artifact_", "artifacts.artifact_")} as artifact_name
    from artifacts_by_project
    inner join artifacts
        on artifacts_by_project.artifact_id = artifacts.artifact_id
    inner join projects
        on artifacts_by_project.project_id = projects.project_id{_ALL_NAMES}
        """,
        key=("project_id", "artifact_id"),
    ),
    *(_code(entity) for entity in (EntityType.PROJECT, EntityType.COLLECTION)),
    *(_onchain(entity) for entity in (EntityType.PROJECT, EntityType.COLLECTION)),
    _segments("users_monthly_to_project", _EARLY),
    _segments("active_devs_monthly_to_project", _EARLY),
    _repositories("repos_by_project"),
    _repositories("int_repo_metrics_by_project"),
)
