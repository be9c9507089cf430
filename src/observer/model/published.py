"""The contract between the write side and the read side: every published table with its columns and rules.

Publishing checks the warehouse's marts against it, the read model takes its allow-list from it, and the data
dictionary is written from it.
"""

from __future__ import annotations

from observer.model.metric import KEY_GRAINS, Grain, Kind
from observer.model.people import UserClass
from observer.model.published_connectors import CONNECTORS
from observer.model.published_figures import FIGURE_TABLES
from observer.model.published_onchain import ONCHAIN_TABLES
from observer.model.published_packages import PACKAGE_TABLES
from observer.model.published_people import PEOPLE_TABLES
from observer.model.table import Column, ColumnType, EntityType, Reference, Table
from observer.model.table import maybe as _maybe
from observer.model.table import must as _must
from observer.model.table import text as _text

__all__ = ["PUBLISHED", "Column", "ColumnType", "EntityType", "Reference", "Table", "published_table"]

_STATES = ("value", "zero", "unknown")
_ENTITY_TYPES = tuple(entity_type.value for entity_type in EntityType)
_ROLES = ("own", "fork", "mirror", "vendored")
_LINEAGE_ROLES = ("fork", "mirror", "vendored", "sibling", "renamed")
_GRAINS = tuple(grain.value for grain in Grain)


_PROJECT = (
    _text("project_id", "Id of the project: base64 of SHA-256 over source, namespace and name."),
    _text("project_source", "Where the project is described: OSS_DIRECTORY."),
    _text("project_namespace", "Namespace within the source: oso."),
    _text("project_name", "Slug of the project, its file name in the directory."),
)
_COLLECTION = (
    _text("collection_id", "Id of the collection: base64 of SHA-256 over source, namespace and name."),
    _text("collection_source", "Where the collection is described: OSS_DIRECTORY."),
    _text("collection_namespace", "Namespace within the source: oso."),
    _text("collection_name", "Slug of the collection, its file name in the directory."),
)
_ARTIFACT = (
    _text("artifact_id", "Id of the artifact: base64 of SHA-256 over source, namespace and name."),
    _maybe("artifact_source_id", "Key of the artifact at its source, a number for GitHub repositories."),
    _text("artifact_source", "Platform, registry or network: GITHUB, NPM, OPTIMISM."),
    _text("artifact_namespace", "Owner or scope in lower case; empty where the source has none."),
    _text("artifact_name", "Repository, package, address or account in lower case."),
)
_DISPLAY = (
    _maybe("display_name", "Name for people, as written in the directory."),
    _maybe("description", "Description, as written in the directory."),
)
_ENTITY = (
    _text("entity_type", "What the value is about.", *_ENTITY_TYPES),
    _text("entity_id", "Id of the artifact, project or collection."),
)
_METRIC = (
    _text("metric_id", "Id of the metric: base64 of SHA-256 over source, namespace and name."),
    _text("metric_name", "Name of the metric, its file name."),
)
_RECORD_REF = "Pointer to the source record: file and line, commit, or archive line."
_ARTIFACT_REFERENCE = Reference("artifact_id", "artifacts", "artifact_id")
_PROJECT_REFERENCE = Reference("project_id", "projects", "project_id")
_COLLECTION_REFERENCE = Reference("collection_id", "collections", "collection_id")
_METRIC_REFERENCE = Reference("metric_id", "metrics", "metric_id")

