"""Views of code metrics: wide rows of current values, one for each entity that has a repository."""

# ruff: noqa: S608 - every statement is text of this module

from __future__ import annotations

from observer.model.compatibility.directory import COLLECTION, PROJECT
from observer.model.compatibility.view import Era, View, same
from observer.model.table import Column, ColumnType, EntityType, maybe

_VERSIONED = (Era.LATE_2024, Era.SINCE_2025)
_WINDOW = "rolling_180_days"
_WINDOW_TEXT = "Over the last 180 days"


def _count(name: str, metric: str, grain: str, text: str) -> tuple[Column, str, str]:
    return maybe(name, f"{text}; empty where unknown.", ColumnType.BIGINT), metric, grain


_COUNTS = {
    column.name: (column, metric, grain)
    for column, metric, grain in (
        _count("developer_count", "active_developers", "all", "People with a commit, of all time"),
        _count("contributor_count", "contributors", "all", "Contributors of all time, bots left out"),
        _count("contributor_count_6_months", "contributors", _WINDOW, f"{_WINDOW_TEXT}: contributors"),
        _count(
            "new_contributor_count_6_months", "new_contributors", _WINDOW,
            f"{_WINDOW_TEXT}: contributors who had not contributed before",
        ),
        _count(
            "active_developer_count_6_months", "active_developers", _WINDOW, f"{_WINDOW_TEXT}: people with a commit"
        ),
        _count("commit_count_6_months", "commits", _WINDOW, f"{_WINDOW_TEXT}: commits on default branches"),
        _count(
            "opened_pull_request_count_6_months", "pull_requests_opened", _WINDOW,
            f"{_WINDOW_TEXT}: pull requests opened",
        ),
        _count(
            "merged_pull_request_count_6_months", "pull_requests_merged", _WINDOW,
            f"{_WINDOW_TEXT}: pull requests merged",
        ),
        _count("opened_issue_count_6_months", "issues_opened", _WINDOW, f"{_WINDOW_TEXT}: issues opened"),
        _count("closed_issue_count_6_months", "issues_closed", _WINDOW, f"{_WINDOW_TEXT}: issues closed"),
        _count(
            "comment_count_6_months", "comments", _WINDOW,
            f"{_WINDOW_TEXT}: comments on issues, pull requests and lines of code",
        ),
        _count("release_count_6_months", "releases", _WINDOW, f"{_WINDOW_TEXT}: releases"),
    )
}  # fmt: skip
_DAYS = {
    "time_to_first_response_days_average_6_months": (
        "time_to_first_response",
        f"{_WINDOW_TEXT}: days until somebody else answered; empty where unknown.",
    ),
    "time_to_merge_days_average_6_months": (
        "time_to_merge",
        f"{_WINDOW_TEXT}: days from opening to merging a pull request; empty where unknown.",
    ),
}
_STARS = maybe(
    "star_count", "Stars of the repositories when last observed; empty where nobody looked.", ColumnType.BIGINT
)
_FORKS = maybe(
    "fork_count", "Forks of the repositories when last observed; empty where nobody looked.", ColumnType.BIGINT
)
_REPOSITORIES = maybe("repository_count", "Repositories, forks among them.", ColumnType.BIGINT)
_FULL_TIME = maybe(
    "fulltime_developer_average_6_months",
    "Mean over the last 180 days of those with commits on 10 of the 30 days up to the day; empty where unknown.",
    ColumnType.DOUBLE,
)
_FIRST_COMMIT = maybe(
    "first_commit_date", "First commit, by author time, of repositories that are no copies.", ColumnType.TIMESTAMP
)
_LAST_COMMIT = maybe("last_commit_date", "Last commit of repositories that are no copies.", ColumnType.TIMESTAMP)
_CREATED = maybe("first_created_at_date", "When the oldest repository was created on its forge.", ColumnType.TIMESTAMP)
_UPDATED = maybe("last_updated_at_date", "Last commit of any repository.", ColumnType.TIMESTAMP)
_FORGE = maybe("event_source", "GITHUB, as in the original; the values count repositories of every forge.")
_NAMED = (
    _REPOSITORIES, _STARS, _FORKS,
    *(_COUNTS[name][0] for name in (
        "developer_count", "contributor_count", "contributor_count_6_months", "new_contributor_count_6_months",
        "active_developer_count_6_months",
    )),
    _FULL_TIME,
    *(_COUNTS[name][0] for name in (
        "commit_count_6_months", "opened_pull_request_count_6_months", "merged_pull_request_count_6_months",
        "opened_issue_count_6_months", "closed_issue_count_6_months", "comment_count_6_months",
        "release_count_6_months",
    )),
    *(maybe(name, text, ColumnType.DOUBLE) for name, (_, text) in _DAYS.items()),
    _FIRST_COMMIT, _LAST_COMMIT, _CREATED, _UPDATED,
)  # fmt: skip
_ARTIFACT_COUNTS = (
    "contributor_count", "contributor_count_6_months", "new_contributor_count_6_months",
    "active_developer_count_6_months",
)  # fmt: skip
_ARTIFACT_EVENTS = (
    "commit_count_6_months", "opened_pull_request_count_6_months", "merged_pull_request_count_6_months",
    "opened_issue_count_6_months", "closed_issue_count_6_months",
)  # fmt: skip

# The month of the day after the last complete one: the months before it are whole.
_THIS_MONTH = "date_trunc('month', (select sample_date + 1 from key_metrics limit 1))"
TABLES = ("repositories", "key_metrics", "timeseries_metrics")


