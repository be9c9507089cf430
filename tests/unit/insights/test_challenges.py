"""Challenges: terms and submissions that break them are refused; places, payouts and recognition are computed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from observer.errors import Problem
from observer.insights.challenges.submissions import read_submissions, results
from observer.insights.challenges.terms import terms_of
from observer.insights.checking.specs import check_spec
from observer.insights.index import used_items
from observer.insights.item import Item, load_items, read_item
from observer.insights.page import page_html
from observer.insights.recognition import contributors

LIBRARY = Path(__file__).resolve().parents[3] / "insights"
NAME = Path("community/challenges/impact-vectors/impact-vectors.yaml")
SCORES = {"meaning": 5, "robustness": 3, "clarity": 4, "novelty": 1}
MIDDLE = dict.fromkeys(SCORES, 3)


def submission(number: int = 1, **changes: Any) -> dict[str, Any]:
    """An accepted submission that breaks no rule: scores 3.8 and 3, so that 20 to 50 earns 20 + 30 * 2.4 / 4 = 38."""
    made: dict[str, Any] = {
        "number": number,
        "received_at": "2026-12-20T18:00:00Z",
        "by": "ada",
        "item": "vector/contributor-breadth",
        "reward": "vector",
        "status": "accepted",
        "reviews": [
            {"by": "grace", "scores": SCORES, "reason": "It is clear and hard to move."},
            {"by": "edsger", "scores": MIDDLE, "reason": "It is much like another."},
        ],
        "payout": 38.00,
    }
    return made | changes


@pytest.fixture(scope="module")
def items() -> tuple[Item, ...]:
    return load_items(LIBRARY)


@pytest.fixture
def challenge(tmp_path: Path, items: tuple[Item, ...]) -> Callable[..., tuple[Item, list[Problem]]]:
    """A copy of the library's challenge with these submissions, and what is wrong with it."""
    folder = tmp_path / "insights" / NAME.parent
    shutil.copytree(LIBRARY / NAME.parent, folder)

    def made(*submissions: dict[str, Any]) -> tuple[Item, list[Problem]]:
        (folder / "submissions.yaml").write_text(json.dumps({"submissions": list(submissions)}, indent=1))
        item = read_item(folder / NAME.name, tmp_path / "insights")
        return item, list(check_spec(item, items, {}))

    return made