_DIRECTORY_TABLES = (
    Table(
        "projects",
        "One row per project of the directory.",
        (
            *_PROJECT,
            *_DISPLAY,
            _text("legacy_project_id", "The 2024 id: URL-safe base64 of SHA-256 over oso and the name."),
            _text("record_ref", _RECORD_REF),
        ),
        key=("project_id",),
        indexes=(("project_name", "project_id"), ("legacy_project_id",)),
        min_rows=1,
    ),
    Table(
        "collections",
        "One row per collection of the directory.",
        (
            *_COLLECTION,
            *_DISPLAY,
            _text("legacy_collection_id", "The 2024 id: URL-safe base64 of SHA-256 over oso and the name."),
            _text("record_ref", _RECORD_REF),
        ),
        key=("collection_id",),
        indexes=(("collection_name", "collection_id"), ("legacy_collection_id",)),
    ),
    Table(
        "artifacts",
        "One row per repository, package, address or account that belongs to a project.",
        (
            *_ARTIFACT,
            _maybe("artifact_url", "Address of the artifact for people."),
            _text("artifact_type", "Kind of artifact: REPOSITORY, PACKAGE, EOA, WEBSITE."),
            _maybe("legacy_artifact_id", "The 2024 id: URL-safe base64 of SHA-256 over source and source id."),
        ),
        key=("artifact_id",),
        indexes=(
            ("artifact_source", "artifact_namespace", "artifact_name"),
            ("artifact_namespace", "artifact_name", "artifact_id"),
            ("legacy_artifact_id",),
        ),
        min_rows=1,
    ),
    Table(
        "artifact_names",
        "One row per name that an artifact has or had.",
        (
            _ARTIFACT[0],
            _text("artifact_namespace", "Owner in lower case."),
            _text("artifact_name", "Repository name in lower case."),
            _maybe("valid_from", "When the name is first known; empty: unknown.", ColumnType.TIMESTAMP),
            _maybe("valid_to", "When the name was last known; empty: still valid.", ColumnType.TIMESTAMP),
            _maybe("basis", "How the name is known: directory, archive, git."),
        ),
        key=("artifact_id", "artifact_namespace", "artifact_name", "valid_from"),
        references=(_ARTIFACT_REFERENCE,),
        indexes=(("artifact_namespace", "artifact_name"), ("artifact_id",)),
    ),
    Table(
        "artifacts_by_project",
        "One row per artifact and project that owns it.",
        (*_ARTIFACT, _text("artifact_type", "Kind of artifact."), *_PROJECT),
        key=("project_id", "artifact_id"),
        references=(_ARTIFACT_REFERENCE, _PROJECT_REFERENCE),
        indexes=(("artifact_id",),),
        min_rows=1,
    ),
    Table(
        "projects_by_collection",
        "One row per project and collection that lists it.",
        (*_PROJECT, *_COLLECTION),
        key=("collection_id", "project_id"),
        references=(_PROJECT_REFERENCE, _COLLECTION_REFERENCE),
        indexes=(("project_id",),),
    ),
    Table(
        "artifacts_by_collection",
        "One row per artifact and collection that contains it through a project.",
        (*_ARTIFACT, _text("artifact_type", "Kind of artifact."), *_COLLECTION),
        key=("collection_id", "artifact_id"),
        references=(_ARTIFACT_REFERENCE, _COLLECTION_REFERENCE),
        indexes=(("artifact_id",),),
    ),
    Table(
        "repositories",
        "One row per repository, with what is known beside its events. Empty means not known.",
        (
            *_ARTIFACT,
            _maybe("artifact_url", "Address of the repository for people."),
            _maybe("default_branch", "Name of the default branch."),
            _maybe("is_fork", "Whether the forge calls it a fork.", ColumnType.BOOLEAN),
            _text("role", "What it is to its project: own, or a fork, mirror or vendored copy of another.", *_ROLES),
            _maybe("parent_name", "Owner and name of the repository that it was forked from, as the forge says it."),
            _maybe("license", "Licence as the forge recognised it: an SPDX id on GitHub."),
            _maybe("primary_language", "Language of most of its code, as the forge counts it."),
            _maybe("is_archived", "Whether its owner has closed it for changes.", ColumnType.BOOLEAN),
            _maybe("created_at", "When it was created on the forge.", ColumnType.TIMESTAMP),
            _maybe("star_count", "Stars when last observed.", ColumnType.BIGINT),
            _maybe("fork_count", "Forks when last observed.", ColumnType.BIGINT),
            _maybe("watcher_count", "Accounts that watch it, when last observed.", ColumnType.BIGINT),
            _maybe("first_commit_at", "Time of the first commit of the default branch.", ColumnType.TIMESTAMP),
            _maybe("last_commit_at", "Time of the last commit of the default branch.", ColumnType.TIMESTAMP),
            _maybe("commit_count", "Commits of the default branch.", ColumnType.BIGINT),
            _maybe("observed_at", "When this was last seen.", ColumnType.TIMESTAMP),
        ),
        key=("artifact_id",),
        references=(_ARTIFACT_REFERENCE,),
    ),
    Table(
        "repository_lineage",
        "One row per inference that a repository descends from another one, or contains it, with its evidence.",
        (
            _text("lineage_id", "Id of the inference: a function of both repositories, role and folder."),
            _ARTIFACT[0],
            _text("artifact_source", "Platform of the repository."),
            _text("artifact_namespace", "Its owner in lower case."),
            _text("artifact_name", "Its name in lower case."),
            _text("related_artifact_id", "The related repository; it may be one outside the directory."),
            _text("related_source", "Platform of the related repository."),
            _text("related_namespace", "Its owner in lower case."),
            _text("related_name", "Its name in lower case."),
            _text("role", "What the repository is to the related one.", *_LINEAGE_ROLES),
            _text("folder", "Where copied files lie, ending in /; empty for the whole repository."),
            _maybe("shared_commit_count", "Commits of the default branch that the other has too.", ColumnType.BIGINT),
            _maybe("commit_share", "Their share of all commits of the default branch, 0 to 1.", ColumnType.DOUBLE),
            _maybe("shared_blob_count", "File contents in common, where compared.", ColumnType.BIGINT),
            _text("evidence", "What shows it."),
            _text("basis", "How it is known: api, archive, git, correction."),
            _must("confidence", ColumnType.DOUBLE, "How sure it is, 0 to 1."),
            _text("decided_by", "The rule or person that decided."),
            _maybe("since_at", "Since when; empty where unknown.", ColumnType.TIMESTAMP),
            _maybe("observed_at", "When the evidence was collected, UTC.", ColumnType.TIMESTAMP),
            _text("record_ref", "Pointer to the source record: commit, archive line, or correction."),
        ),
        key=("lineage_id",),
        references=(_ARTIFACT_REFERENCE,),
        indexes=(("artifact_id",), ("related_artifact_id",)),
    ),
)

