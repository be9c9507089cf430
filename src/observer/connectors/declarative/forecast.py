"""Tells from a manifest alone how many requests a sync makes at least: paths, partitions and windows of time."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from observer.connectors.declarative.manifest import resolve_reference
from observer.ports import Forecast

if TYPE_CHECKING:
    from observer.ports import Json

# A small answer of a registry over a connection that is kept open.
_SECONDS_A_REQUEST = 0.3

_LIST = re.compile(r"config(?:\['(\w+)'\]|\.get\('(\w+)'\)|\.(\w+))")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?\Z")


def forecast(manifest: Json, config: Json, state: Mapping[str, Json], now: datetime) -> Forecast:
    """The requests of a sync, without the pages that an upstream divides its answers into.

    Streams that ask for the same path share their answers. A stream that has a state asks for one window of time.
    """
    streams = manifest.get("streams")
    asked: dict[str, int] = {}
    things = 0
    names = []
    for stream in streams if isinstance(streams, Sequence) else ():
        name, path, key, cursor = _parts(manifest, stream)
        items = _count(config, key)
        windows = 1 if state.get(name) or not cursor else _windows(cursor, config, now.date())
        asked[path] = max(asked.get(path, 0), items * windows)
        things = max(things, items)
        names.append(name.replace("_", " "))
    requests = sum(asked.values())
    summary = f"{', '.join(names)} of {things}" if things else "nothing"
    return Forecast(summary, requests=requests, seconds=requests * _pause(manifest))


def _parts(manifest: Json, stream: object) -> tuple[str, str, str | None, Json]:
    """Name, path, list option and cursor of a stream."""
    whole = _mapping(manifest, stream)
    retriever = _mapping(manifest, whole.get("retriever"))
    requester = _mapping(manifest, retriever.get("requester"))
    router = _mapping(manifest, retriever.get("partition_router"))
    found = _LIST.search(str(router.get("values") or ""))
    key = next((group for group in found.groups() if group), None) if found else None
    cursor = _mapping(manifest, whole.get("incremental_sync"))
    base = resolve_reference(manifest, requester.get("url_base") or requester.get("url"))
    return str(whole.get("name")), f"{base}{requester.get('path', '')}", key, cursor


def _mapping(manifest: Json, value: object) -> Json:
    found = resolve_reference(manifest, value)
    return found if isinstance(found, Mapping) else {}


def _count(config: Json, key: str | None) -> int:
    if key is None:
        return 1
    listed = config.get(key)
    return len(listed) if isinstance(listed, Sequence) and not isinstance(listed, str) else 0


def _windows(cursor: Json, config: Json, today: date) -> int:
    step = _days(str(cursor.get("step") or ""))
    start = config.get("start_date")
    given = cursor.get("start_datetime")
    text = start if isinstance(start, str) else given.get("datetime") if isinstance(given, Mapping) else given
    found = _DATE.search(str(text))
    if not step or not found:
        return 1
    return max(1, math.ceil(((today - date.fromisoformat(found[0])).days + 1) / step))


def _pause(manifest: Json) -> float:
    """Seconds from one request to the next, by the strictest rate that the manifest keeps to."""
    budget = manifest.get("api_budget")
    policies = budget.get("policies") if isinstance(budget, Mapping) else None
    pauses = [_SECONDS_A_REQUEST]
    for policy in policies if isinstance(policies, Sequence) else ():
        for rate in policy.get("rates") or () if isinstance(policy, Mapping) else ():
            seconds = _days(str(rate.get("interval"))) * 86_400
            pauses.append(seconds / max(1, int(rate.get("limit") or 1)))
    return max(pauses)


def _days(duration: str) -> float:
    found = _DURATION.match(duration)
    if found is None:
        return 0.0
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return years * 365 + months * 30 + weeks * 7 + days + (hours * 3600 + minutes * 60 + seconds) / 86_400
