"""Numbers, dates and names as people read them. Pure functions; English conventions, days in UTC."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote

from markupsafe import Markup, escape

from observer.model.metric import Grain
from observer.model.state import State
from observer.query.answers import Entity, EventRow

MINUS = "\u2212"
THIN_SPACE = "\u202f"
_LONG_HASH = re.compile(r"[0-9a-f]{40,}")
HIDDEN_MARK = "\ufffd"
"""Stands where a character was that cannot be seen or turns the text around it."""

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
    # Joiners belong to some scripts and to emoji; beside ASCII they only make names look alike.
    "|(?<=[\x20-\x7e])[\u200c\u200d]|[\u200c\u200d](?=[\x20-\x7e])"
)
_LONGEST_TITLE = 160
_SUFFIXES = ((1_000_000_000, "B"), (1_000_000, "M"), (10_000, "k"))

GRAIN_LABELS = {
    Grain.DAY: "day",
    Grain.WEEK: "week",
    Grain.MONTH: "month",
    Grain.QUARTER: "quarter",
    Grain.YEAR: "year",
    Grain.ROLLING_30_DAYS: "30 days",
    Grain.ROLLING_90_DAYS: "90 days",
    Grain.ROLLING_180_DAYS: "180 days",
    Grain.ALL: "all time",
}


def number(amount: float | None, *, unit: str = "") -> str:
    """The whole number with thin spaces between thousands; ratios as per cent; None as `unknown`."""
    if amount is None:
        return "unknown"
    if unit == "ratio":
        return f"{amount * 100:.1f}{THIN_SPACE}%".replace("-", MINUS)
    text = f"{amount:,.0f}" if float(amount).is_integer() else f"{amount:,.2f}"
    return text.replace(",", THIN_SPACE).replace("-", MINUS)


def short(amount: float | None, *, unit: str = "") -> str:
    """The number in at most five characters or so, for axes and cards: 12.4k, 3.1M."""
    if amount is None or unit == "ratio":
        return number(amount, unit=unit)
    for size, suffix in _SUFFIXES:
        if abs(amount) >= size:
            scale = 1_000 if suffix == "k" else size
            return f"{amount / scale:.1f}".rstrip("0").rstrip(".").replace("-", MINUS) + suffix
    return number(amount)


def signed(gap: float, suffix: str = "") -> str:
    """A difference with its sign and at most three figures: +12 %, \u22123."""
    text = f"{gap:+,.0f}" if abs(gap) >= 10 or float(gap).is_integer() else f"{gap:+.1f}"
    return text.replace(",", THIN_SPACE).replace("-", MINUS) + suffix


def value(amount: float | None, state: State, *, unit: str = "") -> str:
    """A value with its state: unknown is never a number."""
    return "unknown" if state is State.UNKNOWN else number(amount, unit=unit)


def percent(ratio: float) -> str:
    """A share of 0..1 as whole per cent; never rounds an incomplete share up to 100."""
    if 0.995 <= ratio < 1:
        return f">99{THIN_SPACE}%"
    if 0 < ratio < 0.005:
        return f"<1{THIN_SPACE}%"
    return f"{ratio * 100:.0f}{THIN_SPACE}%"


def day(value: date | datetime | None) -> str:
    """A date as 3 Nov 2026; None as a dash."""
    if value is None:
        return "\u2013"
    return f"{value.day} {value:%b %Y}"


def moment(value: datetime | None) -> str:
    """A time as 3 Nov 2026, 14:05 UTC."""
    return "\u2013" if value is None else f"{day(value)}, {value:%H:%M} UTC"


@lru_cache(maxsize=8192)
def period(first: date, last: date, grain: Grain) -> str:
    """The period of a bucket in words."""
    if grain is Grain.DAY:
        return day(first)
    if grain is Grain.MONTH:
        return f"{first:%B %Y}"
    if grain is Grain.QUARTER:
        return f"Q{(first.month - 1) // 3 + 1} {first.year}"
    if grain is Grain.YEAR:
        return str(first.year)
    if grain is Grain.ALL:
        return f"all time to {day(last)}"
    if grain.is_rolling:
        return f"{GRAIN_LABELS[grain]} to {day(last)}"
    return f"{day(first)} to {day(last)}"


def shown(value: object) -> object:
    """A value for a page: characters of texts that hide or turn what others read become a mark. HTML stays."""
    # What is printable has none of them, and telling so is a tenth of the work; most of a page is.
    return value if type(value) is not str or value.isprintable() else _HIDDEN.sub(HIDDEN_MARK, value)


def escaped(text: object) -> Markup:
    """A text for the inside of HTML or SVG that is put together by hand."""
    return escape(shown(text))


def title(entity: Entity) -> str:
    """What an entity is called on its page; names that are far too long are cut."""
    name = entity.display_name
    if not name:
        name = f"{entity.namespace}/{entity.name}" if entity.artifact_type == "REPOSITORY" else entity.name
    text = str(shown(name))
    return text if len(text) <= _LONGEST_TITLE else text[: _LONGEST_TITLE - 1] + "\u2026"


def brief(text: str, length: int) -> str:
    """The first words of a text; a few characters too many are left to it."""
    return text if len(text) <= length + 5 else text[: length - 3].rsplit(" ", 1)[0] + "..."


def path(entity: Entity) -> str:
    """The address of an entity's page."""
    if entity.entity_type.value != "artifact":
        return f"/{entity.entity_type.value}/{quote(entity.name, safe='')}"
    namespace = quote(entity.namespace or "-", safe="")
    return f"/artifact/{quote(entity.source, safe='')}/{namespace}/{quote(entity.name)}"


def reference(entity: Entity) -> str:
    """How the API's parameter `entity` names an entity."""
    if entity.entity_type.value != "artifact":
        return f"{entity.entity_type.value}/{entity.name}"
    return f"artifact/{entity.source}/{entity.namespace or '-'}/{entity.name}"


def safe_url(url: str | None) -> str | None:
    """The address if it is one of the web; others (javascript:, data:) are not linked."""
    return url if url and url.lower().startswith(("https://", "http://")) else None


def record_url(event: EventRow) -> str | None:
    """Where the source record of an event can be looked at on the web, if it can."""
    prefix = "git+https://github.com/"
    repository, at, commit = event.record_ref.rpartition("@")
    if at and repository.startswith(prefix):
        return f"https://github.com/{repository.removeprefix(prefix).removesuffix('.git')}/commit/{commit}"
    return None


def ago(then: datetime | None, now: datetime) -> str:
    """How long ago, in the largest unit that fits."""
    if then is None:
        return "never"
    gap = now.replace(tzinfo=None) - then.replace(tzinfo=None)
    if gap < timedelta(minutes=1):
        return "just now"
    for size, name in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute")):
        if gap >= size:
            count = gap // size
            return f"{count} {name}{'' if count == 1 else 's'} ago"
    return "just now"


def brief_ref(reference: str) -> str:
    """A pointer to a source record with its long hashes cut to twelve digits."""
    return _LONG_HASH.sub(lambda match: match.group()[:12] + "\u2026", reference.removeprefix("git+https://"))
