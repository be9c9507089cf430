"""Makes an edition of a report: facts, text, charts, page, PDF and numbers, kept together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path

from observer.insights.reports.apart import written_apart
from observer.insights.reports.charts import Drawn, draw
from observer.insights.reports.edition import Edition, EditionStore, numbers_csv, numbers_of
from observer.insights.reports.facts import Facts, gather
from observer.insights.reports.figures import ReportFigures
from observer.insights.reports.page import page_html
from observer.insights.reports.pdf import report_pdf
from observer.insights.reports.spec import ReportPlan
from observer.insights.reports.text import day
from observer.insights.reports.write import Block, Chart, blocks_of


def make_edition(
    plan: ReportPlan, figures: ReportFigures, root: Path, store: EditionStore, clock: Callable[[], datetime]
) -> Edition:
    """The edition of a report on a release, kept in `store`. `root` is the library that templates are included from.

    NotFoundError where the release lacks the collection, ContentError where the template is none.
    """
    begun, now = time.monotonic(), clock()
    last = store.before(plan.slug, plan.collection, figures.release)
    facts = gather(figures, plan.collection, last.earlier() if last else None)
    blocks = blocks_of(written_apart(plan.template, facts, root), facts)
    drawn = {chart.name: chart for chart in _drawn(blocks, facts)}
    title = plan.title or f"{facts.collection.title}: state of the collection"
    lead = plan.question or facts.collection.description or ""
    told = f"Release {facts.release} · data up to {day(facts.as_of)}"
    base = f"/blog/{plan.slug}/{facts.release}"
    files = {
        "page.html": page_html(blocks, drawn, base).encode("utf-8"),
        "report.pdf": report_pdf(title, lead, told, blocks, drawn, now),
        "numbers.csv": numbers_csv(facts),
        **{f"charts/{name}.svg": chart.svg for name, chart in drawn.items()},
        **{f"charts/{name}.png": chart.png for name, chart in drawn.items()},
    }
    edition = Edition(
        slug=plan.slug,
        title=title,
        lead=lead,
        authors=plan.authors or ("Open Source Observer",),
        collection=plan.collection,
        release=facts.release,
        as_of=facts.as_of.isoformat(),
        made_at=now.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - begun, 2),
        charts=tuple(drawn),
        members={project.subject.name: project.subject.title for project in facts.projects},
        numbers=numbers_of(facts),
        since_release=facts.since.release if facts.since else None,
    )
    store.write(edition, files)
    return edition


def is_due(plan: ReportPlan, store: EditionStore, release: int, as_of: date) -> bool:
    """Whether a release with data up to `as_of` needs an edition of a report that it does not have."""
    last = next((edition for edition in store.editions(plan.slug) if edition.collection == plan.collection), None)
    if last is None:
        return True
    return last.release < release and plan.every.is_due(date.fromisoformat(last.as_of), as_of)


def _drawn(blocks: Iterable[Block], facts: Facts) -> Iterable[Drawn]:
    for name in dict.fromkeys(block.name for block in blocks if isinstance(block, Chart)):
        made = draw(name, facts)
        if made is not None:
            yield made
