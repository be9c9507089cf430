"""What is drawn equals the data: heights, areas, flows, ranks and shares, counted again by other means."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.patches import Circle, Rectangle, StepPatch
from tests.unit.visualizations.charts import example

from observer import visualizations
from observer.visualizations.canvas import runs
from observer.visualizations.labels import compact
from observer.visualizations.layout import communities, force_layout, network_of
from observer.visualizations.placement import Spot, place, spread


def chart(name: str) -> object:
    return visualizations.load(name)


def test_distribution_bars_are_as_high_as_the_data_in_order() -> None:
    figure = visualizations.distribution_bars({"project_name": list("abcd"), "amount": [3, None, 10, 1]})

    (steps,) = [patch for patch in figure.axes[0].patches if isinstance(patch, StepPatch)]
    assert list(steps.get_data().values) == [10, 3, 1]
    assert figure.axes[0].get_ylim()[0] <= 0
    assert any(text.get_text() == "median 3" for text in figure.texts)


def test_ranked_bars_begin_at_zero_and_leave_the_unknown_hatched_at_the_end() -> None:
    data = {"project_name": list("abc"), "amount": [2.0, None, 5.0], "low": [1, None, None], "high": [4, None, 5]}

    figure = visualizations.ranked_intervals(data)

    bars = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    assert [bar.get_width() for bar in bars[:3]] == [5, 2, 0]
    assert {bar.get_x() for bar in bars} == {0}
    assert bars[3].get_hatch()


def test_stacked_areas_reach_the_sum_of_each_month_and_stop_where_a_part_is_unknown() -> None:
    data = pd.DataFrame(
        [
            (f"2024-0{m}-01", g, v)
            for g, vs in {"a": [1, 2, 3, 4], "b": [5, 6, None, 8]}.items()
            for m, v in enumerate(vs, 1)
        ],
        columns=["bucket", "project_name", "amount"],
    )

    figure = visualizations.stacked_area(data)

    tops = [c.get_paths()[0].vertices[:, 1].max() for c in figure.axes[0].collections if c.get_paths()]
    assert max(tops) == 8
    assert [bar.get_height() for bar in figure.axes[0].patches if isinstance(bar, Rectangle)][:2] == [8, 4]
    assert any(text.get_text() == "unknown" for text in figure.texts)


def test_sankey_bands_add_up_to_the_data_and_to_every_node() -> None:
    shown = example("sankey")
    data, figure = shown.data, shown.figure
    link, labels = figure.data[0].link, figure.data[0].node.label

    by_level = data.groupby(["funder", "pool"])["usd"].sum().sum(), data.groupby(["pool", "project"])["usd"].sum().sum()
    assert sum(link.value) == pytest.approx(sum(by_level))
    retropgf3 = next(i for i, label in enumerate(labels) if label.startswith("retropgf3 "))
    into = sum(v for v, t in zip(link.value, link.target, strict=True) if t == retropgf3)
    out = sum(v for v, s in zip(link.value, link.source, strict=True) if s == retropgf3)
    assert into == out == data.loc[data["pool"] == "retropgf3", "usd"].sum()


def test_sankey_keeps_the_sum_when_it_puts_small_nodes_together() -> None:
    data = {"a": ["x"] * 50, "b": [f"p{i}" for i in range(50)], "v": range(1, 51)}

    link = visualizations.sankey(data, levels=["a", "b"], value="v", most=5).data[0].link

    assert (len(link.value), sum(link.value)) == (6, sum(range(1, 51)))


def test_treemap_areas_add_up_to_their_groups() -> None:
    trace = example("treemap").figure.data[0]
    children: dict[str, float] = {}
    for parent, value in zip(trace.parents, trace.values, strict=True):
        children[parent] = children.get(parent, 0) + value

    total = example("treemap").data["usd"].sum()
    assert children[""] == pytest.approx(total)
    for key, value in zip(trace.ids, trace.values, strict=True):
        if key in children:
            assert children[key] == pytest.approx(value)


def test_heat_map_cells_hold_the_values_of_their_month() -> None:
    shown = example("contribution_heatmap")
    (mesh,) = [c for c in shown.figure.axes[0].collections if isinstance(c, QuadMesh)]

    drawn = np.ma.filled(mesh.get_array().astype(float), 0)

    assert drawn.sum() == shown.data["commits"].sum()
    assert sorted(drawn.sum(axis=1)) == sorted(shown.data.groupby("contributor")["commits"].sum())


def test_retention_is_the_share_of_the_first_period() -> None:
    data = {"cohort": ["2024-01-01"] * 3 + ["2024-02-01"], "period": [0, 1, 2, 0], "active": [40, 10, 4, 7]}

    figure = visualizations.cohort_retention(data)

    assert [t.get_text() for t in figure.axes[0].texts] == ["40", "25 %", "10 %", "7"]


def test_correlations_equal_those_of_pandas() -> None:
    shown = example("correlation_matrix")
    table = shown.data.pivot(index="project_name", columns="metric", values="amount")
    expected = table.rank().corr(min_periods=3)

    drawn = {t.get_text() for t in shown.figure.axes[0].texts}

    assert f"{expected.loc['contributors', 'active developers']:.2f}" in drawn
    assert len(shown.figure.axes[0].texts) == 10


def test_the_gini_coefficient_equals_the_mean_difference() -> None:
    module = chart("concentration_curve")
    amounts = np.random.default_rng(5).pareto(1.5, 200)
    pairs = np.abs(amounts[:, None] - amounts[None, :]).mean() / (2 * amounts.mean())

    assert module.gini(amounts) == pytest.approx(pairs)
    assert module.gini(np.ones(9)) == pytest.approx(0)
    assert module.gini(np.array([0, 0, 0, 5.0])) == pytest.approx(0.75)


def test_bump_chart_ranks_each_month_by_itself() -> None:
    data = [("2024-01-01", "a", 3), ("2024-01-01", "b", 2), ("2024-02-01", "a", 1), ("2024-02-01", "b", 5)]

    figure = visualizations.bump_chart(pd.DataFrame(data, columns=["bucket", "project_name", "amount"]))

    assert sorted(tuple(line.get_ydata()) for line in figure.axes[0].lines) == [(1, 2), (2, 1)]


def test_the_difference_in_differences_is_that_of_the_means() -> None:
    scaled = chart("before_and_after").scaled
    treated, control = np.array([10, 20, 40, np.nan, 50.0]), np.array([1, 2, 3, 3, np.nan])

    level, difference = scaled(treated, control, np.array([True, True, False, False, False]))

    assert level[:4] == pytest.approx([10, 20, 30, 30])
    assert difference == pytest.approx(10)
    assert scaled(treated, control, np.zeros(5, dtype=bool))[1] is None


def test_venn_parts_partition_the_union_and_areas_are_in_proportion() -> None:
    module = chart("venn")
    sets = {"a": frozenset("pqrst"), "b": frozenset("stu"), "c": frozenset("tvw")}

    found = module.parts(sets)

    assert sum(found.values()) == len(frozenset().union(*sets.values()))
    assert found[frozenset("ab")] == 1
    assert found[frozenset("abc")] == 1
    figure = module({"set_name": list("aaab"), "member": list("pqrp")})
    radii = [p.radius for p in figure.axes[0].patches if isinstance(p, Circle)][::2]
    assert radii[0] ** 2 / radii[1] ** 2 == pytest.approx(3)


def test_the_overlap_of_circles_equals_a_count_of_points() -> None:
    module = chart("venn")
    points = np.random.default_rng(1).uniform(-3, 3, (400_000, 2))
    inside = (np.linalg.norm(points, axis=1) < 1.5) & (np.linalg.norm(points - [1.2, 0], axis=1) < 1)

    assert module.overlap(1.5, 1.0, 1.2) == pytest.approx(inside.mean() * 36, rel=0.02)


def test_a_dependency_stands_right_of_its_dependents_and_circles_end() -> None:
    layers = chart("dependency_graph").layers

    found = layers(list("abcd"), [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("d", "b")])

    assert (found["a"], found["b"], found["c"], found["d"]) == (0, 1, 2, 3)


def test_the_dependency_matrix_has_a_mark_for_each_edge() -> None:
    shown = example("dependency_graph")

    figure = shown.redraw(shown.data, layout="matrix", most=1000)

    (marks,) = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    rows, columns = figure.axes[0].get_yticklabels(), figure.axes[0].get_xticklabels()
    drawn = {
        (rows[int(y)].get_text().rpartition("  ")[0], columns[int(x)].get_text().rpartition("  ")[0])
        for x, y in marks.get_offsets()
    }
    expected = {
        (a[:27].rstrip() + "…" if len(a) > 28 else a, b[:23].rstrip() + "…" if len(b) > 24 else b)
        for a, b in shown.data[["dependent", "dependency"]].itertuples(index=False)
        if a != b
    }
    assert drawn == expected


def test_waterfall_bars_hang_on_each_other_and_end_at_the_sum() -> None:
    figure = visualizations.waterfall({"label": ["x", "y"], "amount": [5, -3]}, start=10)

    bars = [(bar.get_y(), bar.get_height()) for bar in figure.axes[0].patches]
    assert bars == [(0, 10), (10, 5), (15, -3), (0, 12)]


def test_a_waterfall_with_an_unknown_step_has_no_total() -> None:
    figure = visualizations.waterfall({"label": ["x", "y"], "amount": [5, None]})

    assert figure.axes[0].texts[-1].get_text() == "unknown"


def test_a_ridge_runs_from_zero_to_one_and_keeps_the_unknown() -> None:
    ridge = chart("joy_plot").ridge

    found = ridge(np.array([0, 4, np.nan, 8, 2.0]), 1)

    assert list(found[[0, 1, 3, 4]]) == [0, 0.5, 1, 0.25]
    assert math.isnan(found[2])


def test_layouts_keep_communities_apart_and_are_repeatable() -> None:
    dice = np.random.default_rng(2)
    group = np.repeat([0, 1, 2], 40)
    pairs = [(a, b) for g in range(3) for a, b in dice.choice(np.flatnonzero(group == g), (120, 2))]
    pairs += [tuple(pair) for pair in dice.choice(120, (8, 2))]
    network = network_of([str(a) for a, _ in pairs], [str(b) for _, b in pairs], np.ones(len(pairs)))

    found = communities(network)
    places = force_layout(network, groups=found)

    truth = np.array([group[int(name)] for name in network.names])
    assert all(len(set(found[truth == g])) <= 2 for g in range(3))
    away = np.linalg.norm(places[:, None] - places[None], axis=2)
    same = truth[:, None] == truth[None]
    assert away[same].mean() < 0.6 * away[~same].mean()
    assert np.array_equal(places, force_layout(network, groups=found))


def test_the_repulsion_over_the_grid_is_near_that_of_all_pairs() -> None:
    from observer.visualizations.layout import _grid, _pairs

    dice = np.random.default_rng(4)
    places, mass = dice.normal(size=(600, 2)) * 30, dice.integers(1, 9, 600).astype(float)

    exact, found = _pairs(places, mass), _grid(places, mass)

    agreement = (exact * found).sum() / np.sqrt((exact**2).sum() * (found**2).sum())
    assert agreement > 0.9


def test_edges_of_a_network_are_added_up_without_loops() -> None:
    network = network_of(["a", "b", "a", "c"], ["b", "a", "a", "a"], np.array([1.0, 2.0, 9.0, 4.0]))

    ends = zip(network.first, network.second, network.weight, strict=True)
    edges = {frozenset((network.names[one], network.names[other])): weight for one, other, weight in ends}
    assert edges == {frozenset("ab"): 3.0, frozenset("ac"): 4.0}


def test_labels_lie_neither_over_each_other_nor_outside() -> None:
    from observer.visualizations.canvas import Page, canvas

    dice = np.random.default_rng(3)
    spots = [Spot(float(x), float(y), f"project {i}") for i, (x, y) in enumerate(dice.random((60, 2)))]
    with canvas("light", Page()) as made:
        made.plot.set(xlim=(0, 1), ylim=(0, 1))
        made.later(lambda: place(made.plot, spots, made.theme))

    renderer = made.figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in made.plot.texts]
    assert len(boxes) > 25
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])


@pytest.mark.parametrize(
    ("number", "written"),
    [(0, "0"), (-0.0, "0"), (663853.62, "664k"), (999.96, "1k"), (12, "12"), (0.0312, "0.031"), (1.5e6, "1.5M"),
     (-2500, "-2.5k"), (math.nan, "unknown"), (3e12, "3T"), (0.00002, "2e-5")],
)  # fmt: skip
def test_numbers_are_short(number: float, written: str) -> None:
    assert compact(number) == written


def test_spread_positions_keep_their_distance_and_order() -> None:
    found = spread([0, 0.1, 0.2, 5], 1.0)

    assert min(np.diff(np.sort(found))) >= 0.999
    assert list(np.argsort(found)) == [0, 1, 2, 3]


def test_runs_are_the_longest_stretches() -> None:
    assert runs([True, True, False, True]) == [(0, 1), (3, 3)]