def test_a_sound_submission_is_accepted_and_earns_by_its_score(challenge: Any) -> None:
    item, problems = challenge(submission())
    assert problems == []
    found = read_submissions(item)
    assert found is not None
    (result,) = results(terms_of(item), found[0].submissions)

    assert result.score == (Decimal("0.4") * 5 + Decimal("0.3") * 3 + Decimal("0.2") * 4 + Decimal("0.1") + 3) / 2
    assert result.earned == 20 + 30 * (result.score - 1) / 4 == Decimal("38.00")


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "late": ({"received_at": "2027-01-18T00:00:01Z"}, "open from"),
    "late in its own zone": ({"received_at": "2027-01-17T23:30:00-05:00"}, "open from"),
    "early": ({"received_at": "2026-12-06T23:59:59Z"}, "open from"),
    "without a zone": ({"received_at": "2026-12-20T18:00:00"}, "received_at"),
    "misnumbered": ({"number": 2}, "the number is 2, not 1"),
    "unknown reward": ({"reward": "poem"}, "no reward 'poem'"),
    "wrong kind": ({"reward": "study", "payout": None}, "takes notebook, report"),
    "not in the library": ({"item": "vector/nothing"}, "the library has no vector/nothing"),
    "reviewed by oneself": ({"by": "grace"}, "grace reviews their own"),
    "reviewed by an author": (
        {"reviews": [{"by": "Open Source Observer maintainers", "scores": MIDDLE, "reason": "It is mine."}]},
        "reviews their own",
    ),
    "one review": ({"reviews": submission()["reviews"][:1]}, "1 of 2 reviews"),
    "reviewed twice by one": ({"reviews": submission()["reviews"][:1] * 2}, "reviews it twice"),
    "criterion left out": (
        {"reviews": [submission()["reviews"][1], {"by": "x", "scores": {"meaning": 3}, "reason": "Not all told."}]},
        "does not score",
    ),
    "score of six": (
        {"reviews": [{"by": "x", "scores": SCORES | {"meaning": 6}, "reason": "Best of all."}]},
        "less than or equal to 5",
    ),
    "refused without a reason": ({"status": "refused", "payout": None}, "without a 'reason'"),
    "paid too much": ({"payout": 50.00}, "it earns 38.00, not 50.00"),
    "paid though refused": ({"status": "refused", "reason": "It is a copy."}, "it earns 0.00, not 38.00"),
    "paid nothing on a day": ({"payout": None, "paid_on": "2027-02-01"}, "no 'payout'"),
    "unknown key": ({"bribe": 5}, "bribe"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_submission_that_breaks_the_terms_is_refused_with_its_line(challenge: Any, name: str) -> None:
    change, told = FAULTS[name]
    _, problems = challenge(submission(**change))

    assert any(told in problem.what for problem in problems), problems
    assert all(problem.path.endswith("submissions.yaml") and problem.line for problem in problems)


def test_an_item_is_submitted_once_and_a_person_not_too_often(challenge: Any) -> None:
    _, problems = challenge(submission(), submission(2))
    assert [problem.what for problem in problems] == ["vector/contributor-breadth was submitted as number 1 already"]
    _, problems = challenge(*(submission(n, item=f"vector/v{n}", status="refused", payout=None) for n in range(1, 12)))
    assert any("more than 10" in problem.what for problem in problems)


def test_the_pool_is_never_passed(challenge: Any) -> None:
    best = [
        {"by": by, "scores": dict.fromkeys(SCORES, 5), "reason": "Nothing is better."} for by in ("grace", "edsger")
    ]
    many = [submission(n, by=f"p{n}", reviews=best, payout=None) for n in range(1, 34)]
    item, _ = challenge(*many)
    found = read_submissions(item)
    assert found is not None
    made = results(terms_of(item), found[0].submissions)

    assert sum(each.earned for each in made) <= 1000
    assert {each.earned for each in made} == {Decimal("30.30")}


TERMS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "closes before it opens": (lambda spec: spec.update(closes="2026-12-01"), "follow each other"),
    "weights beside 1": (lambda spec: spec["criteria"][0].update(weight=0.5), "sum to 1"),
    "a reward beyond the pool": (lambda spec: spec["rewards"][0].update(most=2000), "more than the pool"),
    "most below least": (lambda spec: spec["rewards"][0].update(most=1), "'most' is less"),
    "two rewards of a name": (lambda spec: spec["rewards"][1].update(name="vector"), "two of the reward"),
    "no rules": (lambda spec: spec.pop("rules"), "rules"),
    "no pool": (lambda spec: spec.pop("pool"), "pool"),
}


@pytest.mark.parametrize("name", TERMS)
def test_terms_that_contradict_themselves_are_refused(tmp_path: Path, name: str) -> None:
    change, told = TERMS[name]
    folder = tmp_path / "insights" / NAME.parent
    folder.mkdir(parents=True)
    head, _, body = (LIBRARY / NAME).read_text().removeprefix("---\n").partition("\n---\n")
    front = yaml.safe_load(head)
    change(front["spec"])
    (folder / NAME.name).write_text(f"---\n{yaml.safe_dump(front, sort_keys=False)}---\n{body}")
    item = read_item(folder / NAME.name, tmp_path / "insights")

    problems = list(check_spec(item, (item,), {}))

    assert any(told in problem.what for problem in problems), problems
    assert 'class="warn"' in page_html(item, None)


def test_the_page_shows_results_as_text(challenge: Any) -> None:
    item, _ = challenge(submission(by="<script>alert(1)</script>"))
    page = page_html(item, None)

    assert "<script" not in page and "&lt;script&gt;" in page
    assert "Results" in page and "38.00" in page and "It is much like another." in page
    assert "There are none yet" in page_html(challenge()[0], None)


def test_contributors_are_known_by_items_use_and_money(challenge: Any, items: tuple[Item, ...]) -> None:
    item, _ = challenge(submission())
    whole = [*(each for each in items if each.key != item.key), item]
    uses = {each.key: used_items(each, {one.key for one in whole}) for each in whole}
    found = {person.name: person for person in contributors(whole, uses)}

    assert found["ada"].accepted == 1 and found["ada"].earned == {"USD": Decimal("38.00")}
    makers = found["Open Source Observer maintainers"]
    assert len(makers.keys) == len(whole) and makers.kinds["vector"] == 2
    assert makers.used_by == 0
