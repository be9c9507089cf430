"""Views of events with the names of both ends: the intermediate tables that notebooks used."""

# ruff: noqa: S608 - every statement is text of this module

from __future__ import annotations

from observer.model.compatibility.directory import ARTIFACT
from observer.model.compatibility.events import AMOUNT, EVENT_SOURCE, EVENT_TYPE
from observer.model.compatibility.view import Era, View, same
from observer.model.table import ColumnType, maybe

_SINCE_2025 = (Era.SINCE_2025,)
_TIME = maybe("time", "When it happened, UTC.", ColumnType.TIMESTAMP)
_DAY = maybe("bucket_day", "Day, UTC.", ColumnType.DATE)
_MONTH = maybe("month", "First day of the month.", ColumnType.DATE)
_YEAR = maybe("year", "Year.", ColumnType.BIGINT)
_TO = maybe("to_artifact_id", "Artifact that it happened to.")
_FROM = maybe("from_artifact_id", "User who did it; empty where unknown.")
_NAMES = (
    maybe("to_artifact_name", "Repository, package or address in lower case."),
    maybe("to_artifact_namespace", "Its owner in lower case."),
    maybe("to_artifact_source_id", "Its key at the source."),
    maybe("from_artifact_name", "Login of the user in lower case; empty where there is none."),
    maybe("from_artifact_namespace", "The same login, as in the original."),
    maybe("from_artifact_source_id", "Number of the account at the source."),
)
_KNOWN_AMOUNT = maybe("amount", "How much; empty where the count is unknown.", ColumnType.DOUBLE)
_EVENT = (EVENT_TYPE, EVENT_SOURCE, maybe("event_source_id", "Key of the event at its source."))
_CHAIN = "event_type like 'CONTRACT_INVOCATION%'"


def _events(condition: str) -> str:
    return f"""
    select
        events.*,
        artifacts.artifact_name as to_artifact_name,
        artifacts.artifact_namespace as to_artifact_namespace,
        artifacts.artifact_type as to_artifact_type,
        artifacts.artifact_source_id as to_artifact_source_id,
        lower(users.user_name) as from_artifact_name,
        lower(users.user_name) as from_artifact_namespace,
        upper(users.user_class) as from_artifact_type,
        users.user_source_id as from_artifact_source_id,
        cast(events.time as date) as date,
        date_trunc('month', cast(events.time as date)) as month,
        extract(year from events.time) as year
    from events
    inner join artifacts
        on events.to_artifact_id = artifacts.artifact_id
    left join users
        on events.from_artifact_id = users.user_id
    where {condition}"""


def _single(name: str, eras: tuple[Era, ...], text: str, condition: str, *, has_types: bool = False) -> View:
    types = (maybe("to_artifact_type", "Kind of artifact."), maybe("from_artifact_type", "Class of the user."))
    return View(
        name,
        eras,
        text,
        ("events", "artifacts", "users"),
        (
            _TIME, *_EVENT, _TO, _FROM, *_NAMES, _KNOWN_AMOUNT, _MONTH, _YEAR,
            maybe("date", "Day, UTC.", ColumnType.DATE),
            *(types if has_types else ()),
        ),
        _events(condition),
    )  # fmt: skip


def _daily(name: str, text: str, condition: str) -> View:
    return View(
        name,
        _SINCE_2025,
        text,
        ("events_daily", "artifacts", "users"),
        (
            _DAY, EVENT_TYPE, EVENT_SOURCE, _FROM, _TO, AMOUNT,
            maybe("count", "Number of events.", ColumnType.BIGINT),
            _MONTH, _YEAR,
            maybe("is_bot", "Whether the user is a bot; empty where nobody is known.", ColumnType.BOOLEAN),
        ),
        f"""
    select
        bucket_day, event_type, event_source, from_artifact_id, to_artifact_id,
        sum(amount) as amount,
        sum(event_count) as count,
        date_trunc('month', bucket_day) as month,
        extract(year from bucket_day) as year,
        users.user_class = 'bot' as is_bot
    from events_daily
    inner join artifacts
        on events_daily.to_artifact_id = artifacts.artifact_id
    left join users
        on events_daily.from_artifact_id = users.user_id
    where {condition}
    group by bucket_day, event_type, event_source, from_artifact_id, to_artifact_id, users.user_class
        """,
        key=("bucket_day", "event_type", "event_source", "from_artifact_id", "to_artifact_id"),
    )  # fmt: skip


def _to_project(name: str, period: str, condition: str) -> View:
    day = maybe(
        f"bucket_{period}", f"First day of the {period}, UTC." if period != "day" else "Day, UTC.", ColumnType.DATE
    )
    bucket = "bucket_day" if period == "day" else f"cast(date_trunc('{period}', bucket_day) as date)"
    return View(
        name,
        (Era.LATE_2024, Era.SINCE_2025),
        f"One row per project, artifact, user, event type, source and {period}.",
        ("events_daily", "artifacts_by_project"),
        (*same("projects", "project_id"), _FROM, _TO, EVENT_SOURCE, EVENT_TYPE, day, AMOUNT),
        f"""
    select
        project_id, from_artifact_id, to_artifact_id, event_source, event_type, {bucket} as bucket_{period},
        sum(amount) as amount
    from events_daily
    inner join artifacts_by_project
        on events_daily.to_artifact_id = artifacts_by_project.artifact_id
    where {condition}
    group by project_id, from_artifact_id, to_artifact_id, event_source, event_type, {bucket}
        """,
        key=("project_id", "from_artifact_id", "to_artifact_id", "event_source", "event_type", day.name),
    )


