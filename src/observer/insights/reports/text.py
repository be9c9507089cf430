"""The text of a report: a template of Markdown with computed sentences, written out for the facts of a release.

Templates are contributed: they run in Jinja's sandbox, and what they fill in is escaped, so that no name of a project
can become markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from observer.errors import ContentError
from observer.insights.reports.facts import WHOLE, Facts
from observer.insights.reports.figures import PEOPLE, RECENT, WORK
from observer.model.metric import Grain

HOME = "analysis/ecosystem_reports"
MAX_TEXT = 400_000
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#+|~!$&^-])")
_WINDOWS = {
    Grain.ROLLING_30_DAYS: "30 days",
    Grain.ROLLING_90_DAYS: "90 days",
    Grain.ROLLING_180_DAYS: "180 days",
    Grain.ALL: "all time",
}


class _Ready(str):
    """Text that needs no escaping."""


def written(template: str, facts: Facts, root: Path) -> str:
    """The Markdown of a report. `root` is the library, whose report templates may be included.

    ContentError with the line where the template is none, or names what is not there.
    """
    from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(root / HOME),
        undefined=StrictUndefined,
        finalize=_escaped,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        number=number, percent=percent, signed=signed, signed_percent=signed_percent, day=day, many=many, listed=listed
    )
    environment.globals = {"range": lambda most: range(min(int(most), 100))}
    try:
        text = _within_limit(environment.from_string(template).generate(**_context(facts)))
    except TemplateSyntaxError as error:
        what = f"the template is none: {error.message}"
        raise ContentError.one(
            error.name or "template", error.lineno, what, hint="see docs/guides/insights.md"
        ) from error
    except (TemplateError, SecurityError, TypeError, ValueError, ArithmeticError, OverflowError) as error:
        line = _line(error)
        what = f"the template cannot be written out: {error}"
        raise ContentError.one("template", line, what, hint="see docs/guides/insights.md") from error
    return text


def _within_limit(parts: Iterable[str]) -> str:
    kept, size = [], 0
    for part in parts:
        kept.append(part)
        size += len(part)
        if size > MAX_TEXT:
            raise ContentError.one("template", None, "the text is longer than a report can be", hint="tell less")
    return "".join(kept)


def number(amount: float | None, digits: int = 0) -> _Ready:
    """1234.5 as 1,235 (or with digits), None as "unknown"; small fractions keep two digits."""
    if amount is None:
        return _Ready("unknown")
    places = digits if digits or float(amount).is_integer() or abs(amount) >= 100 else 2
    return _Ready(f"{amount:,.{places}f}")


def percent(share: float | None) -> _Ready:
    """0.123 as 12 %, 0.0123 as 1.2 %, 0.00053 as 0.05 %, None as "unknown"."""
    if share is None:
        return _Ready("unknown")
    if 0 < abs(share) < 0.00005:
        return _Ready("less than 0.01\N{NO-BREAK SPACE}%")
    digits = 0 if share == 0 or abs(share) >= 0.1 else 1 if abs(share) >= 0.001 else 2
    return _Ready(f"{share * 100:.{digits}f}\N{NO-BREAK SPACE}%")


def signed(change: float | None) -> _Ready:
    """A change with its sign: +12, −3."""
    if change is None:
        return _Ready("unknown")
    return _Ready(f"{'+' if change > 0 else '−' if change < 0 else '±'}{number(abs(change))}")


def signed_percent(share: float | None) -> _Ready:
    """A relative change with its sign: +12 %, −3 %."""
    if share is None:
        return _Ready("unknown")
    return _Ready(f"{'+' if share > 0 else '−' if share < 0 else '±'}{percent(abs(share))}")


def day(moment: date) -> _Ready:
    """15 November 2026."""
    return _Ready(f"{moment.day} {moment:%B %Y}")


def many(count: float | None, one: str, several: str | None = None) -> _Ready:
    """A number with its noun: 1 project, 2 projects."""
    return _Ready(f"{number(count)} {one if count == 1 else several or one + 's'}")


def listed(names: list[str] | tuple[str, ...], most: int = 5) -> _Ready:
    """Names as a list in a sentence, the rest as a number."""
    shown = [f"**{_escape(str(name))}**" for name in names[:most]]
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    return _Ready(", ".join(shown[:-1]) + (" and " if len(shown) > 1 else "") + shown[-1] if shown else "none")


def _context(facts: Facts) -> dict[str, Any]:
    """What templates may name."""
    return {
        "collection": facts.collection,
        "release": facts.release,
        "as_of": facts.as_of,
        "project_count": len(facts.projects),
        "seen": facts.seen.get(WORK),
        "whole": WHOLE,
        "spread": facts.spread,
        "leaders": facts.leaders,
        "risers": facts.movers(1),
        "fallers": facts.movers(-1),
        "since": facts.since,
        "funding": facts.funding,
        "funding_known": sum(each.amount for each in facts.funding if each.amount is not None),
        "award_count": sum(each.awards for each in facts.funding),
        "funders": facts.funders,
        "has_unnamed_funders": any(each.funder is None for each in facts.funding),
        "standing": facts.standing,
        "now": lambda metric, days=180: facts.now.get((metric, _grain(days))),
        "months": facts.last_months,
        "month_ago": lambda metric, months: facts.last_months(metric, 1, months),
        "title_of": lambda metric: facts.words[metric].title,
        "windows": _WINDOWS,
        "work": WORK,
        "people": PEOPLE,
        "recent": RECENT,
    }


def _grain(days: int | str) -> Grain:
    return Grain.ALL if days == "all" else Grain(f"rolling_{days}_days")


def _escaped(value: object) -> object:
    if isinstance(value, _Ready) or value is None or isinstance(value, (int, float)):
        return "" if value is None else value
    return _Ready(_escape(str(value)))


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _line(error: BaseException) -> int | None:
    """The line of the template itself on which it stopped."""
    found, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            found = trace.tb_lineno
        trace = trace.tb_next
    return found
