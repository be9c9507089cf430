"""Tables that PostgreSQL holds beside the published ones, made from them so that readers answer fast.

They are no part of the contract: nobody downloads them and they may change with any version.
"""

from __future__ import annotations

import unicodedata

from observer.model.table import Column, ColumnType, EntityType, Table


def _column(name: str, kind: ColumnType, description: str) -> Column:
    return Column(name, kind, description, is_nullable=False)


ENTITY_COVERAGE = Table(
    "entity_coverage",
    "One row per entity, event type and longest run of days on which the same of its artifacts were seen.",
    (
        _column("entity_type", ColumnType.TEXT, f"One of {', '.join(EntityType)}."),
        _column("entity_id", ColumnType.TEXT, "Id of the artifact, project or collection."),
        _column("event_type", ColumnType.TEXT, "What was looked for."),
        _column("start_date", ColumnType.DATE, "First day of the run."),
        _column("end_date", ColumnType.DATE, "Last day of the run."),
        _column("covered_count", ColumnType.BIGINT, "Artifacts of which each of these days was seen as a whole."),
        _column("partial_sum", ColumnType.DOUBLE, "Sum of the shares seen of artifacts that were seen in part."),
        _column("artifact_count", ColumnType.BIGINT, "Artifacts that can have such events."),
    ),
    key=("entity_id", "entity_type", "event_type", "start_date"),
)

EVENT_COVERAGE = Table(
    "event_coverage",
    "One row per source and event type: days of artifacts that were seen and not seen.",
    (
        _column("event_source", ColumnType.TEXT, "Where the events come from."),
        _column("event_type", ColumnType.TEXT, "What was looked for."),
        _column("artifact_count", ColumnType.BIGINT, "Artifacts that were looked at."),
        Column("covered_from", ColumnType.DATE, "First day seen."),
        Column("covered_to", ColumnType.DATE, "Last day seen."),
        _column("known_days", ColumnType.BIGINT, "Days seen, over all artifacts."),
        _column("unknown_days", ColumnType.BIGINT, "Days not seen, over all artifacts."),
    ),
    key=("event_source", "event_type"),
)

EVENT_MONTHS = Table(
    "event_months",
    "One row per artifact, event type and month with events: all time is added up from few rows.",
    (
        _column("artifact_id", ColumnType.TEXT, "Artifact that they happened to."),
        _column("event_type", ColumnType.TEXT, "What happened."),
        _column("bucket_month", ColumnType.DATE, "First day of the month in UTC."),
        _column("event_count", ColumnType.BIGINT, "Number of events."),
        Column("amount", ColumnType.DOUBLE, "Sum of the known amounts; empty where none is known."),
        _column("unknown_count", ColumnType.BIGINT, "Events whose amount is not known."),
    ),
    key=("artifact_id", "event_type", "bucket_month"),
)

SEARCH_NAMES = Table(
    "search_names",
    "One row per entity and name that it can be found by.",
    (
        _column("search_id", ColumnType.INTEGER, "Number of the row."),
        _column("entity_type", ColumnType.TEXT, f"One of {', '.join(EntityType)}."),
        _column("entity_id", ColumnType.TEXT, "Id of the artifact, project or collection."),
        _column("name", ColumnType.TEXT, "The name as shown."),
        _column("search_key", ColumnType.TEXT, "The name as compared: words in lower case without accents."),
        _column("compact_key", ColumnType.TEXT, "The same without spaces."),
    ),
    key=("search_id",),
    indexes=(("compact_key",),),
)

SEARCH_TRIGRAMS = Table(
    "search_trigrams",
    "One row per name and three letters in it.",
    (
        _column(
            "trigram", ColumnType.TEXT, "Three letters of a word that is padded by two spaces before and one after."
        ),
        _column("search_id", ColumnType.INTEGER, "Number of the name."),
        _column("trigram_count", ColumnType.INTEGER, "Different trigrams of the name."),
        _column("name_count", ColumnType.INTEGER, "Names that have the trigram."),
    ),
    key=("trigram", "search_id"),
)


def search_key(text: str) -> str:
    """The text as names are compared: words of letters and digits in lower case, without accents, one space apart."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


def trigrams(key: str) -> set[str]:
    """The different trigrams of a search key, as `search_trigrams` holds them."""
    padded = (f"  {word} " for word in key.split())
    return {word[i : i + 3] for word in padded for i in range(len(word) - 2)}