def current_values(entity: EntityType) -> str:
    """A row per entity with a current value: the counts, and the means over the six last whole months."""
    counts = "".join(
        f"\n            max(case when metric_name = '{metric}' and grain = '{grain}' then amount end) as {name},"
        for name, (_, metric, grain) in _COUNTS.items()
    )
    # Where a definition measures in another unit than days, the value is brought to days.
    durations = "".join(
        f"\n            max(case when metric_name = '{metric}' and grain = '{_WINDOW}' then case unit"
        f" when 'days' then amount when 'hours' then amount / 24 when 'seconds' then amount / 86400 end end) as {name},"
        for name, (metric, _) in _DAYS.items()
    )
    return f"""
        select
            entity_id,{counts}{durations}
            max(case when metric_name = 'full_time_developers_average' and grain = '{_WINDOW}' then amount end)
                as full_time,
            max(case when metric_name = 'active_developers' and grain = '{_WINDOW}' then state end)
                as active_state
        from key_metrics
        where entity_type = '{entity.value}'
        group by entity_id"""


def monthly_means(entity: EntityType) -> str:
    """A row per entity with developers in the six last whole months: the mean number of them."""
    return f"""
        select
            entity_id,
            sum(amount) / 6.0 as active
        from timeseries_metrics
        where
            entity_type = '{entity.value}'
            and grain = 'month'
            and metric_name = 'active_developers'
            and bucket >= cast({_THIS_MONTH} - interval '6 months' as date)
            and bucket < cast({_THIS_MONTH} as date)
        group by entity_id"""


def repository_facts(entity: EntityType) -> str:
    """A row per entity with repositories: how many, their stars and forks, their times."""
    members = {
        EntityType.ARTIFACT: "repositories",
        EntityType.PROJECT: "repositories inner join artifacts_by_project using (artifact_id)",
        EntityType.COLLECTION: "repositories inner join artifacts_by_collection using (artifact_id)",
    }[entity]
    return f"""
        select
            {entity.value}_id as entity_id,
            count(*) as repository_count,
            sum(star_count) as star_count,
            sum(fork_count) as fork_count,
            min(case when role = 'own' then first_commit_at end) as first_commit_date,
            max(case when role = 'own' then last_commit_at end) as last_commit_date,
            min(created_at) as first_created_at_date,
            max(last_commit_at) as last_updated_at_date
        from {members}
        group by {entity.value}_id"""


def joined(entity: EntityType, entities: str, columns: str) -> str:
    """The SELECT of `columns` over `entities`, aliased `entity`, of those that have a repository."""
    return f"""
    select
        {columns}
    from {entities} as entity
    inner join ({repository_facts(entity)}
    ) as facts
        on entity.{entity.value}_id = facts.entity_id
    left join ({current_values(entity)}
    ) as latest
        on entity.{entity.value}_id = latest.entity_id
    left join ({monthly_means(entity)}
    ) as months
        on entity.{entity.value}_id = months.entity_id"""


FULL_TIME_AVERAGE = "latest.full_time"
ACTIVE_AVERAGE = "case when latest.active_state <> 'unknown' then coalesce(months.active, 0) end"


def _wide(entity: EntityType, own: tuple[Column, ...], source: str) -> str:
    named = ", ".join(f"entity.{column.name}" for column in own)
    return joined(
        entity,
        {EntityType.PROJECT: "projects", EntityType.COLLECTION: "collections", EntityType.ARTIFACT: "artifacts"}[
            entity
        ],
        f"{named}, {source} as event_source, facts.*, latest.*, {FULL_TIME_AVERAGE} as {_FULL_TIME.name}",
    )


CODE_VIEWS = (
    View(
        "code_metrics_by_project_v1",
        _VERSIONED,
        "One row per project that has a repository, with its current code metrics.",
        ("projects", "artifacts_by_project", *TABLES),
        (*PROJECT, *same("projects", "display_name"), _FORGE, *_NAMED),
        _wide(EntityType.PROJECT, (*PROJECT, *same("projects", "display_name")), "'GITHUB'"),
        key=("project_id",),
    ),
    View(
        "code_metrics_by_collection_v1",
        _VERSIONED,
        "One row per collection that has a repository, with its current code metrics; people count once.",
        ("collections", "artifacts_by_collection", *TABLES),
        (*COLLECTION, *same("collections", "display_name"), _FORGE, *_NAMED),
        _wide(EntityType.COLLECTION, (*COLLECTION, *same("collections", "display_name")), "'GITHUB'"),
        key=("collection_id",),
    ),
    View(
        "code_metrics_by_artifact_v0",
        _VERSIONED,
        "One row per repository, with its current code metrics.",
        ("artifacts", *TABLES),
        (
            *same("artifacts", "artifact_id", "artifact_namespace", "artifact_name"),
            maybe("event_source", "Forge of the repository."),
            _STARS, _FORKS,
            *(_COUNTS[name][0] for name in _ARTIFACT_COUNTS),
            _FULL_TIME,
            *(_COUNTS[name][0] for name in _ARTIFACT_EVENTS),
            _FIRST_COMMIT, _LAST_COMMIT,
        ),
        _wide(
            EntityType.ARTIFACT,
            same("artifacts", "artifact_id", "artifact_namespace", "artifact_name"),
            "entity.artifact_source",
        ),
        key=("artifact_id",),
    ),
)  # fmt: skip
