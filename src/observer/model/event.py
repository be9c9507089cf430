"""The universal event: types, sources of knowledge and the columns of the event table."""

from __future__ import annotations

from enum import StrEnum


class EventType(StrEnum):
    """What happened. The names are those that the field has used since 2023."""

    COMMIT_CODE = "COMMIT_CODE"
    AGENT_ASSISTED_COMMIT = "AGENT_ASSISTED_COMMIT"
    ISSUE_OPENED = "ISSUE_OPENED"
    ISSUE_CLOSED = "ISSUE_CLOSED"
    ISSUE_REOPENED = "ISSUE_REOPENED"
    ISSUE_COMMENT = "ISSUE_COMMENT"
    PULL_REQUEST_OPENED = "PULL_REQUEST_OPENED"
    PULL_REQUEST_CLOSED = "PULL_REQUEST_CLOSED"
    PULL_REQUEST_REOPENED = "PULL_REQUEST_REOPENED"
    PULL_REQUEST_MERGED = "PULL_REQUEST_MERGED"
    PULL_REQUEST_REVIEW = "PULL_REQUEST_REVIEW"
    PULL_REQUEST_REVIEW_COMMENT = "PULL_REQUEST_REVIEW_COMMENT"
    STARRED = "STARRED"
    FORKED = "FORKED"
    RELEASE_PUBLISHED = "RELEASE_PUBLISHED"
    STAR_COUNT = "STAR_COUNT"
    FORK_COUNT = "FORK_COUNT"
    WATCHER_COUNT = "WATCHER_COUNT"
    FUNDING_AWARDED = "FUNDING_AWARDED"
    CREDIT = "CREDIT"
    CONTRACT_INVOCATION_DAILY_COUNT = "CONTRACT_INVOCATION_DAILY_COUNT"
    CONTRACT_INVOCATION_SUCCESS_DAILY_COUNT = "CONTRACT_INVOCATION_SUCCESS_DAILY_COUNT"
    CONTRACT_INVOCATION_DAILY_L2_GAS_USED = "CONTRACT_INVOCATION_DAILY_L2_GAS_USED"
    TVL = "TVL"
    FEES = "FEES"
    REVENUE = "REVENUE"
    HOLDERS_REVENUE = "HOLDERS_REVENUE"
    SUPPLY_SIDE_REVENUE = "SUPPLY_SIDE_REVENUE"
    TRADING_VOLUME = "TRADING_VOLUME"
    DOWNLOADS = "DOWNLOADS"
    PACKAGE_PUBLISHED = "PACKAGE_PUBLISHED"
    VERSION_PUBLISHED = "VERSION_PUBLISHED"
    ADD_DEPENDENCY = "ADD_DEPENDENCY"
    REMOVE_DEPENDENCY = "REMOVE_DEPENDENCY"
    DEPENDENT_COUNT = "DEPENDENT_COUNT"
    DEPENDENCY_COUNT = "DEPENDENCY_COUNT"
    DEVELOPMENT_DEPENDENCY_COUNT = "DEVELOPMENT_DEPENDENCY_COUNT"


FORGE_EVENTS = frozenset(
    kind
    for kind in EventType
    if kind.startswith(("COMMIT", "AGENT_ASSISTED", "ISSUE", "PULL_REQUEST", "STAR", "FORK", "WATCHER", "RELEASE"))
)
"""What happens in repositories."""


class Basis(StrEnum):
    """How an event is known."""

    GIT = "git"
    API = "api"
    ARCHIVE = "archive"
    REGISTRY = "registry"
    ESTIMATE = "estimate"


EVENT_COLUMNS = (
    "event_id",
    "time",
    "event_type",
    "event_source",
    "to_artifact_id",
    "from_artifact_id",
    "amount",
    "unit",
    "event_source_id",
    "observed_at",
    "basis",
    "record_ref",
)
