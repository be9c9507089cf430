"""What was submitted to a challenge, how it was reviewed, and what it earns: the file beside the challenge."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, Field, ValidationError

from observer.errors import ContentError, Problem
from observer.insights.bounties.prices import Money
from observer.insights.challenges.terms import LEAST_SCORE, MOST_SCORE, Terms
from observer.insights.front_matter import told_once
from observer.insights.item import Item
from observer.insights.spec import Spec
from observer.yaml_text import Document, parse_document

FILE = "submissions.yaml"
"""The name of the file in the folder of its challenge."""

_CENT = Decimal("0.01")
_Name = Annotated[str, Field(min_length=1, max_length=100)]


class Verdict(StrEnum):
    """How far a submission is."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Review(Spec):
    """One reviewer's scores (1 to 5) by criterion, and why."""

    by: _Name
    scores: dict[str, Annotated[int, Field(ge=LEAST_SCORE, le=MOST_SCORE)]]
    reason: Annotated[str, Field(min_length=8, max_length=2000)]


class Submission(Spec):
    """One item of the library that somebody submits for a reward. `payout` and `paid_on` follow the verdict."""

    number: Annotated[int, Field(ge=1)]
    received_at: AwareDatetime
    by: _Name
    item: Annotated[str, Field(pattern=r"^[a-z_]+/[a-z0-9-]+$")]
    reward: str
    status: Verdict = Verdict.RECEIVED
    reason: str | None = None
    reviews: tuple[Review, ...] = ()
    payout: Money | None = None
    paid_on: dt.date | None = None


