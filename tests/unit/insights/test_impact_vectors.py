"""Vectors: the normalisers against pandas, numpy and numbers worked by hand; what is unknown gets no score."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from observer.cli.main import cli
from observer.errors import ContentError, NotFoundError, QueryError
from observer.insights.checking.report import Known, check_library
from observer.insights.item import load_items, read_item
from observer.insights.vectors.definition import Period, Vector, VectorSpec, check_vector, vector_of
from observer.insights.vectors.evaluate import Entry, Member, Place, evaluate
from observer.insights.vectors.figures import SqlFigures
from observer.insights.vectors.normalise import (
    METHODS,
    log_min_max,
    mean_ranks,
    min_max,
    percentile_clip,
    rank_gaussian,
    z_score,
)
from observer.model.metric import Grain

LIBRARY = Path(__file__).parents[3] / "insights"
REASONING = "Many words say why this metric, this set and this normaliser are what they are, " * 3
SPEC: dict[str, Any] = {
    "metric": "contributors",
    "period": {"grain": "rolling_180_days"},
    "normaliser": {"method": "log_min_max"},
    "reasoning": REASONING,
}
FRONT = {
    "kind": "vector",
    "title": "Breadth",
    "question": "Which projects are broad?",
    "authors": [{"name": "Ada Example"}],
    "date": "2026-11-16",
    "method": "Contributors on a scale.",
    "data": [{"tables": ["projects", "key_metrics"]}],
    "licence": "CC-BY-4.0",
    "tags": ["impact-vector"],
    "metrics": ["contributors"],
}
GRAINS = {"contributors": (Grain.ROLLING_180_DAYS, Grain.ROLLING_90_DAYS, Grain.MONTH), "commits": (Grain.ALL,)}


class Numbers:
    """A release of four projects: the amounts by metric and grain that a test gives."""

    release = 3
    as_of = "2026-10-31"

    def __init__(self, amounts: Mapping[tuple[str, str], Mapping[str, float]]) -> None:
        self._amounts = amounts

    def projects(self, collections: Sequence[str]) -> Sequence[Member]:
        return [Member(name, name, name.upper()) for name in "abcd"]

    def amounts(self, metric: str, period: Period) -> Mapping[str, float]:
        return self._amounts.get((metric, period.grain.value), {})


def vector(**changed: object) -> Vector:
    return Vector("vector/v", "V", "Which?", ("a",), VectorSpec.model_validate(SPEC | changed))


def write_vector(root: Path, spec: dict[str, Any], **changed: object) -> Path:
    path = root / "community/vectors/breadth.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    front = yaml.safe_dump(FRONT | changed | {"spec": spec}, sort_keys=False)
    path.write_text(f"---\n{front}---\n\n{'Words explain it. ' * 15}\nPowered by Open Source Observer.\n")
    return path


def values(seed: int, count: int) -> list[float]:
    chance = random.Random(seed)
    return [float(round(chance.lognormvariate(2, 1.5))) for _ in range(count)]


def test_normalisers_give_what_was_worked_out_by_hand() -> None:
    assert log_min_max([0, 9, 99]) == pytest.approx([0, 0.5, 1])
    assert min_max([2, 4, 10]) == [0, 0.25, 1]
    # Ranks 1, 2.5, 2.5, 4 of 4: quantiles of 1/8, 1/2, 1/2, 7/8, which lie evenly around zero.
    assert rank_gaussian([1, 5, 5, 70]) == pytest.approx([0, 0.5, 0.5, 1])
    # Mean 4, population deviation 2: one deviation below and above.
    assert z_score([2, 6]) == pytest.approx([NormalDist().cdf(-1), NormalDist().cdf(1)])
    # Quartiles of 0, 1, 2, 3, 100 are 1 and 3.
    assert percentile_clip([0, 1, 2, 3, 100], 0.25, 0.75) == [0, 0, 0.5, 1, 1]


@pytest.mark.parametrize("count", [2, 3, 50, 500])
def test_normalisers_agree_with_pandas_and_numpy(count: int) -> None:
    pd, np = pytest.importorskip("pandas"), pytest.importorskip("numpy")
    raw = pd.Series([*values(count, count - 2), 3.0, 40.0])

    def scaled(series: Any) -> Any:
        return (series - series.min()) / (series.max() - series.min())

    ranks = raw.rank(method="average")
    expected = {
        "log_min_max": scaled(np.log10(raw + 1)),
        "rank_gaussian": scaled(((ranks - 0.5) / count).map(NormalDist().inv_cdf)),
        "z_score": ((raw - raw.mean()) / raw.std(ddof=0)).map(NormalDist().cdf),
        "percentile_clip": scaled(raw.clip(raw.quantile(0.05), raw.quantile(0.95))),
    }

    assert mean_ranks(list(raw)) == list(ranks)
    for method, normalise in METHODS.items():
        assert normalise(list(raw)) == pytest.approx(list(expected[method.value]), abs=1e-12), method


@pytest.mark.parametrize("method", METHODS)
def test_every_normaliser_stays_within_0_and_1_and_keeps_the_order(method: Any) -> None:
    raw = values(7, 200)

    scores = METHODS[method](raw)

    assert all(0 <= score <= 1 for score in scores)
    ordered = [score for _, score in sorted(zip(raw, scores, strict=True))]
    assert ordered == sorted(ordered)


@pytest.mark.parametrize("method", METHODS)
def test_values_that_are_all_the_same_are_in_the_middle_and_none_gives_none(method: Any) -> None:
    assert METHODS[method]([4.0, 4.0, 4.0]) == [0.5, 0.5, 0.5]
    assert METHODS[method]([]) == []


def test_the_logarithm_refuses_negative_values() -> None:
    with pytest.raises(QueryError, match="rank_gaussian"):
        log_min_max([-1, 2])


def test_unknown_amounts_get_no_score_and_known_zeros_do() -> None:
    made = evaluate(vector(), Numbers({("contributors", "rolling_180_days"): {"a": 0, "b": 9, "c": 99}}))

    assert made.entries == (
        Entry(Member("c", "c", "C"), Place.IN_SET, 99, 1.0, 1),
        Entry(Member("b", "b", "B"), Place.IN_SET, 9, 0.5, 2),
        Entry(Member("a", "a", "A"), Place.IN_SET, 0, 0.0, 3),
        Entry(Member("d", "d", "D"), Place.UNKNOWN, None, None, None),
    )
    assert made.as_json()["counts"] == {"in set": 3, "filtered": 0, "unknown": 1, "undecided": 0}


def test_a_selection_that_cannot_be_told_leaves_a_project_undecided_unless_another_condition_refuses_it() -> None:
    conditions = [
        {"metric": "contributors", "period": {"grain": "rolling_90_days"}, "at_least": 2},
        {"metric": "commits", "period": {"grain": "all"}, "at_least": 1, "at_most": 500},
    ]
    numbers = {
        ("contributors", "rolling_180_days"): {"a": 5.0, "b": 6.0, "c": 7.0, "d": 8.0},
        ("contributors", "rolling_90_days"): {"a": 2.0, "b": 9.0, "c": 1.0},
        ("commits", "all"): {"a": 500.0, "d": 501.0},
    }

    made = evaluate(vector(selection={"conditions": conditions}), Numbers(numbers))

    places = {entry.member.project_id: entry.place for entry in made.entries}
    assert places == {"a": Place.IN_SET, "b": Place.UNDECIDED, "c": Place.FILTERED, "d": Place.FILTERED}


def test_equal_amounts_share_a_rank() -> None:
    numbers = {("contributors", "rolling_180_days"): {"a": 3.0, "b": 7.0, "c": 7.0, "d": 1.0}}

    made = evaluate(vector(normaliser={"method": "rank_gaussian"}), Numbers(numbers))

    assert [(e.member.project_id, e.rank) for e in made.entries] == [("b", 1), ("c", 1), ("a", 3), ("d", 4)]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"normaliser": {"method": "log"}}, "spec.normaliser.method"),
        ({"normaliser": {"method": "z_score", "low": 0.1}}, "belong to percentile_clip alone"),
        ({"normaliser": {"method": "percentile_clip", "low": 0.9, "high": 0.2}}, "'low' has to be less"),
        ({"period": {"grain": "month"}}, "needs 'bucket'"),
        ({"period": {"grain": "month", "bucket": "2026-10-02"}}, "is not the first day of a month"),
        ({"period": {"grain": "rolling_90_days", "bucket": "2026-10-01"}}, "leave out 'bucket'"),
        ({"reasoning": "Because."}, "the reasoning has 1 words"),
        ({"weight": 2}, "unknown key 'spec.weight'"),
        ({"metric": "contributers"}, "did you mean 'contributors'"),
        ({"period": {"grain": "all"}}, "contributors has no value by all"),
        ({"metric": "commits", "period": {"grain": "all"}}, "'metrics' does not name"),
        (
            {
                "selection": {
                    "conditions": [{"metric": "contributors", "period": {"grain": "rolling_90_days"}}],
                }
            },
            "give 'at_least', 'at_most' or both",
        ),
    ],
)
def test_a_faulty_vector_is_refused_with_file_line_and_reason(
    tmp_path: Path, changed: dict[str, Any], told: str
) -> None:
    path = write_vector(tmp_path, SPEC | changed)

    report = check_library(tmp_path, Known({"projects", "key_metrics"}, GRAINS))

    assert [told in str(problem) for problem in report.problems] == [True], report.problems
    problem = report.problems[0]
    first = path.read_text().splitlines().index("metrics:") + 1
    assert problem.path == "community/vectors/breadth.yaml"
    assert problem.line is not None and problem.line >= first


def test_a_missing_spec_is_told_key_by_key(tmp_path: Path) -> None:
    item = read_item(write_vector(tmp_path, {}), tmp_path)

    with pytest.raises(ContentError) as caught:
        vector_of(item)

    assert [p.what for p in caught.value.problems] == [
        f"'spec.{key}' is missing" for key in ("metric", "normaliser", "period", "reasoning")
    ]


def test_figures_read_known_amounts_and_zeros_alone_and_members_of_collections() -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    connection.execute(
        """
        create table projects as select * from (values ('1', 'a', 'A'), ('2', 'b', 'B'), ('3', 'c', 'C'))
            as t (project_id, project_name, display_name);
        create table collections as select * from (values ('x'), ('y')) as t (collection_name);
        create table projects_by_collection as select * from (values ('1', 'x'), ('2', 'x'), ('2', 'y'))
            as t (project_id, collection_name);
        create table key_metrics as select * from (values
            ('1', 'project', 'commits', 'all', 5.0, 'value'), ('2', 'project', 'commits', 'all', 0.0, 'zero'),
            ('3', 'project', 'commits', 'all', null, 'unknown'),
            ('1', 'project', 'commits', 'rolling_30_days', 2.0, 'value'),
            ('x', 'collection', 'commits', 'all', 5.0, 'value'), ('3', 'project', 'stars', 'all', 9.0, 'value'))
            as t (entity_id, entity_type, metric_name, grain, amount, state);
        """
    )
    figures = SqlFigures(lambda text: connection.sql(text).to_arrow_table().to_pylist(), 1, "2026-10-31")

    assert figures.amounts("commits", Period(grain=Grain.ALL)) == {"1": 5.0, "2": 0.0}
    assert [member.project_name for member in figures.projects(())] == ["a", "b", "c"]
    assert [member.project_name for member in figures.projects(["x", "y"])] == ["a", "b"]
    assert [member.project_name for member in figures.projects(["y"])] == ["b"]
    with pytest.raises(NotFoundError, match="no collection 'it's'"):
        figures.projects(["x", "it's"])
    with pytest.raises(QueryError, match="month from 2026-10-01"):
        figures.amounts("commits", Period(grain=Grain.MONTH, bucket=date(2026, 10, 1)))


def test_buckets_are_asked_for_all_projects() -> None:
    asked: list[tuple[object, ...]] = []

    def buckets(metric: str, grain: Grain, bucket: date, ids: Sequence[str]) -> Mapping[str, float]:
        asked.append((metric, grain, bucket, list(ids)))
        return {"1": 0.0}

    rows = [{"project_id": "1", "project_name": "a", "display_name": "A"}]
    figures = SqlFigures(lambda text: rows, 1, "2026-10-31", buckets)

    assert figures.amounts("commits", Period(grain=Grain.MONTH, bucket=date(2026, 10, 1))) == {"1": 0.0}
    assert asked == [("commits", Grain.MONTH, date(2026, 10, 1), ["1"])]


def test_the_vectors_that_come_with_the_observatory_pass_their_checks() -> None:
    from observer.metrics.catalogue import load_metrics

    grains = {metric.name: metric.grains for metric in load_metrics(LIBRARY.parent / "metrics")}
    found = [item for item in load_items(LIBRARY) if item.kind.value == "vector"]

    assert {item.slug for item in found} >= {"contributor-breadth", "full-time-developers"}
    assert [problem for item in found for problem in check_vector(item, grains)] == []


def test_a_vector_is_shown_in_words() -> None:
    path = LIBRARY / "community/vectors/contributor-breadth.yaml"

    done = CliRunner().invoke(cli, ["vectors", "show", str(path)])

    assert done.exit_code == 0, done.output
    assert "contributors of rolling 90 days at least 2" in done.output
    assert "log_min_max" in done.output
