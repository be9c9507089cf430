"""The index of the library: for every item who made it, what it uses and what uses it, and whether it still reproduces.

It is written as files that the website reads: `index.json`, a page for each item, its thumbnail.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from observer.insights.code import code_cells, is_computed
from observer.insights.drawn import drawn_picture
from observer.insights.item import Item
from observer.insights.numbers import differences
from observer.insights.page import page_html
from observer.insights.recognition import contributors
from observer.insights.run import Run, RunStore, Shown, write_whole

FORM = 1
"""The form of `index.json`; readers refuse another one."""

_VISUALIZATION = re.compile(r"\bobserver\.visualizations(?:\.|\s+import\s+\(?)([\w\s,]+)|\bvisualizations\.(\w+)\s*\(")


@dataclass(frozen=True, slots=True)
class Standing:
    """How an item stands: the run that is pinned, the run on the newest release, and whether that changes the numbers.

    `changes` is None where it is not known: the item has not run on the newest release, or that is the pinned one.
    `reproduces` is that of the pinned run.
    """

    pinned: Run | None
    newest: Run | None
    changes: bool | None
    changed_numbers: int
    first_changes: tuple[str, ...]


def standing(item: Item, store: RunStore, newest_release: int | None) -> Standing:
    """An item is pinned to the oldest release on which it ran as it is now, unless that run failed."""
    runs = list(store.runs(item))
    sound = [run for run in runs if run.error is None]
    pinned = sound[0] if sound else (runs[0] if runs else None)
    newest = next((run for run in runs if run.release == newest_release), None)
    if pinned is None or newest is None or newest.release == pinned.release or newest.error is not None:
        changes = True if newest is not None and newest.error is not None and newest is not pinned else None
        return Standing(pinned, newest, changes, 0, (newest.error,) if newest and newest.error else ())
    before, after = store.numbers(item.key, pinned.release), store.numbers(item.key, newest.release)
    if before is None or after is None:
        return Standing(pinned, newest, None, 0, ())
    count, told = differences(before, after, item.front.tolerance)
    return Standing(pinned, newest, count > 0, count, told)


def build_index(items: Sequence[Item], store: RunStore, newest_release: int | None, now: datetime) -> dict[str, object]:
    """The index as it is written."""
    keys = {item.key for item in items}
    uses = {item.key: used_items(item, keys) for item in items}
    entries = [_entry(item, store, newest_release, uses) for item in items]
    return {
        "form": FORM,
        "built_at": now.isoformat(timespec="seconds"),
        "release": newest_release,
        "items": entries,
        "contributors": [person.as_json() for person in contributors(items, uses)],
    }


def used_items(item: Item, keys: Iterable[str]) -> tuple[str, ...]:
    """The items that an item builds on: those that it names, and the visualizations that its code calls."""
    known = set(keys)
    found = dict.fromkeys(item.front.uses)
    for cell in code_cells(item):
        for match in _VISUALIZATION.finditer(cell.source):
            for name in re.split(r"[\s,]+", match[1] or match[2]):
                key = f"visualization/{name.replace('_', '-')}"
                if key in known:
                    found[key] = None
    return tuple(found)


def write_site(
    items: Sequence[Item],
    store: RunStore,
    folder: Path,
    newest_release: int | None,
    now: datetime,
    *,
    pages: bool = True,
) -> dict[str, object]:
    """Writes index, pages and thumbnails to `folder`; returns the index. Without `pages` only the index."""
    index = build_index(items, store, newest_release, now)
    if pages:
        for item in items:
            run = standing(item, store, newest_release).pinned
            shown = store.shown(item.key, run.release) if run else None
            write_whole(folder / f"{item.key}.html", page_html(item, shown.outputs if shown else None))
            for old in (folder / item.kind.value).glob(f"{item.slug}.*"):
                if old.suffix in (".png", ".svg"):
                    old.unlink()
            if picture := _picture(item, shown):
                (folder / f"{item.key}{picture[1]}").write_bytes(picture[0])
    _remove_others(folder, {item.key for item in items})
    write_whole(folder / "index.json", json.dumps(index, indent=1))
    return index


def _entry(
    item: Item, store: RunStore, newest_release: int | None, uses: dict[str, tuple[str, ...]]
) -> dict[str, object]:
    front, stand = item.front, standing(item, store, newest_release)
    shown = store.shown(item.key, stand.pinned.release) if stand.pinned else None
    picture = _picture(item, shown)
    return {
        "key": item.key,
        "kind": item.kind.value,
        "slug": item.slug,
        "path": item.place,
        "title": front.title,
        "question": front.question,
        "authors": [author.model_dump() for author in front.authors],
        "date": front.date.isoformat(),
        "method": front.method,
        "licence": front.licence,
        "tags": list(front.tags),
        "tables": list(front.tables),
        "metrics": list(front.metrics),
        "sources": [s.model_dump(mode="json", exclude={"tables"}) for s in front.data if not s.tables],
        "uses": list(uses[item.key]),
        "used_by": sorted(key for key, named in uses.items() if item.key in named),
        "is_run": is_computed(item),
        "pinned": _run(stand.pinned),
        "newest": _run(stand.newest),
        "changes": stand.changes,
        "changed_numbers": stand.changed_numbers,
        "first_changes": list(stand.first_changes),
        "thumbnail": f"{item.key}{picture[1]}" if picture else None,
    }


def _picture(item: Item, shown: Shown | None) -> tuple[bytes, str] | None:
    """The thumbnail and its suffix: what the last verified run showed, or what is drawn from the item's own file."""
    if shown and shown.thumbnail:
        content, media_type = shown.thumbnail
        return content, ".png" if media_type == "image/png" else ".svg"
    drawn = drawn_picture(item)
    return (drawn, ".svg") if drawn else None


def _run(run: Run | None) -> dict[str, object] | None:
    return asdict(run) if run else None


def _remove_others(folder: Path, keys: set[str]) -> None:
    """Removes pages of items that are no more."""
    for path in folder.glob("*/*.*"):
        if f"{path.parent.name}/{path.stem}" not in keys:
            path.unlink()
