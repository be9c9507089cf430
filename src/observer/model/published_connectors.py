"""The published catalogue of connectors: what each collects and promises, as it was when the release was made."""

from __future__ import annotations

from observer.model.table import Column, ColumnType, Table

_TEXT, _DOUBLE, _BOOLEAN = ColumnType.TEXT, ColumnType.DOUBLE, ColumnType.BOOLEAN

CONNECTORS = Table(
    "connectors",
    "One row per connector that the observatory knows, enabled or not.",
    (
        Column("connector_name", _TEXT, "Name of the connector.", is_nullable=False),
        Column("use", _TEXT, "Connector that it is an instance of; its own name otherwise.", is_nullable=False),
        Column(
            "form",
            _TEXT,
            "How it is made.",
            is_nullable=False,
            values=("python", "manifest", "executable"),
        ),
        Column("definition_id", _TEXT, "UUID of the connector, the same in every observatory.", is_nullable=False),
        Column("title", _TEXT, "Name for people.", is_nullable=False),
        Column("summary", _TEXT, "What it collects, in one sentence."),
        Column("is_enabled", _BOOLEAN, "Whether runs sync it.", is_nullable=False),
        Column("schedule", _TEXT, "When it is to run: cron, UTC."),
        Column("warn_after_hours", _DOUBLE, "Age of the last successful sync from which it is late."),
        Column("error_after_hours", _DOUBLE, "Age of the last successful sync from which it is stale."),
        Column("cost", _TEXT, "What a sync costs its upstream."),
        Column("personal_data", _TEXT, "Which personal data it stores, and how."),
        Column("licence", _TEXT, "Licence or terms of the data."),
        Column("homepage", _TEXT, "Documentation of the upstream."),
        Column("page", _TEXT, "The connector's page as Markdown.", is_nullable=False),
        Column("streams", _TEXT, "Streams with keys and fields, as a JSON list.", is_nullable=False),
        Column("specification", _TEXT, "JSON schema of its config.", is_nullable=False),
    ),
    key=("connector_name",),
)

WRITTEN_WITH_THE_RELEASE = frozenset({"models", "connectors"})
"""Published tables that are no marts: they tell of the code and the content, not of data."""
