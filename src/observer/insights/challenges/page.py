"""A challenge on its page: terms, what was submitted, and the results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from markdown_it import MarkdownIt

from observer.insights.challenges.submissions import Result, read_submissions, results
from observer.insights.challenges.terms import Terms, terms_of
from observer.insights.item import Item


def challenge_html(item: Item) -> str:
    """Terms and results as HTML of escaped text; ContentError where the challenge is not whole."""
    terms, found = terms_of(item), read_submissions(item)
    parts = list(_terms(terms))
    if found is not None and found[0].submissions:
        parts += _results(results(terms, found[0].submissions), terms)
    else:
        parts.append("<h2>Submissions</h2><p>There are none yet.</p>")
    return "\n".join(parts)


def _terms(terms: Terms) -> Iterator[str]:
    pool = f"{terms.pool.amount:,} {terms.pool.currency}"
    yield (
        f"<h2>Terms</h2><p>Open from {terms.opens} to the end of {terms.closes} (UTC), results by {terms.results_by}. "
        f"The pool is <strong>{escape(pool)}</strong>; {terms.reviews_needed} reviews decide on each submission.</p>"
    )
    rewards = (
        (r.name, ", ".join(kind.value.replace("_", " ") for kind in r.takes), f"{r.least:,} to {r.most:,}",
         "" if r.per_person is None else f"{r.per_person}")
        for r in terms.rewards
    )  # fmt: skip
    yield _table(("reward", "for", terms.pool.currency, "each person"), rewards)
    yield "<h3>Rules</h3><ul>" + "".join(f"<li>{_words(rule)}</li>" for rule in terms.rules) + "</ul>"
    criteria = ((c.name, f"{c.weight:.0%}", c.asks) for c in terms.criteria)
    yield "<h3>What reviewers judge by</h3>" + _table(("criterion", "weight", "question"), criteria)


def _results(made: Sequence[Result], terms: Terms) -> Iterator[str]:
    earned = sum(result.earned for result in made)
    yield f"<h2>Results</h2><p>{len(made)} submissions, {earned:,} {terms.pool.currency} earned.</p>"
    rows = (
        (r.submission.item, r.submission.by, r.submission.status.value, "" if r.score is None else f"{r.score:.2f}",
         f"{r.earned:,}", "" if r.submission.paid_on is None else f"{r.submission.paid_on}")
        for r in made
    )  # fmt: skip
    yield _table(("submission", "by", "verdict", "score", terms.pool.currency, "paid on"), rows)
    for result in made:
        told = [review.reason for review in result.submission.reviews]
        told += [result.submission.reason] if result.submission.reason else []
        if told:
            reasons = "".join(f"<li>{escape(reason)}</li>" for reason in told)
            yield f"<details><summary>Why: {escape(result.submission.item)}</summary><ul>{reasons}</ul></details>"


def _words(text: str) -> str:
    """A sentence with what is code or stressed in it."""
    html: str = MarkdownIt("commonmark", {"html": False}).renderInline(text)
    return html


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