_EVENT_TABLES = (
    Table(
        "events",
        "One row per dated activity of somebody in an artifact of the directory.",
        (
            _text("event_id", "Function of the event's content: the same event always has the same id."),
            _must("time", ColumnType.TIMESTAMP, "When it happened, UTC."),
            _text("event_type", "What happened: COMMIT_CODE, STARRED, ISSUE_OPENED."),
            _text("event_source", "Where it is known from: GITHUB, GITHUB_ARCHIVE, GIT."),
            _text("to_artifact_id", "Artifact that it happened to."),
            _maybe("from_artifact_id", "User who did it, or package or repository that depends; empty where unknown."),
            _maybe("amount", "How much; empty where the count is unknown.", ColumnType.DOUBLE),
            _maybe("unit", "Unit of the amount."),
            _maybe("event_source_id", "Key of the event at its source."),
            _maybe("observed_at", "When it was collected, UTC.", ColumnType.TIMESTAMP),
            _text("basis", "How it is known: git, api, archive, registry, estimate."),
            _text("record_ref", _RECORD_REF),
        ),
        key=("event_id",),
        references=(Reference("to_artifact_id", "artifacts", "artifact_id"),),
        indexes=(("to_artifact_id", "event_type", "time"), ("to_artifact_id", "time"), ("from_artifact_id", "time")),
        order=("to_artifact_id", "event_type", "time", "event_id"),
    ),
    Table(
        "events_daily",
        "One row per day, event type, source, artifact, user and basis.",
        (
            _must("bucket_day", ColumnType.DATE, "Day in UTC."),
            _text("event_type", "What happened."),
            _text("event_source", "Where it is known from."),
            _text("to_artifact_id", "Artifact that it happened to."),
            _maybe("from_artifact_id", "User who did it; empty where unknown."),
            _maybe("amount", "Sum of the known amounts; empty where none is known.", ColumnType.DOUBLE),
            _must("event_count", ColumnType.BIGINT, "Number of events."),
            _text("basis", "How they are known."),
        ),
        key=("bucket_day", "event_type", "event_source", "to_artifact_id", "from_artifact_id", "basis"),
        references=(Reference("to_artifact_id", "artifacts", "artifact_id"),),
        indexes=(("to_artifact_id", "event_type", "bucket_day"), ("from_artifact_id", "bucket_day")),
        order=("to_artifact_id", "event_type", "bucket_day"),
    ),
    Table(
        "coverage",
        "One row per artifact, source, event type and longest run of days with the same state.",
        (
            _ARTIFACT[0],
            _text("event_source", "Where the events come from."),
            _text("event_type", "What was looked for."),
            _must("start_date", ColumnType.DATE, "First day of the run."),
            _must("end_date", ColumnType.DATE, "Last day of the run."),
            _maybe("expected_count", "Events or records expected in the run.", ColumnType.BIGINT),
            _maybe("seen_count", "Events or records seen in the run.", ColumnType.BIGINT),
            _text("state", "Whether the days are known.", *_STATES),
            _maybe("basis", "How it is known."),
        ),
        key=("artifact_id", "event_source", "event_type", "start_date"),
        lookup=("artifact_id",),
        references=(_ARTIFACT_REFERENCE,),
    ),
    Table(
        "oss_funding",
        "One row per grant, payment, contribution or refund, also of projects outside the directory.",
        (
            _text("event_id", "Function of the content; equal to the id of its event, where it has one."),
            _must("time", ColumnType.TIMESTAMP, "When it was given, UTC; midnight where the day alone is known."),
            _text("event_type", "FUNDING_AWARDED for grants and rounds, CREDIT for contributions to collectives."),
            _text("event_source_id", "Key at the source, or a digest of the content where the source has none."),
            _text("event_source", "OSS_FUNDING, GITCOIN_DONATIONS, GITCOIN_MATCHING or OPEN_COLLECTIVE."),
            _maybe("to_project_name", "Project that received it, as the list names it; empty where it names none."),
            _maybe("to_project_id", "Id of the project; empty where the directory does not have it."),
            _text("to_type", "PROJECT."),
            _maybe("to_application_name", "Name under which the money was asked for."),
            _maybe("from_project_name", "Funder; empty for donors."),
            _maybe("from_project_id", "Id of the funder or donor as in events; empty where unknown."),
            _maybe("from_type", "FUNDER; empty where nobody is known."),
            _maybe("amount", "US dollars at the time; negative for a refund, empty elsewhere.", ColumnType.DOUBLE),
            _maybe("token_amount", "What was paid in its own unit, exact, as text."),
            _maybe("token_unit", "Symbol or address of the token, or currency."),
            _maybe("grant_pool_name", "Pool or round that it came from."),
            _maybe("metadata_json", "What the list says beside, as JSON."),
            _maybe("observed_at", "When it was collected, UTC.", ColumnType.TIMESTAMP),
            _text("record_ref", _RECORD_REF),
        ),
        key=("event_id",),
        references=(Reference("to_project_id", "projects", "project_id"),),
        indexes=(("to_project_id", "time"), ("from_project_name",)),
    ),
)

