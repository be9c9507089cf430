"""The catalogue of connectors as a table: what the release publishes of them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from observer.connectors.metadata import read_page
from observer.connectors.offer import offered_by_manifest, offered_without_config
from observer.model.published_connectors import CONNECTORS
from observer.model.table import ColumnType

if TYPE_CHECKING:
    from observer.connectors.registry import Registry

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://opensource-observer.org/connectors")
_ARROW = {ColumnType.TEXT: pa.string(), ColumnType.DOUBLE: pa.float64(), ColumnType.BOOLEAN: pa.bool_()}


@dataclass(frozen=True, slots=True)
class Plan:
    """What this observatory has decided about a connector; `streams` are those of its last sync."""

    is_enabled: bool
    schedule: str | None
    warn_after_hours: float | None
    error_after_hours: float | None
    streams: Sequence[Mapping[str, object]] = ()


def definition_id(connector: str) -> str:
    """The UUID of a connector: a function of its name."""
    return str(uuid.uuid5(NAMESPACE, connector))


def connectors_table(registry: Registry, plans: Mapping[str, Plan]) -> pa.Table:
    """One row per connector of `plans`, in order of name: the published table `connectors`."""
    rows = [_row(registry, name, plan) for name, plan in sorted(plans.items())]
    schema = pa.schema([pa.field(c.name, _ARROW[c.type], nullable=c.is_nullable) for c in CONNECTORS.columns])
    return pa.Table.from_pylist(rows, schema=schema)


def _row(registry: Registry, name: str, plan: Plan) -> dict[str, object]:
    metadata, folder = registry.metadata(name), registry.folder(name)
    title = metadata.title if metadata else name
    return {
        "connector_name": name,
        "use": registry.kind(name),
        "form": registry.form(name),
        "definition_id": definition_id(name),
        "title": title if registry.kind(name) == name else f"{name} ({title})",
        "summary": metadata.summary if metadata else None,
        "is_enabled": plan.is_enabled,
        "schedule": plan.schedule,
        "warn_after_hours": plan.warn_after_hours,
        "error_after_hours": plan.error_after_hours,
        "cost": metadata.cost if metadata else None,
        "personal_data": metadata.personal_data if metadata else None,
        "licence": metadata.licence if metadata else None,
        "homepage": metadata.homepage if metadata else None,
        "page": read_page(folder).text if folder else "",
        "streams": _json(plan.streams or _streams(registry, name)),
        "specification": _json(_specification(registry, name)),
    }


def _streams(registry: Registry, name: str) -> Iterable[Mapping[str, object]]:
    """What a connector offers whatever its config; nothing where only a sync can tell."""
    form, folder = registry.form(name), registry.folder(name)
    if form == "manifest" and folder is not None:
        return offered_by_manifest(folder / "manifest.yaml")
    return offered_without_config(registry.source(name)) if form == "python" else ()


def _specification(registry: Registry, name: str) -> object:
    """The JSON schema of the config; that of a foreign program is known to the program alone."""
    if registry.form(name) == "executable":
        return {}
    return registry.source(name).spec().get("connectionSpecification") or {}


def _json(value: object) -> str:
    listed = list(value) if isinstance(value, (tuple, list)) else value
    return json.dumps(listed, ensure_ascii=False, sort_keys=False, default=str)
