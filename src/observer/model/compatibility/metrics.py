"""Views of metrics under the names of the original, and of the models behind them."""

from __future__ import annotations

from observer.model.compatibility.view import Era, View, same
from observer.model.table import ColumnType, EntityType, maybe

_VERSIONED = (Era.LATE_2024, Era.SINCE_2025)
_METRIC_ID = maybe("metric_id", "Id of the metric under this name: base64 of SHA-256 over OSO, oso and the name.")
_AMOUNT = maybe("amount", "The value; empty where it is unknown.", ColumnType.DOUBLE)
_UNIT = maybe("unit", "Unit of the value; the original left it empty.")


def _values(entity: EntityType, kind: str) -> View:
    name = f"{entity.value}_id"
    table, day, when = {
        "key": ("key_metrics", "sample_date", "Last day that the value counts."),
        "timeseries": ("timeseries_metrics", "bucket", "First day of the period; for rolling windows the last."),
    }[kind]
    sparse = " There is no row where the value is zero or unknown." if kind == "timeseries" else ""
    return View(
        f"{kind}_metrics_by_{entity.value}_v0",
        _VERSIONED,
        f"One row per metric under a name of the original, {entity.value} and date.{sparse}",
        (table, "metric_names"),
        (
            _METRIC_ID,
            maybe(name, f"Id of the {entity.value}."),
            maybe("sample_date", when, ColumnType.DATE),
            _AMOUNT,
            _UNIT,
        ),
        f"""
    select
        metric_names.original_metric_id as metric_id,
        {table}.entity_id as {name},
        {table}.{day} as sample_date,
        {table}.amount,
        {table}.unit
    from {table}
    inner join metric_names
        on {table}.metric_name = metric_names.metric_name and {table}.grain = metric_names.grain
    where {table}.entity_type = '{entity.value}'
        """,  # noqa: S608 - text of this module
        key=("metric_id", name, "sample_date"),
    )


METRIC_VIEWS = (
    View(
        "metrics_v0",
        _VERSIONED,
        "One row per metric under a name of the original: source, metric and period in one name.",
        ("metrics", "metric_names"),
        (
            _METRIC_ID,
            *same("metrics", "metric_source", "metric_namespace"),
            maybe("metric_name", "Name in the form of the original: GITHUB_commits_daily."),
            *same("metrics", "display_name", "description"),
            maybe("rendered_sql", "SQL that recomputes the metric; the original had a list of texts."),
            maybe("sql_source_path", "File of the definition."),
            maybe("aggregation_function", "SUM, COUNT_DISTINCT, LATEST, RATIO or SQL."),
            maybe("metric_event_source", "Where the events come from: GITHUB."),
            maybe("metric_model", "Name of the metric without source and period."),
            maybe("metric_time_aggregation", "daily, weekly, monthly, quarterly, yearly, over_30_days, over_all_time."),
            maybe("raw_definition", "The definition, as YAML."),
            maybe("definition_ref", "The definition's name and version in this observatory."),
        ),
        """
    select
        metric_names.original_metric_id as metric_id,
        metrics.metric_source,
        metrics.metric_namespace,
        metric_names.original_name as metric_name,
        metrics.display_name,
        metrics.description,
        metrics.sql as rendered_sql,
        metric_names.definition_path as sql_source_path,
        case metrics.kind when 'distinct' then 'COUNT_DISTINCT' else upper(metrics.kind) end as aggregation_function,
        metric_names.event_source as metric_event_source,
        metric_names.original_model as metric_model,
        metric_names.time_aggregation as metric_time_aggregation,
        metrics.definition as raw_definition,
        metrics.metric_name || '@' || cast(metrics.version as text) as definition_ref
    from metric_names
    inner join metrics
        on metric_names.metric_name = metrics.metric_name
        """,
        key=("metric_id",),
    ),
    *(_values(entity, kind) for kind in ("timeseries", "key") for entity in EntityType),
    View(
        "models_v0",
        (Era.SINCE_2025,),
        "One row per model of the warehouse, with its SQL.",
        ("models",),
        (
            maybe("model_id", "Name of the model, which is its id here."),
            maybe("model_name", "Name of the model."),
            maybe("rendered_sql", "SQL as run."),
            maybe("rendered_at", "Always empty: a release is of one time, that of its manifest.", ColumnType.TIMESTAMP),
        ),
        """
    select model_name as model_id, model_name, compiled_sql as rendered_sql, null as rendered_at
    from models
        """,
        key=("model_id",),
    ),
)  # fmt: skip