_METRIC_TABLES = (
    Table(
        "metrics",
        "One row per metric, with its definition.",
        (
            _METRIC[0],
            _text("metric_source", "OSO."),
            _text("metric_namespace", "oso."),
            _METRIC[1],
            _text("display_name", "Title of the metric."),
            _text("description", "What it counts and what it leaves out."),
            _text("unit", "Unit of its values."),
            _text("kind", "How it aggregates.", *(kind.value for kind in Kind)),
            _must("version", ColumnType.INTEGER, "Version of the definition."),
            _maybe("owner", "Who answers for it."),
            _maybe("caveats", "What to know before using it."),
            _text("event_types", "Event types that it reads, as a JSON list."),
            _text("definition", "The definition, as YAML."),
            _text("sql", "The SQL that computes it."),
            _maybe("headline_grain", "Grain of the value that is shown first."),
            _text("topic", "What it is about: the folder of its file, for instance code or people."),
        ),
        key=("metric_id",),
        indexes=(("metric_name",),),
        min_rows=1,
    ),
    Table(
        "metric_names",
        "One row per name that the original has for a metric at a grain.",
        (
            _text(
                "original_metric_id", "Id of the metric under this name: base64 of SHA-256 over OSO, oso and the name."
            ),
            _text("original_name", "Name in the form of the original: GITHUB_commits_daily."),
            _text("original_model", "The metric in the original's words, without source and period."),
            _text("event_source", "Where the events come from: GITHUB, which stands for every forge."),
            _text("time_aggregation", "Period in the original's words: daily, over_30_days, over_all_time."),
            _text("metric_name", "Name of the metric, its file name."),
            _text("grain", "Length of the period.", *_GRAINS),
            _text("definition_path", "File of the definition."),
        ),
        key=("original_metric_id",),
        indexes=(("original_name",), ("metric_name", "grain")),
    ),
    Table(
        "timeseries_metrics",
        "One row per metric, entity, grain and bucket with a known value that is not zero.",
        (
            *_METRIC,
            *_ENTITY,
            _text("grain", "Length of the period.", *_GRAINS),
            _must(
                "bucket",
                ColumnType.DATE,
                "First day of the period; for rolling grains the last: each of the last 90 days and month ends.",
            ),
            _must("amount", ColumnType.DOUBLE, "Value over the period."),
            _text("unit", "Unit of the value."),
        ),
        key=("entity_id", "entity_type", "metric_name", "grain", "bucket"),
        references=(_METRIC_REFERENCE,),
    ),
    Table(
        "timeseries_metrics_by_class",
        "One row per metric, entity, class of users but persons, grain and bucket with a value that is not zero.",
        (
            *_METRIC,
            *_ENTITY,
            _text("user_class", "Class of the senders.", *(each.value for each in UserClass if each != "person")),
            _text("grain", "Length of the period.", *_GRAINS),
            _must("bucket", ColumnType.DATE, "First day of the period; for rolling grains the last."),
            _must("amount", ColumnType.DOUBLE, "What the class contributes over the period."),
            _text("unit", "Unit of the value."),
        ),
        key=("entity_id", "entity_type", "metric_name", "grain", "bucket", "user_class"),
        references=(_METRIC_REFERENCE,),
    ),
    Table(
        "key_metrics",
        "One row per metric, entity and rolling window or all time. Artifacts have none where nothing is known.",
        (
            *_METRIC,
            *_ENTITY,
            _text("grain", "Length of the period.", *(grain.value for grain in KEY_GRAINS)),
            _must("sample_date", ColumnType.DATE, "Last day that the value counts."),
            _maybe("amount", "The value; empty where unknown.", ColumnType.DOUBLE),
            _text("unit", "Unit of the value."),
            _text("state", "Whether the value is known.", *_STATES),
            _must("coverage_ratio", ColumnType.DOUBLE, "Share of the period that was seen, 0 to 1."),
            _maybe("covered_from", "First day that was seen.", ColumnType.DATE),
            _maybe("covered_to", "Last day that was seen.", ColumnType.DATE),
        ),
        key=("entity_id", "entity_type", "metric_name", "grain"),
        lookup=("entity_id",),
        references=(_METRIC_REFERENCE,),
        indexes=(("entity_type", "metric_name", "grain", "-amount"),),
        min_rows=1,
    ),
)