_GITHUB = "artifacts.artifact_source = 'GITHUB'"

NAMED_EVENT_VIEWS = (
    _single("int_events__github", _SINCE_2025, "One row per event of a GitHub repository.", _GITHUB),
    _single("int_events__github_unified", _SINCE_2025, "One row per event of a GitHub repository.", _GITHUB),
    _single("int_events", (Era.LATE_2024,), "One row per event.", "true", has_types=True),
    _single("oso_events_v0", (Era.LATE_2024,), "One row per event.", "true", has_types=True),
    _daily("int_events_daily__github", "One row per day, event type, user and GitHub repository.", _GITHUB),
    _daily("int_events_daily__github_unified", "One row per day, event type, user and GitHub repository.", _GITHUB),
    _daily("int_events_daily__blockchain", "One row per day, event type, network, sender and contract.", _CHAIN),
    _to_project("int_events_daily_to_project", "day", "true"),
    _to_project("int_events_monthly_to_project", "month", "true"),
    _to_project(
        "int_events_monthly_to_project__github", "month", "artifacts_by_project.artifact_source = 'GITHUB'"
    ),
    View(
        "int_events_to_project",
        (Era.EARLY_2024, Era.LATE_2024),
        "One row per project and event, with the names of both ends.",
        ("events", "artifacts_by_project", "users"),
        (
            *same("projects", "project_id"),
            _TIME,
            *_EVENT,
            maybe("to_name", "Repository, package or address in lower case."),
            maybe("to_namespace", "Its owner in lower case."),
            maybe("to_type", "Kind of artifact."),
            maybe("to_source_id", "Its key at the source."),
            maybe("from_name", "Login of the user in lower case."),
            maybe("from_type", "Class of the user."),
            maybe("from_source_id", "Number of the account at the source."),
            _KNOWN_AMOUNT,
        ),
        """
    select
        events.*,
        artifacts_by_project.project_id,
        artifacts_by_project.artifact_name as to_name,
        artifacts_by_project.artifact_namespace as to_namespace,
        artifacts_by_project.artifact_type as to_type,
        artifacts_by_project.artifact_source_id as to_source_id,
        lower(users.user_name) as from_name,
        upper(users.user_class) as from_type,
        users.user_source_id as from_source_id
    from events
    inner join artifacts_by_project
        on events.to_artifact_id = artifacts_by_project.artifact_id
    left join users
        on events.from_artifact_id = users.user_id
        """,
    ),
    View(
        "int_events_daily__defillama_tvl",
        _SINCE_2025,
        "One row per day, protocol and chain: what was locked.",
        ("protocol_figures_daily", "artifacts"),
        (
            _DAY,
            _TO,
            maybe("to_artifact_name", "Protocol."),
            maybe("from_artifact_namespace", "Chain in lower case; empty for the total over all chains."),
            maybe("from_artifact_name", "USD: amounts are not kept by token."),
            maybe("amount", "US dollars at the close of the day.", ColumnType.DOUBLE),
        ),
        """
    select
        bucket_day, protocol_figures_daily.artifact_id as to_artifact_id, artifact_name as to_artifact_name,
        chain as from_artifact_namespace, 'USD' as from_artifact_name, amount
    from protocol_figures_daily
    inner join artifacts
        on protocol_figures_daily.artifact_id = artifacts.artifact_id
    where figure = 'TVL' and section = ''
        """,
        key=("bucket_day", "to_artifact_id", "from_artifact_namespace"),
    ),
    View(
        "int_github_users",
        _SINCE_2025,
        "One row per GitHub account behind an event.",
        ("users",),
        (
            maybe("user_id", "Id of the user."),
            maybe("artifact_id", "The same: an account is its own artifact."),
            maybe("artifact_name", "Login in lower case."),
            maybe("github_username", "Login as written."),
        ),
        """
    select user_id, user_id as artifact_id, lower(user_name) as artifact_name, user_name as github_username
    from users
    where user_source = 'GITHUB'
        """,
        key=("user_id",),
    ),
    View(
        "int_artifacts__github",
        _SINCE_2025,
        "One row per GitHub repository.",
        ("artifacts",),
        (*ARTIFACT, *same("artifacts", "artifact_url", "artifact_type")),
        "    select * from artifacts where artifact_source = 'GITHUB' and artifact_type = 'REPOSITORY'",
        key=("artifact_id",),
    ),
    View(
        "int_repositories__ossd",
        _SINCE_2025,
        "One row per repository.",
        ("repositories",),
        (
            *ARTIFACT,
            *same("repositories", "artifact_url"),
            maybe("name_with_owner", "Owner and name in lower case."),
            maybe("node_id", "Always empty: the forge's second id is not kept."),
        ),
        """
    select repositories.*, artifact_namespace || '/' || artifact_name as name_with_owner, null as node_id
    from repositories
        """,
        key=("artifact_id",),
    ),
    *(
        View(
            name,
            eras,
            "One row per artifact and project that lists it.",
            ("artifacts_by_project", "artifacts"),
            (
                *same("projects", "project_id"), *ARTIFACT, *same("artifacts", "artifact_url", "artifact_type"),
            ),
            """
    select artifacts.*, artifacts_by_project.project_id
    from artifacts_by_project
    inner join artifacts
        on artifacts_by_project.artifact_id = artifacts.artifact_id
            """,
            key=("project_id", "artifact_id"),
        )
        for name, eras in (
            ("int_artifacts_in_ossd_by_project", (Era.LATE_2024,)),
            ("int_artifacts_by_project_in_ossd", _SINCE_2025),
        )
    ),
)  # fmt: skip
