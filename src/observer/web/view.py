"""How a reader wants to see an entity: topic, grain, range, window and whom to count, as its address says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from observer.errors import QueryError
from observer.model.metric import KEY_GRAINS, Grain
from observer.model.people import UserClass
from observer.web.parameters import choice

CHART_GRAINS = (
    Grain.WEEK,
    Grain.MONTH,
    Grain.QUARTER,
    Grain.YEAR,
    Grain.ROLLING_30_DAYS,
    Grain.ROLLING_90_DAYS,
    Grain.ROLLING_180_DAYS,
)
"""Rolling windows are drawn at month ends."""

RANGES: Mapping[str, int | None] = {"1y": 366, "2y": 731, "4y": 1461, "all": None}
"""Days back from the end of the data, by name; None from the beginning."""

RANGE_LABELS = {"1y": "1 year", "2y": "2 years", "4y": "4 years", "all": "everything"}
AUDIENCES: Mapping[str, tuple[UserClass, ...]] = {
    "": (),
    "people": (UserClass.PERSON,),
    "people-bots": (UserClass.PERSON, UserClass.BOT),
    "people-agents": (UserClass.PERSON, UserClass.AGENT),
    "bots": (UserClass.BOT,),
    "agents": (UserClass.AGENT,),
    "everyone": tuple(UserClass),
}
"""Whom to count, by name; nobody named: whom the definition counts."""

AUDIENCE_LABELS = {
    "": "as defined",
    "people": "people only",
    "people-bots": "people and bots",
    "people-agents": "people and coding agents",
    "bots": "bots only",
    "agents": "coding agents only",
    "everyone": "everyone",
}
OVERVIEW = "overview"


@dataclass(frozen=True, slots=True)
class View:
    """One way to see an entity; `release` is the release that the address pins, None for the current one."""

    topic: str = OVERVIEW
    grain: Grain = Grain.MONTH
    span: str = "4y"
    window: Grain = Grain.ROLLING_90_DAYS
    audience: str = ""
    release: int | None = None

    @property
    def classes(self) -> tuple[UserClass, ...]:
        """The classes of users to count; none: those of each definition."""
        return AUDIENCES[self.audience]

    def start(self, as_of: date) -> date | None:
        """The first day of the charts."""
        days = RANGES[self.span]
        return as_of - timedelta(days=days) if days else None

    def address(self, **changes: str) -> str:
        """The query of the same view with some things changed, defaults left out; begins with a question mark."""
        wanted = {
            "topic": self.topic,
            "grain": self.grain.value,
            "range": self.span,
            "window": self.window.value,
            "who": self.audience,
            "release": str(self.release or ""),
        } | changes
        pairs = {name: text for name, text in wanted.items() if text != _DEFAULTS.get(name)}
        return "?" + urlencode(pairs)


_DEFAULTS = {
    "topic": OVERVIEW,
    "grain": Grain.MONTH.value,
    "range": "4y",
    "window": Grain.ROLLING_90_DAYS.value,
    "who": "",
    "release": "",
}


def read_view(query: Mapping[str, str], release: int | None) -> View:
    """The view that an address asks for; QueryError names the choices where it asks for none of them."""
    grain = choice(query.get("grain"), Grain, Grain.MONTH)
    window = choice(query.get("window"), Grain, Grain.ROLLING_90_DAYS)
    span, audience = query.get("range") or "4y", query.get("who") or ""
    if grain not in CHART_GRAINS:
        raise QueryError("there is no chart of this grain", hint=f"grain: {', '.join(CHART_GRAINS)}")
    if window not in KEY_GRAINS:
        raise QueryError("there is no current value of this window", hint=f"window: {', '.join(KEY_GRAINS)}")
    if span not in RANGES:
        raise QueryError(f"'{span[:20]}' is not a range", hint=f"range: {', '.join(RANGES)}")
    if audience not in AUDIENCES:
        raise QueryError(f"'{audience[:20]}' is nobody to count", hint=f"who: {', '.join(filter(None, AUDIENCES))}")
    return View((query.get("topic") or OVERVIEW)[:50], grain, span, window, audience, release)