_OPERATION_TABLES = (
    Table(
        "source_status",
        "One row per stream of a connector: how fresh it is.",
        (
            _text("connector", "Name of the connector."),
            _text("stream", "Name of the stream."),
            _maybe("last_load_at", "When it last loaded, UTC.", ColumnType.TIMESTAMP),
            _maybe("last_event_at", "Time of its newest record, UTC.", ColumnType.TIMESTAMP),
            _maybe("covered_from", "First day seen.", ColumnType.DATE),
            _maybe("covered_to", "Last day seen.", ColumnType.DATE),
            _must("row_count", ColumnType.BIGINT, "Rows loaded."),
            _must("quarantined_count", ColumnType.BIGINT, "Records refused."),
            _text("state", "How it is."),
        ),
        key=("connector", "stream"),
    ),
    Table(
        "quarantine",
        "One row per record that was refused. Excerpts are not published: they may hold personal data.",
        (
            _text("connector", "Name of the connector."),
            _text("stream", "Name of the stream."),
            _maybe("file", "File that the record is in."),
            _maybe("line", "Line, counted from 1.", ColumnType.BIGINT),
            _text("reason", "Why it was refused."),
            _maybe("observed_at", "When, UTC.", ColumnType.TIMESTAMP),
        ),
        key=(),
    ),
    Table(
        "models",
        "One row per model of the warehouse, with its SQL.",
        (
            _text("model_name", "Name of the model."),
            _text("layer", "staging, intermediate or marts."),
            _text("materialization", "How it is kept: view, table, incremental."),
            _text("description", "What a row is."),
            _text("raw_sql", "SQL as written."),
            _text("compiled_sql", "SQL as run."),
            _text("depends_on", "Models and sources that it reads, as a JSON list of names."),
            _text("columns", "Columns with descriptions, as a JSON list."),
        ),
        key=("model_name",),
    ),
)

PUBLISHED: tuple[Table, ...] = (
    *_DIRECTORY_TABLES,
    *PEOPLE_TABLES,
    *_EVENT_TABLES,
    *FIGURE_TABLES,
    *ONCHAIN_TABLES,
    *PACKAGE_TABLES,
    *_METRIC_TABLES,
    *_OPERATION_TABLES,
    CONNECTORS,
)
"""Every published table, those that are referred to before those that refer."""


def published_table(name: str) -> Table:
    """The declaration of the named table; KeyError if nothing of that name is published."""
    for table in PUBLISHED:
        if table.name == name:
            return table
    raise KeyError(name)