class Submissions(Spec):
    """All of them, in the order in which they came."""

    submissions: tuple[Submission, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A submission with its place: `score` (1 to 5) is None without reviews, `earned` is what it is due."""

    submission: Submission
    score: Decimal | None
    earned: Decimal


def read_submissions(item: Item) -> tuple[Submissions, Document] | None:
    """The submissions of a challenge; None before there is a file. ContentError with what is wrong with its form."""
    path = _path(item)
    if path is None or not path.is_file():
        return None
    place = path.relative_to(item.root).as_posix()
    document = parse_document(path.read_text(encoding="utf-8"), place)
    try:
        return Submissions.model_validate(document.data), document
    except ValidationError as error:
        raise ContentError(
            Problem(place, document.line(e["loc"]), f"{'.'.join(map(str, e['loc']))}: {e['msg']}", None, "submission")
            for e in told_once(error)
        ) from None


def results(terms: Terms, submissions: Sequence[Submission]) -> tuple[Result, ...]:
    """All submissions, best first: what was accepted before the rest.

    A reward grows evenly with the score. Where all of them together are more than the pool, each is cut by the same
    share and rounded down to cents, so that the pool is never passed.
    """
    scores = {each.number: score_of(terms, each) for each in submissions}
    whole = {each.number: _reward(terms, each, scores[each.number]) for each in submissions}
    total = sum(whole.values(), Decimal(0))
    share = min(Decimal(1), terms.pool.amount / total) if total else Decimal(1)
    made = [
        Result(each, scores[each.number], (whole[each.number] * share).quantize(_CENT, ROUND_DOWN))
        for each in submissions
    ]
    order = {Verdict.ACCEPTED: 0, Verdict.RECEIVED: 1, Verdict.REFUSED: 2}
    return tuple(sorted(made, key=lambda r: (order[r.submission.status], -(r.score or 0), r.submission.number)))


def score_of(terms: Terms, submission: Submission) -> Decimal | None:
    """The mean over reviewers of their weighted scores, 1 to 5; None without a whole review."""
    whole = [review for review in submission.reviews if review.scores.keys() == {c.name for c in terms.criteria}]
    if not whole:
        return None
    weighted = [sum((c.weight * review.scores[c.name] for c in terms.criteria), Decimal(0)) for review in whole]
    return sum(weighted, Decimal(0)) / len(weighted)


def check_submissions(item: Item, terms: Terms, items: Mapping[str, Item]) -> Iterator[Problem]:
    """Submissions are in time, are items of the right kind, are reviewed by others, and are paid what they earn."""
    found = read_submissions(item)
    if found is None:
        return
    (read, document), path = found, _path(item)
    assert path is not None  # noqa: S101 - it was read
    place = path.relative_to(item.root).as_posix()
    earned = {result.submission.number: result.earned for result in results(terms, read.submissions)}
    counts: Counter[tuple[str, str]] = Counter()
    taken: dict[str, int] = {}
    for index, each in enumerate(read.submissions):
        counts[each.by, each.reward] += 1
        faults = [
            *_time_and_number(terms, each, index),
            *_about_item(terms, each, items, taken, counts[each.by, each.reward]),
            *_about_reviews(terms, each, items),
            *_about_money(each, earned[each.number] if each.number in earned else Decimal(0)),
        ]
        for key, what, hint in faults:
            yield Problem(place, document.line(("submissions", index, key)), what, hint, "submission")
        taken.setdefault(each.item, each.number)


_Faults = Iterator[tuple[str, str, str | None]]


def _time_and_number(terms: Terms, each: Submission, index: int) -> _Faults:
    if each.number != index + 1:
        yield "number", f"the number is {each.number}, not {index + 1}", "number submissions from 1, and remove none"
    day = each.received_at.astimezone(dt.UTC).date()
    if not terms.opens <= day <= terms.closes and each.status is not Verdict.REFUSED:
        what = f"it came on {day}; the challenge is open from {terms.opens} to {terms.closes} (UTC)"
        yield "received_at", what, "refuse it, or move the deadline for everybody"


def _about_item(
    terms: Terms, each: Submission, items: Collection[str], taken: Mapping[str, int], count: int
) -> _Faults:
    reward = terms.reward(each.reward)
    if reward is None:
        yield "reward", f"there is no reward '{each.reward}'", f"one of {', '.join(r.name for r in terms.rewards)}"
    elif each.item.split("/")[0] not in reward.takes:
        yield "item", f"'{reward.name}' takes {', '.join(reward.takes)}, not {each.item.split('/')[0]}", None
    if reward is not None and reward.per_person is not None and count > reward.per_person:
        yield "by", f"{each.by} submits more than {reward.per_person} for '{reward.name}'", "refuse it"
    if each.item in taken:
        yield "item", f"{each.item} was submitted as number {taken[each.item]} already", None
    if each.item not in items and each.status is not Verdict.REFUSED:
        yield "item", f"the library has no {each.item}", "merge the item first; refused ones need not be there"


def _about_reviews(terms: Terms, each: Submission, items: Mapping[str, Item]) -> _Faults:
    names = {criterion.name for criterion in terms.criteria}
    authors = {author.name for author in items[each.item].front.authors} if each.item in items else set()
    reviewers = [review.by for review in each.reviews]
    for review in each.reviews:
        if review.by == each.by or review.by in authors:
            yield "reviews", f"{review.by} reviews their own submission", "let somebody else review it"
        if review.scores.keys() != names:
            yield "reviews", f"the review by {review.by} does not score {', '.join(sorted(names))}", None
    if len(set(reviewers)) < len(reviewers):
        yield "reviews", "somebody reviews it twice", None
    if each.status is Verdict.ACCEPTED and len(set(reviewers)) < terms.reviews_needed:
        what = f"it is accepted with {len(set(reviewers))} of {terms.reviews_needed} reviews"
        yield "status", what, None
    if each.status is Verdict.REFUSED and not each.reason:
        yield "status", "it is refused without a 'reason'", "say which rule it breaks"


def _about_money(each: Submission, earned: Decimal) -> _Faults:
    if each.payout is not None and each.payout != earned:
        yield "payout", f"it earns {earned}, not {each.payout}", "`observer insights challenge results` computes it"
    if each.paid_on is not None and each.payout is None:
        yield "paid_on", "it was paid, but no 'payout' is told", None


def _reward(terms: Terms, submission: Submission, score: Decimal | None) -> Decimal:
    reward = terms.reward(submission.reward)
    if submission.status is not Verdict.ACCEPTED or reward is None or score is None:
        return Decimal(0)
    return reward.least + (reward.most - reward.least) * (score - LEAST_SCORE) / (MOST_SCORE - LEAST_SCORE)


def _path(item: Item) -> Path | None:
    return item.folder / FILE if item.folder else None
