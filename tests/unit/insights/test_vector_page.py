"""The page of a vector: correlation against pandas, unknown projects without a score, names as text."""

from __future__ import annotations

import random

import pandas as pd
import pytest

from observer.insights.vectors.definition import Vector, VectorSpec
from observer.insights.vectors.evaluate import Entry, Evaluation, Member, Place
from observer.insights.vectors.page import correlations, shown, spearman

SPEC = VectorSpec.model_validate(
    {
        "metric": "contributors",
        "period": {"grain": "rolling_180_days"},
        "normaliser": {"method": "log_min_max"},
        "reasoning": "word " * 20,
    }
)


def evaluation(slug: str, scores: dict[str, float | None]) -> Evaluation:
    entries = [
        Entry(Member(f"id-{name}", name, f"<b>{name}</b>"), Place.UNKNOWN if s is None else Place.IN_SET, s, s, 1)
        for name, s in scores.items()
    ]
    return Evaluation(
        Vector(f"vector/{slug}", f"Vector {slug}", "Which?", ("x",), SPEC), 3, "2026-11-15", tuple(entries)
    )


@pytest.mark.parametrize("seed", range(6))
def test_the_rank_correlation_is_that_of_pandas(seed: int) -> None:
    dice = random.Random(seed)
    first, second = ([float(dice.randrange(6)) for _ in range(20)] for _ in range(2))

    assert spearman(first, second) == pytest.approx(pd.Series(first).rank().corr(pd.Series(second).rank()))


def test_vectors_are_compared_over_what_both_rank() -> None:
    own = evaluation("own", {"a": 0.0, "b": 0.5, "c": 1.0, "d": None})
    others = [
        own,
        evaluation("same", {"c": 0.9, "b": 0.3, "a": 0.1, "d": 1.0}),
        evaluation("flat", {"a": 0.5, "b": 0.5, "c": 0.5}),
        evaluation("few", {"a": 0.1, "b": 0.2}),
    ]

    told = {each.key: (each.common, each.rho) for each in correlations(own, others)}

    assert told == {"vector/same": (3, 1.0), "vector/flat": (3, None), "vector/few": (2, None)}


def test_a_run_gives_scores_a_picture_and_a_page_of_text() -> None:
    own = evaluation("own", {"a": 0.0, "b": 0.5, "c": 1.0, "d": None})
    numbers, what = shown(own, [own])
    html = what.outputs[0][1]["data"]["text/html"]

    assert numbers.files["vector.csv"][1:] == (("a", "0.0", "0.0"), ("b", "0.5", "0.5"), ("c", "1.0", "1.0"))
    assert what.thumbnail is not None and what.thumbnail[0].startswith(b"\x89PNG")
    assert "<b>" not in html and "&lt;b&gt;c" in html and "1 unknown" in html
    assert "other vectors" not in html


def test_an_empty_set_has_no_picture() -> None:
    _, what = shown(evaluation("own", {"a": None}), [])
    assert what.thumbnail is None and "Who leads" not in str(what.outputs)
